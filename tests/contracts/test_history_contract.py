"""What every store of the history does: the fake in memory and the database, held to the same sentences."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from hostspec.value import ConnectionId, UserId
from tests.contracts.stores_under_test import DATABASES, database_under_test
from tests.plugin.memory_history import MemoryHistoryStore
from xero_connections_plugin.connections.history import (
    SERVICE,
    Actor,
    EventKind,
    HistoryEvent,
    HistoryQuery,
    HistoryStore,
)
from xero_connections_plugin.gateways.records.history_store import SqlHistoryStore

NOW = datetime(2026, 3, 2, 8, 0, 0, 123456, tzinfo=UTC)
ADA = Actor(user_id=UserId("ada"), user_name="Ada")
GRACE = Actor(user_id=UserId("grace"), user_name="Grace")
OFFICE, BAKERY = ConnectionId("office"), ConnectionId("bakery")
EVERYTHING = HistoryQuery()


@pytest.fixture(params=["memory", *DATABASES])
def store(request: pytest.FixtureRequest) -> Iterator[HistoryStore]:
    if request.param == "memory":
        yield MemoryHistoryStore()
        return
    with database_under_test(request, request.param, NOW) as under_test:
        yield SqlHistoryStore(under_test.opened())


_numbers = count()


def event(
    text: str,
    kind: EventKind = EventKind.CHANGED,
    *,
    minutes: float = 0,
    entry: ConnectionId | None = OFFICE,
    label: str = "Head office",
    actor: Actor = ADA,
    event_id: str = "",
) -> HistoryEvent:
    return HistoryEvent(
        event_id=event_id or f"event-{next(_numbers)}",
        at=NOW + timedelta(minutes=minutes),
        kind=kind,
        connection_id=entry,
        label=label,
        actor=actor,
        host_name="Workstation 1",
        account="ada@bakehouse.example",
        passed=True,
        text=text,
    )


def texts(found: tuple[HistoryEvent, ...]) -> list[str]:
    return [one.text for one in found]


def test_an_event_comes_back_as_it_was(store: HistoryStore) -> None:
    told = event("Saved.")
    nobody = event("Nothing to say.", entry=None, actor=SERVICE, label="").model_copy(update={"passed": None})
    store.append([told, nobody])
    assert store.find(EVERYTHING, limit=10) == (nobody, told)


def test_events_are_found_newest_first_and_those_of_one_moment_in_the_reverse_of_their_order(
    store: HistoryStore,
) -> None:
    store.append([event("second"), event("third"), event("first", minutes=-1)])
    store.append([event("fourth"), event("fifth", minutes=1)])
    assert texts(store.find(EVERYTHING, limit=10)) == ["fifth", "fourth", "third", "second", "first"]


def test_pages_follow_each_other(store: HistoryStore) -> None:
    store.append([event(str(number), minutes=number) for number in range(7)])
    assert texts(store.find(EVERYTHING, limit=3)) == ["6", "5", "4"]
    assert texts(store.find(EVERYTHING, offset=3, limit=3)) == ["3", "2", "1"]
    assert texts(store.find(EVERYTHING, offset=6, limit=3)) == ["0"]
    assert store.count(EVERYTHING) == 7


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (HistoryQuery(connection_id=BAKERY), ["tested"]),
        (HistoryQuery(kinds=(EventKind.TESTED, EventKind.DELETED)), ["deleted", "tested"]),
        (HistoryQuery(user_id=GRACE.user_id), ["deleted"]),
        (HistoryQuery(since=NOW), ["deleted", "tested"]),
        (HistoryQuery(user_id=ADA.user_id, since=NOW), ["tested"]),
        (HistoryQuery(connection_id=ConnectionId("nowhere")), []),
    ],
)
def test_a_query_finds_and_counts_what_it_asks_for(
    store: HistoryStore, query: HistoryQuery, expected: list[str]
) -> None:
    store.append(
        [
            event("long ago", minutes=-1),
            event("tested", EventKind.TESTED, entry=BAKERY),
            event("deleted", EventKind.DELETED, actor=GRACE, minutes=1),
        ]
    )
    assert texts(store.find(query, limit=10)) == expected
    assert store.count(query) == len(expected)


def test_an_event_that_is_handed_in_again_is_kept_once_and_as_it_was(store: HistoryStore) -> None:
    store.append([event("the first time", event_id="same")])
    store.append([event("the second time", event_id="same"), event("another")])
    assert texts(store.find(EVERYTHING, limit=10)) == ["another", "the first time"]


def test_people_are_named_once_by_their_latest_name(store: HistoryStore) -> None:
    renamed = Actor(user_id=ADA.user_id, user_name="Ada Lovelace")
    store.append([event("1"), event("2", actor=GRACE), event("3", actor=renamed), event("4", actor=SERVICE)])
    assert store.people() == (SERVICE, renamed, GRACE)


def test_the_entries_spoken_of_last_come_first_by_their_latest_name(store: HistoryStore) -> None:
    store.append([event("1"), event("2", entry=BAKERY, label="Bakery"), event("3", label="Main office")])
    store.append([event("4", entry=None, label="")])
    assert [(one.connection_id, one.label) for one in store.mentioned(5)] == [
        (OFFICE, "Main office"),
        (BAKERY, "Bakery"),
    ]
    assert [one.label for one in store.mentioned(1)] == ["Main office"]


def test_what_is_too_old_is_wiped_a_few_at_a_time(store: HistoryStore) -> None:
    store.append([event(str(number), minutes=number) for number in range(10)])
    before = NOW + timedelta(minutes=5)
    assert store.prune(before=before, keep=100, most=3) == 3
    assert store.prune(before=before, keep=100, most=3) == 2
    assert store.prune(before=before, keep=100, most=3) == 0
    assert texts(store.find(EVERYTHING, limit=10)) == ["9", "8", "7", "6", "5"]


def test_of_too_many_the_oldest_are_wiped(store: HistoryStore) -> None:
    store.append([event(str(number), minutes=-number) for number in range(10)])
    assert store.prune(before=NOW - timedelta(days=1), keep=4, most=100) == 6
    assert texts(store.find(EVERYTHING, limit=10)) == ["0", "1", "2", "3"]
    assert store.prune(before=NOW - timedelta(days=1), keep=4, most=100) == 0


def test_of_too_many_routine_goes_before_what_people_did(store: HistoryStore) -> None:
    store.append([event("added", EventKind.ADDED, minutes=-100)])
    store.append([event(str(number), EventKind.REFRESHED, minutes=-number) for number in range(5)])
    store.append([event("alive", EventKind.KEPT_ALIVE, minutes=-50), event("deleted", EventKind.DELETED, minutes=-90)])
    assert store.prune(before=NOW - timedelta(days=1), keep=4, most=100) == 4
    assert texts(store.find(EVERYTHING, limit=10)) == ["0", "1", "deleted", "added"]
    assert store.prune(before=NOW - timedelta(days=1), keep=1, most=100) == 3
    assert texts(store.find(EVERYTHING, limit=10)) == ["deleted"]
