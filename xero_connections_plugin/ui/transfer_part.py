"""What happens at Export and Import? A file is handed out; a file is looked at, agreed to, and taken over."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from hostspec.errors import CaptureError, PluginFailed
from hostspec.messages import MessageBox
from hostspec.permissions import Permission
from hostspec.ui import Action, Close, Download, ShowMessage
from hostspec.value import ConnectionId, Tone
from xero_connections_plugin.connections.access import connection_subject
from xero_connections_plugin.connections.carrying import Result
from xero_connections_plugin.connections.entries import EntryQuery
from xero_connections_plugin.connections.entry_file import FileRefused, read_entry_file, written
from xero_connections_plugin.connections.history import Actor, EventKind
from xero_connections_plugin.ui.tab_parts import Offered
from xero_connections_plugin.ui.texts import tab_texts
from xero_connections_plugin.ui.texts import transfer_texts as texts
from xero_connections_plugin.ui.transfer_dialogs import (
    ALL,
    FILE,
    WHICH,
    chosen,
    export_dialog,
    import_dialog,
    importing_wait,
    plan_dialog,
    result_dialog,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hostspec.providers import Connection
    from hostspec.services import CancelSignal, Clock, TaskHandle, Tasks
    from hostspec.ui import Origin, Step, UserAct
    from xero_connections_plugin.connections.access import Access
    from xero_connections_plugin.connections.carrying import Carried, Carrying
    from xero_connections_plugin.connections.entries import EntryStore
    from xero_connections_plugin.connections.file_findings import Choice, FileLook, Found
    from xero_connections_plugin.connections.history import History
    from xero_connections_plugin.ui.row_choice import RowChoice

_log = logging.getLogger(__name__)

IMPORT: Final = "import-"
"""Begins the ids of the windows of an import."""

EXPORT: Final = "export"
MOST_OPEN: Final = 20
"""Imports that are open at a time: windows can vanish without a word."""

MOST_RECORDED: Final = 20
IMPORT_SECONDS: Final = 120.0
_NO_WINDOW_SECONDS: Final = 0.4


@dataclass
class _Import:
    """One file on its way into the list."""

    origin: Origin
    found: tuple[Found, ...]
    until: float = 0.0
    begun: bool = False
    over: threading.Event = field(default_factory=threading.Event)
    done: list[Carried] = field(default_factory=list)
    problem: str = ""
    task: TaskHandle | None = None


class TransferPart:
    """A ``TabPart``: Export and Import.

    Args:
        entries: The list.
        look: Holds files against it.
        carrying: Writes files and takes them over.
        rows: Finds the chosen entry.
        access: Who may.
        history: Hears what was done.
        clock: Time.
        tasks: Takes long files over, beside the caller.
        changed: Called with a wait id when its wait has news.
        new_id: Makes ids of windows.
    """

    def __init__(
        self,
        *,
        entries: EntryStore,
        look: FileLook,
        carrying: Carrying,
        rows: RowChoice,
        access: Access,
        history: History,
        clock: Clock,
        tasks: Tasks,
        changed: Callable[[str], None],
        new_id: Callable[[], str],
    ) -> None:
        self._entries = entries
        self._look = look
        self._carrying = carrying
        self._rows = rows
        self._access = access
        self._history = history
        self._clock = clock
        self._tasks = tasks
        self._changed = changed
        self._new_id = new_id
        self._lock = threading.Lock()
        self._open: OrderedDict[str, _Import] = OrderedDict()

    def offers(self, origin: Origin, *, may_manage: bool) -> Offered:  # noqa: ARG002 -- the same for every window
        may_not = "" if may_manage else tab_texts.MAY_NOT_MANAGE
        return Offered(
            more=(
                Action(action_id="export", label=texts.EXPORT),
                Action(action_id="import", label=texts.IMPORT, disabled_reason=may_not),
            )
        )

    def takes(self, act: UserAct) -> bool:
        if act.action_id == "continue":
            return (act.wait_id or "").startswith(IMPORT)
        return act.action_id in {"export", "export_confirmed", "import"} or act.action_id.startswith("import_")

    def act(self, origin: Origin, act: UserAct) -> Step:
        if act.action_id in {"export", "export_confirmed"}:
            self._access.require(origin.user_id, Permission.VIEW)
            return self._ask_export(origin, act) if act.action_id == "export" else self._export(origin, act)
        self._access.require(origin.user_id, Permission.MANAGE)
        match act.action_id:
            case "import":
                return import_dialog(f"{IMPORT}{self._new_id()}")
            case "import_read":
                return self._read(origin, act)
            case "import_confirmed":
                return self._begin(origin, act)
            case "continue" | "import_stop":
                return self._go_on(origin, act)
            case _:
                self._forget(act.dialog_id or "")
                return Close()

    def close(self) -> None:
        with self._lock:
            running = [one.task for one in self._open.values() if one.task is not None]
        for task in running:
            task.cancel()

    def _ask_export(self, origin: Origin, act: UserAct) -> Step:
        selected = self._rows.of(origin, act, Permission.VIEW) if act.row_id else None
        everything = self._entries.find(EntryQuery())
        file, left_out = self._carrying.write(everything)
        if selected in left_out:
            selected = None
        return export_dialog(EXPORT, len(file.connections), selected, left_out)

    def _export(self, origin: Origin, act: UserAct) -> Step:
        which = act.values.get(WHICH)
        if isinstance(which, str) and which not in {"", ALL}:
            some: Sequence[Connection] = (self._rows.with_id(origin, ConnectionId(which), Permission.VIEW),)
        else:
            some = self._entries.find(EntryQuery())
        file, _ = self._carrying.write(some)
        today = self._clock.now()
        only = some[0] if len(some) == 1 and which != ALL else None
        self._history.record(
            EventKind.EXPORTED,
            actor=Actor.of(origin),
            connection=only,
            label="" if only else texts.all_of_them(len(file.connections)),
            text=texts.exported(len(file.connections)),
        )
        return Download(
            file_name=f"connections-{today:%Y-%m-%d}.json", media_type="application/json", text=written(file)
        )

    def _read(self, origin: Origin, act: UserAct) -> Step:
        dialog_id = act.dialog_id or f"{IMPORT}{self._new_id()}"
        text = act.values.get(FILE)
        if not isinstance(text, str) or not text:
            return import_dialog(dialog_id, error=texts.FILE_MISSING)
        try:
            found = self._look.look(read_entry_file(text))
        except FileRefused as refusal:
            return import_dialog(dialog_id, error=str(refusal))
        with self._lock:
            self._open[dialog_id] = _Import(origin, found)
            waiting = [one for one, kept in self._open.items() if not kept.begun]
            for oldest in waiting[:-MOST_OPEN]:
                del self._open[oldest]
        return plan_dialog(dialog_id, found)

    def _begin(self, origin: Origin, act: UserAct) -> Step:
        dialog_id = act.dialog_id or ""
        opened = self._theirs(origin, dialog_id)
        if opened is None:
            return _gone()
        with self._lock:
            is_first, opened.begun = not opened.begun, True
        if is_first:
            choices = chosen(opened.found, act.values)
            opened.until = self._clock.monotonic() + IMPORT_SECONDS
            opened.task = self._tasks.start(
                "import connections", lambda cancel: self._work(dialog_id, opened, choices, cancel)
            )
        opened.over.wait(_NO_WINDOW_SECONDS)
        return self._told(dialog_id, opened)

    def _go_on(self, origin: Origin, act: UserAct) -> Step:
        dialog_id = act.wait_id or ""
        opened = self._theirs(origin, dialog_id)
        if opened is None:
            return Close()
        if act.action_id == "import_stop" and opened.task is not None:
            opened.task.cancel()
            opened.over.wait(_NO_WINDOW_SECONDS)
        return self._told(dialog_id, opened)

    def _told(self, dialog_id: str, opened: _Import) -> Step:
        if opened.over.is_set():
            self._forget(dialog_id)
            return result_dialog(dialog_id, opened.done, opened.problem)
        left = opened.until - self._clock.monotonic()
        return importing_wait(dialog_id, dialog_id, len(opened.done), len(opened.found), left, IMPORT_SECONDS)

    def _work(self, wait_id: str, opened: _Import, choices: dict[int, Choice], cancel: CancelSignal) -> None:
        user_id = opened.origin.user_id

        def may_change(connection: Connection) -> bool:
            subject = connection_subject(connection.connection_id, connection.display_name)
            return self._access.allows(user_id, Permission.MANAGE, subject)

        problem: str = str(PluginFailed(texts.IMPORT_FAILED, plugin=""))
        try:
            for part in self._carrying.apply(opened.found, choices, may_change=may_change):
                opened.done.extend(part)
                self._changed(wait_id)
                if cancel.is_set() and len(opened.done) < len(opened.found):
                    problem = texts.STOPPED
                    return
            problem = ""
        except CaptureError as trouble:
            problem = str(trouble)
        finally:
            opened.problem = problem
            self._record(opened)
            opened.over.set()
            self._changed(wait_id)

    def _record(self, opened: _Import) -> None:
        actor = Actor.of(opened.origin)
        changed = [one for one in opened.done if one.result in {Result.ADDED, Result.CHANGED}]
        for one in changed[:MOST_RECORDED]:
            self._history.record(EventKind.IMPORTED, actor=actor, connection=one.connection, text=texts.FROM_FILE)
        if changed[MOST_RECORDED:]:
            label = texts.further(len(changed) - MOST_RECORDED)
            self._history.record(EventKind.IMPORTED, actor=actor, label=label, text=texts.FROM_FILE)

    def _theirs(self, origin: Origin, dialog_id: str) -> _Import | None:
        with self._lock:
            found = self._open.get(dialog_id)
        if found is None:
            return None
        theirs = found.origin
        return found if (theirs.user_id, theirs.window_id) == (origin.user_id, origin.window_id) else None

    def _forget(self, dialog_id: str) -> None:
        with self._lock:
            opened = self._open.get(dialog_id)
            # Its window may be closed while it goes on.
            if opened is not None and (not opened.begun or opened.over.is_set()):
                del self._open[dialog_id]


def _gone() -> Step:
    return ShowMessage(message=MessageBox(title=texts.IMPORT_TITLE, text=texts.IMPORT_GONE, tone=Tone.WARNING))
