"""Disks that fail while a backup is made or restored: told as what they are, and no sign-in is given up for them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from hostspec.errors import CaptureError
from tests.plugin.key_doubles import KeysInMemory
from tests.plugin.key_machines import KeySite, key_site
from xero_connections_plugin.gateways.backups import store_backup, store_restore
from xero_connections_plugin.gateways.backups.store_backup import back_up
from xero_connections_plugin.gateways.backups.store_restore import StoreRestore
from xero_connections_plugin.gateways.store import schema
from xero_connections_plugin.gateways.store.database import FILE_NAME


@pytest.fixture
def site(tmp_path: Path) -> Iterator[KeySite]:
    with key_site(tmp_path) as made:
        made.machine().fill(1)
        back_up(live(made), made.folder / "backup.sqlite3")
        yield made


def live(site: KeySite) -> Path:
    return site.folder / "data" / FILE_NAME


def said_by_sqlite(code: int) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = code
    return error


def failing(code: int) -> Callable[..., object]:
    def fail(*_arguments: object, **_named: object) -> object:
        raise said_by_sqlite(code)

    return fail


def refused(site: KeySite, backup: Path) -> CaptureError:
    """What a restore says; nothing may have changed."""
    before = live(site).read_bytes()
    restore = StoreRestore(live(site), site.clock, lambda: 0)
    with pytest.raises(CaptureError) as caught, restore.prepared(backup):
        restore.finish()
    assert live(site).read_bytes() == before
    assert not list(live(site).parent.glob("*restore*"))
    assert len(str(caught.value)) <= 300
    return caught.value


@pytest.mark.parametrize("code", [sqlite3.SQLITE_IOERR_READ, sqlite3.SQLITE_IOERR_SHORT_READ, sqlite3.SQLITE_IOERR])
def test_a_present_list_that_the_disk_does_not_give_is_no_damaged_one(
    site: KeySite, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    monkeypatch.setattr(store_restore, "take_over", failing(code))
    found = refused(site, site.folder / "backup.sqlite3")
    assert (found.code, "Check the disk" in str(found)) == ("DISK_FAILS", True)
    assert "move that file away" in str(found)


@pytest.mark.parametrize(
    ("code", "name"),
    [
        (sqlite3.SQLITE_IOERR_WRITE, "DISK_FULL"),
        (sqlite3.SQLITE_FULL, "DISK_FULL"),
        (sqlite3.SQLITE_CANTOPEN, "STORE_READONLY"),
        (sqlite3.SQLITE_PROTOCOL, "STORE_BUSY"),
    ],
)
def test_what_the_machine_lacks_is_not_taken_for_damage_of_the_present_list(
    site: KeySite, monkeypatch: pytest.MonkeyPatch, code: int, name: str
) -> None:
    monkeypatch.setattr(store_restore, "take_over", failing(code))
    assert refused(site, site.folder / "backup.sqlite3").code == name


def test_a_present_list_of_before_an_update_that_is_damaged_gives_way(
    site: KeySite, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stored_revision(connection: sa.Connection) -> str:
        (_, _, file) = connection.exec_driver_sql("PRAGMA database_list").one()
        return "0001" if file == str(live(site)) else schema.HEAD

    monkeypatch.setattr(schema, "stored_revision", stored_revision)
    monkeypatch.setattr(StoreRestore, "_present_brought_up_to_date", failing_copy)
    restore = StoreRestore(live(site), site.clock, lambda: 0)
    with restore.prepared(site.folder / "backup.sqlite3") as plan:
        assert plan.taken is None


def failing_copy(restore: StoreRestore) -> Path:
    """What copying a damaged store comes to."""
    damaged = restore._live.with_name("damaged.sqlite3")
    damaged.write_bytes(bytes(4096))
    copy = damaged.with_name("copy.sqlite3")
    copy.touch()
    try:
        store_backup.copy_store(damaged, copy)
    finally:
        damaged.unlink()
        copy.unlink()
    return copy


def test_a_backup_that_its_own_disk_does_not_give_is_named_with_the_reason(site: KeySite) -> None:
    # Linux opens it, and fails to read from its beginning with an error of input and output.
    unreadable = site.folder / "far.sqlite3"
    unreadable.symlink_to("/proc/self/mem")
    found = refused(site, unreadable)
    assert (found.code, "Input/output error" in str(found)) == ("DISK_FAILS", True)
    assert "far.sqlite3" in str(found)


def test_a_disk_that_fails_while_the_copy_is_brought_up_to_date_says_nothing_about_the_backup(
    site: KeySite, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sqlalchemy import exc

    def fail(*_arguments: object) -> None:
        raise exc.OperationalError("", None, said_by_sqlite(sqlite3.SQLITE_IOERR_READ))

    monkeypatch.setattr(schema, "bring_up_to_date", fail)
    found = refused(site, site.folder / "backup.sqlite3")
    assert (found.code, "disk reports an error" in str(found)) == ("STORE_UNREACHABLE", True)


def test_a_list_whose_last_copy_fails_stays_as_it_was(site: KeySite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(StoreRestore, "_keep", failing(sqlite3.SQLITE_IOERR_READ))
    assert refused(site, site.folder / "backup.sqlite3").code == "STORE_UNREACHABLE"


def test_a_backup_onto_a_disk_that_takes_no_more_names_the_backup_and_not_the_list(site: KeySite) -> None:
    import resource
    import signal

    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    target = site.folder / "onto" / "backup.sqlite3"
    target.parent.mkdir()
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (live(site).stat().st_size // 2, limits[1]))
        with pytest.raises(CaptureError) as caught:
            back_up(live(site), target)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert caught.value.code == "BACKUP_UNUSABLE"
    # The end of the path alone: a long one is cut at its beginning.
    assert "onto/backup.sqlite3 cannot be written" in str(caught.value)
    assert "disk is full" in str(caught.value)
    assert not list(target.parent.iterdir())
    with closing(sqlite3.connect(live(site))) as store:
        assert store.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_restored_list_works_once_the_failing_one_was_moved_away(site: KeySite) -> None:
    keys = KeysInMemory()
    with key_site(site.folder / "other") as other:
        machine = other.machine(keys)
        machine.fill(1)
        secrets = machine.secrets()
        back_up(live(other), other.folder / "backup.sqlite3")
        machine.database.rest()
        live(other).rename(other.folder / "failing.sqlite3")
        restore = StoreRestore(live(other), other.clock, lambda: 0)
        with restore.prepared(other.folder / "backup.sqlite3") as plan:
            assert (plan.taken, plan.connections) == (None, 1)
            restore.finish()
        assert other.machine(keys).secrets() == secrets
