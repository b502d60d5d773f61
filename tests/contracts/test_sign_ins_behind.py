"""Whoever looks at a list reads its entries and the sign-ins behind them as one picture, and asks the store once."""

from __future__ import annotations

import secrets
import sqlite3
import threading
from collections.abc import Collection, Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pytest

from hostspec.providers import Connection, SavedConnection
from hostspec.value import ConnectionId, TypeId
from tests.contracts.stores_under_test import DATABASES, DatabaseUnderTest, database_under_test
from tests.plugin.key_doubles import KeysInMemory
from xero_connections_plugin.connections.entries import EntryQuery
from xero_connections_plugin.gateways.keys.key_register import KeyRegister
from xero_connections_plugin.gateways.keys.vault import Vault
from xero_connections_plugin.gateways.records.connection_store import ConnectionStore
from xero_connections_plugin.gateways.records.grant_store import SqlGrantStore
from xero_connections_plugin.gateways.records.sign_ins_behind import SignInsBehind
from xero_connections_plugin.gateways.store.database import FILE_NAME
from xero_connections_plugin.oauth.grant import GrantId, GrantRecord, GrantState

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
ADA, BEN, GONE, OTHER = GrantId("ada"), GrantId("ben"), GrantId("gone"), GrantId("other")
PAGE = EntryQuery(limit=50)


class World(NamedTuple):
    """A list of one process: two entries with the sign-in of Ada, one of Ben's, one of a sign-in that is gone."""

    entries: ConnectionStore
    behind: SignInsBehind
    grants: SqlGrantStore
    asked: list[tuple[GrantId, ...]]
    """What the store of sign-ins was asked for."""


def record(grant_id: GrantId) -> GrantRecord:
    return GrantRecord(
        grant_id=grant_id,
        client_id="c" * 32,
        user_id=f"{grant_id}-user",
        account=f"{grant_id}@example.com",
        scopes=("offline_access", "accounting.contacts"),
        state=GrantState.ACTIVE,
        cause=None,
        generation=1,
        key_id="key",
        created_at=NOW,
        authorized_at=NOW,
        refreshed_at=NOW,
        access_expires_at=NOW,
    )


def entry(name: str, sign_in: GrantId | None) -> Connection:
    return Connection(
        connection_id=ConnectionId(name),
        type_id=TypeId("xero"),
        display_name=name,
        saved=SavedConnection(settings={}, subtitle="Company", sign_in=sign_in),
        created_at=NOW,
        changed_at=NOW,
    )


@pytest.fixture(params=DATABASES)
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    with database_under_test(request, request.param, NOW) as under_test:
        yield world_on(under_test)


def world_on(under_test: DatabaseUnderTest) -> World:
    database, presence = under_test.opened(), under_test.presence()
    grants = SqlGrantStore(database, presence)
    for grant_id in (ADA, BEN, OTHER):
        grants.insert(record(grant_id), b"sealed")
    asked: list[tuple[GrantId, ...]] = []

    def stored(grant_ids: Collection[GrantId]) -> Mapping[GrantId, GrantRecord]:
        asked.append(tuple(grant_ids))
        return grants.records(grant_ids)

    behind = SignInsBehind(stored)
    box = Vault(KeysInMemory(), KeyRegister(database, presence), under_test.clock, random_bytes=secrets.token_bytes)
    entries = ConnectionStore(database, box, behind)
    for name, sign_in in (("Alpha", ADA), ("Beta", BEN), ("Gamma", ADA), ("Delta", GONE), ("Epsilon", None)):
        entries.add(entry(name, sign_in), name_key=name.lower())
    return World(entries, behind, grants, asked)


def test_the_sign_ins_behind_what_a_look_finds_come_with_it(world: World) -> None:
    with world.entries.look():
        found = world.entries.find(PAGE)
        known = world.behind.records([ADA, BEN, GONE])
    assert world.asked == []
    assert known == world.grants.records([ADA, BEN]) == {ADA: record(ADA), BEN: record(BEN)}
    assert found == world.entries.find(PAGE)


def test_a_part_of_the_list_comes_with_its_own_sign_ins(world: World) -> None:
    query = EntryQuery(search="comp", sort="subtitle", descending=True, offset=1, limit=3)
    with world.entries.look():
        found = world.entries.find(query)
        known = world.behind.records([GrantId(one.saved.sign_in) for one in found if one.saved.sign_in])
    assert [one.display_name for one in found] == ["Epsilon", "Delta", "Beta"]
    assert known == {BEN: record(BEN)}
    assert world.asked == []
    assert found == world.entries.find(query)


def test_what_was_not_read_along_is_asked_for(world: World) -> None:
    with world.entries.look():
        world.entries.find(PAGE)
        assert set(world.behind.records([ADA, OTHER])) == {ADA, OTHER}
        assert world.behind.record(OTHER) == record(OTHER)
    assert world.asked == [(OTHER,), (OTHER,)]


def test_a_look_is_one_picture_and_is_forgotten_afterwards(world: World) -> None:
    with world.entries.look():
        world.entries.find(PAGE)
        world.grants.mark_revoked(ADA, expected=1)
        assert world.behind.record(ADA) == record(ADA)
    now = world.behind.record(ADA)
    assert now is not None
    assert now.state is GrantState.NEEDS_SIGN_IN


def test_without_a_look_the_store_is_asked(world: World) -> None:
    world.entries.find(PAGE)
    assert world.behind.record(ADA) == record(ADA)
    assert world.asked == [(ADA,)]


def test_another_threads_look_is_its_own(world: World) -> None:
    seen: list[Mapping[GrantId, GrantRecord]] = []
    with world.entries.look():
        world.entries.find(PAGE)
        other = threading.Thread(target=lambda: seen.append(world.behind.records([ADA])))
        other.start()
        other.join()
    assert seen == [{ADA: record(ADA)}]
    assert world.asked == [(ADA,)]


def test_entries_are_shown_although_the_sign_ins_behind_them_are_damaged(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    with database_under_test(request, "sqlite", NOW) as under_test:
        world, file = world_on(under_test), tmp_path / "data" / FILE_NAME
        with closing(sqlite3.connect(file)) as raw:
            (page,) = raw.execute("SELECT rootpage FROM sqlite_master WHERE name = 'grants'").fetchone()
            (size,) = raw.execute("PRAGMA page_size").fetchone()
        with file.open("r+b") as opened:
            opened.seek((page - 1) * size)
            opened.write(b"\xff" * size)
        with world.entries.look():
            found = world.entries.find(PAGE)
    assert [one.display_name for one in found] == ["Alpha", "Beta", "Delta", "Epsilon", "Gamma"]
