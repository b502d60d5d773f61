"""An owner of leases is alive while it holds a lock on its own file, and dead the moment its process ends."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from hostspec.errors import StoreUnavailable
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


def test_making_one_touches_nothing(tmp_path: Path) -> None:
    MachinePresence(tmp_path / "data").close()
    assert not (tmp_path / "data").exists()


def test_an_owner_is_alive_until_it_closes(tmp_path: Path) -> None:
    one, two = MachinePresence(tmp_path), MachinePresence(tmp_path)
    assert one.owner() == one.owner() != two.owner()
    assert one.machine() == two.machine()
    assert not two.is_dead(one.owner(), one.machine())
    gone = one.owner()
    one.close()
    assert two.is_dead(gone, two.machine())
    two.close()


def test_it_never_judges_itself_or_those_of_another_machine(tmp_path: Path) -> None:
    here, there = MachinePresence(tmp_path / "here"), MachinePresence(tmp_path / "there")
    assert here.machine() != there.machine()
    assert not here.is_dead("unknown", there.machine())
    assert not here.is_dead(here.owner(), here.machine())
    # Whoever has no file may have lost it.
    assert not here.is_dead("unknown", here.machine())
    here.close()
    there.close()


def test_a_killed_process_is_dead_at_once(tmp_path: Path) -> None:
    watcher = MachinePresence(tmp_path)
    with subprocess.Popen(
        [sys.executable, "-c", OWNER, str(tmp_path)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        owner, machine = process.stdout.readline().split()
        assert not watcher.is_dead(owner, machine)
        process.kill()
        process.wait()
        assert watcher.is_dead(owner, machine)
    watcher.close()


def test_files_are_private_and_those_of_dead_owners_are_swept(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", OWNER, str(tmp_path)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        owner = process.stdout.readline().split()[0]
        process.kill()
        process.wait()
    folder = tmp_path / "presence"
    assert (folder / f"{owner}.lock").exists()
    presence = MachinePresence(tmp_path)
    presence.owner()
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}
    own = presence.owner()
    assert {file.name for file in folder.iterdir()} == {"machine", f"{own}.lock", f"{owner}.ended"}
    presence.close()
    assert {file.name for file in folder.iterdir()} == {"machine", f"{own}.ended", f"{owner}.ended"}


FORKING = """
import os, sys
from pathlib import Path
from xero_connections_plugin.gateways.store.machine_presence import MachinePresence
parent = MachinePresence(Path(sys.argv[1]))
owner = parent.owner()
child = os.fork()
if child == 0:
    os._exit(0 if parent.owner() != owner else 1)
status = os.waitpid(child, 0)[1]
other = MachinePresence(Path(sys.argv[1]))
print(status, other.is_dead(owner, other.machine()))
parent.close()
print(other.is_dead(owner, other.machine()))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_forked_process_is_an_owner_of_its_own_and_ends_nobody_else(tmp_path: Path) -> None:
    command = [sys.executable, "-c", FORKING, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True, timeout=60)
    assert done.stdout.split() == ["0", "False", "True"]


def test_a_folder_that_takes_no_files_is_told_as_trouble_of_the_store(tmp_path: Path) -> None:
    presence = MachinePresence(tmp_path, new_id=lambda: "me")
    (tmp_path / "presence" / "me.lock").mkdir(parents=True)
    with pytest.raises(StoreUnavailable, match=str(tmp_path)):
        presence.owner()
    (tmp_path / "presence" / "me.lock").rmdir()
    assert presence.owner() == "me"
    presence.close()


def test_an_owner_whose_file_cannot_be_opened_is_not_taken_for_dead(tmp_path: Path) -> None:
    presence = MachinePresence(tmp_path)
    machine = presence.machine()
    (tmp_path / "presence" / "other.lock").mkdir()
    assert not presence.is_dead("other", machine)
    presence.close()


def test_an_owner_that_cannot_even_be_looked_for_is_not_taken_for_dead(tmp_path: Path) -> None:
    presence = MachinePresence(tmp_path)
    # No file may have so long a name: the system refuses the look, as it does in a folder that cannot be searched.
    assert not presence.is_dead("x" * 300, presence.machine())
    presence.close()
