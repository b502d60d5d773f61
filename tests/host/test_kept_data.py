"""What the host keeps is there after a restart, and damage costs only what is damaged."""

import contextlib
import os
import sqlite3
import stat
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hostspec.errors import StoreUnavailable
from hostspec.usages import CONNECTION_KIND, Subject, UsageSwitch
from hostspec.value import ConnectionId, UserId
from sample_host.batches import take_along
from sample_host.kept_data import HostData
from sample_host.profiles import STORAGE_KIND, MigrationStep, ProfileBook, pointed, with_step
from tests.host.running_host import make_host


def test_profiles_locations_and_the_hosts_id_outlive_a_restart(tmp_path: Path) -> None:
    first = make_host(tmp_path)
    first.storage.save(None, "Cellar", "/srv/cellar")
    first.storage.remove("mailroom")
    point(first.profiles, "supplier-invoices", "xero", "c-9")
    first.stop(1.0)
    second = make_host(tmp_path)
    second.stop(1.0)
    assert [x.name for x in second.storage.all()] == ["Archive", "Cellar"]
    assert [u.subject.subject_id for u in second.usages.usages(CONNECTION_KIND)] == ["c-9"]
    assert second.services.host_id == first.services.host_id
    assert second.notices == ()


def test_two_hosts_in_different_folders_have_different_ids(tmp_path: Path) -> None:
    hosts = [make_host(tmp_path / name, start=False) for name in ("a", "b")]
    assert hosts[0].services.host_id != hosts[1].services.host_id


def test_locations_that_were_all_deleted_do_not_come_back(tmp_path: Path) -> None:
    first = make_host(tmp_path, start=False)
    for location in first.storage.all():
        first.storage.remove(location.location_id)
    assert make_host(tmp_path, start=False).storage.all() == ()


def test_a_file_that_is_no_database_is_set_aside_and_said(tmp_path: Path) -> None:
    (tmp_path / "host.sqlite3").write_bytes(b"these are not the profiles you are looking for" * 100)
    host = make_host(tmp_path, start=False)
    (aside,) = tmp_path.glob("host.sqlite3.damaged-*")
    assert aside.read_bytes().startswith(b"these are not")
    assert aside.name in host.notices[0]
    assert host.profiles.all() != ()


def test_a_damaged_profile_is_kept_named_and_costs_only_itself(tmp_path: Path) -> None:
    first = make_host(tmp_path, start=False)
    with first.data.writing() as database:
        database.execute("UPDATE kept SET body = '{\"half\": ' WHERE item_id = 'mailroom' AND kind = 'profile'")
    host = make_host(tmp_path)
    try:
        assert "mailroom" in host.notices[0]
        assert len(host.profiles.all()) == 4
        usages = host.hooks.usages(Subject(kind=STORAGE_KIND, subject_id="archive"))
        assert usages.failed == ("sample-host",)
    finally:
        host.stop(1.0)


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")
def test_nobody_else_can_read_the_hosts_folder(tmp_path: Path) -> None:
    make_host(tmp_path / "data", start=False)
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "data" / "host.sqlite3").stat().st_mode) == 0o600


def test_changes_of_many_threads_and_two_hosts_all_arrive(tmp_path: Path) -> None:
    hosts = [make_host(tmp_path, start=False) for _ in range(2)]

    def add(number: int) -> None:
        hosts[number % 2].storage.save(None, f"Place {number}", "/srv")

    threads = [threading.Thread(target=add, args=(n,)) for n in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(hosts[0].storage.all()) == 18


def test_listeners_hear_of_changes_and_of_nothing_else(tmp_path: Path) -> None:
    host = make_host(tmp_path, start=False)
    heard: list[int] = []
    host.profiles.watch(lambda: heard.append(1))
    host.profiles.change("mailroom", lambda profile: profile)
    assert heard == []
    point(host.profiles, "supplier-invoices", "xero", "c-1")
    assert heard == [1]


def test_a_switch_moves_only_what_still_points_to_the_subject(tmp_path: Path) -> None:
    host = make_host(tmp_path, start=False)
    archive, mailroom = (Subject(kind=STORAGE_KIND, subject_id=x) for x in ("archive", "mailroom"))
    ids = tuple(u.usage_id for u in host.usages.usages(STORAGE_KIND))
    order = UsageSwitch(subject=archive, target=mailroom, usage_ids=(*ids, "other-host/x/y"), user_id=UserId("admin"))
    tried = host.usages.switch(order.model_copy(update={"dry_run": True}))
    assert [r.switched for r in tried].count(True) == 3
    assert host.usages.usages(STORAGE_KIND)[0].subject == archive
    done = host.usages.switch(order)
    assert done == tried
    assert len(done) == len(ids)
    assert {u.subject.subject_id for u in host.usages.usages(STORAGE_KIND)} == {"mailroom"}
    gone = order.model_copy(update={"usage_ids": (f"{host.services.host_id}/no-profile/x",)})
    assert host.usages.switch(gone)[0].detail == "The profile no longer exists."


def point(profiles: ProfileBook, profile_id: str, step_id: str, connection_id: str) -> None:
    profile = profiles.get(profile_id)
    assert profile is not None
    step = profile.step(step_id)
    assert isinstance(step, MigrationStep)
    changed = pointed(step, ConnectionId(connection_id))
    profiles.change(profile_id, lambda old: with_step(old, changed))


def test_what_cannot_be_written_is_said_and_changes_nothing(tmp_path: Path) -> None:
    host = make_host(tmp_path, start=False)
    with host.data.writing() as database:
        (pages,) = database.execute("PRAGMA page_count").fetchone()

    def fill() -> None:
        with host.data.writing() as database:
            database.execute(f"PRAGMA max_page_count = {pages}")
            database.execute("INSERT INTO kept VALUES ('big', '1', 0, ?)", ("x" * 1_000_000,))

    with pytest.raises(StoreUnavailable, match="disk is full") as told:
        fill()
    assert told.value.code == "DISK_FULL"
    assert host.data.bodies("big") == []


def test_a_file_from_before_batches_remembered_where_they_were_taken_from_is_still_used(tmp_path: Path) -> None:
    path = tmp_path / "host.sqlite3"
    HostData(path, lambda: datetime(2026, 3, 2, tzinfo=UTC))
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.execute("ALTER TABLE batch DROP COLUMN taken_from")
    data = HostData(path, lambda: datetime(2026, 3, 2, tzinfo=UTC))
    with data.writing() as again:
        here, there = (Subject(kind="printer", subject_id=name) for name in ("here", "there"))
        assert take_along(again, "profile", "step", here, there) == 0
    assert data.notices == []
