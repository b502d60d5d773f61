"""A process is killed while it upgrades the list of an older program; the next one finds all of it, and upgrades it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest

from hostspec.connections import ChoiceQuery
from hostspec.testing import FakeClock, FakeHost
from tests.reliability.crash_forks import Forks
from tests.reliability.crash_jobs import Place, work_until
from tests.reliability.crash_points import Doing, Point
from tests.reliability.crash_world import CrashWorld
from tests.reliability.left_overs import STORE
from tests.reliability.stored_on_server import move_to_server
from tests.reliability.stored_version import (
    KEY_FILE,
    StoredVersion,
    load_stored_version,
    refresh_tokens,
    stored_versions,
    written_at,
)
from tests.stories.capture_site import make_marked_plugin
from xero_connections_plugin.gateways.store.schema import HEAD
from xero_connections_plugin.oauth.grant import GrantId

OLDER = [revision for revision in stored_versions() if revision != HEAD]

IN_AN_UPGRADE = (
    Point("", "upgrade: done, not committed", Doing.OPEN, ("store: tables made",)),
    Point("", "upgrade: committed, not told", Doing.OPEN, ("store: tables made", "store:before-commit")),
)
"""The second is the first checkpoint that an opened store comes by, before anything else is written to it."""


def revision_of(world: CrashWorld, place: Place) -> str:
    if place.database_url is None:
        with closing(sqlite3.connect(place.folder / STORE)) as store:
            return str(store.execute("SELECT version_num FROM alembic_version").fetchone()[0])
    assert world.postgresql is not None
    return str(world.postgresql.rows(place.database_url, "SELECT version_num FROM alembic_version")[0][0])


def lists_what_was_there(place: Place, told: StoredVersion) -> None:
    settings = {"key_file": str(place.key_file)}
    if place.database_url is not None:
        settings["database_url"] = place.database_url
    clock = FakeClock(written_at(told) + timedelta(seconds=10))
    with FakeHost(
        place.folder, plugins={"xero-connections": make_marked_plugin()}, settings=settings, clock=clock
    ) as host:
        listed = host.hooks.connection_choices(ChoiceQuery()).items
        assert {one.label: one.subtitle for one in listed} == told.entries
        host.tasks.join()


@pytest.mark.parametrize("database", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
@pytest.mark.parametrize("point", IN_AN_UPGRADE, ids=str)
@pytest.mark.parametrize("revision", OLDER)
@pytest.mark.sweep(sample=4)
def test_a_kill_while_an_older_list_is_brought_up_to_date_loses_nothing(
    world: CrashWorld, forks: Forks, database: str, point: Point, revision: str
) -> None:
    empty = world.new_place(database)
    place = replace(empty, data_key=empty.folder / KEY_FILE)
    place.folder.rmdir()
    told = load_stored_version(revision, place.folder)
    if place.database_url is not None:
        move_to_server(place.folder, place.database_url, revision)

    assert forks.is_killed(work_until, point, place)

    assert revision_of(world, place) == (HEAD if point is IN_AN_UPGRADE[1] else revision)
    grants = [GrantId(grant_id) for grant_id in told.refresh_tokens]
    assert refresh_tokens(place.folder, place.origin, grants, place.database_url) == told.refresh_tokens
    lists_what_was_there(place, told)
    assert revision_of(world, place) == HEAD
