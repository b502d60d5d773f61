"""What makes a demonstration of this host: the simulator in Xero's place, and a key that lies in a file."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from sample_host.web.frame import Badge
from sample_host.xero_simulator.addresses import DEMO_CLIENT_ID, SimulatorAddresses

DEMO_FOLDER: Final = Path(".demo")
_KEY_FILE: Final = "xero-connections.key"
_STATE_FILE: Final = "simulator.json"


def simulator_origin(port: int) -> str:
    """Where the simulator answers."""
    return f"http://localhost:{port}"


def state_file(data_dir: Path) -> Path:
    """Where the simulator keeps what happened."""
    return data_dir / _STATE_FILE


def demo_settings(data_dir: Path, port: int) -> dict[str, str]:
    """The plugin's settings: every address is the simulator's, and the key lies in a file, on purpose.

    A demonstration has to run where there is no keychain, and to leave nothing behind in one.
    """
    addresses = SimulatorAddresses.at(simulator_origin(port))
    return {
        "authorize_url": addresses.authorize_url,
        "token_url": addresses.token_url,
        "revocation_url": addresses.revocation_url,
        "connections_url": addresses.connections_url,
        "api_url": addresses.api_url,
        "issuer": addresses.issuer,
        "jwks_url": addresses.jwks_url,
        "key_file": str(data_dir.absolute() / _KEY_FILE),
    }


def demo_badge(data_dir: Path, port: int) -> Badge:
    """What the page says about it."""
    return Badge(
        text="Simulator of Xero ▪ demo",
        address=simulator_origin(port),
        note=f"Demo: the key that seals sign-ins lies in a file, {data_dir / _KEY_FILE}, not in this computer's "
        "keychain.",
    )


def demo_hints(port: int) -> str:
    """Three lines on what to try."""
    origin = simulator_origin(port)
    return "\n".join(
        (
            f"  1. Connections > Add: paste the client id {DEMO_CLIENT_ID}, press Authorize, then Allow access.",
            "  2. Capture Profiles > Supplier invoices: choose the connection, press Migrate.",
            f"  3. See the bills at {origin}/bookkeeping, and break things at {origin}/today.",
        )
    )
