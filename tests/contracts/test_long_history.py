"""A history as long as it may grow is still read page by page at once, on both databases."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from hostspec.value import ConnectionId, UserId
from tests.contracts.stores_under_test import DATABASES, database_under_test
from xero_connections_plugin.connections.history import EventKind, HistoryQuery
from xero_connections_plugin.gateways.records.history_store import SqlHistoryStore
from xero_connections_plugin.gateways.store.tables import history

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
ROWS = 100_000
KINDS = tuple(EventKind)

Figure = Callable[[str, object], None]


@pytest.fixture(params=DATABASES)
def store(request: pytest.FixtureRequest) -> Iterator[SqlHistoryStore]:
    with database_under_test(request, request.param, NOW) as under_test:
        database = under_test.opened()
        rows = [
            {
                "event_id": f"event-{number}",
                "at": NOW - timedelta(minutes=ROWS - number),
                "kind": KINDS[number % len(KINDS)].value,
                "connection_id": f"id-{number % 1_000}",
                "label": f"Connection {number % 1_000}",
                "user_id": f"user-{number % 20}",
                "user_name": f"User {number % 20}",
                "host_name": "Workstation 1",
                "account": "ada@bakehouse.example",
                "passed": True,
                "text": "Everything works: the sign-in, the link to Bakehouse Ltd, its scopes, and reading from it.",
            }
            for number in range(ROWS)
        ]
        with database.write() as connection:
            for start in range(0, ROWS, 2_000):
                connection.execute(sa.insert(history), rows[start : start + 2_000])
        if under_test.url is not None:
            with database.write() as connection:
                # The server does so by itself within a minute.
                connection.execute(sa.text("ANALYZE history"))
        yield SqlHistoryStore(database)


@contextmanager
def timed(figure: Figure, name: str) -> Iterator[None]:
    began = time.perf_counter()
    yield
    passed = time.perf_counter() - began
    figure(f"{name} (ms)", round(passed * 1000))
    # Far beyond what it takes, so that only a query that lost its index fails on a busy machine.
    assert passed < 3, name


def test_the_longest_history_is_read_at_once(store: SqlHistoryStore, figure: Figure) -> None:
    everything = HistoryQuery()
    with timed(figure, "first page"):
        first = store.find(everything, limit=200)
    with timed(figure, "last page"):
        last = store.find(everything, offset=ROWS - 200, limit=200)
    with timed(figure, "count"):
        assert store.count(everything) == ROWS
    with timed(figure, "one entry"):
        assert len(store.find(HistoryQuery(connection_id=ConnectionId("id-7")), limit=200)) == 100
    with timed(figure, "kinds of one person"):
        found = store.find(HistoryQuery(kinds=(EventKind.TESTED,), user_id=UserId("user-3")), limit=200)
    with timed(figure, "people"):
        assert len(store.people()) == 20
    with timed(figure, "entries to choose from"):
        assert len(store.mentioned(200)) == 200
    with timed(figure, "a batch wiped"):
        assert store.prune(before=NOW - timedelta(days=365), keep=ROWS - 1_000, most=1_000) == 1_000
    assert (first[0].event_id, last[-1].event_id) == (f"event-{ROWS - 1}", "event-0")
    assert {event.kind for event in found} <= {EventKind.TESTED}
