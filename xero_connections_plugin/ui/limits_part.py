"""What happens around "Calls and links"? The other side is asked beside the user interface, and links are ended."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hostspec.errors import CaptureError, ConnectionProblem
from hostspec.forms import Form, NoteField, TableField
from hostspec.messages import MessageBox, MessageButton
from hostspec.permissions import Permission
from hostspec.provider_skills import Limited
from hostspec.ui import Action, Close, Dialog, ShowDialog, ShowMessage
from hostspec.value import Tone
from xero_connections_plugin.connections.history import Actor, EventKind
from xero_connections_plugin.ui.tab_parts import Offered
from xero_connections_plugin.ui.texts import limits_texts as texts
from xero_connections_plugin.ui.texts import tab_texts

if TYPE_CHECKING:
    from hostspec.forms import Field
    from hostspec.providers import Connection
    from hostspec.services import CancelSignal
    from hostspec.ui import Origin, Step, UserAct
    from hostspec.value import TypeId
    from xero_connections_plugin.ui.part_services import PartServices

_log = logging.getLogger(__name__)

OPEN_ACT: Final = "limits"
END_ACT: Final = "end_link"
LIMITS: Final = "limits-"
"""Begins the ids of its windows."""

ASKING_SECONDS: Final = 180.0
"""Fifty sign-ins, of which the last are slow."""

_AGAIN_ACT: Final = "limits_again"
_AGREED_ACT: Final = "end_link_agreed"
_LEAVE_ACT: Final = "leave_limits"
_MOST_OPEN: Final = 200
"""Dialogs that are remembered; windows can vanish without a word."""


@dataclass
class _Look:
    """One dialog, and what was found out for it last."""

    origin: Origin
    type_id: TypeId
    selected: Connection | None
    form: Form | None = None


class LimitsPart:
    """A ``TabPart``: what is left at the other side, behind More. Any thread may call.

    Args:
        services: See the class; the other side is asked beside the caller.
    """

    def __init__(self, services: PartServices) -> None:
        self._services = services
        self._errands = services.errands(texts.FAILED)
        self._lock = threading.Lock()
        self._looks: dict[str, _Look] = {}

    def offers(self, origin: Origin, *, may_manage: bool) -> Offered:  # noqa: ARG002 -- the same for everyone
        limited = any(isinstance(found.provider, Limited) for found in self._services.types.all())
        return Offered(more=(Action(action_id=OPEN_ACT, label=texts.LIMITS),) if limited else ())

    def takes(self, act: UserAct) -> bool:
        if act.action_id == OPEN_ACT:
            return True
        return (act.dialog_id or act.wait_id or "").startswith(LIMITS)

    def act(self, origin: Origin, act: UserAct) -> Step:
        if act.action_id == OPEN_ACT:
            return self._open(origin, act)
        dialog_id = act.dialog_id or act.wait_id or ""
        look = self._of(origin, dialog_id)
        if look is None:
            if act.action_id in {"dismiss", "continue", _LEAVE_ACT}:
                return Close()
            raise ConnectionProblem(texts.NOT_YOURS, code="WINDOW_GONE")
        match act.action_id:
            case "dismiss":
                self._forget(dialog_id)
                return Close()
            case "continue":
                return self._errands.go_on(origin, dialog_id)
            case "leave_limits":
                self._forget(dialog_id)
                return self._errands.leave(origin, dialog_id)
            case "limits_again":
                return self._begin(dialog_id, look, "")
            case "end_link":
                self._services.access.require(origin.user_id, Permission.MANAGE)
                return _question(dialog_id, look, act.row_id or "", self._limited(look).end_question(act.row_id or ""))
            case "end_link_agreed":
                self._services.access.require(origin.user_id, Permission.MANAGE)
                return self._begin(dialog_id, look, act.row_id or "")
            case _:
                return Close()

    def close(self) -> None:
        """Nobody waits any more."""
        self._errands.close()

    def _open(self, origin: Origin, act: UserAct) -> Step:
        selected = self._services.rows.of(origin, act, Permission.VIEW) if act.row_id else None
        self._services.access.require(origin.user_id, Permission.VIEW)
        limited = [found.type_id for found in self._services.types.all() if isinstance(found.provider, Limited)]
        if selected is not None and selected.type_id not in limited:
            selected = None
        if not limited:
            raise ConnectionProblem(texts.NOTHING_LIMITED, code="NOTHING_LIMITED")
        dialog_id = f"{LIMITS}{self._services.new_id()}"
        look = _Look(origin, selected.type_id if selected is not None else limited[0], selected)
        with self._lock:
            if len(self._looks) >= _MOST_OPEN:
                del self._looks[next(iter(self._looks))]
            self._looks[dialog_id] = look
        return self._begin(dialog_id, look, "")

    def _begin(self, dialog_id: str, look: _Look, ended: str) -> Step:
        return self._errands.begin(
            look.origin,
            dialog_id,
            lambda cancel: self._find_out(dialog_id, look, ended, cancel),
            title=texts.WAIT_TITLE,
            text=lambda: texts.ENDING_TEXT if ended else texts.WAIT_TEXT,
            stop=Action(action_id=_LEAVE_ACT, label=texts.CANCEL),
            seconds=ASKING_SECONDS,
        )

    def _find_out(self, dialog_id: str, look: _Look, ended: str, cancel: CancelSignal) -> Step:
        limited = self._limited(look)
        said = ""
        if ended:
            said = limited.end(ended)
            self._services.history.record(
                EventKind.UNLINKED, actor=Actor.of(look.origin), connection=look.selected, passed=True, text=said
            )
        try:
            look.form = limited.limits(look.selected, lambda: not cancel.is_set())
        except Exception as trouble:
            if not ended:
                raise
            # What was ended has ended, whatever can be found out about the rest.
            look.form = None
            return _dialog(dialog_id, _not_known(trouble), said, may_manage=True)
        may_manage = self._services.access.allows(look.origin.user_id, Permission.MANAGE)
        return _dialog(dialog_id, look.form, said, may_manage=may_manage)

    def _limited(self, look: _Look) -> Limited:
        provider = self._services.types.provider(look.type_id)
        if not isinstance(provider, Limited):
            raise ConnectionProblem(texts.NOTHING_LIMITED, code="NOTHING_LIMITED")
        return provider

    def _of(self, origin: Origin, dialog_id: str) -> _Look | None:
        with self._lock:
            look = self._looks.get(dialog_id)
        if look is None or (look.origin.user_id, look.origin.window_id) != (origin.user_id, origin.window_id):
            return None
        return look

    def _forget(self, dialog_id: str) -> None:
        with self._lock:
            self._looks.pop(dialog_id, None)


def _dialog(dialog_id: str, form: Form, said: str, *, may_manage: bool) -> ShowDialog:
    told: tuple[Field, ...] = (NoteField(text=said, tone=Tone.GOOD),) if said else ()
    fields = form.fields if may_manage else tuple(_without_buttons(one) for one in form.fields)
    return ShowDialog(
        dialog=Dialog(
            dialog_id=dialog_id,
            title=texts.LIMITS,
            form=Form(fields=(*told, *fields)),
            primary=Action(action_id=_AGAIN_ACT, label=texts.REFRESH),
            cancel=Action(action_id="dismiss", label=texts.CLOSE),
        )
    )


def _not_known(trouble: Exception) -> Form:
    if isinstance(trouble, CaptureError):
        return Form(fields=(NoteField(text=texts.rest_not_known(str(trouble)), tone=Tone.WARNING),))
    # Its words may hold a secret.
    _log.error("What is left at the other side was not found out: %s", type(trouble).__name__)
    return Form(fields=(NoteField(text=texts.REST_NOT_KNOWN, tone=Tone.WARNING),))


def _without_buttons(one: Field) -> Field:
    if not isinstance(one, TableField):
        return one
    rows = tuple(
        row.model_copy(
            update={"repair": row.repair.model_copy(update={"disabled_reason": tab_texts.MAY_NOT_MANAGE})}
            if row.repair is not None
            else {}
        )
        for row in one.rows
    )
    return one.model_copy(update={"rows": rows})


def _question(dialog_id: str, look: _Look, row_id: str, text: str) -> ShowMessage:
    fields = look.form.fields if look.form is not None else ()
    tables = (one for one in fields if isinstance(one, TableField))
    row = next((row for table in tables for row in table.rows if row.row_id == row_id), None)
    label = row.repair.label if row is not None and row.repair is not None else texts.END
    return ShowMessage(
        message=MessageBox(
            title=texts.question_title(label, row.label if row is not None else ""),
            text=text,
            tone=Tone.WARNING,
            row_id=row_id,
            dialog_id=dialog_id,
            buttons=(
                MessageButton(label=texts.CANCEL, primary=True),
                MessageButton(label=label, action_id=_AGREED_ACT, destructive=True),
            ),
        )
    )
