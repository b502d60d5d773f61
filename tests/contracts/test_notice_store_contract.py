"""What every store of told notices does: the fake in memory and the databases, held to the same sentences."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread

import pytest

from tests.contracts.stores_under_test import DATABASES, database_under_test
from tests.plugin.memory_notices import MemoryNoticeStore
from xero_connections_plugin.connections.notices import NoticeStore
from xero_connections_plugin.gateways.records.notice_store import SqlNoticeStore

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
Opening = Callable[[], NoticeStore]


@pytest.fixture(params=["memory", *DATABASES])
def another(request: pytest.FixtureRequest) -> Iterator[Opening]:
    """Opens the store once more, as another process does."""
    if request.param == "memory":
        shared = MemoryNoticeStore()
        yield lambda: shared
        return
    with database_under_test(request, request.param, NOW) as under_test:
        yield lambda: SqlNoticeStore(under_test.opened())


@pytest.fixture
def store(another: Opening) -> NoticeStore:
    return another()


def test_an_event_is_new_once(store: NoticeStore, another: Opening) -> None:
    assert store.note("host-a", ["broken|1", "broken|2"], NOW) == {"broken|1", "broken|2"}
    assert another().note("host-a", ["broken|2", "broken|3"], NOW + timedelta(days=1)) == {"broken|3"}
    assert store.note("host-a", ["broken|1"], NOW) == frozenset()


def test_no_events_are_none_that_are_new(store: NoticeStore) -> None:
    assert store.note("host-a", [], NOW) == frozenset()
    assert store.forget("host-a", []) == frozenset()


def test_each_host_is_told_for_itself(store: NoticeStore) -> None:
    store.note("host-a", ["broken|1"], NOW)
    assert store.note("host-b", ["broken|1"], NOW) == {"broken|1"}
    store.forget("host-a", ["broken|1"])
    assert store.told("host-b", "") == {"broken|1"}


def test_what_was_told_is_found_by_the_beginning_of_its_name(store: NoticeStore) -> None:
    store.note("host-a", ["ends|a|14", "ends|a|7", "ends|ab|14", "ENDS|a|3", "broken|a", "e%ds|a"], NOW)
    assert store.told("host-a", "ends|a|") == {"ends|a|14", "ends|a|7"}
    assert store.told("host-a", "e%ds|") == {"e%ds|a"}
    assert len(store.told("host-a", "")) == 6
    assert store.told("host-c", "") == frozenset()


def test_what_was_forgotten_is_new_again(store: NoticeStore) -> None:
    store.note("host-a", ["broken|1", "broken|2"], NOW)
    assert store.forget("host-a", ["broken|1", "broken|9"]) == {"broken|1"}
    assert store.forget("host-a", ["broken|1"]) == frozenset()
    assert store.note("host-a", ["broken|1", "broken|2"], NOW) == {"broken|1"}


def test_what_is_old_is_pruned_for_every_host(store: NoticeStore) -> None:
    store.note("host-a", ["old"], NOW - timedelta(microseconds=1))
    store.note("host-b", ["old too"], NOW - timedelta(days=9))
    store.note("host-a", ["young"], NOW)
    assert store.prune(NOW) == 2
    assert store.prune(NOW) == 0
    assert store.told("host-a", "") == {"young"}
    assert not store.told("host-b", "")


def test_thousands_are_noted_and_forgotten_at_once(store: NoticeStore) -> None:
    many = [f"broken|{number:05}" for number in range(5000)]
    assert store.note("host-a", many, NOW) == frozenset(many)
    assert store.note("host-a", [*many, "one more"], NOW) == {"one more"}
    assert store.forget("host-a", many[:4999]) == frozenset(many[:4999])
    assert store.told("host-a", "broken|") == {many[4999]}


def test_of_many_who_note_an_event_at_once_one_gets_it(store: NoticeStore, another: Opening) -> None:
    stores = [store, another(), another(), another()]
    ready, got = Barrier(len(stores)), list[frozenset[str]]()

    def note(place: NoticeStore) -> None:
        ready.wait(30)
        got.append(place.note("host-a", ["broken|1"], NOW))

    threads = [Thread(target=note, args=(place,)) for place in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(map(len, got)) == [0, 0, 0, 1]
