"""Backups while hosts run, and a restore that keeps the sign-ins renewed since."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from pydantic import SecretStr

from hostspec.errors import StoreUnavailable
from tests.canaries import assert_no_marks
from tests.cli.operator_site import RESTORE_POINTS, operate
from tests.plugin.key_doubles import KeysInMemory
from tests.plugin.key_machines import KeyMachine, KeySite, key_site
from xero_connections_plugin.gateways.backups import store_restore
from xero_connections_plugin.gateways.backups.backup_texts import BackupRefused, dump_line
from xero_connections_plugin.gateways.backups.kept_sign_ins import TakenOver, take_over
from xero_connections_plugin.gateways.backups.store_backup import back_up, dump_address
from xero_connections_plugin.gateways.backups.store_restore import Restored, RestorePlan, StoreRestore
from xero_connections_plugin.gateways.store import sqlite_file
from xero_connections_plugin.gateways.store.database import FILE_NAME
from xero_connections_plugin.oauth.grant import GrantId


@pytest.fixture
def site(tmp_path: Path) -> Iterator[KeySite]:
    with key_site(tmp_path) as made:
        yield made


def live(site: KeySite) -> Path:
    return site.folder / "data" / FILE_NAME


def restored(site: KeySite, backup: Path, others: int = 0) -> tuple[RestorePlan, Restored]:
    restore = StoreRestore(live(site), site.clock, lambda: others)
    with restore.prepared(backup) as plan:
        return plan, restore.finish()


def renewed(machine: KeyMachine, grant_id: GrantId) -> int:
    generation = machine.store.records([grant_id])[grant_id].generation
    return machine.keeper.access_token(grant_id, refused=generation).generation


def refusal(site: KeySite, backup: Path, others: int = 0) -> str:
    before = live(site).read_bytes() if live(site).exists() else b""
    with pytest.raises(BackupRefused) as caught:
        restored(site, backup, others)
    assert len(str(caught.value)) <= 300
    assert (live(site).read_bytes() if live(site).exists() else b"") == before
    assert not list(live(site).parent.glob("*.restore*"))
    return caught.value.code


def test_a_backup_is_whole_private_and_leaves_out_the_key(site: KeySite, tmp_path: Path) -> None:
    machine = site.machine()
    machine.fill(2)
    done = back_up(live(site), tmp_path / "backup.sqlite3")
    assert done.connections == 2
    assert done.key_ids == tuple(machine.states())
    assert stat.S_IMODE((tmp_path / "backup.sqlite3").stat().st_mode) == 0o600
    assert_no_marks(tmp_path / "backup.sqlite3")
    assert not list(tmp_path.glob(".xero-connections-*"))


def test_a_backup_waits_for_nobody_who_only_reads_and_overwrites_nothing_unasked(site: KeySite, tmp_path: Path) -> None:
    machine = site.machine()
    machine.fill(1)
    target = tmp_path / "backup.sqlite3"
    with machine.database.read():
        back_up(live(site), target)
    before = target.read_bytes()
    with pytest.raises(BackupRefused) as caught:
        back_up(live(site), target)
    assert caught.value.code == "BACKUP_EXISTS"
    assert target.read_bytes() == before
    machine.add_entry(7)
    assert back_up(live(site), target, replace=True).connections == 2


def test_a_backup_never_takes_the_place_of_the_list_itself(site: KeySite, tmp_path: Path) -> None:
    site.machine().fill(1)
    (tmp_path / "link").symlink_to(live(site))
    before = live(site).stat().st_ino
    for target in (live(site), tmp_path / "link"):
        with pytest.raises(BackupRefused) as caught:
            back_up(live(site), target, replace=True)
        assert (caught.value.code, len(str(caught.value)) <= 300) == ("BACKUP_EXISTS", True)
    # Whoever has the file open goes on writing into the one that the others see.
    assert live(site).stat().st_ino == before


def test_sign_ins_renewed_since_the_backup_go_on_working_after_a_restore(site: KeySite, tmp_path: Path) -> None:
    keys = KeysInMemory()
    machine = site.machine(keys)
    machine.fill(1)
    (grant_id,) = machine.store.signed_in_before(site.clock.now().replace(year=2100))
    back_up(live(site), tmp_path / "backup.sqlite3")
    latest = [renewed(machine, grant_id) for _ in range(3)][-1]
    machine.add_entry(9)
    plan, done = restored(site, tmp_path / "backup.sqlite3")
    assert plan.taken is not None
    assert (plan.taken.carried, plan.taken.lost, plan.taken.gone) == (1, (), ("Entry 9",))
    after = site.machine(keys)
    assert after.store.records([grant_id])[grant_id].generation == latest
    # A token of the backup would be refused: it was presented long ago.
    assert renewed(after, grant_id) == latest + 1
    assert done.kept_as is not None
    with closing(sqlite3.connect(done.kept_as)) as kept:
        assert kept.execute("SELECT count(*) FROM connections").fetchone() == (2,)
    assert stat.S_IMODE(live(site).stat().st_mode) == 0o600
    assert live(site).stat().st_nlink == 1


def test_a_key_changed_since_the_backup_goes_on_sealing_and_the_old_one_opens(site: KeySite, tmp_path: Path) -> None:
    keys = KeysInMemory()
    machine = site.machine(keys)
    machine.fill(2)
    secrets = machine.secrets()
    back_up(live(site), tmp_path / "backup.sqlite3")
    new = machine.care.rotate()
    restored(site, tmp_path / "backup.sqlite3")
    after = site.machine(keys)
    assert after.states()[new] == "active"
    assert after.secrets() == secrets
    after.care.continue_rotation()
    assert set(after.facts.rows) == {new}
    assert after.secrets() == secrets


def test_an_entry_whose_sign_in_is_no_more_is_named(site: KeySite, tmp_path: Path) -> None:
    machine = site.machine()
    machine.fill(1)
    (grant_id,) = machine.store.signed_in_before(site.clock.now().replace(year=2100))
    with closing(sqlite3.connect(live(site))) as store, store:
        store.execute("UPDATE connections SET sign_in = ?", (grant_id,))
    back_up(live(site), tmp_path / "backup.sqlite3")
    with closing(sqlite3.connect(live(site))) as store, store:
        store.execute("DELETE FROM grants")
    plan, _ = restored(site, tmp_path / "backup.sqlite3")
    assert plan.taken is not None
    assert plan.taken.lost == ("Entry 0",)


@pytest.mark.parametrize("damage", ["zeros", "gone"])
def test_a_backup_takes_the_place_of_a_list_that_cannot_be_read(site: KeySite, tmp_path: Path, damage: str) -> None:
    keys = KeysInMemory()
    machine = site.machine(keys)
    machine.fill(1)
    secrets = machine.secrets()
    back_up(live(site), tmp_path / "backup.sqlite3")
    machine.database.rest()
    if damage == "gone":
        live(site).unlink()
    else:
        live(site).write_bytes(bytes(40_000))
        live(site).with_name(f"{FILE_NAME}-journal").write_bytes(b"of the damaged one")
    plan, done = restored(site, tmp_path / "backup.sqlite3")
    assert plan.taken is None
    assert (done.kept_as is None) == (damage == "gone")
    if done.kept_as is not None:
        assert done.kept_as.read_bytes() == bytes(40_000)
    assert site.machine(keys).secrets() == secrets


def test_what_is_no_backup_of_this_list_is_refused_and_nothing_is_changed(site: KeySite, tmp_path: Path) -> None:
    site.machine().fill(1)
    good = tmp_path / "good.sqlite3"
    back_up(live(site), good)
    (tmp_path / "text").write_text("no database")
    empty = tmp_path / "empty.sqlite3"
    with closing(sqlite3.connect(empty)) as made, made:
        made.execute("CREATE TABLE something (else_)")
    newer = tmp_path / "newer.sqlite3"
    shutil.copyfile(good, newer)
    with closing(sqlite3.connect(newer)) as made, made:
        made.execute("UPDATE alembic_version SET version_num = '9999'")
    assert refusal(site, tmp_path / "missing") == "BACKUP_UNUSABLE"
    assert refusal(site, tmp_path / "text") == "BACKUP_UNUSABLE"
    assert refusal(site, empty) == "BACKUP_UNUSABLE"
    assert refusal(site, newer) == "BACKUP_NEWER"
    with key_site(tmp_path / "elsewhere") as other:
        other.machine().fill(1)
        back_up(live(other), tmp_path / "foreign.sqlite3")
    assert refusal(site, tmp_path / "foreign.sqlite3") == "BACKUP_FOREIGN"
    assert refusal(site, good, others=2) == "HOSTS_RUNNING"


def test_a_list_that_somebody_changes_meanwhile_is_left_alone(site: KeySite, tmp_path: Path) -> None:
    machine = site.machine()
    machine.fill(1)
    back_up(live(site), tmp_path / "backup.sqlite3")
    restore = StoreRestore(live(site), site.clock, lambda: 0)
    with restore.prepared(tmp_path / "backup.sqlite3"):
        machine.add_entry(5)
        with pytest.raises(BackupRefused) as caught:
            restore.finish()
    assert caught.value.code == "STORE_CHANGED"
    assert machine.entries.holder_of_name("entry 5") is not None


def test_a_list_that_is_changed_right_after_its_sign_ins_were_read_is_left_alone(
    site: KeySite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = site.machine()
    machine.fill(1)
    back_up(live(site), tmp_path / "backup.sqlite3")

    def then_changed(staged: sqlite3.Connection, present: Path) -> TakenOver:
        taken = take_over(staged, present)
        machine.add_entry(5)
        return taken

    monkeypatch.setattr(store_restore, "take_over", then_changed)
    restore = StoreRestore(live(site), site.clock, lambda: 0)
    with restore.prepared(tmp_path / "backup.sqlite3"), pytest.raises(BackupRefused) as caught:
        restore.finish()
    assert caught.value.code == "STORE_CHANGED"
    assert machine.entries.holder_of_name("entry 5") is not None


def test_sign_ins_are_taken_over_without_a_journal_on_the_disk_that_a_kill_would_leave_behind(
    site: KeySite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.machine().fill(1)
    back_up(live(site), tmp_path / "backup.sqlite3")
    journals: list[str] = []

    def seen(staged: sqlite3.Connection, present: Path) -> TakenOver:
        taken = take_over(staged, present)
        journals.extend(staged.execute("PRAGMA main.journal_mode").fetchone())
        return taken

    monkeypatch.setattr(store_restore, "take_over", seen)
    restored(site, tmp_path / "backup.sqlite3")
    assert journals == ["memory"]


def test_a_list_that_another_program_holds_is_not_taken_for_a_damaged_one(
    site: KeySite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (sqlite_file, store_restore):
        monkeypatch.setattr(module, "BUSY_SECONDS", 0.1)
    site.machine().fill(1)
    back_up(live(site), tmp_path / "backup.sqlite3")
    before = live(site).read_bytes()
    with closing(sqlite3.connect(live(site), isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreUnavailable) as caught:
            restored(site, tmp_path / "backup.sqlite3")
    assert caught.value.code == "STORE_BUSY"
    assert live(site).read_bytes() == before
    assert not list(live(site).parent.glob("*.restore*"))


class Killed(BaseException):
    """Ends the process, as far as the code under test can tell."""


@pytest.mark.parametrize("point", RESTORE_POINTS)
def test_a_restore_that_is_killed_leaves_one_whole_list_and_can_be_repeated(
    site: KeySite, tmp_path: Path, point: str
) -> None:
    keys = KeysInMemory()
    machine = site.machine(keys)
    machine.fill(1)
    secrets = machine.secrets()
    back_up(live(site), tmp_path / "backup.sqlite3")

    def killed(step: str) -> None:
        if step == point:
            raise Killed

    restore = StoreRestore(live(site), site.clock, lambda: 0, killed)
    with pytest.raises(Killed), restore.prepared(tmp_path / "backup.sqlite3"):
        restore.finish()
    # Hosts may go on before anybody repeats it: one whole file, with one name.
    assert live(site).stat().st_nlink == 1
    assert site.machine(keys).secrets() == secrets
    restored(site, tmp_path / "backup.sqlite3")
    assert live(site).stat().st_nlink == 1
    assert site.machine(keys).secrets() == secrets


def test_no_backup_is_restored_while_another_process_uses_the_list(site: KeySite, tmp_path: Path) -> None:
    machine = site.machine()
    machine.fill(1)
    back_up(live(site), tmp_path / "backup.sqlite3")
    variables = {"XERO_CONNECTIONS_KEY_FILE": str(tmp_path / "some.key")}
    done = operate(live(site).parent, "db", "restore", str(tmp_path / "backup.sqlite3"), "--yes", variables=variables)
    assert done.exit_code == 8
    assert "1 program is using the list" in done.stderr


def test_a_shared_list_is_left_to_its_own_tool_which_is_told_no_password() -> None:
    url = SecretStr("postgresql+psycopg://capture:kept-to-oneself@db.example.com/capture?sslmode=verify-full")
    line = dump_line(dump_address(url))
    assert line.startswith("pg_dump --format=custom")
    assert "'postgresql://capture@db.example.com/capture?sslmode=verify-full'" in line
    assert "kept-to-oneself" not in line
    assert os.linesep not in line


def test_a_password_in_the_query_of_an_address_is_not_told_either() -> None:
    query = "password=kept-to-oneself&sslmode=verify-full&sslpassword=kept-to-oneself"
    line = dump_line(dump_address(SecretStr(f"postgresql+psycopg://capture@db.example.com/capture?{query}")))
    assert "'postgresql://capture@db.example.com/capture?sslmode=verify-full'" in line
    assert "kept-to-oneself" not in line
