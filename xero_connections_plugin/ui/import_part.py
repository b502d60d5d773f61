"""What happens at Import? A file is looked at, agreed to, and taken over."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from hostspec.errors import CaptureError
from hostspec.messages import MessageBox
from hostspec.permissions import Permission
from hostspec.ui import Action, Close, ShowMessage
from hostspec.value import Tone
from xero_connections_plugin.connections.access import connection_subject
from xero_connections_plugin.connections.carrying import Result
from xero_connections_plugin.connections.entry_file import FileRefused, read_entry_file
from xero_connections_plugin.connections.history import Actor, EventKind
from xero_connections_plugin.ui.reached_word import reached_word
from xero_connections_plugin.ui.tab_parts import Offered
from xero_connections_plugin.ui.texts import tab_texts
from xero_connections_plugin.ui.texts import transfer_texts as texts
from xero_connections_plugin.ui.transfer_dialogs import FILE, chosen, import_dialog, plan_dialog, result_dialog

if TYPE_CHECKING:
    from hostspec.providers import Connection
    from hostspec.services import CancelSignal
    from hostspec.ui import Origin, Step, UserAct
    from xero_connections_plugin.connections.carrying import Carried, Carrying
    from xero_connections_plugin.connections.file_findings import Choice, FileLook, Found
    from xero_connections_plugin.ui.part_services import PartServices

_log = logging.getLogger(__name__)

IMPORT: Final = "import-"
"""Begins the ids of its windows."""

MOST_OPEN: Final = 20
"""Imports that are open at a time: windows can vanish without a word."""

MOST_RECORDED: Final = 20
IMPORT_SECONDS: Final = 120.0
LOOKING_SECONDS: Final = 30.0
_ACTS: Final = frozenset({"import", "import_read", "import_confirmed", "import_stop", "import_left"})


@dataclass
class _Import:
    """One file on its way into the list."""

    origin: Origin
    found: tuple[Found, ...]
    begun: bool = False
    done: list[Carried] = field(default_factory=list)


class ImportPart:
    """A ``TabPart``: Import.

    Args:
        services: See the class; long files are taken over beside the caller.
        look: Holds files against the list.
        carrying: Takes files over.
    """

    def __init__(self, services: PartServices, *, look: FileLook, carrying: Carrying) -> None:
        self._services = services
        self._look = look
        self._carrying = carrying
        self._errands = services.errands(texts.IMPORT_FAILED)
        self._lock = threading.Lock()
        self._open: OrderedDict[str, _Import] = OrderedDict()

    def offers(self, origin: Origin, *, may_manage: bool) -> Offered:  # noqa: ARG002 -- the same for every window
        may_not = "" if may_manage else tab_texts.MAY_NOT_MANAGE
        return Offered(more=(Action(action_id="import", label=texts.IMPORT, disabled_reason=may_not),))

    def takes(self, act: UserAct) -> bool:
        if act.action_id == "continue":
            return (act.wait_id or "").startswith(IMPORT)
        return act.action_id in _ACTS

    def act(self, origin: Origin, act: UserAct) -> Step:
        self._services.access.require(origin.user_id, Permission.MANAGE)
        match act.action_id:
            case "import":
                return import_dialog(f"{IMPORT}{self._services.new_id()}")
            case "import_read":
                return self._read(origin, act)
            case "import_confirmed":
                return self._begin(origin, act)
            case "continue":
                return self._errands.go_on(origin, act.wait_id or "")
            case "import_stop":
                return self._errands.stop(origin, act.wait_id or "")
            case _:
                self._forget(act.dialog_id or "")
                return Close()

    def close(self) -> None:
        self._errands.close()

    def _read(self, origin: Origin, act: UserAct) -> Step:
        dialog_id = act.dialog_id or f"{IMPORT}{self._services.new_id()}"
        text = act.values.get(FILE)
        if not isinstance(text, str) or not text:
            return import_dialog(dialog_id, error=texts.FILE_MISSING)
        return self._errands.begin(
            origin,
            dialog_id,
            lambda cancel: self._planned(origin, dialog_id, text, cancel),
            title=texts.LOOKING_TITLE,
            text=lambda: texts.LOOKING,
            stop=Action(action_id="import_stop", label=texts.CANCEL),
            seconds=LOOKING_SECONDS,
        )

    def _planned(self, origin: Origin, dialog_id: str, text: str, cancel: CancelSignal) -> Step:
        try:
            found = self._look.look(read_entry_file(text))
        except FileRefused as refusal:
            return import_dialog(dialog_id, error=str(refusal))
        if cancel.is_set():
            return import_dialog(dialog_id)
        with self._lock:
            self._open[dialog_id] = _Import(origin, found)
            waiting = [one for one, kept in self._open.items() if not kept.begun]
            for oldest in waiting[:-MOST_OPEN]:
                del self._open[oldest]
        return plan_dialog(dialog_id, found, reached_word(self._services.types.all()))

    def _begin(self, origin: Origin, act: UserAct) -> Step:
        dialog_id = act.dialog_id or ""
        opened = self._theirs(origin, dialog_id)
        if opened is None:
            return _gone()
        opened.begun = True
        choices = chosen(opened.found, act.values)
        return self._errands.begin(
            origin,
            dialog_id,
            lambda cancel: self._take_over(dialog_id, opened, choices, cancel),
            title=texts.IMPORTING_TITLE,
            text=lambda: texts.importing(len(opened.done), len(opened.found)),
            stop=Action(action_id="import_stop", label=texts.STOP),
            seconds=IMPORT_SECONDS,
        )

    def _take_over(self, dialog_id: str, opened: _Import, choices: dict[int, Choice], cancel: CancelSignal) -> Step:
        user_id = opened.origin.user_id

        def may_change(connection: Connection) -> bool:
            subject = connection_subject(connection.connection_id, connection.display_name)
            return self._services.access.allows(user_id, Permission.MANAGE, subject)

        problem = ""
        try:
            for part in self._carrying.apply(opened.found, choices, may_change=may_change):
                opened.done.extend(part)
                self._services.changed(dialog_id)
                if cancel.is_set() and len(opened.done) < len(opened.found):
                    problem = texts.STOPPED
                    break
        except CaptureError as trouble:
            # What was taken over before stays, and is told.
            problem = str(trouble)
        finally:
            self._record(opened)
            self._forget(dialog_id)
        return result_dialog(dialog_id, opened.done, problem)

    def _record(self, opened: _Import) -> None:
        actor = Actor.of(opened.origin)
        changed = [one for one in opened.done if one.result in {Result.ADDED, Result.CHANGED}]
        for one in changed[:MOST_RECORDED]:
            self._services.history.record(
                EventKind.IMPORTED, actor=actor, connection=one.connection, text=texts.FROM_FILE
            )
        if changed[MOST_RECORDED:]:
            label = texts.further(len(changed) - MOST_RECORDED)
            self._services.history.record(EventKind.IMPORTED, actor=actor, label=label, text=texts.FROM_FILE)

    def _theirs(self, origin: Origin, dialog_id: str) -> _Import | None:
        with self._lock:
            found = self._open.get(dialog_id)
        if found is None:
            return None
        theirs = found.origin
        return found if (theirs.user_id, theirs.window_id) == (origin.user_id, origin.window_id) else None

    def _forget(self, dialog_id: str) -> None:
        with self._lock:
            self._open.pop(dialog_id, None)


def _gone() -> Step:
    return ShowMessage(message=MessageBox(title=texts.IMPORT_TITLE, text=texts.IMPORT_GONE, tone=Tone.WARNING))
