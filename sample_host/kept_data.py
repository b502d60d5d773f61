"""Where the host keeps its own data: one SQLite file that threads and processes may share."""

import contextlib
import os
import sqlite3
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

from hostspec.errors import StoreUnavailable

BUSY_SECONDS: Final = 10.0
"""How long a write waits for another process of this host, in seconds."""

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS kept (
    kind TEXT NOT NULL, item_id TEXT NOT NULL, position INTEGER NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (kind, item_id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS posting (
    document_id TEXT NOT NULL, tenant_id TEXT NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (document_id, tenant_id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS batch (
    number INTEGER PRIMARY KEY AUTOINCREMENT, batch_id TEXT NOT NULL UNIQUE, profile_id TEXT NOT NULL,
    step_id TEXT NOT NULL, kind TEXT NOT NULL, subject_id TEXT NOT NULL, state TEXT NOT NULL, made_at TEXT NOT NULL,
    ended_at TEXT NOT NULL DEFAULT '', settled INTEGER NOT NULL DEFAULT 0, tone TEXT NOT NULL DEFAULT 'neutral',
    result TEXT NOT NULL DEFAULT '', problem TEXT NOT NULL DEFAULT '', documents TEXT NOT NULL,
    taken_from TEXT NOT NULL DEFAULT '', runner TEXT NOT NULL DEFAULT ''
);
CREATE INDEX IF NOT EXISTS batch_by_place ON batch (profile_id, step_id, state);
CREATE INDEX IF NOT EXISTS batch_by_state ON batch (state, number);
"""


_LATER_COLUMNS: Final = ("taken_from", "runner")
"""Those of batches that older files lack."""


class HostData:
    """The host's data file.

    Every operation opens the file anew, so that threads and processes share it without sharing a handle. A file that
    is no database any more is set aside under another name, never deleted; ``notices`` then says so.

    Args:
        path: The file; its directory exists.
        now: The wall clock (UTC), for the name of a file that is set aside.
        checkpoint: Called before and after each commit; crash tests end the process there.

    Raises:
        StoreUnavailable: The file can be neither read nor made.
    """

    def __init__(
        self, path: Path, now: Callable[[], datetime], checkpoint: Callable[[str], None] = lambda _: None
    ) -> None:
        self._path = path
        self._checkpoint = checkpoint
        self.notices: list[str] = []
        try:
            self._prepare()
        except (sqlite3.OperationalError, OSError) as problem:
            raise _unusable(path, problem) from None
        except sqlite3.DatabaseError:
            aside = path.with_name(f"{path.name}.damaged-{now():%Y%m%dT%H%M%S}")
            path.replace(aside)
            self._prepare()
            self.notices.append(
                f"The file with profiles and storage locations could not be read. It was set aside as {aside.name}, "
                "and this host began anew with its examples. Connections are not affected."
            )

    def _prepare(self) -> None:
        # Made with the right mode before SQLite opens it: what is posted where is nobody else's business.
        self._path.touch(mode=0o600)
        if os.name == "posix":
            self._path.chmod(0o600)
        with contextlib.closing(self._open()) as database:
            database.executescript(_SCHEMA)
            self._add_columns(database)
            finding = database.execute("PRAGMA quick_check(1)").fetchone()[0]
            if finding != "ok":
                raise sqlite3.DatabaseError("the file fails SQLite's own check")

    def _add_columns(self, database: sqlite3.Connection) -> None:
        """A file from before a column was thought of gets it; of processes that start at once, one adds it."""
        database.execute("BEGIN IMMEDIATE")
        there = {name for _, name, *_ in database.execute("PRAGMA table_info(batch)")}
        for missing in [name for name in _LATER_COLUMNS if name not in there]:
            database.execute(f"ALTER TABLE batch ADD COLUMN {missing} TEXT NOT NULL DEFAULT ''")
        database.execute("COMMIT")

    def _open(self) -> sqlite3.Connection:
        database = sqlite3.connect(self._path, timeout=BUSY_SECONDS, isolation_level=None)
        try:
            # An "about to post" mark must be on the disk before the document leaves.
            database.execute("PRAGMA synchronous=EXTRA")
        except BaseException:
            database.close()
            raise
        return database

    @contextlib.contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A handle for reading, closed afterwards."""
        with contextlib.closing(self._open()) as database:
            yield database

    @contextlib.contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A handle inside a transaction that nobody else can write beside; kept unless the block raises.

        Raises:
            StoreUnavailable: Nothing can be written now; nothing was changed.
        """
        try:
            with contextlib.closing(self._open()) as database:
                database.execute("BEGIN IMMEDIATE")
                try:
                    yield database
                except BaseException:
                    if database.in_transaction:
                        database.execute("ROLLBACK")
                    raise
                self._checkpoint("data: before commit")
                database.execute("COMMIT")
            self._checkpoint("data: after commit")
        except sqlite3.OperationalError as problem:
            raise _unusable(self._path, problem) from None

    def bodies(self, kind: str) -> list[tuple[str, str]]:
        """Id and JSON of everything kept under a kind, in order."""
        with self.reading() as database:
            return list(
                database.execute("SELECT item_id, body FROM kept WHERE kind = ? ORDER BY position, item_id", (kind,))
            )


def _unusable(path: Path, problem: sqlite3.OperationalError | OSError) -> StoreUnavailable:
    name = getattr(problem, "sqlite_errorname", "")
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return StoreUnavailable("Another process keeps the host's data busy. Nothing was changed; try again.")
    if name == "SQLITE_FULL":
        return StoreUnavailable(
            "The disk is full, so the host's data could not be written. Nothing was changed; make room and try again.",
            code="DISK_FULL",
        )
    return StoreUnavailable(
        f"The host's data in {path.parent} cannot be read or written. Nothing was changed; see to the folder's "
        "permissions, or choose another folder with --data-dir.",
        code="STORE_READONLY",
    )
