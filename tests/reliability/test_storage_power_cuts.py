"""After a power cut at any moment of a commit the store holds what was before it or what is after it, and opens."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from hostspec.testing import FakeClock
from tests.reliability.left_journals import Commit, lay_out, make_commit, state
from tests.sampling import how_many, seed
from xero_connections_plugin.gateways.store.database import FILE_NAME, Database

SECTOR = 512
"""What a disk writes whole."""

Left: TypeAlias = tuple[bytes, bytes | None]
"""The file and its journal, as they are found afterwards."""


@pytest.fixture(scope="module")
def commit(tmp_path_factory: pytest.TempPathFactory) -> Commit:
    made = make_commit(tmp_path_factory.mktemp("power") / "data")
    assert made.state_before != made.state_after
    assert sum(a != b for a, b in zip(*map(_sectors, (made.before, made.after)), strict=False)) > 10
    return made


def _sectors(content: bytes) -> list[bytes]:
    return [content[start : start + SECTOR] for start in range(0, len(content), SECTOR)]


def while_the_journal_is_written(commit: Commit, chance: random.Random) -> Left:
    """Not synced yet: any of its sectors may be missing, its header says that nothing is in it."""
    unsynced = bytearray(commit.journal)
    unsynced[8:12] = bytes(4)
    for place in range(0, len(unsynced), SECTOR):
        if chance.random() < 0.3:
            unsynced[place : place + SECTOR] = chance.choice([bytes(SECTOR), chance.randbytes(SECTOR)])
    return commit.before, bytes(unsynced[: chance.choice([0, 8, 300, SECTOR, len(unsynced) // 2, len(unsynced)])])


def while_the_file_is_written(commit: Commit, chance: random.Random) -> Left:
    """The journal is safe; each sector of the file is the old one, the new one, or half of each."""
    length = chance.choice([len(commit.before), len(commit.after)])
    old = commit.before.ljust(length, b"\0")[:length]
    new = commit.after[:length].ljust(length, b"\0")
    share = chance.random()
    mixed = bytearray()
    for place in range(0, length, SECTOR):
        at = slice(place, place + SECTOR)
        mixed += new[at] if chance.random() < share else old[at]
    return bytes(mixed), commit.journal


def before_the_journal_is_gone(commit: Commit, chance: random.Random) -> Left:
    """The file is written and synced, the name of the journal is not yet taken out of the directory."""
    return commit.after, commit.journal


def after_the_directory_is_synced(commit: Commit, chance: random.Random) -> Left:
    """Only now the commit returns."""
    return commit.after, None


@pytest.mark.parametrize(
    ("cut", "is_committed"),
    [
        (while_the_journal_is_written, False),
        (while_the_file_is_written, False),
        (before_the_journal_is_gone, False),
        (after_the_directory_is_synced, True),
    ],
)
def test_a_power_cut_at_any_moment_of_a_commit_leaves_all_of_it_or_nothing(
    tmp_path: Path, commit: Commit, cut: Callable[[Commit, random.Random], Left], is_committed: bool
) -> None:
    expected = commit.state_after if is_committed else commit.state_before
    chance = random.Random(f"{seed()} {cut.__name__}")
    folder = tmp_path / "data"
    for _ in range(how_many(commit=40, whole=400)):
        lay_out(folder, *cut(commit, chance))
        database = Database(folder, FakeClock())
        assert state(database) == expected
        database.check_writable()
        database.close()
        # Nothing was taken for damaged.
        assert {file.name for file in folder.iterdir()} <= {FILE_NAME, f"{FILE_NAME}.lock"}


def test_a_commit_is_on_the_disk_in_the_order_that_makes_this_true(tmp_path: Path) -> None:
    database = Database(tmp_path / "data", FakeClock())
    with database.write() as connection:
        found = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous")]
    # Journal, file, and the directory after the journal has gone: each is synced before the next step.
    assert found == ["delete", 3]
    database.close()
