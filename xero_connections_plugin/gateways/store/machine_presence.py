"""Is the process that holds a lease on this machine still alive? It is, while it holds a lock on its own file."""

from __future__ import annotations

import errno
import os
import secrets
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from xero_connections_plugin.gateways.store import store_errors
from xero_connections_plugin.gateways.store.file_guard import guard_file, guard_folder
from xero_connections_plugin.gateways.store.machine_identity import identity
from xero_connections_plugin.own_locks import ProcessLock

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from filelock import BaseFileLock

_MACHINE_FILE: Final = "machine"

_REMEMBERED_SECONDS: Final = 600.0
"""How long an owner is known to have ended; a lease is shorter."""

_NO_LOCKS: Final = frozenset({errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP})


def _file_lock(file: Path, seconds: float) -> BaseFileLock:
    from filelock import FileLock

    # Threads share it: the process is what is alive.
    return FileLock(file, timeout=seconds, mode=0o600, thread_local=False)


class MachinePresence:
    """This process as an owner of leases. Any thread may use it; after a fork the child is an owner of its own.

    Making one touches nothing. Only what is certain counts: an owner whose file is free has ended, and that is noted.
    One whose file is missing may have lost it to somebody who cleans up; the length of its lease alone decides then.

    Args:
        data_dir: Owners see each other's files here, so only those of one machine with one data directory.
        is_local: Whether the leases lie in this very directory, so that nobody else can hold one.
        new_id: Makes owner ids that never repeat.
        file_lock: Makes a lock on a file that is waited for so many seconds.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        is_local: bool = False,
        new_id: Callable[[], str] = lambda: secrets.token_hex(12),
        file_lock: Callable[[Path, float], BaseFileLock] = _file_lock,
    ) -> None:
        self._folder = data_dir / "presence"
        self._is_local = is_local
        self._new_id = new_id
        self._file_lock = file_lock
        self._guard = ProcessLock()
        self._process = 0
        self._owner = ""
        self._machine = ""
        self._place = ""
        self._lock: BaseFileLock | None = None

    @property
    def folder(self) -> Path:
        """Where the processes that can see each other keep what they know of each other; made when one appears."""
        return self._folder

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
        if owner == self.owner():
            return False
        if machine != self._machine:
            # In a store that only this machine has, the same place at another start of the system was before this one.
            return self._is_local and machine.rpartition("/")[0] == self._place
        file = self._file(owner)
        try:
            return self._noted(file).exists() or (file.exists() and self._note_if_ended(file))
        except OSError:
            # A folder that cannot be searched: only what is certain counts.
            return False

    def others(self) -> int:
        """How many other processes are known to be alive; those that never worked on anything are not.

        Raises:
            StoreUnavailable: The data directory cannot be used.
        """
        own = self._file(self.owner())
        return sum(not self._note_if_ended(file) for file in self._folder.glob("*.lock") if file != own)

    def close(self) -> None:
        """This process works on nothing any more."""
        with self._guard.own:
            if self._lock is not None and self._process == os.getpid():
                file = self._file(self._owner)
                with suppress(OSError):
                    self._noted(file).touch(0o600)
                self._lock.release()
                with suppress(OSError):
                    file.unlink()
            self._lock = None
            self._process = 0

    def _appear(self) -> None:
        if self._process == os.getpid():
            return
        with self._guard.own:
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
        machine = identity(self._machine_file())
        self._place = machine.rpartition("/")[0]
        owner = self._new_id()
        file = self._file(owner)
        lock: BaseFileLock | None = None
        try:
            lock = self._file_lock(file, 10)
            lock.acquire()
        except OSError as trouble:
            if trouble.errno not in _NO_LOCKS:
                raise
            # Where nothing can be locked nobody sees anybody: alone on its machine, it is judged by its leases only.
            machine, lock = f"{machine}/{owner}", None
            with suppress(OSError):
                file.unlink(missing_ok=True)
        # Somebody who swept between the making of the file and its locking took this process for one that had ended.
        self._noted(file).unlink(missing_ok=True)
        self._machine, self._owner, self._lock = machine, owner, lock
        if lock is not None:
            self._sweep(file)

    def _machine_file(self) -> Path:
        file = self._folder / _MACHINE_FILE
        if not guard_file(file, may_have_two_names=True):
            fresh = self._folder / f"{_MACHINE_FILE}.{self._new_id()}"
            handle = os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            try:
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
                    fresh.rename(file)
            finally:
                fresh.unlink(missing_ok=True)
        return file

    def _sweep(self, own: Path) -> None:
        """Note who has ended, and forget those who ended so long ago that no lease of theirs can run."""
        now = own.stat().st_mtime
        for file in self._folder.glob("*.lock"):
            if file != own:
                self._note_if_ended(file)
        for file in (*self._folder.glob("*.ended"), *self._folder.glob(f"{_MACHINE_FILE}.*")):
            with suppress(OSError):
                if now - file.stat().st_mtime > _REMEMBERED_SECONDS:
                    file.unlink()

    def _note_if_ended(self, file: Path) -> bool:
        try:
            with self._file_lock(file, 0):
                with suppress(OSError):
                    self._noted(file).touch(0o600)
                    file.unlink(missing_ok=True)
                return True
        except OSError:  # filelock's Timeout among them: it is held; what cannot be opened is not known to have ended
            return False

    def _file(self, owner: str) -> Path:
        return self._folder / f"{owner}.lock"

    def _noted(self, file: Path) -> Path:
        return file.with_suffix(".ended")
