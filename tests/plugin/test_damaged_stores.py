"""Files and folders that are damaged, foreign, linked or closed: refused or repaired, never overwritten."""

from __future__ import annotations

import os
import sqlite3
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from hostspec.errors import StoredDataDamaged, StoreUnavailable
from hostspec.testing import FakeClock
from tests.plugin.store_probes import in_own_process, trouble
from xero_connections_plugin.gateways.store.database import FILE_NAME, Database


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def database(folder: Path) -> Iterator[Database]:
    database = Database(folder, FakeClock())
    yield database
    database.close()


@pytest.mark.parametrize("content", [b"", b"not a database at all" * 200, b"SQLite format 3\0" + b"\xff" * 8000])
def test_c18_a_file_that_is_no_database_is_set_aside_and_nothing_begins_in_its_place(
    folder: Path, content: bytes
) -> None:
    folder.mkdir(mode=0o700)
    (folder / FILE_NAME).write_bytes(content)
    first = trouble(Database(folder, FakeClock()))
    kept = [file for file in folder.iterdir() if ".damaged-" in file.name]
    assert [file.read_bytes() for file in kept] == [content]
    assert isinstance(first, StoredDataDamaged)
    assert str(kept[0]) in str(first) or len(str(first)) == 300
    again = trouble(Database(folder, FakeClock()))
    assert isinstance(again, StoredDataDamaged)
    assert not (folder / FILE_NAME).exists()
    kept[0].rename(folder / "elsewhere")
    Database(folder, FakeClock()).check_writable()


def test_c18_a_restored_backup_is_used_again(folder: Path, database: Database) -> None:
    before = database.installation_id()
    backup = (folder / FILE_NAME).read_bytes()
    (folder / FILE_NAME).write_bytes(b"damaged")
    trouble(Database(folder, FakeClock()))
    (folder / FILE_NAME).write_bytes(backup)
    assert Database(folder, FakeClock()).installation_id() == before


def test_c18_a_page_damaged_later_is_reported_and_kept_in_place(folder: Path, database: Database) -> None:
    database.check_writable()
    file = folder / FILE_NAME
    whole = bytearray(file.read_bytes())
    whole[4096:] = b"\xa5" * (len(whole) - 4096)
    file.write_bytes(bytes(whole))
    assert isinstance(trouble(database), StoredDataDamaged)
    assert file.read_bytes() == bytes(whole)


def test_somebody_elses_database_is_left_alone(folder: Path) -> None:
    folder.mkdir(mode=0o700)
    raw = sqlite3.connect(folder / FILE_NAME)
    raw.execute("CREATE TABLE theirs (a)")
    raw.commit()
    raw.close()
    before = (folder / FILE_NAME).read_bytes()
    assert isinstance(trouble(Database(folder, FakeClock())), StoredDataDamaged)
    assert (folder / FILE_NAME).read_bytes() == before


def test_a_file_that_vanishes_is_an_error_and_no_empty_list(folder: Path, database: Database) -> None:
    database.check_writable()
    (folder / FILE_NAME).unlink()
    with pytest.raises(StoreUnavailable), database.read():
        raise AssertionError("never reached")
    assert not (folder / FILE_NAME).exists()


def test_c21_links_are_refused_and_their_victims_untouched(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_bytes(b"precious")
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    (data / FILE_NAME).symlink_to(victim)
    assert trouble(Database(data, FakeClock())).code == "STORE_READONLY"
    linked = tmp_path / "linked"
    linked.symlink_to(data)
    assert trouble(Database(linked, FakeClock())).code == "STORE_READONLY"
    assert victim.read_bytes() == b"precious"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give a file away")
def test_c21_what_belongs_to_another_user_is_refused(folder: Path, database: Database) -> None:
    database.check_writable()
    os.chown(folder / FILE_NAME, 65534, 65534)
    assert "another user" in str(trouble(Database(folder, FakeClock())))


def test_c21_too_open_permissions_are_closed_with_a_notice(
    folder: Path, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    database.check_writable()
    folder.chmod(0o755)
    (folder / FILE_NAME).chmod(0o666)
    Database(folder, FakeClock()).check_writable()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / FILE_NAME).stat().st_mode) == 0o600
    assert [said.levelname for said in caplog.records if said.name.endswith("file_guard")] == ["WARNING", "WARNING"]


def test_a_data_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    for place in (tmp_path / "file", tmp_path / "file" / "below"):
        problem = trouble(Database(place, FakeClock()))
        assert problem.code == "STORE_READONLY"
        assert str(place) in str(problem)


def test_c17_a_read_only_store_is_found_before_anything_depends_on_it(tmp_path: Path) -> None:
    # Root may write everywhere, so in its place an ordinary user looks at a folder of their own; every module is
    # loaded before, since that user may not be able to read them.
    code = """
database.check_writable()
folder = Path(sys.argv[2])
os.chmod(folder, 0o755)
target = folder / "data"
Database(target, FakeClock()).check_writable()
if os.geteuid() == 0:
    for path in (target, *target.iterdir()):
        os.chown(path, 65534, 65534)
    os.setgid(65534)
    os.setuid(65534)
os.chmod(target, 0o500)
database = Database(target, FakeClock())
try:
    database.check_writable()
except ConnectionProblem as problem:
    print(problem.code)
print(database.installation_id())
os.chmod(target, 0o700)
"""
    with tempfile.TemporaryDirectory() as reachable:
        code_said, still_read = in_own_process(code, tmp_path / "data", Path(reachable)).split()
    assert code_said == "STORE_READONLY"
    assert len(still_read) == 32
