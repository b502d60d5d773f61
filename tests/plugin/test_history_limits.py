"""How the history is kept within its limits: in small batches, and not at every round."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from hostspec.errors import StoreUnavailable
from hostspec.testing import FakeClock, FakeTasks, TaskMode
from tests.plugin.memory_history import MemoryHistoryStore
from xero_connections_plugin.connections.history import EventKind, History, HistoryEvent, HistoryQuery
from xero_connections_plugin.connections.history_limits import HistoryLimits

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)


class Keeping:
    """A history with limits."""

    def __init__(self, *, days: int = 30, rows: int = 10_000) -> None:
        self.store = MemoryHistoryStore()
        self.clock = FakeClock(NOW)
        self.history = History(self.store, self.clock, FakeTasks(TaskMode.HELD), "Here", lambda: "id")
        self.limits = HistoryLimits(self.history, self.clock, days=days, rows=rows)

    def fill(self, count: int, *, age: timedelta = timedelta()) -> None:
        start = len(self.ids)
        self.store.append(
            [
                HistoryEvent(event_id=f"{start + number}", at=self.clock.now() - age, kind=EventKind.CHANGED)
                for number in range(count)
            ]
        )

    @property
    def ids(self) -> list[str]:
        return [event.event_id for event in self.store.find(HistoryQuery(), limit=100_000)]


def test_what_is_older_than_the_days_goes_and_the_rest_stays() -> None:
    keeping = Keeping(days=30)
    keeping.fill(2, age=timedelta(days=30, seconds=1))
    keeping.fill(3, age=timedelta(days=30))
    keeping.limits.tidy()
    assert sorted(keeping.ids) == ["2", "3", "4"]


def test_of_more_than_the_rows_the_oldest_go() -> None:
    keeping = Keeping(rows=4)
    keeping.fill(3, age=timedelta(days=1))
    keeping.fill(3)
    keeping.limits.tidy()
    assert sorted(keeping.ids) == ["2", "3", "4", "5"]


def test_a_thousand_go_at_a_time_and_the_rest_at_the_next_round() -> None:
    keeping = Keeping()
    keeping.fill(2_500, age=timedelta(days=100))
    left = []
    for _ in range(4):
        keeping.limits.tidy()
        left.append(len(keeping.ids))
    assert left == [1_500, 500, 0, 0]


def test_when_nothing_is_left_to_do_an_hour_passes_before_the_next_look() -> None:
    keeping = Keeping()
    keeping.limits.tidy()
    keeping.fill(1, age=timedelta(days=100))
    keeping.clock.advance(3_599)
    keeping.limits.tidy()
    assert len(keeping.ids) == 1
    keeping.clock.advance(1)
    keeping.limits.tidy()
    assert keeping.ids == []


def test_what_waits_to_be_written_is_written_at_every_round() -> None:
    keeping = Keeping()
    keeping.limits.tidy()
    keeping.history.record(EventKind.CHANGED)
    keeping.limits.tidy()
    assert keeping.ids == ["id"]


def test_a_store_in_trouble_is_tried_again_at_the_next_round(monkeypatch: pytest.MonkeyPatch) -> None:
    keeping = Keeping()
    keeping.fill(1, age=timedelta(days=100))

    def fail(**_: object) -> int:
        raise StoreUnavailable("Busy.", code="STORE_BUSY")

    with monkeypatch.context() as broken:
        broken.setattr(keeping.store, "prune", fail)
        with pytest.raises(StoreUnavailable):
            keeping.limits.tidy()
    keeping.limits.tidy()
    assert keeping.ids == []
