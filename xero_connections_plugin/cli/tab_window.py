"""How is the tab used from a terminal? Acts are sent and steps are followed, as a window of a host does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hostspec.hosting.form_values import fields_of
from hostspec.hosting.open_windows import OpenDialog, OpenWindows
from hostspec.ui import Close, Download, ShowDialog, ShowMessage, ShowUsage, ShowView, UserAct, Wait
from xero_connections_plugin.cli.command_ends import CommandEnded

if TYPE_CHECKING:
    from collections.abc import Callable

    from hostspec.forms import Field, FieldValue
    from hostspec.messages import MessageBox, MessageButton
    from hostspec.ui import Origin, TabController
    from hostspec.usages import Subject
    from xero_connections_plugin.cli.tab_news import TabNews

LOOK_EVERY: Final = 0.25
"""Real seconds between two looks at what is waited for, unless there are news before."""

Shown = ShowView | ShowDialog | ShowMessage | ShowUsage | Download | Close
"""What an act ends in, once everything was waited for."""


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
        self._windows = OpenWindows()

    @property
    def dialog(self) -> OpenDialog | None:
        """The dialog on top, if one is open."""
        return next(reversed(self._dialogs), None)

    @property
    def _dialogs(self) -> tuple[OpenDialog, ...]:
        return tuple(one for one in self._windows.stack if isinstance(one, OpenDialog))

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
        beneath = self._windows.dialog(message.dialog_id)
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
        for opened in reversed(self._dialogs):
            cancel = opened.dialog.cancel or opened.dialog.primary
            self._windows.close(opened)
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
        # Messages, usages and files are printed, and nothing of them lies open afterwards.
        if not isinstance(step, ShowMessage | ShowUsage | Download):
            self._windows.apply(act, step)


def _id(one: Field) -> str:
    return str(getattr(one, "field_id", ""))


def result_of(step: Shown) -> Subject | None:
    """What a closed dialog came to."""
    return step.result if isinstance(step, Close) else None
