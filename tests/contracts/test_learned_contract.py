"""What every store of the list does with what was found out about a company: the fake and the database alike."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from hostspec.connections import ConnectionStatus
from hostspec.providers import Condition, SavedConnection
from hostspec.value import ConnectionId
from tests.contracts.stores_under_test import DATABASES, database_under_test
from tests.contracts.test_entry_store_contract import LATER, NOW, add, entry, store_on
from tests.plugin.memory_entries import MemoryEntryStore
from xero_connections_plugin.connections.entries import EntryQuery, EntryStore

LEARNED = SavedConnection(settings={"is_demo": True}, subtitle="Äpfel & Birnen", sign_in="another")


@pytest.fixture(params=["memory", *DATABASES])
def store(request: pytest.FixtureRequest) -> Iterator[EntryStore]:
    if request.param == "memory":
        yield MemoryEntryStore()
        return
    with database_under_test(request, request.param, NOW) as under_test:
        yield store_on(under_test)


def learn(store: EntryStore, name: str, *, seen_after: timedelta = timedelta()) -> bool:
    return store.learn(
        ConnectionId(f"id-{name}"), LEARNED, seen_changed_at=NOW + seen_after, learned_at=LATER + seen_after
    )


def test_what_was_learned_is_kept_and_everything_else_stays(store: EntryStore) -> None:
    add(store, entry("a", "Old", sign_in="g1", sealed=b"sealed"))
    condition = Condition(status=ConnectionStatus.SCOPE_MISSING, cause="It lacks a scope.", since=NOW)
    store.set_condition(ConnectionId("id-a"), condition)
    assert learn(store, "a")
    found = store.get_opened(ConnectionId("id-a"))
    assert found is not None
    assert (found.saved.settings, found.saved.subtitle) == ({"is_demo": True}, "Äpfel & Birnen")
    assert (found.saved.sign_in, found.changed_at, found.condition) == ("g1", NOW, condition)
    assert found.saved.sealed is not None
    assert found.saved.sealed.get_secret_value() == b"sealed"


def test_an_entry_is_found_by_the_new_name_of_its_company(store: EntryStore) -> None:
    add(store, entry("a", "Old"))
    assert learn(store, "a")
    assert [one.display_name for one in store.find(EntryQuery(search="äPFEL"))] == ["a"]
    assert store.count(EntryQuery(search="Old")) == 0


def test_a_long_list_shows_what_was_learned_after_it_was_read(store: EntryStore) -> None:
    add(store, *(entry(f"n{number:04}", "Old") for number in range(250)))
    assert {one.saved.subtitle for one in store.find(EntryQuery())} == {"Old"}
    assert learn(store, "n0007")
    assert [one.saved.subtitle for one in store.find(EntryQuery()) if one.display_name == "n0007"] == [LEARNED.subtitle]


def test_nothing_is_learned_about_an_entry_that_was_saved_meanwhile_or_is_gone(store: EntryStore) -> None:
    add(store, entry("a", "Old"), entry("b", "Old"))
    assert not learn(store, "a", seen_after=timedelta(microseconds=1))
    store.begin_removal(ConnectionId("id-b"))
    assert not learn(store, "b")
    assert not learn(store, "nobody")
    left = store.get(ConnectionId("id-a"))
    assert left is not None
    assert left.saved.subtitle == "Old"
