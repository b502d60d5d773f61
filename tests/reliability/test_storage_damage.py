"""Damage is found when the store opens, kept under another name, and never written over."""

from __future__ import annotations

import random
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from hostspec.errors import ConnectionProblem, StoredDataDamaged
from hostspec.testing import FakeClock
from tests.plugin.store_probes import trouble
from tests.reliability.left_journals import Commit, lay_out, make_commit, state
from tests.sampling import how_many, seed
from xero_connections_plugin.gateways.store.database import FILE_NAME, Database
from xero_connections_plugin.gateways.store.left_journal import belongs_to_another

PAGE = 4096


@pytest.fixture(scope="module")
def commit(tmp_path_factory: pytest.TempPathFactory) -> Commit:
    return make_commit(tmp_path_factory.mktemp("damage") / "data")


def set_aside(folder: Path) -> dict[str, bytes]:
    """What was kept of damaged files."""
    return {file.name: file.read_bytes() for file in folder.iterdir() if ".damaged-" in file.name}


def test_c18_any_single_damaged_page_is_found_when_the_store_opens(tmp_path: Path, commit: Commit) -> None:
    pages = len(commit.after) // PAGE
    chance = random.Random(seed())
    for number in range(pages):
        folder = tmp_path / f"page-{number}"
        content = bytearray(commit.after)
        place = slice(number * PAGE, (number + 1) * PAGE)
        content[place] = chance.choice([chance.randbytes(PAGE), bytes(PAGE), bytes(b ^ 0xFF for b in content[place])])
        lay_out(folder, bytes(content), None)
        problem = trouble(Database(folder, FakeClock()))
        assert isinstance(problem, StoredDataDamaged)
        assert problem.code == "STORE_DAMAGED"
        kept = set_aside(folder)
        assert list(kept.values()) == [bytes(content)]
        assert "Restore a backup" in str(problem) or len(str(problem)) == 300
        assert not (folder / FILE_NAME).exists()


def test_c18_flipped_bytes_are_found_or_harmless_but_never_a_crash(tmp_path: Path, commit: Commit) -> None:
    chance = random.Random(seed())
    for number in range(how_many(commit=60, whole=1000)):
        folder = tmp_path / f"flip-{number}"
        content = bytearray(commit.after)
        for _ in range(chance.choice([1, 4, 64])):
            content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
        lay_out(folder, bytes(content), None)
        database = Database(folder, FakeClock())
        try:
            state(database)
        except ConnectionProblem:
            assert [*set_aside(folder).values(), *_in_place(folder)] == [bytes(content)]
        database.close()


def _in_place(folder: Path) -> list[bytes]:
    file = folder / FILE_NAME
    return [file.read_bytes()] if file.exists() else []


@pytest.mark.parametrize("size", [1, 99, 100, 511, PAGE - 1, PAGE, 3 * PAGE, 5 * PAGE + 17])
def test_c18_a_file_cut_short_anywhere_is_kept(tmp_path: Path, commit: Commit, size: int) -> None:
    lay_out(tmp_path / "data", commit.after[:size], None)
    assert isinstance(trouble(Database(tmp_path / "data", FakeClock())), StoredDataDamaged)
    assert list(set_aside(tmp_path / "data").values()) == [commit.after[:size]]


def test_c18_the_journal_of_another_file_is_not_played_back_over_a_backup(tmp_path: Path, commit: Commit) -> None:
    folder = tmp_path / "data"
    other = Database(folder, FakeClock())
    for _ in range(10):
        other.check_writable()
    backup = (folder / FILE_NAME).read_bytes()
    lay_out(folder, backup, commit.journal)
    assert isinstance(trouble(Database(folder, FakeClock())), StoredDataDamaged)
    kept = set_aside(folder)
    assert sorted(kept.values(), key=len) == sorted([backup, commit.journal], key=len)
    assert not (folder / f"{FILE_NAME}-journal").exists()
    # Restored once more, now without the stranger beside it.
    lay_out(folder, backup, None)
    restored = Database(folder, FakeClock())
    restored.check_writable()
    assert restored.installation_id() == other.installation_id()


def test_a_journal_of_its_own_is_told_from_a_strangers(tmp_path: Path, commit: Commit) -> None:
    file, journal = tmp_path / "file", tmp_path / "journal"

    def judged(content: bytes, left: bytes) -> bool:
        file.write_bytes(content)
        journal.write_bytes(left)
        return belongs_to_another(journal, file)

    assert not judged(commit.before, commit.journal)
    assert not judged(commit.after, commit.journal)
    older = bytearray(commit.before)
    older[24:28] = (int.from_bytes(commit.before[24:28], "big") - 1).to_bytes(4, "big")
    assert judged(bytes(older), commit.journal)
    newer = bytearray(commit.after)
    newer[24:28] = (int.from_bytes(commit.after[24:28], "big") + 1).to_bytes(4, "big")
    assert judged(bytes(newer), commit.journal)
    # What SQLite would not play back harms nobody.
    unsynced = commit.journal[:8] + bytes(4) + commit.journal[12:]
    for left in (b"", b"short", unsynced, bytes(len(commit.journal)), commit.journal[:600]):
        assert not judged(bytes(newer), left)
    journal.unlink()
    assert not belongs_to_another(journal, file)
    journal.write_bytes(commit.journal)
    file.unlink()
    assert not belongs_to_another(journal, file)


def test_c18_a_second_damage_in_the_same_second_writes_over_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    for content in (b"first damage", b"second damage"):
        lay_out(folder, content, None)
        trouble(Database(folder, FakeClock()))
    assert sorted(set_aside(folder).values()) == [b"first damage", b"second damage"]


def test_c18_many_who_find_the_damage_at_once_set_it_aside_once(tmp_path: Path, commit: Commit) -> None:
    folder = tmp_path / "data"
    lay_out(folder, commit.after[:PAGE] + b"\xa5" * 8 * PAGE, None)
    together = threading.Barrier(8)
    found: list[str] = []

    def look() -> None:
        together.wait()
        found.append(trouble(Database(folder, FakeClock())).code)

    lookers = [threading.Thread(target=look) for _ in range(8)]
    for looker in lookers:
        looker.start()
    for looker in lookers:
        looker.join()
    assert found == ["STORE_DAMAGED"] * 8
    assert list(set_aside(folder).values()) == [commit.after[:PAGE] + b"\xa5" * 8 * PAGE]


def test_c18_what_was_damaged_while_the_program_ran_is_set_aside_at_the_next_start(
    tmp_path: Path, commit: Commit
) -> None:
    folder = tmp_path / "data"
    lay_out(folder, commit.after, None)
    running = Database(folder, FakeClock())
    running.check_writable()
    harmed = (folder / FILE_NAME).read_bytes()[:PAGE] + b"\xa5" * (len(commit.after) - PAGE)
    (folder / FILE_NAME).write_bytes(harmed)
    # Others may have it open, so it is told and left where it is.
    assert isinstance(trouble(running), StoredDataDamaged)
    assert (folder / FILE_NAME).read_bytes() == harmed
    assert isinstance(trouble(Database(folder, FakeClock())), StoredDataDamaged)
    assert list(set_aside(folder).values()) == [harmed]


def test_a_file_that_a_tool_turned_to_write_ahead_mode_is_turned_back_with_all_that_was_written(
    tmp_path: Path, commit: Commit
) -> None:
    folder = tmp_path / "data"
    lay_out(folder, commit.after, None)
    with closing(sqlite3.connect(folder / FILE_NAME, isolation_level=None)) as tool:
        assert tool.execute("PRAGMA journal_mode = WAL").fetchone() == ("wal",)
        tool.execute("UPDATE installation SET write_tests = 77")
        # While the tool is there, work goes on beside it.
        beside = Database(folder, FakeClock())
        beside.check_writable()
    alone = Database(folder, FakeClock())
    with alone.write() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "delete"
        assert connection.exec_driver_sql("SELECT write_tests FROM installation").scalar() == 78
    assert {file.name for file in folder.iterdir()} <= {FILE_NAME, f"{FILE_NAME}.lock"}
