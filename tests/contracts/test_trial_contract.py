"""What every store of the list does about tests and uses: the fake in memory and the databases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from hostspec.providers import CheckedPoint, ConnectionTest
from hostspec.value import ConnectionId
from tests.contracts.stores_under_test import DATABASES, database_under_test
from tests.contracts.test_entry_store_contract import add, entry, names, store_on
from tests.plugin.memory_entries import MemoryEntryStore
from xero_connections_plugin.connections.entries import EntryQuery, EntryStore

NOW = datetime(2026, 3, 2, 8, 0, 0, 123456, tzinfo=UTC)
PASSED = ConnectionTest(
    tested_at=NOW + timedelta(days=1), passed=True, text="Everything works.", milliseconds=412, correlation_id="abc-1"
)
UNREACHED = ConnectionTest(
    tested_at=NOW + timedelta(days=2), passed=False, text="Xero is down.", milliseconds=9, transient=True
)


@pytest.fixture(params=["memory", *DATABASES])
def store(request: pytest.FixtureRequest) -> Iterator[EntryStore]:
    if request.param == "memory":
        yield MemoryEntryStore()
        return
    with database_under_test(request, request.param, NOW) as under_test:
        yield store_on(under_test)


def found(store: EntryStore, **query: object) -> list[str]:
    return names(store.find(EntryQuery.model_validate(query)))


def test_the_last_test_is_kept_whole(store: EntryStore) -> None:
    add(store, entry("a"))
    store.set_test(ConnectionId("id-a"), PASSED)
    store.set_test(ConnectionId("id-a"), UNREACHED)
    kept = store.get(ConnectionId("id-a"))
    assert kept is not None
    assert kept.tested == UNREACHED


def test_a_test_of_an_entry_that_is_gone_is_no_error(store: EntryStore) -> None:
    store.set_test(ConnectionId("id-gone"), PASSED)
    store.note_use(ConnectionId("id-gone"), NOW)
    store.forget_tests(ConnectionId("id-gone"))
    assert store.count(EntryQuery()) == 0


def test_what_was_looked_at_is_told_and_not_kept(store: EntryStore) -> None:
    add(store, entry("a"))
    told = PASSED.model_copy(update={"checks": (CheckedPoint(label="Sign-in", text="Works.", passed=True),)})
    store.set_test(ConnectionId("id-a"), told)
    assert [one.tested for one in store.find(EntryQuery())] == [PASSED]


def test_tests_and_uses_are_forgotten_together(store: EntryStore) -> None:
    add(store, entry("a"), entry("b"))
    for one in ("id-a", "id-b"):
        store.set_test(ConnectionId(one), PASSED)
        store.note_use(ConnectionId(one), NOW)
    store.forget_tests(ConnectionId("id-a"))
    first, second = store.find(EntryQuery())
    assert (first.tested, first.used_at) == (None, None)
    assert (second.tested, second.used_at) == (PASSED, NOW)


def test_entries_that_nobody_used_for_long_are_found(store: EntryStore) -> None:
    add(store, entry("never"), entry("old"), entry("fresh"))
    store.note_use(ConnectionId("id-old"), NOW - timedelta(days=3))
    store.note_use(ConnectionId("id-fresh"), NOW + timedelta(days=3))
    assert found(store, idle_since=NOW - timedelta(days=1)) == ["old"]
    assert found(store, idle_since=NOW) == ["never", "old"]
    assert found(store, idle_since=NOW + timedelta(days=3)) == ["fresh", "never", "old"]
    assert store.count(EntryQuery(idle_since=NOW)) == 2


def test_entries_that_nobody_used_or_tested_are_found(store: EntryStore) -> None:
    add(store, entry("never"), entry("tested"), entry("used"), entry("both"))
    store.set_test(ConnectionId("id-tested"), PASSED)
    store.note_use(ConnectionId("id-used"), NOW + timedelta(days=2))
    store.set_test(ConnectionId("id-both"), PASSED)
    store.note_use(ConnectionId("id-both"), NOW + timedelta(days=2))
    assert found(store, untried_since=NOW) == ["never"]
    assert found(store, untried_since=NOW + timedelta(days=1)) == ["never", "tested"]
    assert found(store, untried_since=NOW + timedelta(days=2)) == ["both", "never", "tested", "used"]


def test_named_entries_are_searched_sorted_and_paged_like_all(store: EntryStore) -> None:
    add(store, *(entry(name) for name in ("apple", "pear", "grape", "melon")))
    some = [ConnectionId("id-apple"), ConnectionId("id-grape"), ConnectionId("id-pear"), ConnectionId("id-gone")]
    assert found(store, only=some) == ["apple", "grape", "pear"]
    assert found(store, only=some, search="ap", descending=True) == ["grape", "apple"]
    assert found(store, only=some, offset=1, limit=1) == ["grape"]
    assert found(store, only=()) == []
    assert found(store, without=some) == ["melon"]
    assert store.count(EntryQuery(only=tuple(some))) == 3
