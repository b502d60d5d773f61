"""The simulator as a process of its own: ``python -m sample_host.xero_simulator``."""

from __future__ import annotations

import argparse
import contextlib
import sys
from pathlib import Path

from sample_host.xero_simulator.addresses import DEFAULT_PORT, DEMO_CLIENT_ID

_DESCRIPTION = f"""\
A simulator of Xero on this machine: consent page, tokens, tenant links, accounting API.
No account, no network: programs reach it at http://localhost:PORT instead of at Xero.

  /                 what it is, who may sign in, every address
  /today            "What goes wrong today": revoke, unlink, slow, down, rate limit, move the clock
  /bookkeeping      what was posted, with attachments
  /control/...      the same for programs, as JSON

The app of the demo has the client id {DEMO_CLIENT_ID}.
"""
_FAILED = 2


def _arguments(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m sample_host.xero_simulator",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--port",
        type=_port,
        default=DEFAULT_PORT,
        help=f"port to listen on (default {DEFAULT_PORT}; 0 takes a free one)",
    )
    parser.add_argument(
        "--host",
        choices=["localhost", "127.0.0.1", "::1"],
        default="localhost",
        help="loopback name to listen on; localhost means IPv4 and IPv6 (default)",
    )
    parser.add_argument(
        "--state",
        type=Path,
        metavar="FILE",
        help="keep everything in this file, so that the next start finds it again (default: in memory only)",
    )
    parser.add_argument("--days-later", type=int, default=0, metavar="DAYS", help="as if so many days had passed")
    return parser.parse_args(arguments)


def _port(text: str) -> int:
    if text.isascii() and text.isdigit() and int(text) <= 65535:
        return int(text)
    raise argparse.ArgumentTypeError("a port is a number from 0 to 65535")


def main(arguments: list[str] | None = None) -> int:
    """Run until Ctrl-C; answers the exit code: 0 after an orderly end, 2 when it could not start."""
    chosen = _arguments(arguments)
    # Imported late, so that --help and a typing mistake are answered at once.
    from sample_host.xero_simulator.server import PortBusy, listen, run_until_stopped
    from sample_host.xero_simulator.simulated_xero import SimulatedXero
    from sample_host.xero_simulator.simulator_clock import SimulatorClock
    from sample_host.xero_simulator.state_file import StateFile, StateFileDamaged

    try:
        sockets = listen(chosen.port, chosen.host)
        try:
            name = f"[{chosen.host}]" if ":" in chosen.host else chosen.host
            origin = f"http://{name}:{sockets[0].getsockname()[1]}"
            state_file = StateFile(chosen.state) if chosen.state else None
            clock = SimulatorClock.days_later(chosen.days_later)
            simulator = SimulatedXero.load(origin, state_file=state_file, clock=clock)
            simulator.save()
        except BaseException:
            for one in sockets:
                one.close()
            raise
    except PortBusy as error:
        sys.stderr.write(f"{error} Choose another one with --port.\n")
        return _FAILED
    except StateFileDamaged as error:
        sys.stderr.write(f"{error}\n")
        return _FAILED
    except OSError as error:
        sys.stderr.write(f"The simulator could not start: {error.strerror or error}. Nothing was changed.\n")
        return _FAILED

    def announce() -> None:
        sys.stdout.write(f"Simulator of Xero (not Xero) on {origin} - Ctrl-C ends it\n")
        sys.stdout.flush()

    with contextlib.suppress(KeyboardInterrupt):
        run_until_stopped(simulator, sockets, on_ready=announce)
    return 0


if __name__ == "__main__":
    sys.exit(main())
