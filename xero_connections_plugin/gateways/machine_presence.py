"""Is the process that holds a lease on this machine still alive? It is, while it holds a lock on its own file."""

from __future__ import annotations

import os
import platform
import secrets
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from xero_connections_plugin.gateways import store_errors
from xero_connections_plugin.gateways.file_guard import guard_folder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from filelock import BaseFileLock

_MACHINE_FILE: Final = "machine"


class MachinePresence:
    """This process as an owner of leases. Any thread may use it; after a fork the child is an owner of its own.

    Making one touches nothing.

    Args:
        data_dir: Owners see each other's files here, so only those of one machine with one data directory.
        new_id: Makes owner ids that never repeat.
    """

    def __init__(self, data_dir: Path, *, new_id: Callable[[], str] = lambda: secrets.token_hex(12)) -> None:
        self._folder = data_dir / "presence"
        self._new_id = new_id
        self._guard = threading.Lock()
        self._process = 0
        self._owner = ""
        self._machine = ""
        self._lock: BaseFileLock | None = None

    def owner(self) -> str:
        """Id of this process; from now on others see that it is alive.

        Raises:
            StoreUnavailable: The data directory cannot be used.
        """
        self._appear()
        return self._owner

    def machine(self) -> str:
        """What the owners who can see each other have in common.

        Raises:
            StoreUnavailable: The data directory cannot be used.
        """
        self._appear()
        return self._machine

    def is_dead(self, owner: str, machine: str) -> bool:
        """Whether an owner is known to have ended; never for those of other machines."""
        if machine != self.machine() or owner == self._owner:
            return False
        from filelock import FileLock

        file = self._folder / f"{owner}.lock"
        if not file.exists():
            return True
        try:
            with FileLock(file, timeout=0, mode=0o600):
                return True
        except OSError:  # filelock's Timeout among them: it is held; what cannot be opened is not known to be dead
            return False

    def close(self) -> None:
        """This process works on nothing any more."""
        with self._guard:
            if self._lock is not None and self._process == os.getpid():
                self._lock.release()
                with suppress(OSError):
                    (self._folder / f"{self._owner}.lock").unlink()
            self._lock = None
            self._process = 0

    def _appear(self) -> None:
        if self._process == os.getpid():
            return
        with self._guard:
            if self._process == os.getpid():
                return
            guard_folder(self._folder.parent)
            guard_folder(self._folder)
            try:
                self._hold_own_file()
            except OSError as trouble:
                raise store_errors.file_trouble(trouble, str(self._folder)) from None
            self._process = os.getpid()

    def _hold_own_file(self) -> None:
        from filelock import FileLock

        self._machine = f"{platform.node()}/{self._machine_id()}"
        self._owner = self._new_id()
        # Threads share it: the process is what is alive.
        lock = FileLock(self._folder / f"{self._owner}.lock", timeout=10, mode=0o600, thread_local=False)
        lock.acquire()
        self._lock = lock
        self._sweep()

    def _machine_id(self) -> str:
        file = self._folder / _MACHINE_FILE
        fresh = self._folder / f"{_MACHINE_FILE}.{self._new_id()}"
        if not file.exists():
            handle = os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            try:
                os.write(handle, self._new_id().encode())
            finally:
                os.close(handle)
            # A link fails where the name exists: the first one wins, and nobody reads half of it.
            try:
                os.link(fresh, file)
            except FileExistsError:
                pass
            except OSError:
                with suppress(OSError):
                    fresh.rename(file)
            fresh.unlink(missing_ok=True)
        return file.read_text(encoding="ascii").strip()

    def _sweep(self) -> None:
        """Remove the files of owners who ended; whoever still has a lease of theirs finds no file and knows too."""
        from filelock import FileLock, Timeout

        for file in self._folder.glob("*.lock"):
            if file.stem == self._owner:
                continue
            with suppress(OSError, Timeout), FileLock(file, timeout=0, mode=0o600):
                file.unlink(missing_ok=True)
