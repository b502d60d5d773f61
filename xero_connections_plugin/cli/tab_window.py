"""How is the tab used from a terminal? Acts are sent and steps are followed, as a window of a host does."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, assert_never

from pydantic import SecretStr

from hostspec.forms import (
    ActionField,
    CheckField,
    ChoiceField,
    CopyableField,
    FactsField,
    FileField,
    ListField,
    NoteField,
    NumberField,
    SecretField,
    Section,
    TableField,
    TextField,
)
from hostspec.ui import Close, Download, ShowDialog, ShowMessage, ShowUsage, ShowView, UserAct, Wait
from xero_connections_plugin.cli.command_ends import CommandEnded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from hostspec.forms import Field, FieldValue, Form
    from hostspec.messages import MessageBox, MessageButton
    from hostspec.ui import Dialog, Origin, TabController
    from hostspec.usages import Subject
    from xero_connections_plugin.cli.tab_news import TabNews

LOOK_EVERY: Final = 0.25
"""Real seconds between two looks at what is waited for, unless there are news before."""

Shown = ShowView | ShowDialog | ShowMessage | ShowUsage | Download | Close
"""What an act ends in, once everything was waited for."""


def fields_of(form: Form) -> Iterator[Field]:
    """Every field from top to bottom, those in sections after the section."""
    pending = list(form.fields)
    while pending:
        one = pending.pop(0)
        yield one
        if isinstance(one, Section):
            pending = [*one.fields, *pending]


def first_values(form: Form) -> dict[str, FieldValue]:
    """What the fields of an untouched form hold; disabled and folded ones included."""
    values: dict[str, FieldValue] = {}
    for one in fields_of(form):
        match one:
            case TextField() | ChoiceField() | CheckField() | ListField():
                values[one.field_id] = one.value
            case NumberField():
                values[one.field_id] = one.shown or one.value
            case SecretField():
                values[one.field_id] = SecretStr("")
            case FileField():
                values[one.field_id] = ""
            case TableField():
                if one.tickable:
                    values[one.field_id] = one.value
            case CopyableField() | FactsField() | NoteField() | ActionField() | Section():
                pass
            case _:
                assert_never(one)
    return values


@dataclass
class OpenDialog:
    """A dialog with what its fields hold now."""

    dialog: Dialog
    values: dict[str, FieldValue] = field(repr=False)


class TabWindow:
    """One window of the console on the tab.

    Args:
        controller: Behind the tab.
        origin: Who acts.
        news: Wakes it while it waits.
        waiting: Called with each state of a wait; may answer with an act to send instead of going on waiting.
    """

    def __init__(
        self,
        controller: TabController,
        origin: Origin,
        news: TabNews,
        waiting: Callable[[Wait], UserAct | None] = lambda _: None,
    ) -> None:
        self._controller = controller
        self.origin = origin
        self._news = news
        self._waiting = waiting
        self._open: dict[str, OpenDialog] = {}

    @property
    def dialog(self) -> OpenDialog | None:
        """The dialog on top, if one is open."""
        return next(reversed(self._open.values()), None)

    def press(self, action_id: str, *, row_id: str | None = None) -> Shown:
        """Press a button of the dialog on top, or of the tab while none is open.

        Raises:
            CaptureError: What the act raised; a dialog stays open.
        """
        top = self.dialog
        if top is None:
            return self.send(UserAct(action_id=action_id, row_id=row_id))
        return self.send(
            UserAct(action_id=action_id, row_id=row_id, dialog_id=top.dialog.dialog_id, values=dict(top.values))
        )

    def answer(self, message: MessageBox, button: MessageButton) -> Shown | None:
        """Press a button of a message box; ``None`` where it only closes the box.

        Raises:
            CaptureError: What the act raised.
        """
        if button.action_id is None:
            return None
        beneath = self._open.get(message.dialog_id or "")
        return self.send(
            UserAct(
                action_id=button.action_id,
                row_id=message.row_id,
                dialog_id=message.dialog_id,
                values=dict(beneath.values) if beneath is not None else {},
            )
        )

    def send(self, act: UserAct) -> Shown:
        """Send an act, and wait until something came of it. Ctrl-C presses the waiting window's Cancel.

        Raises:
            CaptureError: What the act, or what was waited for, raised.
            KeyboardInterrupt: It was canceled while something was waited for.
            CommandEnded: Nobody is there who could give what is waited for; it was canceled as well.
        """
        step = self._controller.act(self.origin, act)
        while isinstance(step, Wait):
            wait, next_act = step, UserAct(action_id="continue", wait_id=step.wait_id)
            try:
                next_act = self._waiting(wait) or next_act
                if next_act.action_id == "continue":
                    self._news.wait(LOOK_EVERY)
            except (KeyboardInterrupt, CommandEnded):
                self._leave(wait)
                raise
            step = self._controller.act(self.origin, next_act)
            if not isinstance(step, Wait):
                # What a waiting window ends in concerns the dialog that began the wait.
                act = act.model_copy(update={"dialog_id": act.dialog_id or wait.dialog_id})
        self._apply(act, step)
        return step

    def set(self, field_id: str, value: FieldValue) -> None:
        """Fill in a field of the dialog on top; the host's ``on_change`` is sent where it names one.

        Raises:
            CaptureError: What the act raised.
        """
        top = self.dialog
        if top is None:
            raise LookupError("no dialog is open")
        top.values[field_id] = value
        changed = next(
            (getattr(one, "on_change", None) for one in fields_of(top.dialog.form) if _id(one) == field_id), ""
        )
        if changed:
            self.press(changed)

    def leave(self) -> None:
        """Close what is open, as its Cancel buttons do; what was begun and not saved is discarded."""
        for opened in list(reversed(self._open.values())):
            cancel = opened.dialog.cancel or opened.dialog.primary
            self._open.pop(opened.dialog.dialog_id, None)
            act = UserAct(action_id=cancel.action_id, dialog_id=opened.dialog.dialog_id, values=dict(opened.values))
            step = self._controller.act(self.origin, act)
            if isinstance(step, ShowMessage):
                # Asks whether what was typed may go; the button with the act says yes.
                said = next((one for one in step.message.buttons if one.action_id is not None), None)
                if said is not None:
                    self._controller.act(self.origin, act.model_copy(update={"action_id": said.action_id}))

    def _leave(self, wait: Wait) -> None:
        self._controller.act(self.origin, UserAct(action_id=wait.cancel.action_id, wait_id=wait.wait_id))

    def _apply(self, act: UserAct, step: Shown) -> None:
        match step:
            case ShowView():
                self._open.clear()
            case ShowDialog(dialog=dialog):
                known = self._open.get(dialog.dialog_id)
                values = first_values(dialog.form)
                if known is None:
                    self._open[dialog.dialog_id] = OpenDialog(dialog, values)
                else:
                    kept = _files(dialog.form) & _files(known.dialog.form)
                    values.update({name: known.values[name] for name in kept})
                    known.dialog, known.values = dialog, values
            case Close():
                self._open.pop(act.dialog_id or "", None)
            case ShowMessage() | ShowUsage() | Download():
                pass
            case _:
                assert_never(step)


def _id(one: Field) -> str:
    return str(getattr(one, "field_id", ""))


def _files(form: Form) -> set[str]:
    return {one.field_id for one in fields_of(form) if isinstance(one, FileField)}


def result_of(step: Shown) -> Subject | None:
    """What a closed dialog came to."""
    return step.result if isinstance(step, Close) else None
