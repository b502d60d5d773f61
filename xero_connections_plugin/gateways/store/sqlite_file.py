"""How is the local database file made, opened and, when damaged, set aside?"""

from __future__ import annotations

import json
import logging
import os
import sqlite3
import sys
import threading
from contextlib import contextmanager, suppress
from itertools import count
from typing import TYPE_CHECKING, Final, NoReturn

from hostspec.errors import StoreUnavailable
from xero_connections_plugin.gateways.store import store_errors
from xero_connections_plugin.gateways.store.file_guard import guard_file, guard_folder
from xero_connections_plugin.gateways.store.fork_gate import GatedConnection
from xero_connections_plugin.gateways.store.left_journal import belongs_to_another
from xero_connections_plugin.gateways.store.sqlite_texts import as_far_as_readable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlalchemy import Engine

    from hostspec.errors import ConnectionProblem
    from hostspec.services import Clock

_log = logging.getLogger(__name__)

BUSY_SECONDS: Final = 10
"""Longest wait for another writer."""

PRAGMAS: Final = (
    # The rollback journal's directory entry is synced too: a power cut takes back no committed token.
    "PRAGMA synchronous = EXTRA",
    "PRAGMA fullfsync = ON",
    # What is forgotten is overwritten.
    "PRAGMA secure_delete = ON",
    "PRAGMA trusted_schema = OFF",
    "PRAGMA cell_size_check = ON",
    # Through a mapping, a file that is cut short kills the process, and a stray write in memory damages it.
    "PRAGMA mmap_size = 0",
    # No file beside the database, neither to protect nor to find room for.
    "PRAGMA temp_store = MEMORY",
)

_SMALLEST: Final = 512
"""Bytes of the smallest database; SQLite takes less for an empty one and begins anew in it."""

_BESIDE: Final = ("-journal", "-wal", "-shm", ".lock", ".new", ".new-journal")
"""What SQLite and we make next to the file; a link or a pipe under such a name is as bad as one in its place."""


class SqliteFile:
    """The file of a local store.

    Args:
        path: Where it lies; the folder is this user's alone.
        clock: For the name of a file set aside.
        checkpoint: Called with the name of each step of making the file; crash tests end the process there.
    """

    def __init__(self, path: Path, clock: Clock, checkpoint: Callable[[str], None] = lambda _: None) -> None:
        self.path = path
        self._clock = clock
        self._checkpoint = checkpoint

    def opened(self, new_id: Callable[[], str]) -> Engine:
        """An engine on the file, which exists and has the tables of this program.

        Raises:
            StoreUnavailable: It cannot be made or written, or a newer program made it.
            StoredDataDamaged: It is no database; it was set aside.
        """
        from sqlalchemy import exc

        was_there = False
        try:
            guard_folder(self.path.parent)
            for name in _BESIDE:
                guard_file(self.path.with_name(f"{self.path.name}{name}"))
            was_there = guard_file(self.path)
            if not was_there:
                self._create(new_id)
            if self.path.stat().st_size < _SMALLEST or belongs_to_another(self._journal(), self.path):
                self._set_aside()
            return self._checked(self.path, new_id)
        except exc.DBAPIError as trouble:
            if store_errors.is_damage(trouble.orig):
                self._set_aside()
            problem = self.explained(trouble.orig)
        except UnicodeDecodeError:
            # Python's driver, about a message of SQLite's that quotes a damaged schema.
            self._set_aside()
        except OSError as trouble:
            problem = store_errors.file_trouble(trouble, str(self.path))
        if was_there and not os.path.lexists(self.path):
            return self.opened(new_id)  # another process set it aside meanwhile, and so will be said
        raise problem from None

    def explained(self, trouble: BaseException | None) -> ConnectionProblem:
        """The error to raise for what SQLite said, with the cause that only the system knows.

        Args:
            trouble: What the driver raised.
        """
        code = getattr(trouble, "sqlite_errorcode", None)
        primary = code & 0xFF if isinstance(code, int) else None
        if primary == sqlite3.SQLITE_ERROR and self._is_newer():
            return store_errors.newer(str(self.path))
        if primary == sqlite3.SQLITE_CANTOPEN:
            try:
                if not os.path.lexists(self.path):
                    return _vanished(self.path)
                self._try_to_make_a_file()
            except OSError as found:
                return store_errors.file_trouble(found, str(self.path))
        return store_errors.translated(trouble, str(self.path))

    def _try_to_make_a_file(self) -> None:
        """Fail as SQLite did when it could not make its journal: it does not say why."""
        probe = self.path.with_name(f"{self.path.name}.probe-{os.getpid()}-{threading.get_ident()}")
        handle = os.open(probe, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        os.close(handle)
        probe.unlink()

    def _is_newer(self) -> bool:
        """Whether a later program changed the tables while this one was running."""
        from sqlalchemy import exc

        from xero_connections_plugin.gateways.store import schema

        try:
            with file_engine(self.path).connect() as connection:
                return not schema.is_current(connection)
        except exc.DBAPIError:
            return False

    def _checked(self, path: Path, new_id: Callable[[], str]) -> Engine:
        from xero_connections_plugin.gateways.store import schema

        engine = file_engine(path)
        with engine.connect() as connection:
            if path == self.path and connection.exec_driver_sql("PRAGMA quick_check(1)").scalar() != "ok":
                # Ten thousand entries are looked through in under ten milliseconds, once per process.
                connection.close()
                self._set_aside()
            if schema.is_current(connection):
                return engine
            if path == self.path and schema.stored_revision(connection) is None:
                raise store_errors.damaged(str(path))
            schema.bring_up_to_date(connection, new_id, str(self.path), self._checkpoint)
        return engine

    def _create(self, new_id: Callable[[], str]) -> None:
        """Make the file aside and move it into place whole, so that a file that exists is never half made."""
        with self.alone():
            if os.path.lexists(self.path):
                return
            kept = self._kept()
            if kept:
                raise store_errors.set_aside(str(kept[-1]), str(self.path))
            fresh = self.path.with_name(f"{self.path.name}.new")
            try:
                _remove(fresh)
                os.close(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
                self._checkpoint("store: file made")
                self._checked(fresh, new_id).dispose()
                self._checkpoint("store: file checked")
                fresh.replace(self.path)
            except BaseException:
                with suppress(OSError):
                    _remove(fresh)
                raise
            self._checkpoint("store: file in place")
            sync_folder(self.path.parent)

    def _set_aside(self) -> NoReturn:
        """Move a file that is no database out of the way of every writer, and say where it is.

        Raises:
            StoredDataDamaged: Always.
        """
        with self.alone():
            if self.path.exists():
                stamp = self._clock.now().strftime("%Y%m%dT%H%M%SZ")
                names = (f"{self.path.name}.damaged-{stamp}-{number}" for number in count(1))
                kept = next(free for name in names if not os.path.lexists(free := self.path.with_name(name)))
                # The journal first: without it the rest is what it was, with a stranger's it is not.
                with suppress(FileNotFoundError):
                    self._journal().rename(kept.with_name(f"{kept.name}-journal"))
                self.path.rename(kept)
                sync_folder(self.path.parent)
                _log.error("The list of connections was damaged and is kept as %s", kept)
            else:
                kept = self._kept()[-1]
        raise store_errors.set_aside(str(kept), str(self.path)) from None

    def _kept(self) -> list[Path]:
        """The files set aside, the oldest first."""
        found = self.path.parent.glob(f"{self.path.name}.damaged-*")
        return sorted(file for file in found if not file.name.endswith("-journal"))

    def _journal(self) -> Path:
        return self.path.with_name(f"{self.path.name}-journal")

    @contextmanager
    def alone(self) -> Iterator[None]:
        """One process at a time. The lock's file stays: removing it would let two in."""
        from filelock import FileLock, Timeout

        lock = FileLock(self.path.with_name(f"{self.path.name}.lock"), timeout=3 * BUSY_SECONDS, mode=0o600)
        try:
            with lock:
                yield
        except Timeout:
            raise store_errors.busy(str(self.path)) from None


def file_engine(path: Path, *, read_only: bool = False) -> Engine:
    """An engine on a file that is there; opens it with the first connection."""
    import sqlalchemy as sa
    from sqlalchemy.pool import NullPool

    # "rw" never creates: a file that vanished is an error and not an empty list.
    address = f"{path.absolute().as_uri()}?mode={'ro' if read_only else 'rw'}"

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(
            address,
            uri=True,
            timeout=BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=False,
            factory=GatedConnection,
        )
        try:
            for pragma in PRAGMAS:
                connection.execute(pragma)
            _leave_write_ahead(connection)
            connection.text_factory = as_far_as_readable
        except BaseException:
            connection.close()
            raise
        return connection

    # Opening costs less than a tenth of a millisecond; so no connection outlives its transaction, crosses to another
    # thread, or is inherited by a fork.
    return sa.create_engine(
        "sqlite://", creator=connect, poolclass=NullPool, hide_parameters=True, json_deserializer=_json
    )


def _json(stored: str) -> object:
    """A value, or ``None`` for what is none; whoever reads the row says that it is damaged."""
    try:
        return json.loads(stored)
    except ValueError:
        return None


def _leave_write_ahead(connection: sqlite3.Connection) -> None:
    """Go back to the rollback journal, should some tool have changed that: SQLite before 3.51.3 may damage a file in
    write-ahead mode (its "WAL-reset bug").
    """
    if connection.execute("PRAGMA journal_mode").fetchone() == ("wal",):
        # Refused at once while the tool has the file open; what is committed is safe in either mode.
        with suppress(sqlite3.OperationalError):
            connection.execute("PRAGMA journal_mode = DELETE")


def _remove(file: Path) -> None:
    for leftover in (file, file.with_name(f"{file.name}-journal")):
        leftover.unlink(missing_ok=True)


def _vanished(path: Path) -> StoreUnavailable:
    return StoreUnavailable(
        f"The list of connections is no longer at {path}. Nothing was changed; put the file back or restore a backup "
        "there, then try again.",
        code="STORE_UNREACHABLE",
    )


def sync_folder(folder: Path) -> None:
    """Make renames in a folder durable, where the system can."""
    if sys.platform == "win32":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
