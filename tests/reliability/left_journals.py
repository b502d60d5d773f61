"""A store before and after a transaction, and the journal that lay beside it in between: what a power cut may leave."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from hostspec.testing import FakeClock
from xero_connections_plugin.gateways.store.database import FILE_NAME, Database
from xero_connections_plugin.gateways.store.tables import candidates, installation, published_usages

ROWS = 12


@dataclass(frozen=True)
class Commit:
    """The bytes of the file before and after a commit, and its journal as it was synced in between."""

    before: bytes
    after: bytes
    journal: bytes
    state_before: str
    state_after: str


def state(database: Database) -> str:
    """All that the transaction of ``make_commit`` changes."""
    with database.read() as connection:
        tests = connection.execute(sa.select(installation.c.write_tests)).scalar()
        kept = connection.execute(sa.select(candidates.c.candidate_id, candidates.c.sealed)).all()
        labels = connection.execute(sa.select(published_usages.c.profile)).scalars().all()
    return f"{tests} {sorted((found.candidate_id, hash(found.sealed)) for found in kept)} {sorted(labels)}"


def make_commit(folder: Path) -> Commit:
    """A store with rows on several pages, in which one transaction changes, adds and removes some."""
    database = Database(folder, FakeClock())
    with database.write() as connection:
        connection.execute(candidates.insert(), [_candidate(f"old-{number}") for number in range(ROWS)])
        connection.execute(published_usages.insert(), [_usage(number) for number in range(ROWS)])
    file, journal, held = folder / FILE_NAME, folder / f"{FILE_NAME}-journal", folder.parent / "journal"
    before, state_before = file.read_bytes(), state(database)
    with database.write() as connection:
        connection.execute(installation.update().values(write_tests=installation.c.write_tests + 1))
        connection.execute(candidates.delete().where(candidates.c.candidate_id.in_(["old-1", "old-5"])))
        connection.execute(candidates.insert(), [_candidate(f"new-{number}") for number in range(ROWS)])
        connection.execute(published_usages.update().values(profile="Another profile"))
        # A second name keeps what SQLite writes into its journal until the end, and then takes away.
        os.link(journal, held)
    after, state_after = file.read_bytes(), state(database)
    database.close()
    return Commit(before, after, held.read_bytes(), state_before, state_after)


def lay_out(folder: Path, content: bytes, journal: bytes | None) -> None:
    """Put a file and its journal where a store is looked for."""
    folder.mkdir(mode=0o700, exist_ok=True)
    for name, written in ((FILE_NAME, content), (f"{FILE_NAME}-journal", journal)):
        (folder / name).unlink(missing_ok=True)
        if written is not None:
            (folder / name).touch(0o600)
            (folder / name).write_bytes(written)


def _candidate(name: str) -> dict[str, object]:
    now = FakeClock().now()
    return {
        "candidate_id": name,
        "grant_id": "grant",
        "generation": 1,
        "sealed": name.encode() * 300,
        "key_id": "key",
        "received_at": now,
        "fencing": 1,
    }


def _usage(number: int) -> dict[str, object]:
    return {
        "host_id": "host",
        "usage_id": f"usage-{number}",
        "host_name": "Host",
        "kind": "connection",
        "subject_id": "subject",
        "subject_label": "Head office",
        "profile": f"Profile {number}",
        "step": "To Xero",
        "enabled": True,
        "seen_at": FakeClock().now(),
    }
