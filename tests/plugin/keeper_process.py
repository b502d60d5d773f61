"""A process that keeps grants for real: SQLite, sealed with a key file, over HTTP. Run as a module by tests.

``python -m tests.plugin.keeper_process FOLDER ORIGIN GRANT THREADS REFUSED [CHECKPOINT]`` asks for a token newer than
``REFUSED`` in as many threads, prints the generations it got, and is killed when it comes to the checkpoint.
"""

from __future__ import annotations

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
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from hostspec.services import Clock
from sample_host.xero_simulator.addresses import SimulatorAddresses
from xero_connections_plugin.gateways.database import Database
from xero_connections_plugin.gateways.grant_store import SqlGrantStore
from xero_connections_plugin.gateways.key_register import KeyRegister
from xero_connections_plugin.gateways.key_sources import KeyFile
from xero_connections_plugin.gateways.machine_presence import MachinePresence
from xero_connections_plugin.gateways.token_endpoint import HttpTokenEndpoint
from xero_connections_plugin.gateways.vault import Vault
from xero_connections_plugin.oauth.grant import GrantId
from xero_connections_plugin.oauth.token_keeper import TokenKeeper

ROOT = Path(__file__).parents[2]


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


@contextmanager
def keeping(
    folder: Path, origin: str, *, clock: Clock | None = None, checkpoint: Callable[[str], None] = lambda _: None
) -> Iterator[Kept]:
    """Everything as an installation has it, in a folder, with the tokens of a simulator."""
    clock = clock or RealClock()
    addresses = SimulatorAddresses.at(origin)
    presence = MachinePresence(folder)
    database = Database(folder, clock)
    vault = Vault(
        KeyFile(folder / "data.key"), KeyRegister(database, presence), clock, random_bytes=secrets.token_bytes
    )
    store = SqlGrantStore(database, presence)
    keeper = TokenKeeper(
        store,
        vault,
        HttpTokenEndpoint(addresses.token_url, addresses.revocation_url, clock),
        clock,
        new_id=lambda: secrets.token_hex(16),
        jitter=random.random,
        checkpoint=checkpoint,
    )
    try:
        yield Kept(keeper, store, database, vault)
    finally:
        keeper.close()
        presence.close()
        database.close()


def start(folder: Path, origin: str, grant: GrantId, *, threads: int, refused: int, stop_at: str = "") -> Running:
    """Begin such a process."""
    arguments = [str(folder), origin, grant, str(threads), str(refused), *([stop_at] if stop_at else [])]
    command = [sys.executable, "-m", "tests.plugin.keeper_process", *arguments]
    return Running(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


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


def main(folder: str, origin: str, grant: str, threads: str, refused: str, stop_at: str = "") -> None:
    def checkpoint(name: str) -> None:
        if name == stop_at:
            os.kill(os.getpid(), signal.SIGKILL)

    got: list[int] = []
    with keeping(Path(folder), origin, checkpoint=checkpoint) as kept:

        def ask() -> None:
            got.append(kept.keeper.access_token(GrantId(grant), refused=int(refused)).generation)

        workers = [threading.Thread(target=ask) for _ in range(int(threads))]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    sys.stdout.write(" ".join(map(str, got)))


if __name__ == "__main__":
    main(*sys.argv[1:])
