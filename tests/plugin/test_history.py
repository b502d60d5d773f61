"""Recording: nobody waits for it, nothing fails by it, and no secret gets into it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from hostspec.errors import StoreUnavailable
from hostspec.providers import Connection, SavedConnection
from hostspec.services import CancelSignal
from hostspec.testing import FakeClock, FakeTasks, TaskMode
from hostspec.testing.fake_tasks import FakeTask
from hostspec.ui import Origin
from hostspec.value import SERVICE_USER, ConnectionId, TypeId, UserId
from tests.plugin.memory_history import MemoryHistoryStore
from xero_connections_plugin.connections.history import (
    MOST_WAITING,
    Actor,
    EventKind,
    History,
    HistoryEvent,
    HistoryQuery,
)

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
OFFICE = Connection(
    connection_id=ConnectionId("office"),
    type_id=TypeId("xero"),
    display_name="Head office",
    saved=SavedConnection(settings={}),
    created_at=NOW,
    changed_at=NOW,
)
ADA = Actor(user_id=UserId("ada"), user_name="Ada")


class Recording:
    """A history on a store in memory, with tasks that wait until they are told to run."""

    def __init__(self, mode: TaskMode = TaskMode.HELD) -> None:
        self.store = MemoryHistoryStore()
        self.clock = FakeClock(NOW)
        self.tasks = FakeTasks(mode)
        numbers = count()
        self.history = History(self.store, self.clock, self.tasks, "Workstation 1", lambda: f"id-{next(numbers)}")

    def kept(self) -> list[HistoryEvent]:
        return list(self.store.find(HistoryQuery(), limit=10_000))

    def texts(self) -> list[str]:
        return [event.text for event in self.kept()]


def test_an_event_says_who_did_what_when_where_to_which_entry_and_what_came_of_it() -> None:
    recording = Recording(TaskMode.INLINE)
    recording.history.record(
        EventKind.TESTED, actor=ADA, connection=OFFICE, account="ada@bakehouse.example", passed=False, text="It broke."
    )
    assert recording.kept() == [
        HistoryEvent(
            event_id="id-0",
            at=NOW,
            kind=EventKind.TESTED,
            connection_id=ConnectionId("office"),
            label="Head office",
            actor=ADA,
            host_name="Workstation 1",
            account="ada@bakehouse.example",
            passed=False,
            text="It broke.",
        )
    ]


def test_a_person_is_remembered_by_the_name_of_that_time() -> None:
    origin = Origin(user_id=UserId("ada"), user_name="Ada", window_id="w", is_local=True)
    assert Actor.of(origin) == ADA


def test_nobody_in_particular_is_the_service() -> None:
    recording = Recording(TaskMode.INLINE)
    recording.history.record(EventKind.REFRESHED)
    assert recording.kept()[0].actor.user_id == SERVICE_USER


def test_recording_waits_for_no_store_and_starts_one_task_for_many_events() -> None:
    recording = Recording()
    for number in range(5):
        recording.history.record(EventKind.CHANGED, text=str(number))
    assert recording.kept() == []
    assert [task.name for task in recording.tasks.started] == ["write history"]
    recording.tasks.run_held()
    assert recording.texts() == ["4", "3", "2", "1", "0"]


def test_whoever_reads_sees_what_was_recorded_a_moment_ago() -> None:
    recording = Recording()
    recording.history.record(EventKind.CHANGED, text="just now")
    assert [event.text for event in recording.history.find(HistoryQuery(), limit=10)] == ["just now"]


def test_events_wait_in_their_order_while_the_store_is_away(caplog: pytest.LogCaptureFixture) -> None:
    recording = Recording(TaskMode.INLINE)
    recording.store.trouble = StoreUnavailable("The disk is full.", code="DISK_FULL")
    with caplog.at_level(logging.WARNING):
        recording.history.record(EventKind.CHANGED, text="first")
        recording.history.record(EventKind.CHANGED, text="second")
    assert "DISK_FULL" in caplog.text
    recording.store.trouble = None
    recording.history.record(EventKind.CHANGED, text="third")
    assert recording.texts() == ["third", "second", "first"]


def test_of_too_many_waiting_events_the_oldest_are_given_up() -> None:
    recording = Recording()
    for number in range(MOST_WAITING + 5):
        recording.history.record(EventKind.CHANGED, text=str(number))
    recording.tasks.run_held()
    assert len(recording.kept()) == MOST_WAITING
    assert recording.texts()[-1] == "5"


def test_waiting_events_that_come_back_from_a_full_store_stay_within_the_limit() -> None:
    recording = Recording()
    recording.store.trouble = StoreUnavailable("The disk is full.", code="DISK_FULL")
    for number in range(MOST_WAITING):
        recording.history.record(EventKind.CHANGED, text=str(number))
        recording.tasks.run_held()
    recording.history.record(EventKind.CHANGED, text="last")
    recording.store.trouble = None
    recording.history.write()
    assert len(recording.kept()) == MOST_WAITING
    assert recording.texts()[0] == "last"


def test_a_mistake_of_the_store_costs_those_events_and_nothing_else(caplog: pytest.LogCaptureFixture) -> None:
    recording = Recording(TaskMode.INLINE)
    recording.store.trouble = RuntimeError("said something secret")
    recording.history.record(EventKind.CHANGED, text="lost")
    recording.store.trouble = None
    recording.history.record(EventKind.CHANGED, text="kept")
    assert recording.texts() == ["kept"]
    assert recording.tasks.failures == []
    assert "RuntimeError" in caplog.text
    assert "secret" not in caplog.text


def test_tasks_that_cannot_be_started_do_not_reach_whoever_records() -> None:
    recording = Recording()

    class Exhausted(FakeTasks):
        def start(self, name: str, work: Callable[[CancelSignal], None]) -> FakeTask:
            raise RuntimeError(f"no thread for {name} and {work}")

    history = History(recording.store, recording.clock, Exhausted(), "Workstation 1", lambda: "id")
    history.record(EventKind.CHANGED, text="kept all the same")
    assert [event.text for event in history.find(HistoryQuery(), limit=10)] == ["kept all the same"]


def test_an_event_with_a_name_is_kept_once() -> None:
    recording = Recording(TaskMode.INLINE)
    for _ in range(2):
        recording.history.record(EventKind.REFRESHED, once="refreshed:grant:2026-03-02", text="renewed")
    recording.history.record(EventKind.REFRESHED, once="refreshed:grant:2026-03-03", text="renewed again")
    assert recording.texts() == ["renewed again", "renewed"]


def test_what_a_sentence_must_not_hold_is_cut() -> None:
    recording = Recording(TaskMode.INLINE)
    token = "eyJhbGciOiJSUzI1NiJ9" * 5
    recording.history.record(EventKind.CHANGED, label="Head\noffice\u202e", text=f"It said {token} and\x00 stopped.")
    event = recording.kept()[0]
    assert event.label == "Head office"
    assert event.text == "It said eyJhbGci… and stopped."


def test_the_end_of_the_program_writes_what_waits_and_records_nothing_more() -> None:
    recording = Recording()
    recording.history.record(EventKind.CHANGED, text="last words")
    recording.history.close()
    recording.history.record(EventKind.CHANGED, text="too late")
    recording.tasks.run_held()
    assert recording.texts() == ["last words"]


def test_the_program_ends_although_the_store_is_broken() -> None:
    recording = Recording()
    recording.history.record(EventKind.CHANGED)
    recording.store.trouble = RuntimeError("broken")
    recording.history.close()
    assert recording.kept() == []


def test_times_are_those_of_the_recording_not_of_the_writing() -> None:
    recording = Recording()
    recording.history.record(EventKind.CHANGED)
    recording.clock.advance(timedelta(minutes=5).total_seconds())
    recording.tasks.run_held()
    assert recording.kept()[0].at == NOW
