"""Which windows open above a tab? Dialogs, messages, and waits with a countdown; all are drawn alike."""

import time
from collections.abc import Iterable
from functools import partial
from typing import assert_never

from PySide6 import QtCore, QtWidgets

import hostspec as hs
from desktop_host.form_widgets import FormView, Values, button, line_up

ROLES = QtWidgets.QDialogButtonBox.ButtonRole
Opening = hs.ShowDialog | hs.ShowMessage | hs.Wait


def name_of(step: Opening) -> str:
    """A step of the same name replaces the window in place."""
    match step:
        case hs.ShowDialog(dialog=dialog):
            return f"dialog {dialog.dialog_id}"
        case hs.ShowMessage(message=message):
            return f"message {message.title}"
        case hs.Wait():
            return f"wait {step.wait_id}"
        case _:
            assert_never(step)


class Window(QtWidgets.QDialog):
    """Fields and buttons; ``acted`` tells what a person does."""

    acted = QtCore.Signal(object)

    def __init__(self, parent: QtWidgets.QWidget) -> None:
        super().__init__(parent)
        self.setMinimumWidth(620)
        self.setWindowModality(QtCore.Qt.WindowModality.WindowModal)
        self.setAttribute(QtCore.Qt.WidgetAttribute.WA_DeleteOnClose)
        self.form, self._escape, self._until = FormView(()), hs.UserAct(action_id=""), 0.0
        self._waits: hs.Wait | None = None
        self.countdown, self._area, self._buttons = (
            QtWidgets.QProgressBar(),
            QtWidgets.QScrollArea(),
            QtWidgets.QHBoxLayout(),
        )
        self._area.setWidget(self.form)  # a widget of nobody's would be freed by Python, in whichever thread
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QtWidgets.QFrame.Shape.NoFrame)
        layout = QtWidgets.QVBoxLayout(self)
        layout.addWidget(self.countdown)
        layout.addWidget(self._area)
        layout.addLayout(self._buttons)
        self.countdown.hide()
        self._tick = QtCore.QTimer(self, interval=1000)
        self._tick.timeout.connect(self._count)

    def draw(self, step: Opening, sent: Values | None) -> None:
        """Show this; ``sent`` is what stood here when the answer was asked for, ``None`` where that was not told."""
        match step:
            case hs.ShowDialog(dialog=one):
                said = [hs.NoteField(text=one.intro), hs.NoteField(text=one.problem, tone=hs.Tone.BAD)]
                said += [hs.NoteField(text="", copy_texts=(one.copy_text,))] if one.copy_text else []
                self._escape = hs.UserAct(action_id=(one.cancel or one.primary).action_id, dialog_id=one.dialog_id)
                self._show(
                    one.title, [*said, *one.form.fields], filter(None, (one.primary, one.cancel)), sent, one.focus
                )
            case hs.ShowMessage(message=box):
                leave = next((one.action_id for one in box.buttons if one.action_id is None), box.buttons[0].action_id)
                self._escape = hs.UserAct(action_id=leave or "", dialog_id=box.dialog_id, row_id=box.row_id)
                buttons = [
                    hs.Action(action_id=one.action_id or "", label=one.label, primary=one.primary)
                    for one in box.buttons
                ]
                self._show(box.title, [hs.NoteField(text=box.text, tone=box.tone)], buttons, sent)
            case hs.Wait():
                self._until, timeless = (
                    time.monotonic() + step.seconds_left,
                    step.model_copy(update={"seconds_left": 0.0}),
                )
                if timeless == self._waits:
                    return  # the countdown goes on by itself
                self._waits = timeless
                link = hs.Link(label=step.address_label or step.address, address=step.address)
                said = [hs.NoteField(text=step.text, links=(*((link,) if step.address else ()), *step.links))]
                said += [hs.NoteField(text="", copy_texts=(step.address,))] if step.address else []
                self._escape = hs.UserAct(action_id=step.cancel.action_id, wait_id=step.wait_id)
                self._show(step.title, [*said, *step.form.fields], (step.cancel,), sent)
                self.countdown.setMaximum(round(step.seconds_total))
                self.countdown.show()
                self._draw_left()
                self._tick.start()
            case _:
                assert_never(step)

    @property
    def began(self) -> str | None:
        """The dialog that began the wait."""
        return self._waits.dialog_id if self._waits is not None else None

    def act(self, action_id: str, row_id: str | None = None) -> None:
        done = {"action_id": action_id, "row_id": row_id or self._escape.row_id, "values": self.form.values()}
        self.acted.emit(self._escape.model_copy(update=done))

    def reject(self) -> None:
        """Esc, or the window's own close button."""
        self.act(self._escape.action_id)

    def _show(
        self,
        title: str,
        fields: Iterable[hs.Field],
        buttons: Iterable[hs.Action],
        sent: Values | None,
        focus: str = "",
    ) -> None:
        self.setWindowTitle(title)
        self.form = FormView(fields, self.form, sent)
        self.form.pressed.connect(self.act)
        self._area.setWidget(self.form)
        box = QtWidgets.QDialogButtonBox()
        for one in buttons:
            shown = button(one.label, partial(self.act, one.action_id), one.disabled_reason, one.primary)
            box.addButton(shown, ROLES.AcceptRole if one.primary else ROLES.RejectRole)
        line_up(self._buttons, box)
        self.open()
        self.form.take_focus(focus)
        QtCore.QTimer.singleShot(0, self, self._fit)

    def _fit(self) -> None:
        """Windows grow with what stands in them, up to most of the screen, and never shrink."""
        needed = self.form.heightForWidth(self._area.viewport().width())
        most = self.screen().availableGeometry().height() * 3 // 4
        self._area.setMinimumHeight(max(self._area.minimumHeight(), min(needed, most)))
        self.resize(self.width(), self.minimumSizeHint().height())

    def _count(self) -> None:
        self._draw_left()
        self.acted.emit(hs.UserAct(action_id="continue", wait_id=self._escape.wait_id))

    def _draw_left(self) -> None:
        left = max(0, round(self._until - time.monotonic()))
        self.countdown.setValue(left)
        self.countdown.setFormat(f"{left // 60}:{left % 60:02} left")
