"""A process with a vault on this session's keychain. Run as a module by tests.

``python -m tests.plugin.vault_process FOLDER SECONDS STOP_AT`` answers each line of its input
with the id of the key that seals, or the code of what is wrong. It is killed when it comes to the point it is told.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from hostspec.errors import SecretStoreUnavailable
from hostspec.testing import FakeClock
from tests.canaries import marked_bytes
from xero_connections_plugin.gateways.keys.key_register import KeyRegister
from xero_connections_plugin.gateways.keys.key_sources import KeySource, key_source
from xero_connections_plugin.gateways.keys.keychain import Keychain, PasswordStore, system_keyring
from xero_connections_plugin.gateways.keys.vault import Vault
from xero_connections_plugin.gateways.store.database import Database
from xero_connections_plugin.gateways.store.machine_presence import MachinePresence
from xero_connections_plugin.settings import Settings

ROOT: Final = Path(__file__).parents[2]

WRITTEN: Final = "keychain: written"
"""The point between writing to the keychain and reading back."""


class RunningVault(subprocess.Popen[str]):
    """Such a process."""

    def __init__(self, folder: Path, environment: Mapping[str, str], *, seconds: float = 10, stop_at: str = "") -> None:
        command = [sys.executable, "-m", "tests.plugin.vault_process", str(folder), str(seconds), stop_at]
        super().__init__(
            command, cwd=ROOT, env=dict(environment), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def ask(self) -> None:
        """Has it seal something; what comes of it is read by ``answer``."""
        assert self.stdin is not None
        self.stdin.write("seal\n")
        self.stdin.flush()

    def answer(self) -> str:
        """Waits for the next answer; empty when the process ended."""
        assert self.stdout is not None
        return self.stdout.readline().strip()

    def asked(self) -> str:
        """Asks and waits."""
        self.ask()
        return self.answer()

    def ended(self) -> int:
        """Lets it end."""
        self.communicate(timeout=60)
        return self.returncode


def _kill_at(stop_at: str) -> Callable[[str], None]:
    def checkpoint(name: str) -> None:
        if name == stop_at:
            os.kill(os.getpid(), signal.SIGKILL)

    return checkpoint


def _source(folder: Path, checkpoint: Callable[[str], None]) -> KeySource:
    """The installed one; its back end ends the process after a write if that is the point."""

    def choose() -> PasswordStore:
        store = system_keyring()
        write = store.set_password

        def set_password(service: str, username: str, password: str) -> None:
            write(service, username, password)
            checkpoint(WRITTEN)

        store.set_password = set_password  # type: ignore[method-assign]  # its class must stay the trusted one
        return store

    source = key_source(Settings(), folder)
    return Keychain(choose) if isinstance(source, Keychain) else source


def main(folder: Path, seconds: float, stop_at: str) -> None:
    clock, checkpoint = FakeClock(auto_advance=True), _kill_at(stop_at)
    database, presence = Database(folder, clock), MachinePresence(folder)
    vault = Vault(
        _source(folder, checkpoint),
        KeyRegister(database, presence),
        clock,
        random_bytes=marked_bytes,
        checkpoint=checkpoint,
        silent_seconds=seconds,
        prompt_seconds=seconds,
    )
    while sys.stdin.readline():
        try:
            vault.check_usable()
            said = vault.seal(b"secret", purpose="grant", owner_id="g", generation=1).key_id
        except SecretStoreUnavailable as problem:
            said = problem.code
        sys.stdout.write(f"{said}\n")
        sys.stdout.flush()
    presence.close()
    database.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]), sys.argv[3])
