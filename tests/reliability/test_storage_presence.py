"""A lease's owner is dead only when that is certain: never by a missing file, on a copy, or after another start."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from filelock import BaseFileLock, FileLock

from hostspec.errors import StoreUnavailable
from xero_connections_plugin.gateways.store.machine_identity import identity, running_system
from xero_connections_plugin.gateways.store.machine_presence import MachinePresence

ROOT = Path(__file__).parents[2]

OWNER = """
import sys
from pathlib import Path
from xero_connections_plugin.gateways.store.machine_presence import MachinePresence
presence = MachinePresence(Path(sys.argv[1]))
print(presence.owner(), presence.machine(), flush=True)
sys.stdin.read()
"""


class Owner:
    """Another process that holds leases."""

    def __init__(self, folder: Path) -> None:
        command = [sys.executable, "-c", OWNER, str(folder)]
        self._process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.owner, self.machine = self._process.stdout.readline().split()

    def kill(self) -> None:
        self._process.kill()
        self._process.communicate()


def test_c22_a_killed_owner_is_known_to_be_dead_at_once_and_stays_so(tmp_path: Path) -> None:
    watcher, other = MachinePresence(tmp_path), Owner(tmp_path)
    assert not watcher.is_dead(other.owner, other.machine)
    other.kill()
    # Whoever looks, however often, and whoever starts later: sweeping forgets nobody whose lease may still run.
    for _ in range(3):
        assert watcher.is_dead(other.owner, other.machine)
    late = MachinePresence(tmp_path)
    assert late.is_dead(other.owner, other.machine)
    assert watcher.is_dead(other.owner, other.machine)
    late.close()
    watcher.close()


def test_c22_an_owner_that_closed_while_it_held_a_lease_is_known_to_be_gone(tmp_path: Path) -> None:
    one, two = MachinePresence(tmp_path), MachinePresence(tmp_path)
    gone, machine = one.owner(), one.machine()
    two.owner()
    one.close()
    assert two.is_dead(gone, machine)
    assert one.owner() != gone
    assert not two.is_dead(one.owner(), machine)
    one.close()
    two.close()


@pytest.mark.parametrize("what", ["presence", "presence/*.lock"])
def test_a_living_owner_whose_file_somebody_cleaned_away_is_not_taken_for_dead(tmp_path: Path, what: str) -> None:
    watcher, other = MachinePresence(tmp_path), Owner(tmp_path)
    watcher.owner()
    for path in tmp_path.glob(what):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    assert not watcher.is_dead(other.owner, other.machine)
    # Nor by a process that finds nothing and makes it anew.
    late = MachinePresence(tmp_path)
    assert not late.is_dead(other.owner, other.machine)
    other.kill()
    assert not watcher.is_dead(other.owner, other.machine)
    late.close()
    watcher.close()


def test_a_copied_data_directory_is_another_machine(tmp_path: Path) -> None:
    original = Owner(tmp_path / "here")
    shutil.copytree(tmp_path / "here", tmp_path / "there")
    copy = MachinePresence(tmp_path / "there")
    assert copy.machine() != original.machine
    assert not copy.is_dead(original.owner, original.machine)
    copy.close()
    original.kill()


def test_the_same_image_started_elsewhere_or_again_is_another_machine(tmp_path: Path) -> None:
    # A cloned image brings the same name, the same folder on the same place of its disk, and the same id in it.
    file = tmp_path / "machine"
    file.write_text("an id", encoding="ascii")
    here = identity(file)
    assert here == identity(file)
    assert identity(file, system="of the clone") != here
    file.write_text("another id", encoding="ascii")
    assert identity(file) != here


def test_c22_owners_from_before_a_restart_are_dead_in_a_store_of_this_machine_only(
    tmp_path: Path,
) -> None:
    alone, among_others = MachinePresence(tmp_path, is_local=True), MachinePresence(tmp_path)
    now = alone.machine()
    earlier = identity(tmp_path / "presence" / "machine", system="an earlier start")
    assert earlier != now
    assert alone.is_dead("somebody", earlier)
    # In a store that several machines share it may be a clone of this one, alive.
    assert not among_others.is_dead("somebody", earlier)
    for elsewhere in ("", "another machine", f"x{earlier}", f"{now}/somebody"):
        assert not alone.is_dead("somebody", elsewhere)
    assert not alone.is_dead(alone.owner(), earlier)
    alone.close()
    among_others.close()


@pytest.mark.skipif(sys.platform != "linux", reason="other systems say it in other places")
def test_the_start_of_this_system_has_an_id() -> None:
    assert running_system() == Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    assert len(running_system()) == 36


def test_very_many_files_of_dead_owners_are_noted_and_in_the_end_forgotten(tmp_path: Path) -> None:
    folder = tmp_path / "presence"
    folder.mkdir(mode=0o700)
    for number in range(200):
        (folder / f"dead-{number}.lock").touch(0o600)
    presence = MachinePresence(tmp_path)
    machine = presence.machine()
    assert all(presence.is_dead(f"dead-{number}", machine) for number in range(200))
    assert [file.name for file in folder.glob("*.lock")] == [f"{presence.owner()}.lock"]
    presence.close()
    for file in folder.glob("*.ended"):
        os.utime(file, (file.stat().st_atime, file.stat().st_mtime - 3600))
    (folder / "machine.unfinished").touch(0o600)
    os.utime(folder / "machine.unfinished", (0, 0))
    later = MachinePresence(tmp_path)
    later.owner()
    assert {file.name for file in folder.iterdir()} == {"machine", f"{later.owner()}.lock"}
    later.close()


def test_sweepers_that_start_together_take_nobody_living_for_dead(tmp_path: Path) -> None:
    owners = [MachinePresence(tmp_path) for _ in range(24)]
    together = threading.Barrier(len(owners))

    def appear(one: MachinePresence) -> None:
        together.wait()
        one.owner()

    threads = [threading.Thread(target=appear, args=(one,)) for one in owners]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({one.machine() for one in owners}) == 1
    for one in owners:
        assert not any(one.is_dead(other.owner(), other.machine()) for other in owners)
    for one in owners:
        one.close()


class NoLocks(FileLock):
    """A file system that keeps no locks, as some on networks."""

    def _acquire(self) -> None:
        raise OSError(errno.ENOLCK, "No locks available")


def no_locks(file: Path, seconds: float) -> BaseFileLock:
    return NoLocks(file, timeout=seconds, mode=0o600, thread_local=False)


def test_where_nothing_can_be_locked_everybody_works_and_nobody_is_judged(tmp_path: Path) -> None:
    one, two = (MachinePresence(tmp_path, file_lock=no_locks) for _ in range(2))
    assert one.owner() != two.owner()
    assert one.machine() != two.machine()
    assert not one.is_dead(two.owner(), two.machine())
    # Not even by somebody who can lock there.
    able = MachinePresence(tmp_path)
    assert not able.is_dead(one.owner(), one.machine())
    for presence in (able, one, two):
        presence.close()


class Broken(FileLock):
    """A disk that fails."""

    def _acquire(self) -> None:
        raise OSError(errno.EIO, "Input/output error")


def test_a_disk_that_fails_is_told_as_trouble_of_the_store(tmp_path: Path) -> None:
    presence = MachinePresence(tmp_path, file_lock=lambda file, seconds: Broken(file, timeout=seconds))
    with pytest.raises(StoreUnavailable, match=str(tmp_path)):
        presence.owner()


READ_ONLY = """
import os, sys
from pathlib import Path
from hostspec.errors import ConnectionProblem
from xero_connections_plugin.gateways.store.machine_presence import MachinePresence
folder = Path(sys.argv[1])
first = MachinePresence(folder)
first.owner()
first.close()
if os.geteuid() == 0:
    folder.parent.chmod(0o711)
    for path in (folder, *folder.rglob("*")):
        os.chown(path, 65534, 65534)
    os.setgid(65534)
    os.setuid(65534)
(folder / "presence").chmod(0o500)
try:
    MachinePresence(folder).owner()
except ConnectionProblem as problem:
    print(problem.code)
(folder / "presence").chmod(0o700)
"""


@pytest.mark.exempt(I8="a directory was given to another user")
def test_c17_a_presence_folder_that_takes_no_files_is_told_as_read_only() -> None:
    import tempfile

    # Below /tmp itself: folders of tests are closed to the ordinary user whom root becomes here.
    with tempfile.TemporaryDirectory() as reachable:
        command = [sys.executable, "-c", READ_ONLY, str(Path(reachable) / "data")]
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True, timeout=60)
    assert done.stdout.split() == ["STORE_READONLY"]


def test_all_that_is_written_there_is_for_its_owner_only(tmp_path: Path) -> None:
    presence, other = MachinePresence(tmp_path), Owner(tmp_path)
    other.kill()
    assert presence.is_dead(other.owner, presence.machine())
    folder = tmp_path / "presence"
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}
    assert len(list(folder.iterdir())) == 3
    presence.close()
