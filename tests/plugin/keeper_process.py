"""A process that keeps grants for real: a database, sealed with a key file, over HTTP. Run as a module by tests.

``python -m tests.plugin.keeper_process ORDERS`` asks for a token newer than a refused one in as many threads as it is
told, prints the generations it got, and is killed when it comes to the point it is told. The address of a shared
database comes in the environment: it may hold a password.
"""

from __future__ import annotations

import json
import os
import random
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from pydantic import SecretStr

from hostspec.services import Clock
from sample_host.xero_simulator.addresses import SimulatorAddresses
from xero_connections_plugin.gateways.keys.key_register import KeyRegister
from xero_connections_plugin.gateways.keys.key_sources import KeyFile
from xero_connections_plugin.gateways.keys.vault import Vault
from xero_connections_plugin.gateways.records.connection_store import ConnectionStore
from xero_connections_plugin.gateways.records.grant_store import SqlGrantStore
from xero_connections_plugin.gateways.sign_in.token_endpoint import HttpTokenEndpoint
from xero_connections_plugin.gateways.store.database import Database
from xero_connections_plugin.gateways.store.machine_presence import MachinePresence
from xero_connections_plugin.oauth.grant import GrantId
from xero_connections_plugin.oauth.grant_ports import LEASE_SECONDS, SecretBox
from xero_connections_plugin.oauth.token_keeper import TokenKeeper
from xero_connections_plugin.oauth.token_ports import TokenEndpoint

ROOT: Final = Path(__file__).parents[2]

DATABASE_VARIABLE: Final = "KEEPER_DATABASE_URL"

Checkpoint = Callable[[str], None]


class RealClock:
    """Time as it passes."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    def wait(self, seconds: float) -> None:
        threading.Event().wait(seconds)


@dataclass(frozen=True)
class Kept:
    """What one process keeps grants with."""

    keeper: TokenKeeper
    store: SqlGrantStore
    database: Database
    vault: Vault
    entries: ConnectionStore
    presence: MachinePresence


@contextmanager
def keeping(
    folder: Path,
    origin: str,
    *,
    database_url: str | None = None,
    clock: Clock | None = None,
    checkpoint: Checkpoint = lambda _: None,
    lease_seconds: float = LEASE_SECONDS,
    endpoint: Callable[[TokenEndpoint], TokenEndpoint] = lambda inner: inner,
    box: Callable[[SecretBox], SecretBox] = lambda inner: inner,
    data_key: Path | None = None,
) -> Iterator[Kept]:
    """Everything as an installation has it, with the tokens of a simulator.

    Args:
        folder: The data directory; another one is another machine.
        origin: Of the simulator.
        database_url: Of a shared database; ``None`` for a file in the folder.
        clock: Time; the real one unless given.
        checkpoint: Called at every named step.
        lease_seconds: Length of the leases.
        endpoint: Puts something around the token endpoint.
        box: Puts something around the vault.
        data_key: The key file; one in the folder unless given.
    """
    clock = clock or RealClock()
    addresses = SimulatorAddresses.at(origin)
    presence = MachinePresence(folder)
    url = SecretStr(database_url) if database_url is not None else None
    database = Database(folder, clock, url=url, checkpoint=checkpoint)
    keys = KeyFile(data_key or folder / "data.key")
    register = KeyRegister(database, presence)
    vault = Vault(keys, register, clock, random_bytes=secrets.token_bytes, checkpoint=checkpoint)
    store = SqlGrantStore(database, presence, lease_seconds=lease_seconds)
    keeper = TokenKeeper(
        store,
        box(vault),
        endpoint(HttpTokenEndpoint(addresses.token_url, addresses.revocation_url, clock)),
        clock,
        new_id=lambda: secrets.token_hex(16),
        jitter=random.random,
        checkpoint=checkpoint,
    )
    try:
        yield Kept(keeper, store, database, vault, ConnectionStore(database, vault), presence)
    finally:
        keeper.close()
        presence.close()
        database.close()


@dataclass(frozen=True)
class Orders:
    """What such a process is to do; all but the address of a shared database."""

    folder: str
    origin: str
    grant: str
    threads: int
    refused: int
    stop_at: str = ""
    lease_seconds: float = LEASE_SECONDS
    data_key: str = ""


def start(
    folder: Path,
    origin: str,
    grant: GrantId,
    *,
    threads: int,
    refused: int,
    stop_at: str = "",
    database_url: str | None = None,
    lease_seconds: float = LEASE_SECONDS,
    data_key: Path | None = None,
) -> Running:
    """Begin such a process."""
    orders = Orders(
        str(folder), origin, grant, threads, refused, stop_at, lease_seconds, str(data_key) if data_key else ""
    )
    command = [sys.executable, "-m", "tests.plugin.keeper_process", json.dumps(asdict(orders))]
    environment = {**os.environ, **({DATABASE_VARIABLE: database_url} if database_url else {})}
    return Running(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


class Running(subprocess.Popen[str]):
    """A process at work."""

    def generations(self) -> list[int]:
        """What its threads got, once it has ended."""
        said, trouble = self.communicate(timeout=90)
        assert self.returncode == 0, trouble
        return [int(generation) for generation in said.split()]

    def killed(self) -> bool:
        """Whether it came to its checkpoint and was killed there."""
        self.communicate(timeout=90)
        return self.returncode == -signal.SIGKILL


def kill_at(point: str) -> Checkpoint:
    """A checkpoint that ends this process, as by a power cut, when it comes to a point."""

    def checkpoint(name: str) -> None:
        if name == point:
            os.kill(os.getpid(), signal.SIGKILL)

    return checkpoint


def main(said: str) -> None:
    orders = Orders(**json.loads(said))
    got: list[int] = []
    with keeping(
        Path(orders.folder),
        orders.origin,
        database_url=os.environ.pop(DATABASE_VARIABLE, None),
        checkpoint=kill_at(orders.stop_at),
        lease_seconds=orders.lease_seconds,
        data_key=Path(orders.data_key) if orders.data_key else None,
    ) as kept:

        def ask() -> None:
            got.append(kept.keeper.access_token(GrantId(orders.grant), refused=orders.refused).generation)

        workers = [threading.Thread(target=ask) for _ in range(orders.threads)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    sys.stdout.write(" ".join(map(str, got)))


if __name__ == "__main__":
    main(sys.argv[1])
