"""How is a tab drawn? What happens after each act is settled by ``hostspec.hosting.OpenTab``."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6 import QtCore, QtWidgets

import hostspec as hs
from desktop_host.form_view import FormView, RowList, button, exact
from desktop_host.host import OWNER, Host
from hostspec import hosting

ROLES = QtWidgets.QDialogButtonBox.ButtonRole
AT_DESK = hs.Origin(user_id=OWNER, user_name="You", window_id="desktop", is_local=True)


class Window(QtWidgets.QDialog):
    """One window above a tab."""

    def __init__(self, tab: hosting.OpenTab, window: hosting.FormWindow, parent: QtWidgets.QWidget) -> None:
        super().__init__(parent)
        self.setMinimumWidth(620)
        self.setWindowModality(QtCore.Qt.WindowModality.WindowModal)
        self.setAttribute(QtCore.Qt.WidgetAttribute.WA_DeleteOnClose)
        self._window, self._shown = window, hosting.WindowForm(title="", fields=(), buttons=())
        self.form, self.countdown, self._buttons = FormView(), QtWidgets.QProgressBar(), QtWidgets.QDialogButtonBox()
        self.form.acted.connect(partial(tab.act, window))
        self._area = QtWidgets.QScrollArea(widgetResizable=True)
        self._area.setFrameShape(QtWidgets.QFrame.Shape.NoFrame)
        self._area.setWidget(self.form)
        layout = QtWidgets.QVBoxLayout(self)
        for part in (self.countdown, self._area, self._buttons):
            layout.addWidget(part)

    def draw(self) -> None:
        """Show what the window holds by now."""
        fresh = hosting.form_of(self._window)
        left = round(fresh.seconds_left or 0.0)
        self.countdown.setVisible(fresh.seconds_left is not None)
        self.countdown.setMaximum(round(fresh.seconds_total) or 1)
        self.countdown.setValue(left)
        self.countdown.setFormat(f"{left // 60}:{left % 60:02} left")
        if fresh == self._shown and fresh.values == self.form.values():
            return  # only time has passed
        self._shown = fresh
        self.setWindowTitle(fresh.title)
        self._buttons.clear()
        for one in fresh.buttons:
            shown = button(one.label, partial(self.form.act, one.action_id), one.disabled_reason, one.primary)
            self._buttons.addButton(shown, ROLES.AcceptRole if one.primary else ROLES.RejectRole)
        self.open()
        self.form.draw(fresh.fields, fresh.values, fresh.focus)
        QtCore.QTimer.singleShot(0, self, self._fit)

    def reject(self) -> None:
        """Esc, or the window's own close button."""
        if self._shown.escape is not None:
            self.form.act(self._shown.escape)

    def _fit(self) -> None:
        """Windows grow with what stands in them, up to most of the screen, and never shrink."""
        wrapped = self.form.heightForWidth(self._area.viewport().width())
        needed = wrapped if wrapped > 0 else self.form.sizeHint().height()
        most = self.screen().availableGeometry().height() * 3 // 4
        self._area.setMinimumHeight(max(self._area.minimumHeight(), min(needed, most)))
        self.resize(self.width(), self.minimumSizeHint().height())


class TabPage(QtWidgets.QWidget):
    """A tab that a plugin describes; ``windows`` are those open above it, the last one on top."""

    def __init__(self, host: Host, tab: hs.Tab) -> None:
        super().__init__()
        self.say, self.questions = host.notified.emit, host.questions
        self.tab = hosting.OpenTab(tab, host.services, AT_DESK, self, host.questions)
        self.windows: dict[hosting.FormWindow, Window] = {}
        self.choose_path: Callable[[str], tuple[str, str]] = partial(
            QtWidgets.QFileDialog.getSaveFileName, self, "Save"
        )
        self._bar, self.table, self._paging = QtWidgets.QToolBar(), RowList(), QtWidgets.QToolBar()
        self.form, self._beneath = FormView(), FormView()
        layout = QtWidgets.QVBoxLayout(self)
        for part in (self._bar, self.form, self.table, self._beneath, self._paging):
            layout.addWidget(part)
        for form in (self.form, self._beneath):
            form.acted.connect(partial(self.tab.act, None))
        self._more = QtWidgets.QMenu("More", self, toolTipsVisible=True)
        self.table.header().setSectionsClickable(True)
        self.table.header().sectionClicked.connect(self._sort)
        self.table.itemSelectionChanged.connect(self._select)
        host.tab_changed.connect(self.tab.hear)
        second = QtCore.QTimer(self, interval=1000)
        second.timeout.connect(self.tab.pass_time)
        second.start()
        self.tab.draw()

    def show_view(self) -> None:
        view, selected = self.tab.view, self.tab.selected
        self._bar.clear()
        self._more.clear()
        for place, actions in ((self._bar, view.actions), (self._more, view.more)):
            for one in actions:
                shown = place.addAction(one.label.replace("&", "&&"), partial(self.tab.press, one))
                shown.setEnabled(not one.disabled_reason)
                shown.setToolTip(exact(one.disabled_reason or one.needs_row))
        if view.more:
            self._bar.addAction(self._more.menuAction())
        self.form.draw(self.tab.fields, self.tab.values)
        self.table.setVisible(view.table is not None and view.empty is None)
        self._paging.setVisible(self.table.isVisibleTo(self))
        if view.table is None:
            return
        self.table.draw(view.table.columns, view.table.rows)
        if selected in self.table.lines:
            self.table.lines[selected].setSelected(True)
        self._select()
        self._paging.clear()
        for label, pages in (("‹", -1), (hosting.rows_shown(view.table), 0), ("›", 1)):
            turn = self._paging.addAction(label, partial(self.tab.turn, pages))
            turn.setEnabled(self.tab.can_turn(pages))

    def show_windows(self) -> None:
        for gone in [one for one in self.windows if one not in self.tab.windows]:
            self.windows.pop(gone).done(0)
        for one in self.tab.windows:
            if one not in self.windows:
                self.windows[one] = Window(self.tab, one, next(reversed(self.windows.values()), self))
            self.windows[one].draw()

    def values(self, window: hosting.FormWindow | None) -> hosting.Values:
        return (self.form if window is None else self.windows[window].form).values()

    def hand_out(self, file: hs.Download) -> None:
        if path := self.choose_path(file.file_name)[0]:
            write = partial(Path(path).write_text, file.text, encoding="utf-8", newline="")
            self.questions.ask(write, lambda _: None, self.say)

    def _sort(self, place: int) -> None:
        if self.tab.view.table:
            self.tab.sort(self.tab.view.table.columns[place].column_id)

    def _select(self) -> None:
        self.tab.selected = next((name for name, line in self.table.lines.items() if line.isSelected()), None)
        self._beneath.draw(hosting.below_table(self.tab.row), {})
