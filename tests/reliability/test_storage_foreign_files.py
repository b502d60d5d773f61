"""Links, pipes and files of others in the place of ours: refused without waiting, or closed with a notice."""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hostspec.errors import ConnectionProblem, StoreUnavailable
from hostspec.testing import FakeClock
from xero_connections_plugin.gateways.store.database import FILE_NAME, Database
from xero_connections_plugin.gateways.store.machine_presence import MachinePresence
from xero_connections_plugin.gateways.store.tables import installation

pytestmark = pytest.mark.skipif(not hasattr(os, "geteuid"), reason="Windows keeps these by access lists")

NAMES = ("", "-journal", "-wal", "-shm", ".lock")
VICTIM = b"something precious"


def symlink(place: Path, victim: Path) -> None:
    place.symlink_to(victim)


def dangling_symlink(place: Path, victim: Path) -> None:
    place.symlink_to(victim.with_name("to be made"))


def hard_link(place: Path, victim: Path) -> None:
    os.link(victim, place)


def pipe(place: Path, victim: Path) -> None:
    os.mkfifo(place, 0o600)


def directory(place: Path, victim: Path) -> None:
    place.mkdir(0o700)


TRAPS = (symlink, dangling_symlink, hard_link, pipe, directory)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    Database(folder, FakeClock()).check_writable()
    return folder


@pytest.fixture
def victim(tmp_path: Path) -> Iterator[Path]:
    victim = tmp_path / "victim"
    victim.write_bytes(VICTIM)
    victim.chmod(0o600)
    yield victim
    assert victim.read_bytes() == VICTIM
    assert not victim.with_name("to be made").exists()


def promptly(work: Callable[[], object]) -> ConnectionProblem | None:
    """What comes of it, which does not wait for the other end of a pipe."""
    came: list[ConnectionProblem | None] = []

    def run() -> None:
        try:
            work()
        except ConnectionProblem as problem:
            came.append(problem)
        else:
            came.append(None)

    worker = threading.Thread(target=run, daemon=True)
    worker.start()
    worker.join(10)
    assert came, "it waits for somebody"
    return came[0]


@pytest.mark.exempt(I8="what was put there is left as found")
@pytest.mark.parametrize("trap", TRAPS)
@pytest.mark.parametrize("name", NAMES)
def test_c21_what_is_no_file_of_ours_is_refused_and_its_victim_untouched(
    folder: Path, victim: Path, name: str, trap: Callable[[Path, Path], None]
) -> None:
    place = folder / f"{FILE_NAME}{name}"
    place.unlink(missing_ok=True)
    trap(place, victim)
    problem = promptly(Database(folder, FakeClock()).check_writable)
    assert isinstance(problem, StoreUnavailable)
    assert problem.code == "STORE_READONLY"
    assert str(place) in str(problem)
    assert "Nothing was changed" in str(problem)


@pytest.mark.parametrize("trap", TRAPS)
def test_c21_a_trap_where_the_new_file_is_made_harms_nobody(
    tmp_path: Path, victim: Path, trap: Callable[[Path, Path], None]
) -> None:
    folder = tmp_path / "fresh"
    folder.mkdir(0o700)
    trap(folder / f"{FILE_NAME}.new", victim)
    assert isinstance(promptly(Database(folder, FakeClock()).check_writable), StoreUnavailable)
    assert not (folder / FILE_NAME).exists()


@pytest.mark.parametrize("trap", [symlink, dangling_symlink, pipe])
@pytest.mark.parametrize("name", ["", "presence", "presence/machine"])
def test_c21_folders_of_ours_are_no_links_and_no_pipes(
    tmp_path: Path, victim: Path, name: str, trap: Callable[[Path, Path], None]
) -> None:
    place = tmp_path / "other" / name if name else tmp_path / "other"
    place.parent.mkdir(0o700, parents=True, exist_ok=True)
    trap(place, victim)
    problem = promptly(MachinePresence(tmp_path / "other").owner)
    assert isinstance(problem, StoreUnavailable)
    assert problem.code == "STORE_READONLY"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
@pytest.mark.exempt(I8="the file of another user is left as found")
@pytest.mark.parametrize("name", ["", *(f"/{FILE_NAME}{name}" for name in NAMES)])
def test_c21_what_belongs_to_another_user_is_refused_as_it_is(folder: Path, name: str) -> None:
    place = Path(f"{folder}{name}")
    if not place.exists():
        place.touch(0o600)
    os.chown(place, 65534, 65534)
    before = place.stat()
    problem = promptly(Database(folder, FakeClock()).check_writable)
    assert isinstance(problem, StoreUnavailable)
    assert "another user" in str(problem)
    after = place.stat()
    assert (after.st_uid, after.st_mode, after.st_size) == (before.st_uid, before.st_mode, before.st_size)


@pytest.mark.parametrize("name", ["", ".lock"])
def test_c21_a_file_that_everybody_may_write_is_closed_with_a_notice(
    folder: Path, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    place = folder / f"{FILE_NAME}{name}"
    place.chmod(0o666)
    Database(folder, FakeClock()).check_writable()
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    (said,) = [record for record in caplog.records if record.name.endswith("file_guard")]
    assert said.levelname == "WARNING"
    assert str(place) in said.getMessage()


def test_c21_nothing_is_open_to_others_under_a_careless_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        database, presence = Database(tmp_path / "data", FakeClock()), MachinePresence(tmp_path / "data")
        presence.owner()
        with database.write() as connection:
            connection.execute(installation.update().values(write_tests=7))
            found = {path: stat.S_IMODE(path.lstat().st_mode) for path in (tmp_path / "data").rglob("*")}
        presence.close()
        database.close()
    finally:
        os.umask(before)
    assert tmp_path / "data" / f"{FILE_NAME}-journal" in found
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700
    assert {path.name: mode for path, mode in found.items() if mode != 0o600} == {"presence": 0o700}
