"""The dialog "History": pages, filters, files, and whose they are."""

from __future__ import annotations

import csv
import io
import threading
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import cast

import pytest

from hostspec.errors import ConnectionNotFound, NotAllowed, PluginFailed, StoreUnavailable
from hostspec.forms import ActionField, ChoiceField, NoteField, TableField
from hostspec.hosting.form_values import fields_of
from hostspec.permissions import Permission
from hostspec.providers import Connection, SavedConnection
from hostspec.testing import FakeClock, FakeHost, FakeTasks, TaskMode
from hostspec.testing.fake_host import ADMINISTRATOR
from hostspec.ui import Close, Download, Origin, ShowDialog, Step, UserAct, Wait
from hostspec.value import ConnectionId, TypeId, UserId
from tests.plugin.memory_history import MemoryHistoryStore
from xero_connections_plugin.connections.access import Access
from xero_connections_plugin.connections.history import (
    Actor,
    EventKind,
    History,
    HistoryEvent,
    HistoryQuery,
)
from xero_connections_plugin.ui.history_dialog import PAGE
from xero_connections_plugin.ui.history_part import HistoryPart
from xero_connections_plugin.ui.row_choice import RowChoice
from xero_connections_plugin.ui.texts import history_texts

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
OFFICE = ConnectionId("office")
SOMEBODY_ELSE = Origin(user_id=UserId("grace"), user_name="Grace", window_id="window-2", is_local=True)


class Rows:
    """Finds one entry, as ``RowChoice`` does."""

    def with_id(self, origin: Origin, connection_id: ConnectionId, permission: Permission) -> Connection:
        if connection_id != OFFICE:
            raise ConnectionNotFound("It is gone.")
        return Connection(
            connection_id=OFFICE,
            type_id=TypeId("xero"),
            display_name="Head office",
            saved=SavedConnection(settings={}),
            created_at=NOW,
            changed_at=NOW,
        )


class SlowStore(MemoryHistoryStore):
    """Answers pages only when it is let go on."""

    def __init__(self) -> None:
        super().__init__()
        self.go_on = threading.Event()
        self.go_on.set()

    def find(self, query: HistoryQuery, *, offset: int = 0, limit: int) -> tuple[HistoryEvent, ...]:
        assert self.go_on.wait(10)
        return super().find(query, offset=offset, limit=limit)


class Desk:
    """The part, with a history and people."""

    def __init__(self, events: int = 3, mode: TaskMode = TaskMode.INLINE) -> None:
        self.host = FakeHost(None, clock=FakeClock(NOW), tasks=FakeTasks(mode))
        self.host.permissions.allow(SOMEBODY_ELSE.user_id)
        self.store = SlowStore()
        self.store.append([event(number) for number in range(events)])
        numbers = count()
        self.changed: list[str] = []
        self.part = HistoryPart(
            history=History(self.store, self.host.clock, FakeTasks(TaskMode.HELD), "Here", lambda: "id"),
            rows=cast(RowChoice, Rows()),
            access=Access(self.host),
            clock=self.host.clock,
            tasks=self.host.tasks,
            changed=self.changed.append,
            new_id=lambda: str(next(numbers)),
            days=730,
        )

    def do(self, action_id: str, *, origin: Origin = ADMINISTRATOR, **act: object) -> Step:
        made = UserAct.model_validate({"action_id": action_id, **act})
        assert self.part.takes(made)
        return self.part.act(origin, made)


def event(number: int, *, entry: ConnectionId | None = OFFICE, label: str = "Head office") -> HistoryEvent:
    return HistoryEvent(
        event_id=f"event-{number}",
        at=NOW - timedelta(hours=number),
        kind=EventKind.CHANGED,
        connection_id=entry,
        label=label,
        actor=Actor(user_id=UserId("ada"), user_name="Ada"),
        host_name="Workstation 1",
        text=f"number {number}",
    )


def shown(step: Step) -> list[str]:
    assert isinstance(step, ShowDialog)
    table = next(field for field in fields_of(step.dialog.form) if isinstance(field, TableField))
    return [row.cells[-1].text for row in table.rows]


def buttons(step: Step) -> dict[str, str]:
    assert isinstance(step, ShowDialog)
    return {field.label: field.action_id for field in fields_of(step.dialog.form) if isinstance(field, ActionField)}


def note(step: Step) -> str:
    assert isinstance(step, ShowDialog)
    return " ".join(field.text for field in fields_of(step.dialog.form) if isinstance(field, NoteField))


def chosen(step: Step, field_id: str) -> str:
    assert isinstance(step, ShowDialog)
    return next(
        field.value
        for field in fields_of(step.dialog.form)
        if isinstance(field, ChoiceField) and field.field_id == field_id
    )


def lines(step: Step) -> list[dict[str, str]]:
    assert isinstance(step, Download)
    return list(csv.DictReader(io.StringIO(step.text.removeprefix("\ufeff"), newline="")))


def test_every_kind_of_event_has_a_word_and_all_but_the_unknown_one_a_group() -> None:
    assert set(history_texts.KINDS) == set(EventKind)
    grouped = [kind for _, kinds in history_texts.GROUPS.values() for kind in kinds]
    assert sorted(grouped) == sorted(set(EventKind) - {EventKind.OTHER})


def test_a_long_history_is_shown_page_by_page_there_and_back() -> None:
    desk = Desk(events=2 * PAGE + 1)
    first = desk.do("history")
    assert (shown(first)[0], len(shown(first))) == ("number 0", PAGE)
    assert note(first) == "Events 1 to 200 of 401."
    second = desk.do(buttons(first)["Older"])
    last = desk.do(buttons(second)["Older"])
    assert shown(last) == ["number 400"]
    assert "Older" not in buttons(last)
    assert shown(desk.do(buttons(last)["Newer"])) == shown(second)
    assert shown(desk.do(buttons(second)["Newer"])) == shown(first)
    assert "Newer" not in buttons(first)


@pytest.mark.parametrize("page", ["-1", "x", "", "9" * 30, "99999", "٣"])
def test_a_page_that_is_none_is_the_first(page: str) -> None:
    desk = Desk()
    assert shown(desk.do(f"history_page:{page}")) == ["number 0", "number 1", "number 2"]


@pytest.mark.parametrize("value", ["nonsense", 7, None, ("a",), True])
def test_a_filter_that_is_none_asks_for_everything(value: object) -> None:
    desk = Desk()
    values = {"history_kind": value, "history_period": value}
    assert len(shown(desk.do("history_filter", dialog_id="history", values=values))) == 3


def test_turning_pages_keeps_the_filter() -> None:
    desk = Desk(events=PAGE + 5)
    values = {"history_period": "7", "history_kind": "changes"}
    first = desk.do("history_filter", dialog_id="history", values=values)
    assert len(shown(first)) == 7 * 24 + 1
    assert chosen(first, "history_period") == "7"
    assert chosen(first, "history_kind") == "changes"


def test_an_entry_that_is_gone_keeps_its_history_and_its_name() -> None:
    desk = Desk()
    desk.store.append([event(100, entry=ConnectionId("gone"), label="Old shop")])
    step = desk.do("history", row_id="gone")
    assert shown(step) == ["number 100"]
    assert chosen(step, "history_connection") == "gone"


def test_an_entry_that_nothing_was_recorded_of_is_called_by_its_name() -> None:
    desk = Desk(events=0)
    step = desk.do("history", row_id=OFFICE)
    assert isinstance(step, ShowDialog)
    (field,) = [
        f for f in fields_of(step.dialog.form) if isinstance(f, ChoiceField) and f.field_id == "history_connection"
    ]
    assert [option.label for option in field.options] == ["All connections", "Head office"]
    assert "Export as CSV" not in buttons(step)


def test_a_short_file_comes_at_once_with_everything_that_matches() -> None:
    desk = Desk(events=5_000)
    step = desk.do("history_export", dialog_id="history", values={})
    assert [line["What came of it"] for line in lines(step)] == [f"number {number}" for number in range(5_000)]


def test_a_long_file_waits_in_a_window_and_is_handed_over_once() -> None:
    desk = Desk(mode=TaskMode.THREADS)
    desk.store.go_on.clear()
    waiting = desk.do("history_export", dialog_id="history", values={})
    assert isinstance(waiting, Wait)
    assert waiting.text == "0 of 3 events are written."
    assert isinstance(desk.do("continue", wait_id=waiting.wait_id, origin=SOMEBODY_ELSE), Close)
    desk.store.go_on.set()
    desk.host.tasks.join()
    assert desk.changed == [waiting.wait_id]
    assert len(lines(desk.do("continue", wait_id=waiting.wait_id))) == 3
    assert isinstance(desk.do("continue", wait_id=waiting.wait_id), Close)


def test_an_export_that_is_cancelled_goes_back_to_what_was_asked_for() -> None:
    desk = Desk(mode=TaskMode.THREADS)
    desk.store.go_on.clear()
    values = {"history_kind": "changes"}
    waiting = desk.do("history_export", dialog_id="history", values=values)
    assert isinstance(waiting, Wait)
    desk.store.go_on.set()
    assert isinstance(desk.do("history_cancel_export", wait_id=waiting.wait_id, origin=SOMEBODY_ELSE), Close)
    back = desk.do("history_cancel_export", wait_id=waiting.wait_id)
    assert chosen(back, "history_kind") == "changes"
    assert desk.host.tasks.started[-1].is_set()
    desk.host.tasks.join()


@pytest.mark.parametrize(
    ("trouble", "told"),
    [
        (StoreUnavailable("The database is away.", code="STORE_UNREACHABLE"), StoreUnavailable),
        (RuntimeError("broken"), PluginFailed),
    ],
)
def test_a_file_that_cannot_be_written_says_so(
    trouble: Exception, told: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk()

    def fail(*_: object, **__: object) -> tuple[HistoryEvent, ...]:
        raise trouble

    monkeypatch.setattr(desk.store, "find", fail)
    with pytest.raises(told):
        desk.do("history_export", dialog_id="history", values={})


def test_details_do_without_a_history_that_cannot_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk()
    office = Rows().with_id(ADMINISTRATOR, OFFICE, Permission.VIEW)
    assert len(desk.part.facts(office)) == 3

    def fail(*_: object, **__: object) -> tuple[HistoryEvent, ...]:
        raise StoreUnavailable("The database is away.", code="STORE_UNREACHABLE")

    monkeypatch.setattr(desk.store, "find", fail)
    assert desk.part.facts(office) == ()


def test_whoever_may_not_look_is_refused_every_act() -> None:
    desk = Desk()
    desk.host.permissions.deny(SOMEBODY_ELSE.user_id, Permission.VIEW)
    for action_id in ("history", "history_filter", "history_page:200", "history_export", "history_cancel_export"):
        with pytest.raises(NotAllowed):
            desk.do(action_id, origin=SOMEBODY_ELSE)


def test_the_end_of_the_program_ends_what_is_written() -> None:
    desk = Desk(mode=TaskMode.THREADS)
    desk.store.go_on.clear()
    desk.do("history_export", dialog_id="history", values={})
    desk.part.close()
    assert desk.host.tasks.started[-1].is_set()
    desk.store.go_on.set()
    desk.host.tasks.join()
