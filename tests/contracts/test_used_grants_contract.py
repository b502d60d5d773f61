"""Which grants are to be kept alive: the fake in memory and the databases, held to the same sentences."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from hostspec.testing import FakeClock
from tests.contracts.stores_under_test import DATABASES, database_under_test
from tests.contracts.test_entry_store_contract import entry, store_on
from tests.contracts.test_grant_store_contract import RECORD
from tests.plugin.memory_grants import MemoryGrantStore, Shelf
from tests.plugin.memory_used_grants import MemoryUsedGrants
from xero_connections_plugin.gateways.records.grant_store import SqlGrantStore
from xero_connections_plugin.gateways.records.keep_alive_store import SqlUsedGrants
from xero_connections_plugin.oauth.grant import GrantId, GrantState
from xero_connections_plugin.oauth.grant_ports import GrantStore
from xero_connections_plugin.oauth.keep_alive import UsedGrant, UsedGrants

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)


@dataclass
class Place:
    """A store of grants, and what names them."""

    clock: FakeClock
    grants: GrantStore
    used: UsedGrants
    name: Callable[[GrantId, str], None]
    """An entry of that name."""
    remove: Callable[[GrantId, str], None]


@pytest.fixture(params=["memory", *DATABASES])
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    if request.param == "memory":
        clock, shelf = FakeClock(NOW), Shelf()
        grants = MemoryGrantStore(clock, shelf)
        yield Place(
            clock,
            grants,
            MemoryUsedGrants(clock, shelf),
            lambda grant_id, _: shelf.bound.add(grant_id),
            lambda grant_id, _: shelf.bound.remove(grant_id),
        )
        return
    with database_under_test(request, request.param, NOW) as under_test:
        entries = store_on(under_test)
        yield Place(
            under_test.clock,
            SqlGrantStore(under_test.opened(), under_test.presence()),
            SqlUsedGrants(under_test.opened()),
            lambda grant_id, name: entries.add(entry(name, sign_in=grant_id), name_key=name),
            lambda _, name: entries.begin_removal(entry(name).connection_id),
        )


def keep(place: Place, name: str, *, state: GrantState = GrantState.ACTIVE, idle: float = 0.0) -> GrantId:
    record = replace(RECORD, grant_id=GrantId(name), user_id=name, state=state, generation=7)
    assert place.grants.insert(replace(record, refreshed_at=NOW - timedelta(days=idle)), b"sealed")
    return record.grant_id


def test_working_grants_that_entries_name_are_kept_alive(place: Place) -> None:
    for name, idle in (("b", 3.5), ("a", 61.0), ("C", 0.0)):
        place.name(keep(place, name, idle=idle), f"entry {name}")
    assert list(place.used.used()) == [
        UsedGrant(GrantId("C"), 7, NOW),
        UsedGrant(GrantId("a"), 7, NOW - timedelta(days=61)),
        UsedGrant(GrantId("b"), 7, NOW - timedelta(days=3.5)),
    ]


def test_a_grant_that_several_entries_share_is_one(place: Place) -> None:
    grant_id = keep(place, "a")
    place.name(grant_id, "head office")
    place.name(grant_id, "branch")
    assert [grant.grant_id for grant in place.used.used()] == [grant_id]


def test_what_needs_a_sign_in_is_to_end_or_is_named_by_nobody_is_left_alone(place: Place) -> None:
    place.name(keep(place, "refused", state=GrantState.NEEDS_SIGN_IN), "one")
    place.name(keep(place, "ending", state=GrantState.ENDING), "two")
    keep(place, "unnamed")
    deleted = keep(place, "deleted")
    place.name(deleted, "three")
    place.remove(deleted, "three")
    assert not place.used.used()


def test_the_time_is_that_of_the_store(place: Place) -> None:
    before = place.used.now()
    place.clock.advance(3600)
    assert place.used.now() - before >= timedelta(hours=1)
