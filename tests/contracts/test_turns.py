"""One process at a time does what is done for all, on every database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from hostspec.testing import FakeClock
from tests.contracts.stores_under_test import DATABASES, database_under_test
from xero_connections_plugin.gateways.store.turns import Turns

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
LENGTH = timedelta(seconds=45)


@dataclass
class Processes:
    """Two processes on one database."""

    clock: FakeClock
    one: Turns
    two: Turns
    end_one: Callable[[], None]


@pytest.fixture(params=DATABASES)
def processes(request: pytest.FixtureRequest) -> Iterator[Processes]:
    with database_under_test(request, request.param, NOW) as under_test:
        first, second = under_test.presence(), under_test.presence()
        one, two = (Turns(under_test.opened(), presence) for presence in (first, second))
        yield Processes(under_test.clock, one, two, first.close)


def test_a_turn_is_had_by_one(processes: Processes) -> None:
    assert processes.one.take("keep-alive", LENGTH) is not None
    assert processes.two.take("keep-alive", LENGTH) is None
    assert processes.one.take("keep-alive", LENGTH) is None
    assert processes.two.take("tests", LENGTH) is not None


def test_a_turn_passes_by_itself(processes: Processes) -> None:
    had = processes.one.take("keep-alive", LENGTH)
    assert had is not None
    processes.clock.advance(44)
    assert processes.two.take("keep-alive", LENGTH) is None
    processes.clock.advance(2)
    assert processes.two.take("keep-alive", LENGTH) is not None
    assert not had.extend()


def test_a_turn_is_made_longer(processes: Processes) -> None:
    had = processes.one.take("keep-alive", LENGTH)
    assert had is not None
    processes.clock.advance(40)
    assert had.extend()
    processes.clock.advance(40)
    assert processes.two.take("keep-alive", LENGTH) is None


def test_a_turn_given_back_is_free(processes: Processes) -> None:
    had = processes.one.take("keep-alive", LENGTH)
    assert had is not None
    had.give_back()
    taken = processes.two.take("keep-alive", LENGTH)
    assert taken is not None
    had.give_back()
    assert processes.one.take("keep-alive", LENGTH) is None
    assert taken.extend()


def test_the_turn_of_a_process_that_ended_is_free_at_once(processes: Processes) -> None:
    assert processes.one.take("keep-alive", LENGTH) is not None
    processes.end_one()
    assert processes.two.take("keep-alive", LENGTH) is not None
