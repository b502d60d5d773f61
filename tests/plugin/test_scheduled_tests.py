"""Housekeeping tests what nobody used or tested for long: a few at a time, spread out, one process at once."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from hostspec.errors import SecretStoreUnavailable
from hostspec.providers import Connection, ConnectionTest
from hostspec.testing import FakeClock
from hostspec.testing.fake_clock import START
from hostspec.value import ConnectionId, TypeId
from tests.plugin.memory_entries import MemoryEntryStore
from tests.plugin.test_health import ENTRY
from xero_connections_plugin.connections.scheduled_tests import (
    MOST_A_ROUND,
    ROUND_SECONDS,
    TRY_AGAIN_AFTER,
    ScheduledTests,
    due,
)

WEEK = timedelta(days=7)


def entry(
    name: str, *, used: datetime | None = None, tested: datetime | None = None, transient: bool = False
) -> Connection:
    test = (
        ConnectionTest(tested_at=tested, passed=not transient, text="", milliseconds=1, transient=transient)
        if (tested)
        else None
    )
    return ENTRY.model_copy(
        update={
            "connection_id": ConnectionId(name),
            "display_name": name,
            "created_at": START,
            "used_at": used,
            "tested": test,
        }
    )


def names(entries: list[Connection]) -> list[str]:
    return [str(one.connection_id) for one in entries]


@dataclass
class Turn:
    held: list[str]

    def give_back(self) -> None:
        self.held.clear()


@dataclass
class OneTurn:
    held: list[str] = field(default_factory=list)

    def take(self, name: str, length: timedelta) -> Turn | None:
        if self.held:
            return None
        self.held.append(name)
        return Turn(self.held)


@dataclass
class Tests:
    """Stands in for ``EntryTests``: keeps results in the store, and takes a second for each."""

    __test__ = False
    store: MemoryEntryStore
    clock: FakeClock
    done: list[str] = field(default_factory=list)
    transient: bool = False
    problem: SecretStoreUnavailable | None = None
    seconds: float = 1.0

    def can_test(self, type_id: TypeId) -> bool:
        return type_id == "xero"

    def test(self, connection: Connection) -> ConnectionTest:
        if self.problem is not None:
            raise self.problem
        self.done.append(str(connection.connection_id))
        self.clock.advance(self.seconds)
        result = ConnectionTest(
            tested_at=self.clock.now(), passed=not self.transient, text="", milliseconds=1, transient=self.transient
        )
        self.store.set_test(connection.connection_id, result)
        return result


class Night:
    """Rounds of housekeeping over a list."""

    def __init__(self, *entries: Connection, every_days: float = 7, turns: OneTurn | None = None) -> None:
        self.clock = FakeClock(auto_advance=True)
        self.store = MemoryEntryStore()
        for one in entries:
            self.store.add(one, name_key=one.display_name)
        self.tests = Tests(self.store, self.clock)
        self.turns = turns or OneTurn()
        self.is_able = True
        self.scheduled = ScheduledTests(
            self.store,
            self.tests,  # type: ignore[arg-type]  # a stand-in with the two methods that are asked for
            self.turns,
            self.clock,
            every_days=every_days,
            is_able=lambda: self.is_able,
        )

    def round(self) -> int:
        return self.scheduled.round(threading.Event())


def test_what_was_never_tried_comes_first_then_what_waited_longest() -> None:
    entries = [
        entry("fresh", used=START),
        entry("month", tested=START - timedelta(days=30)),
        entry("year", used=START - timedelta(days=365), tested=START - timedelta(days=400)),
        entry("new"),
    ]
    assert names(due(entries, START, WEEK)) == ["new", "year", "month"]


def test_a_use_counts_like_a_test() -> None:
    assert due([entry("a", used=START, tested=START - timedelta(days=99))], START + timedelta(days=5), WEEK) == []
    assert due([entry("a", used=START - timedelta(days=99), tested=START)], START + timedelta(days=5), WEEK) == []


def test_entries_of_one_day_come_due_over_a_fifth_of_the_time_each_at_its_own_moment() -> None:
    entries = [entry(f"c{number}", tested=START) for number in range(700)]
    earliest = START + WEEK * 0.8
    assert due(entries, earliest - timedelta(seconds=1), WEEK) == []
    assert len(due(entries, START + WEEK, WEEK)) == 700
    half = len(due(entries, START + WEEK * 0.9, WEEK))
    assert 280 <= half <= 420
    assert names(due(entries, START + WEEK * 0.9, WEEK)) == names(due(entries, START + WEEK * 0.9, WEEK))


def test_what_was_out_of_reach_is_tried_again_after_an_hour() -> None:
    unreached = entry("a", tested=START, transient=True)
    assert due([unreached], START + TRY_AGAIN_AFTER - timedelta(seconds=1), WEEK) == []
    assert names(due([unreached], START + TRY_AGAIN_AFTER, WEEK)) == ["a"]
    used_since = entry("a", tested=START, transient=True, used=START + timedelta(minutes=5))
    assert due([used_since], START + timedelta(hours=5), WEEK) == []


def test_a_round_tests_a_few_and_the_next_one_goes_on() -> None:
    night = Night(*(entry(f"c{number:02}") for number in range(MOST_A_ROUND + 3)))
    assert night.round() == MOST_A_ROUND
    assert night.round() == 3
    assert night.round() == 0
    assert sorted(night.tests.done) == [f"c{number:02}" for number in range(MOST_A_ROUND + 3)]


def test_no_test_begins_after_the_time_of_a_round() -> None:
    night = Night(*(entry(f"c{number:02}") for number in range(9)))
    night.tests.seconds = ROUND_SECONDS / 2
    assert night.round() == 2


def test_an_outage_ends_the_round_and_is_not_hammered() -> None:
    night = Night(*(entry(f"c{number:02}") for number in range(9)))
    night.tests.transient = True
    assert night.round() == 1
    for _ in range(58):
        night.clock.advance(60)
        night.round()
    assert max(night.tests.done.count(name) for name in set(night.tests.done)) == 1


def test_nothing_is_tested_when_that_is_turned_off_or_the_key_is_missing() -> None:
    assert Night(entry("a"), every_days=0).round() == 0
    night = Night(entry("a"))
    night.is_able = False
    assert night.round() == 0
    night.is_able = True
    night.tests.problem = SecretStoreUnavailable("Locked.")
    assert night.round() == 0
    night.tests.problem = None
    assert night.round() == 1, "the turn was given back"


def test_types_that_cannot_be_tested_are_left_alone() -> None:
    other = entry("a").model_copy(update={"type_id": TypeId("mail")})
    assert Night(other).round() == 0


def test_one_process_at_a_time_tests() -> None:
    turns = OneTurn()
    turns.held.append("somebody")
    night = Night(entry("a"), turns=turns)
    assert night.round() == 0
    turns.held.clear()
    assert night.round() == 1
    assert turns.held == []


def test_a_host_that_ends_stops_between_two_tests() -> None:
    night = Night(entry("a"), entry("b"))
    cancelled = threading.Event()
    cancelled.set()
    assert night.scheduled.round(cancelled) == 0


@pytest.mark.parametrize("every_days", [1, 7, 30])
def test_over_months_every_entry_is_tested_in_time_and_hardly_more_often(every_days: int) -> None:
    night = Night(*(entry(f"c{number:02}") for number in range(20)), every_days=every_days)
    night.tests.seconds = 0.0
    last: dict[str, float] = {}
    longest = 0.0
    for _ in range(120 * 4):
        night.tests.done.clear()
        night.round()
        for name in night.tests.done:
            now = night.clock.monotonic()
            longest = max(longest, now - last.get(name, now))
            last[name] = now
        night.clock.advance(6 * 3600)
    assert len(last) == 20
    assert longest <= every_days * 86400 + 2 * 6 * 3600
    assert longest >= every_days * 86400 * 0.8
