"""How is a backup put in the place of the local store, without losing the sign-ins that were renewed since?

The backup is copied beside the store, brought up to date, and given what is newer in the present store; then it takes
the place of the file in one step, and a copy of the file that was there stays beside it. A copy and not a second name:
hosts refuse a file with two names, and a restore that is killed in between would leave one.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from hostspec.errors import StoredDataDamaged
from xero_connections_plugin.gateways.backups import backup_texts as texts
from xero_connections_plugin.gateways.backups import restore_troubles
from xero_connections_plugin.gateways.backups.kept_sign_ins import TakenOver, take_over
from xero_connections_plugin.gateways.backups.store_backup import copy_store
from xero_connections_plugin.gateways.store import store_errors
from xero_connections_plugin.gateways.store.file_guard import guard_folder
from xero_connections_plugin.gateways.store.fork_gate import GatedConnection
from xero_connections_plugin.gateways.store.sqlite_file import BUSY_SECONDS, SqliteFile, file_engine, sync_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from hostspec.services import Clock


@dataclass(frozen=True)
class RestorePlan:
    """What a restore comes to."""

    connections: int
    """In the backup."""
    taken: TakenOver | None
    """``None`` where the present store is missing, of a newer program, or cannot be read."""
    signed_in: tuple[str, ...]
    """Names of the entries of the backup that have a sign-in."""


@dataclass(frozen=True)
class Restored:
    """What was done."""

    kept_as: Path | None
    """Where the file lies that was there before."""


class StoreRestore:
    """Prepares a restore and carries it out.

    Args:
        live: The file of the store.
        clock: For the name of the file that is kept.
        others: How many other processes of this machine use the store.
        checkpoint: Called with the name of each step; crash tests end the process there.
    """

    def __init__(
        self, live: Path, clock: Clock, others: Callable[[], int], checkpoint: Callable[[str], None] = lambda _: None
    ) -> None:
        self._live = live
        self._clock = clock
        self._others = others
        self._checkpoint = checkpoint
        self._staged = live.with_name(f"{live.name}.restore")
        self._watch: sqlite3.Connection | None = None
        self._seen: object = None

    @contextmanager
    def prepared(self, backup: Path) -> Iterator[RestorePlan]:
        """Make everything ready beside the store; what is ready is gone at the end of the block unless it took place.

        Raises:
            BackupRefused: It is no backup, of another installation, of a newer program, or somebody uses the store.
            StoreUnavailable: The data directory cannot be used.
        """
        self._refuse_while_used()
        guard_folder(self._live.parent)
        try:
            yield self._prepare(backup)
        except OSError as trouble:
            raise store_errors.file_trouble(trouble, str(self._live)) from None
        except sqlite3.Error as trouble:
            raise store_errors.translated(trouble, str(self._live)) from None
        finally:
            self._unwatch()
            with suppress(OSError):
                self._clear()

    def finish(self) -> Restored:
        """Put what is prepared in the place of the store.

        Raises:
            BackupRefused: Somebody uses the store, or changed it since it was prepared; nothing was changed.
            StoreUnavailable: The data directory cannot be used; nothing was changed.
        """
        with SqliteFile(self._live, self._clock).alone():
            self._hold()
            self._refuse_while_used()
            kept = self._keep() if os.path.lexists(self._live) else None
            self._checkpoint("restore: old one kept")
            if sys.platform == "win32" and self._watch is not None:
                # Windows replaces no file that somebody has open.
                self._watch.close()
            self._staged.replace(self._live)
            self._checkpoint("restore: in place")
            sync_folder(self._live.parent)
        return Restored(kept)

    def _refuse_while_used(self) -> None:
        if others := self._others():
            raise texts.hosts_running(others)

    def _prepare(self, backup: Path) -> RestorePlan:
        self._copy(backup)
        self._bring_up_to_date(backup)
        with closing(_opened(self._staged)) as staged:
            known_as = _installation(staged)
            taken = self._taken(staged, known_as)
            named = "SELECT display_name FROM connections WHERE NOT removing AND sign_in IS NOT NULL ORDER BY name_sort"
            signed_in = tuple(str(row[0]) for row in staged.execute(named))
            connections = staged.execute("SELECT count(*) FROM connections WHERE NOT removing").fetchone()[0]
        return RestorePlan(int(connections), taken, signed_in)

    def _copy(self, backup: Path) -> None:
        if not backup.is_file():
            raise texts.unusable(backup, "is not there, or is no file")
        # What a restore that was killed left behind; no other one is under way, or this one would have been refused.
        self._clear()
        _private(self._staged)
        # Read from a copy: the backup may lie where nothing can be written, and is never to be changed.
        own = self._beside("source")
        _private(own)
        try:
            restore_troubles.copy_in(backup, own)
            copy_store(own, self._staged, where=self._live)
        except StoredDataDamaged:
            raise texts.unusable(backup, texts.DAMAGED) from None
        finally:
            own.unlink(missing_ok=True)

    def _bring_up_to_date(self, backup: Path) -> None:
        from sqlalchemy import exc

        from xero_connections_plugin.gateways.store import schema

        try:
            with file_engine(self._staged).connect() as connection:
                revision = schema.stored_revision(connection)
                if revision is None:
                    raise texts.unusable(backup, "is no list of connections")
                if revision > schema.HEAD:
                    raise texts.newer(backup)
                schema.bring_up_to_date(connection, _never_new, str(backup))
        except exc.DBAPIError as trouble:
            raise restore_troubles.of_copy(trouble.orig, self._live, backup) from None

    def _taken(self, staged: sqlite3.Connection, known_as: str) -> TakenOver | None:
        from sqlalchemy import exc

        from xero_connections_plugin.gateways.store import schema

        if not os.path.lexists(self._live):
            return None
        try:
            with file_engine(self._live).connect() as connection:
                revision = schema.stored_revision(connection)
            if revision is None or revision > schema.HEAD:
                return None
            with closing(_opened(self._live)) as live:
                ours = _installation(live)
            if ours != known_as:
                raise texts.foreign(known_as, ours)
            # From before it is read: what is changed after that is not taken over.
            self._watch = _opened(self._live)
            self._seen = _version(self._watch)
            present = self._present_brought_up_to_date() if revision < schema.HEAD else self._live
            return take_over(staged, present)
        except (exc.DBAPIError, sqlite3.Error, UnicodeDecodeError, StoredDataDamaged) as trouble:
            said = trouble.orig if isinstance(trouble, exc.DBAPIError) else trouble
            if (why := restore_troubles.of_present_list(said, self._live)) is not None:
                raise why from None
            # It is the damaged one that the backup is to replace.
            self._unwatch()
            return None

    def _present_brought_up_to_date(self) -> Path:
        """A copy of the present store with the tables of this program: no host has started since the update."""
        from xero_connections_plugin.gateways.store import schema

        copy = self._beside("present")
        _private(copy)
        copy_store(self._live, copy, where=self._live)
        with file_engine(copy).connect() as connection:
            schema.bring_up_to_date(connection, _never_new, str(self._live))
        return copy

    def _unwatch(self) -> None:
        if self._watch is not None:
            self._watch.close()
            self._watch = None

    def _hold(self) -> None:
        """Let nobody read or write the present store until the end. One that could not be read is left alone."""
        if self._watch is None:
            return
        try:
            self._watch.execute("BEGIN EXCLUSIVE")
            # Asked of SQLite: whoever opens and closes the file himself takes the lock from it (POSIX).
            if _version(self._watch) != self._seen:
                raise texts.changed_meanwhile()
        except sqlite3.Error as trouble:
            raise store_errors.translated(trouble, str(self._live)) from None

    def _keep(self) -> Path:
        stamp = self._clock.now().strftime("%Y%m%dT%H%M%SZ")
        names = (f"{self._live.name}.before-restore-{stamp}-{number}" for number in count(1))
        kept = next(free for name in names if not os.path.lexists(free := self._live.with_name(name)))
        fresh = self._beside("kept")
        _private(fresh)
        if self._watch is not None:
            # Read by SQLite: whoever opens and closes the file himself takes the lock from it (POSIX).
            fresh.write_bytes(self._watch.serialize())
        else:
            shutil.copyfile(self._live, fresh)
            self._put_journal_aside(kept)
        _sync(fresh)
        fresh.rename(kept)
        return kept

    def _put_journal_aside(self, kept: Path) -> None:
        """The journal of a damaged file would be played back over the one that takes its place."""
        with suppress(FileNotFoundError):
            journal = self._live.with_name(f"{self._live.name}-journal")
            journal.rename(kept.with_name(f"{kept.name}-journal"))

    def _beside(self, what: str) -> Path:
        return self._staged.with_name(f"{self._staged.name}.{what}")

    def _clear(self) -> None:
        """Remove what only a restore needs."""
        journal = self._staged.with_name(f"{self._staged.name}-journal")
        further = [self._beside(what) for what in ("source", "kept", "present", "present-journal")]
        for leftover in (self._staged, journal, *further):
            leftover.unlink(missing_ok=True)


def _private(path: Path) -> None:
    """Make an empty file that only this user can read."""
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _version(connection: sqlite3.Connection) -> object:
    """Another one after somebody else changed the file."""
    return connection.execute("PRAGMA data_version").fetchone()


def _installation(connection: sqlite3.Connection) -> str:
    found = connection.execute("SELECT installation_id FROM installation").fetchone()
    return str(found[0]) if found is not None else ""


def _never_new() -> str:
    raise AssertionError("a backup says which installation it is of")


def _opened(path: Path) -> sqlite3.Connection:
    address = f"{path.absolute().as_uri()}?mode=rw"
    return sqlite3.connect(address, uri=True, timeout=BUSY_SECONDS, isolation_level=None, factory=GatedConnection)
