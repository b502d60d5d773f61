"""Processes of `db backup` and `db restore` are killed at each of their calls: one whole list is there and works."""

from __future__ import annotations

import os
import random
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cli.killed_commands import run_command, run_until_call
from tests.cli.operator_site import answer_of, operate, store_of
from tests.plugin.key_doubles import KeysInMemory
from tests.plugin.key_machines import KeyMachine, KeySite, key_site
from tests.reliability.crash_forks import Forks, make_forks
from tests.sampling import seed
from xero_connections_plugin.gateways.backups.store_backup import back_up
from xero_connections_plugin.oauth.grant import GrantId

RESTORE_CALLS = 120
BACKUP_CALLS = 25
"""Some more than there are: the last ones are come to by nobody."""

MOMENTS = 30


@pytest.fixture(scope="module")
def forks() -> Forks:
    return make_forks()


@dataclass
class Workstation:
    """A machine with a list, a backup of it that is older, and no program running."""

    site: KeySite
    keys: KeysInMemory
    data: Path
    backup: Path
    grant_id: GrantId
    generation: int
    """Of its sign-in; the backup has an earlier one."""

    def begin(self) -> KeyMachine:
        """A host starts."""
        return self.site.machine(self.keys)

    def end(self) -> None:
        """All hosts end."""
        self.site.undo.close()

    def names(self) -> set[str]:
        """Of the entries in the list."""
        with closing(sqlite3.connect(store_of(self.data))) as store:
            assert store.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            return {row[0] for row in store.execute("SELECT display_name FROM connections")}

    def check_usable(self) -> None:
        """A host that starts now opens whatever is sealed, and renews the sign-in."""
        machine = self.begin()
        assert machine.secrets()
        assert machine.store.records([self.grant_id])[self.grant_id].generation == self.generation
        assert machine.keeper.access_token(self.grant_id, refused=self.generation).generation == self.generation + 1
        self.generation += 1
        self.end()
        assert store_of(self.data).stat().st_nlink == 1
        assert [path for path in self.data.iterdir() if stat.S_IMODE(path.stat().st_mode) & 0o077] == []


@pytest.fixture
def workstation(tmp_path: Path) -> Iterator[Workstation]:
    with key_site(tmp_path) as site:
        keys = KeysInMemory()
        machine = site.machine(keys)
        machine.fill(1)
        (grant_id,) = machine.store.signed_in_before(site.clock.now().replace(year=2100))
        backup = tmp_path / "backup.sqlite3"
        back_up(store_of(tmp_path / "data"), backup)
        generation = machine.store.records([grant_id])[grant_id].generation
        for _ in range(2):
            generation = machine.keeper.access_token(grant_id, refused=generation).generation
        machine.add_entry(9)
        here = Workstation(site, keys, tmp_path / "data", backup, grant_id, generation)
        here.end()
        yield here


BACKED_UP = {"Entry 0"}
PRESENT = {"Entry 0", "Entry 9"}


def check_after_restore(workstation: Workstation, *, ended: bool) -> None:
    """What holds after a restore that was killed, or came to its end; and that it can be done again."""
    found = workstation.names()
    assert found == BACKED_UP if ended else found in (BACKED_UP, PRESENT)
    workstation.check_usable()
    again = operate(workstation.data, "db", "restore", str(workstation.backup), "--yes", "--json")
    assert again.exit_code == 0, again.output
    assert workstation.names() == BACKED_UP
    workstation.check_usable()
    assert list(workstation.data.glob("*.restore*")) == []
    holding = set()
    for kept in workstation.data.glob("*.before-restore-*"):
        with closing(sqlite3.connect(kept)) as store:
            assert store.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            holding |= {row[0] for row in store.execute("SELECT display_name FROM connections")}
    # What was there before the first of them is never lost.
    assert holding == PRESENT


def restore_arguments(workstation: Workstation) -> tuple[str, ...]:
    return ("db", "restore", str(workstation.backup), "--yes")


@pytest.mark.sweep(sample=8)
@pytest.mark.parametrize("number", range(1, RESTORE_CALLS))
def test_a_restore_that_is_killed_at_a_call_leaves_a_list_that_works(
    workstation: Workstation, forks: Forks, number: int
) -> None:
    killed = forks.is_killed(run_until_call, number, workstation.data, *restore_arguments(workstation))
    check_after_restore(workstation, ended=not killed)


def test_every_call_of_a_restore_is_in_the_sweep(workstation: Workstation, forks: Forks) -> None:
    assert not forks.is_killed(run_until_call, RESTORE_CALLS, workstation.data, *restore_arguments(workstation))
    assert workstation.names() == BACKED_UP


@pytest.mark.sweep(sample=4)
@pytest.mark.parametrize("number", range(MOMENTS))
def test_a_restore_that_is_killed_at_any_moment_leaves_a_list_that_works(
    workstation: Workstation, forks: Forks, number: int
) -> None:
    moment = random.Random(f"{seed()} restore {number}").uniform(0.0, 0.4)
    forks.kill_after(moment, run_command, workstation.data, *restore_arguments(workstation))
    check_after_restore(workstation, ended=False)


@pytest.mark.sweep(sample=4)
@pytest.mark.parametrize("number", range(1, BACKUP_CALLS))
def test_a_backup_that_is_killed_at_a_call_leaves_the_one_before_and_the_next_one_clears_up(
    workstation: Workstation, forks: Forks, number: int
) -> None:
    arguments = ("db", "backup", str(workstation.backup), "--replace")
    killed = forks.is_killed(run_until_call, number, workstation.data, *arguments)
    with closing(sqlite3.connect(workstation.backup)) as store:
        assert store.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        found = {row[0] for row in store.execute("SELECT display_name FROM connections")}
    assert found in ((BACKED_UP, PRESENT) if killed else (PRESENT,))
    assert workstation.names() == PRESENT
    workstation.check_usable()
    left = list(workstation.backup.parent.glob(".xero-connections-*"))
    assert killed or not left
    for file in left:
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        os.utime(file, (0, 0))
    done = operate(workstation.data, *arguments, "--json")
    assert answer_of(done)["connections"] == len(PRESENT)
    assert list(workstation.backup.parent.glob(".xero-connections-*")) == []


def test_every_call_of_a_backup_is_in_the_sweep(workstation: Workstation, forks: Forks) -> None:
    arguments = ("db", "backup", str(workstation.backup), "--replace")
    assert not forks.is_killed(run_until_call, BACKUP_CALLS, workstation.data, *arguments)
