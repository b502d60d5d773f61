"""Which windows open above a tab? Dialogs, and waits with a countdown."""

import time
from collections.abc import Callable, Sequence
from functools import partial

from PySide6 import QtCore, QtWidgets

import hostspec as hs
from desktop_host.form_widgets import FormView, Values, button, copy_button, line_up, note


class Window(QtWidgets.QDialog):
    """A dialog or a wait; another one with its id replaces it in place.

    Args:
        parent: What it opens above.
        send: Takes the acts.
    """

    def __init__(self, parent: QtWidgets.QWidget, send: Callable[[hs.UserAct], None]) -> None:
        super().__init__(parent)
        self.setMinimumWidth(540)
        self.setAttribute(QtCore.Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowModality(QtCore.Qt.WindowModality.WindowModal)
        self.began: str | None = None
        self._drawn: hs.Wait | None = None
        self.form, self._send, self._act = FormView(hs.Form(fields=())), send, hs.UserAct(action_id="")
        self._layout, self._until, self._left = QtWidgets.QVBoxLayout(self), 0.0, QtWidgets.QProgressBar()
        self._tick = QtCore.QTimer(self, interval=1000)
        self._tick.timeout.connect(self._count)

    def show_dialog(self, dialog: hs.Dialog, sent: Values) -> None:
        """Draw a dialog; ``sent`` is what stood here when the answer was asked for."""
        self._act = hs.UserAct(action_id=(dialog.cancel or dialog.primary).action_id, dialog_id=dialog.dialog_id)
        above = [
            note(text, tone) for text, tone in ((dialog.intro, hs.Tone.NEUTRAL), (dialog.problem, hs.Tone.BAD)) if text
        ]
        below = [copy_button("Copy", dialog.copy_text)] if dialog.copy_text else []
        below += [self._button(one) for one in (dialog.cancel, dialog.primary) if one is not None]
        self._show(dialog.title, dialog.form, above, below, sent, dialog.focus)

    def show_wait(self, wait: hs.Wait) -> None:
        """Draw a wait; the countdown goes on by itself, and the plugin is asked every second."""
        self.began, self._until = wait.dialog_id, time.monotonic() + wait.seconds_left
        drawn, self._drawn = self._drawn, wait.model_copy(update={"seconds_left": 0.0})
        if drawn == self._drawn:
            return  # the countdown goes on, and what is typed here stays
        self._act = hs.UserAct(action_id=wait.cancel.action_id, wait_id=wait.wait_id)
        self._left = QtWidgets.QProgressBar(maximum=round(wait.seconds_total))
        above = [note(wait.text), self._left]
        if wait.address:
            link = hs.Link(label=wait.address_label or wait.address, address=wait.address)
            above += [note("", links=(link, *wait.links)), copy_button("Copy the address", wait.address)]
        self._show(wait.title, wait.form, above, [self._button(wait.cancel)], {}, "")
        self._draw_left()
        self._tick.start()

    @property
    def countdown(self) -> str:
        """What the countdown of a wait says; empty for a dialog."""
        return self._left.text()

    def act(self, action_id: str, row_id: str | None = None) -> None:
        self._send(
            self._act.model_copy(update={"action_id": action_id, "row_id": row_id, "values": self.form.values()})
        )

    def reject(self) -> None:
        """Esc, or the window's own close button."""
        self.act(self._act.action_id)

    def _show(
        self,
        title: str,
        form: hs.Form,
        above: Sequence[QtWidgets.QWidget],
        below: Sequence[QtWidgets.QWidget],
        sent: Values,
        focus: str,
    ) -> None:
        had = next((name for name, one in self.form.widgets.items() if one.hasFocus()), "")
        view, inside = FormView(form), QtWidgets.QWidget()
        view.keep_typed(self.form, sent)
        view.pressed.connect(self.act)
        view.changed.connect(self.act)
        stack, row = QtWidgets.QVBoxLayout(inside), QtWidgets.QHBoxLayout()
        for part in (*above, view):
            stack.addWidget(part)
        stack.addLayout(row)
        row.addStretch()
        for part in below:
            row.addWidget(part)
        line_up(self._layout, inside)
        self.form = view
        self.setWindowTitle(title)
        self.open()
        QtCore.QTimer.singleShot(0, self, self._fit)
        if wanted := view.widgets.get(focus or had):
            wanted.setFocus()

    def _fit(self) -> None:
        self.resize(self.width(), self._layout.totalHeightForWidth(self.width()))

    def _button(self, action: hs.Action) -> QtWidgets.QPushButton:
        return button(action.label, partial(self.act, action.action_id), action.disabled_reason, action.primary)

    def _count(self) -> None:
        self._draw_left()
        if self._act.wait_id is not None and self.isVisible():
            self._send(hs.UserAct(action_id="continue", wait_id=self._act.wait_id))

    def _draw_left(self) -> None:
        left = max(0, round(self._until - time.monotonic()))
        self._left.setValue(left)
        self._left.setFormat(f"{left // 60}:{left % 60:02} left")
