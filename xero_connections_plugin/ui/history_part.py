"""What happens around the history: it is opened, filtered, paged through and exported."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from hostspec.errors import CaptureError, ConnectionNotFound, PluginFailed
from hostspec.permissions import Permission
from hostspec.ui import Action, Close, Download, Wait
from hostspec.value import ConnectionId
from xero_connections_plugin.connections.history import ROUTINE, EventKind, HistoryQuery, Mentioned
from xero_connections_plugin.ui.csv_text import MEDIA_TYPE, csv_text
from xero_connections_plugin.ui.history_dialog import (
    DIALOG_ID,
    EXPORT_ACT,
    FILTER_ACT,
    PAGE,
    PAGE_ACT,
    Asked,
    Shown,
    csv_row,
    history_dialog,
    history_facts,
)
from xero_connections_plugin.ui.tab_parts import Offered
from xero_connections_plugin.ui.texts import history_texts as texts

if TYPE_CHECKING:
    from collections.abc import Callable

    from hostspec.forms import Fact
    from hostspec.providers import Connection
    from hostspec.services import CancelSignal, Clock, TaskHandle, Tasks
    from hostspec.ui import Origin, Step, UserAct
    from xero_connections_plugin.connections.access import Access
    from xero_connections_plugin.connections.history import History, HistoryEvent
    from xero_connections_plugin.ui.row_choice import RowChoice

MOST_ENTRIES: Final = 200
"""Entries to choose from in the filter; of others the history is opened from their row."""

IN_DETAILS: Final = 5
_OUT_OF_THE_ORDINARY: Final = tuple(kind for kind in EventKind if kind not in ROUTINE)

_EXPORT: Final = "history-export-"
_CANCEL_ACT: Final = "history_cancel_export"
_AT_A_TIME: Final = 2_000
_NO_WINDOW_SECONDS: Final = 0.4
"""An export that takes no longer than this (real seconds) comes without a window of its own."""
_EXPORT_SECONDS: Final = 60.0
_MOST_LEFT: Final = 3
"""Finished files that nobody fetched, kept at most."""


@dataclass
class _Export:
    """A file on its way."""

    origin: Origin
    asked: Asked
    query: HistoryQuery
    total: int
    until: float
    over: threading.Event = field(default_factory=threading.Event)
    done: int = 0
    text: str = ""
    problem: CaptureError | None = None
    task: TaskHandle | None = None


class HistoryPart:
    """A ``TabPart``: the history behind "More".

    Args:
        history: What is shown.
        rows: Finds the chosen entry.
        access: Who may look.
        clock: Time.
        tasks: Export beside the caller.
        changed: Called with a wait id when its wait has news.
        new_id: Makes ids of waits.
        days: How long events are kept.
    """

    def __init__(
        self,
        *,
        history: History,
        rows: RowChoice,
        access: Access,
        clock: Clock,
        tasks: Tasks,
        changed: Callable[[str], None],
        new_id: Callable[[], str],
        days: int,
    ) -> None:
        self._history = history
        self._rows = rows
        self._access = access
        self._clock = clock
        self._tasks = tasks
        self._changed = changed
        self._new_id = new_id
        self._days = days
        self._lock = threading.Lock()
        self._exports: dict[str, _Export] = {}

    def offers(self, origin: Origin, *, may_manage: bool) -> Offered:  # noqa: ARG002 -- whoever sees the list may look
        return Offered(more=(Action(action_id="history", label=texts.HISTORY),))

    def takes(self, act: UserAct) -> bool:
        if act.action_id == "continue":
            return (act.wait_id or "").startswith(_EXPORT)
        return act.action_id in {"history", FILTER_ACT, EXPORT_ACT, _CANCEL_ACT} or act.action_id.startswith(PAGE_ACT)

    def act(self, origin: Origin, act: UserAct) -> Step:
        self._access.require(origin.user_id, Permission.VIEW)
        asked = Asked.of(act.values)
        match act.action_id:
            case "history":
                return self._show(origin, Asked(connection=act.row_id or ""), is_first=True)
            case "continue":
                return self._go_on(origin, act.wait_id or "")
            case "history_cancel_export":
                return self._cancel(origin, act.wait_id or "")
            case "history_export":
                return self._export(origin, asked)
            case "history_filter":
                return self._show(origin, asked)
            case _:
                typed = act.action_id.removeprefix(PAGE_ACT)
                return self._show(origin, asked, offset=int(typed) if typed.isdecimal() and len(typed) < 10 else 0)

    def close(self) -> None:
        with self._lock:
            under_way = tuple(self._exports.values())
        for export in under_way:
            if export.task is not None:
                export.task.cancel()

    def facts(self, connection: Connection) -> tuple[Fact, ...]:
        """The latest events of an entry, for its details; none where the history cannot be read."""
        try:
            query = HistoryQuery(connection_id=connection.connection_id, kinds=_OUT_OF_THE_ORDINARY)
            found = self._history.find(query, limit=IN_DETAILS)
        except CaptureError:
            return ()
        return history_facts(found)

    def _show(self, origin: Origin, asked: Asked, *, offset: int = 0, is_first: bool = False) -> Step:
        query = asked.query(self._clock.now())
        events = self._history.find(query, offset=offset, limit=PAGE)
        if offset and not events:
            # Wiped meanwhile, or never there.
            offset = 0
            events = self._history.find(query, limit=PAGE)
        return history_dialog(
            Shown(
                asked=asked,
                events=events,
                offset=offset,
                total=max(self._history.count(query), offset + len(events)),
                people=self._history.people(),
                entries=self._entries(origin, asked, events),
                days=self._days,
                is_first=is_first,
            )
        )

    def _entries(self, origin: Origin, asked: Asked, events: tuple[HistoryEvent, ...]) -> tuple[Mentioned, ...]:
        """What may be chosen: the entries spoken of lately, and the chosen one whatever happened to it."""
        found = self._history.mentioned(MOST_ENTRIES)
        chosen = ConnectionId(asked.connection)
        if chosen and all(one.connection_id != chosen for one in found):
            found = (Mentioned(connection_id=chosen, label=self._name(origin, chosen, events)), *found)
        return tuple(sorted(found, key=lambda one: one.label.casefold()))

    def _name(self, origin: Origin, chosen: ConnectionId, events: tuple[HistoryEvent, ...]) -> str:
        try:
            return self._rows.with_id(origin, chosen, Permission.VIEW).display_name
        except ConnectionNotFound:
            return next((event.label for event in events if event.label), "")

    def _export(self, origin: Origin, asked: Asked) -> Step:
        query = asked.query(self._clock.now())
        until = self._clock.monotonic() + _EXPORT_SECONDS
        export = _Export(origin=origin, asked=asked, query=query, total=self._history.count(query), until=until)
        wait_id = f"{_EXPORT}{self._new_id()}"
        with self._lock:
            # Of windows that vanished.
            for left in [name for name, one in self._exports.items() if one.over.is_set()][:-_MOST_LEFT]:
                del self._exports[left]
            self._exports[wait_id] = export
        export.task = self._tasks.start("export history", lambda cancel: self._work(wait_id, export, cancel))
        export.over.wait(_NO_WINDOW_SECONDS)
        return self._go_on(origin, wait_id)

    def _work(self, wait_id: str, export: _Export, cancel: CancelSignal) -> None:
        problem: CaptureError | None = PluginFailed(texts.EXPORT_FAILED, plugin="history")
        try:
            export.text = csv_text(texts.CSV_HEADER, self._rows_of(export, cancel))
            problem = None
        except CaptureError as trouble:
            problem = trouble
        finally:
            export.problem = problem
            export.over.set()
            self._changed(wait_id)

    def _rows_of(self, export: _Export, cancel: CancelSignal) -> list[tuple[str, ...]]:
        rows: dict[str, tuple[str, ...]] = {}
        offset = 0
        while not cancel.is_set():
            some = self._history.find(export.query, offset=offset, limit=_AT_A_TIME)
            # What happens meanwhile comes first and moves the rest on: those are met twice.
            rows.update((event.event_id, csv_row(event)) for event in some)
            offset += len(some)
            export.done = len(rows)
            if len(some) < _AT_A_TIME:
                break
        return list(rows.values())

    def _go_on(self, origin: Origin, wait_id: str) -> Step:
        with self._lock:
            export = self._exports.get(wait_id)
            if export is None or not _is_theirs(export, origin):
                return Close()
            is_over = export.over.is_set()
            if is_over:
                del self._exports[wait_id]
        if not is_over:
            left = export.until - self._clock.monotonic()
            return Wait(
                wait_id=wait_id,
                dialog_id=DIALOG_ID,
                title=texts.EXPORTING_TITLE,
                text=texts.exporting(min(export.done, export.total), export.total),
                seconds_left=max(0.0, left),
                seconds_total=_EXPORT_SECONDS,
                cancel=Action(action_id=_CANCEL_ACT, label=texts.CANCEL),
            )
        if export.problem is not None:
            raise export.problem
        today = self._clock.now()
        return Download(file_name=f"connection-history-{today:%Y-%m-%d}.csv", media_type=MEDIA_TYPE, text=export.text)

    def _cancel(self, origin: Origin, wait_id: str) -> Step:
        with self._lock:
            export = self._exports.get(wait_id)
            if export is None or not _is_theirs(export, origin):
                return Close()
            del self._exports[wait_id]
        if export.task is not None:
            export.task.cancel()
        return self._show(origin, export.asked)


def _is_theirs(export: _Export, origin: Origin) -> bool:
    return (export.origin.user_id, export.origin.window_id) == (origin.user_id, origin.window_id)
