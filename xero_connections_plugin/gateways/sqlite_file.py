"""How is the local database file made, opened and, when damaged, set aside?"""

from __future__ import annotations

import os
import sqlite3
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

from xero_connections_plugin.gateways import store_errors
from xero_connections_plugin.gateways.file_guard import guard_file, guard_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlalchemy import Engine

    from hostspec.services import Clock

BUSY_SECONDS: Final = 10
"""Longest wait for another writer."""

_PRAGMAS: Final = (
    # The rollback journal's directory entry is synced too: a power cut takes back no committed token.
    "PRAGMA synchronous = EXTRA",
    "PRAGMA fullfsync = ON",
    # What is forgotten is overwritten.
    "PRAGMA secure_delete = ON",
    "PRAGMA trusted_schema = OFF",
    "PRAGMA cell_size_check = ON",
)


class SqliteFile:
    """The file of a local store.

    Args:
        path: Where it lies; the folder is this user's alone.
        clock: For the name of a file set aside.
    """

    def __init__(self, path: Path, clock: Clock) -> None:
        self.path = path
        self._clock = clock

    def opened(self, new_id: Callable[[], str]) -> Engine:
        """An engine on the file, which exists and has the tables of this program.

        Raises:
            StoreUnavailable: It cannot be made or written, or a newer program made it.
            StoredDataDamaged: It is no database; it was set aside.
        """
        from sqlalchemy import exc

        try:
            guard_folder(self.path.parent)
            if not guard_file(self.path):
                self._create(new_id)
            if self.path.stat().st_size == 0:
                self._set_aside()
            return self._checked(self.path, new_id)
        except exc.DBAPIError as trouble:
            if store_errors.is_damage(trouble.orig):
                self._set_aside()
            raise store_errors.translated(trouble.orig, str(self.path)) from None
        except OSError as trouble:
            raise store_errors.file_trouble(trouble, str(self.path)) from None

    def _checked(self, path: Path, new_id: Callable[[], str]) -> Engine:
        from xero_connections_plugin.gateways import schema

        engine = _engine(path)
        with engine.connect() as connection:
            if schema.is_current(connection):
                return engine
            if path == self.path and schema.stored_revision(connection) is None:
                raise store_errors.damaged(str(path))
            schema.bring_up_to_date(connection, new_id, str(self.path))
        return engine

    def _create(self, new_id: Callable[[], str]) -> None:
        """Make the file aside and move it into place whole, so that a file that exists is never half made."""
        with self._alone():
            if os.path.lexists(self.path):
                return
            kept = sorted(self.path.parent.glob(f"{self.path.name}.damaged-*"))
            if kept:
                raise store_errors.set_aside(str(kept[-1]), str(self.path))
            fresh = self.path.with_name(f"{self.path.name}.new")
            for leftover in (fresh, fresh.with_name(f"{fresh.name}-journal")):
                leftover.unlink(missing_ok=True)
            os.close(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
            self._checked(fresh, new_id).dispose()
            fresh.replace(self.path)
            sync_folder(self.path.parent)

    def _set_aside(self) -> None:
        """Move a file that is no database out of the way of every writer, and say where it is.

        Raises:
            StoredDataDamaged: Always.
        """
        with self._alone():
            stamp = self._clock.now().strftime("%Y%m%dT%H%M%SZ")
            kept = self.path.with_name(f"{self.path.name}.damaged-{stamp}")
            if self.path.exists() and not kept.exists():
                journal = self.path.with_name(f"{self.path.name}-journal")
                with suppress(FileNotFoundError):
                    journal.rename(kept.with_name(f"{kept.name}-journal"))
                self.path.rename(kept)
                sync_folder(self.path.parent)
        raise store_errors.set_aside(str(kept), str(self.path)) from None

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One process at a time. The lock's file stays: removing it would let two in."""
        from filelock import FileLock, Timeout

        lock = FileLock(self.path.with_name(f"{self.path.name}.lock"), timeout=3 * BUSY_SECONDS, mode=0o600)
        try:
            with lock:
                yield
        except Timeout:
            raise store_errors.busy(str(self.path)) from None


def _engine(path: Path) -> Engine:
    import sqlalchemy as sa
    from sqlalchemy.pool import NullPool

    # "rw" never creates: a file that vanished is an error and not an empty list.
    address = f"{path.absolute().as_uri()}?mode=rw"

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(
            address, uri=True, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        try:
            for pragma in _PRAGMAS:
                connection.execute(pragma)
        except BaseException:
            connection.close()
            raise
        return connection

    # Opening costs less than a tenth of a millisecond; so no connection outlives its transaction, crosses to another
    # thread, or is inherited by a fork.
    return sa.create_engine("sqlite://", creator=connect, poolclass=NullPool, hide_parameters=True)


def sync_folder(folder: Path) -> None:
    """Make renames in a folder durable, where the system can."""
    if sys.platform == "win32":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
