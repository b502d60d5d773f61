"""One of several processes that write as fast as they can: ``python -m benchmarks.store_writer HOW FOLDER ID SECONDS``.

Each write counts up what it has read, so a write that was lost is missing from the count. ``store`` goes through the
plugin's own store, which notices when somebody saved meanwhile; ``bare`` is SQLite with the same pragmas.
"""

from __future__ import annotations

import json
import os
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from hostspec.errors import ConnectionProblem
from hostspec.providers import Connection
from hostspec.value import ConnectionId
from tests.plugin.keeper_process import RealClock
from tests.plugin.key_doubles import KeysInMemory
from xero_connections_plugin.connections.definition import name_key
from xero_connections_plugin.connections.entries import EntryChanged
from xero_connections_plugin.gateways.keys.key_register import KeyRegister
from xero_connections_plugin.gateways.keys.vault import Vault
from xero_connections_plugin.gateways.records.connection_store import ConnectionStore
from xero_connections_plugin.gateways.store.database import FILE_NAME, Database
from xero_connections_plugin.gateways.store.machine_presence import MachinePresence
from xero_connections_plugin.gateways.store.sqlite_file import BUSY_SECONDS, PRAGMAS


class Report(NamedTuple):
    """What came of it."""

    written: int
    errors: int
    slowest: float
    """Seconds of the slowest write, all its attempts together."""


@contextmanager
def store_of(folder: Path) -> Iterator[ConnectionStore]:
    """The plugin's list in a folder; nothing in it is opened."""
    database = Database(folder, RealClock())
    vault = Vault(
        KeysInMemory(),
        KeyRegister(database, MachinePresence(folder)),
        RealClock(),
        random_bytes=lambda size: bytes(size),
    )
    try:
        yield ConnectionStore(database, vault)
    finally:
        database.close()


@contextmanager
def bare_connection(folder: Path) -> Iterator[sqlite3.Connection]:
    """SQLite alone, as durable."""
    with closing(sqlite3.connect(folder / FILE_NAME, timeout=BUSY_SECONDS, isolation_level=None)) as raw:
        for pragma in PRAGMAS:
            raw.execute(pragma)
        yield raw


def count_up(store: ConnectionStore, entry: ConnectionId) -> None:
    """One more, however often somebody else was faster."""
    while True:
        seen = store.get(entry)
        assert seen is not None
        try:
            counted_up(store, seen)
        except EntryChanged:
            continue
        return


def counted_up(store: ConnectionStore, seen: Connection) -> Connection:
    """The entry with one more, as it is saved by then.

    Raises:
        EntryChanged: Somebody else was faster.
    """
    count = int(str(seen.saved.settings.get("count", 0))) + 1
    # Two who save the very same within a microsecond are both told that it is saved, and it is; here each save differs.
    settings = {**seen.saved.settings, "count": count, "by": os.getpid()}
    saved = seen.saved.model_copy(update={"settings": settings})
    # As the list does it: two saves within the clock's resolution still differ.
    changed_at = max(datetime.now(UTC), seen.changed_at + timedelta(microseconds=1))
    store.replace(
        seen.connection_id,
        display_name=seen.display_name,
        name_key=name_key(seen.display_name),
        saved=saved,
        changed_at=changed_at,
        seen_changed_at=seen.changed_at,
    )
    return seen.model_copy(update={"saved": saved, "changed_at": changed_at})


def count_up_bare(raw: sqlite3.Connection, entry: str) -> None:
    """Likewise, in one transaction."""
    raw.execute("BEGIN IMMEDIATE")
    (settings,) = raw.execute("SELECT settings FROM connections WHERE connection_id = ?", (entry,)).fetchone()
    known = json.loads(settings)
    values = json.dumps({**known, "count": int(known.get("count", 0)) + 1})
    raw.execute("UPDATE connections SET settings = ? WHERE connection_id = ?", (values, entry))
    raw.execute("COMMIT")


def write(once: Callable[[], None], seconds: float) -> Report:
    """As often as it goes in the time."""
    written = errors = 0
    slowest = 0.0
    end = time.monotonic() + seconds
    while (began := time.monotonic()) < end:
        try:
            once()
            written += 1
        except (ConnectionProblem, sqlite3.Error):
            errors += 1
        slowest = max(slowest, time.monotonic() - began)
    return Report(written, errors, slowest)


def main(how: str, folder: str, entry: str, seconds: str) -> None:
    with store_of(Path(folder)) as store, bare_connection(Path(folder)) as raw:
        store.get(ConnectionId(entry))
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        sys.stdin.readline()
        once = (lambda: count_up(store, ConnectionId(entry))) if how == "store" else lambda: count_up_bare(raw, entry)
        sys.stdout.write(json.dumps(write(once, float(seconds))))


if __name__ == "__main__":
    main(*sys.argv[1:])
