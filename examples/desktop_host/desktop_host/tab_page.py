"""How is a tab drawn, and what happens after each act? Every answer of a plugin ends in ``_take``."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import assert_never

from PySide6 import QtCore, QtWidgets

import hostspec as hs
from desktop_host.form_widgets import button, fill_table, line_up, note
from desktop_host.host import Host
from desktop_host.own_tabs import UsageDialog
from desktop_host.windows import Window
from desktop_host.worker import Worker

OWNER = hs.Origin(user_id=hs.UserId("owner"), user_name="You", window_id="desktop", is_local=True)


class TabPage(QtWidgets.QWidget):
    """A tab that a plugin (or the host itself) describes."""

    def __init__(self, host: Host, tab: hs.Tab) -> None:
        super().__init__()
        self._host, self._tab, self._worker, self._usage = (
            host,
            tab,
            Worker(self),
            UsageDialog(host, hs.Subject(kind="", subject_id="")),
        )
        self._query, self._row_id, self._view = hs.TableQuery(), "", hs.View(title="")
        self.windows: dict[str, Window] = {}
        self.choose_path: Callable[[str], str] = lambda name: QtWidgets.QFileDialog.getSaveFileName(self, "Save", name)[
            0
        ]
        self._intro, self._buttons, self._said, self._beneath = (
            note(""),
            QtWidgets.QHBoxLayout(),
            QtWidgets.QVBoxLayout(),
            QtWidgets.QHBoxLayout(),
        )
        self._search, self._filter, self._paging = (
            QtWidgets.QLineEdit(clearButtonEnabled=True),
            QtWidgets.QComboBox(),
            QtWidgets.QHBoxLayout(),
        )
        self.table, layout, bar = QtWidgets.QTableWidget(), QtWidgets.QVBoxLayout(self), QtWidgets.QHBoxLayout()
        line_up(bar, self._search, self._filter)
        for part in (self._intro, self._buttons, self._said, bar, self.table, self._beneath, self._paging):
            layout.addLayout(part) if isinstance(part, QtWidgets.QLayout) else layout.addWidget(part)
        self._pause = QtCore.QTimer(self, singleShot=True, interval=300)
        self._pause.timeout.connect(lambda: self._change(search=self._search.text()))
        self._search.textEdited.connect(lambda: self._pause.start())
        self._filter.activated.connect(lambda: self._change(filter_id=self._filter.currentData()))
        self.table.horizontalHeader().sectionClicked.connect(self._sort)
        self.table.itemSelectionChanged.connect(self._selected)
        host.news.tab_changed.connect(self._hear)
        self.draw()

    def draw(self) -> None:
        """Ask what stands on the tab now."""
        self._worker.ask(partial(self._tab.controller.view, OWNER, self._query), self._show, self._intro.setText)

    def send(self, act: hs.UserAct) -> None:
        ask = self._usage.act if act.dialog_id == "usage" else partial(self._tab.controller.act, OWNER)
        self._worker.ask(partial(ask, act), partial(self._take, act), partial(self._fail, act))

    def _change(self, **changes: object) -> None:
        self._query = self._query.model_copy(update={"offset": 0, **changes})
        self.draw()

    def _sort(self, place: int) -> None:
        column = self._view.table.columns[place] if self._view.table else None
        if column is not None and column.sortable:
            is_again = self._query.sort == column.column_id and not self._query.descending
            self._change(sort=column.column_id, descending=is_again)

    def _hear(self, tab_id: str, wait_id: str | None) -> None:
        if tab_id == self._tab.tab_id and wait_id is None:
            self.draw()
        elif tab_id == self._tab.tab_id and f"wait {wait_id}" in self.windows:
            self.send(hs.UserAct(action_id="continue", wait_id=wait_id))

    def _show(self, view: hs.View) -> None:
        self._view, empty = view, view.empty
        self._intro.setText(view.intro)
        offered = (*view.actions, *((empty.action, empty.second_action) if empty else ()))
        line_up(self._buttons, *(self._button(one) for one in {one.action_id: one for one in offered if one}.values()))
        if view.more:
            more, menu = QtWidgets.QPushButton("More"), QtWidgets.QMenu(self)
            for one in view.more:
                entry = menu.addAction(one.label, partial(self._press, one))
                entry.setEnabled(not one.disabled_reason)
            more.setMenu(menu)
            self._buttons.addWidget(more)
        self._buttons.addStretch()
        told = [
            part for one in view.notices for part in (note(one.text, one.tone), one.action and self._button(one.action))
        ]
        nothing = [note(f"{empty.title}\n{empty.text}", links=empty.links)] if empty else []
        line_up(self._said, *(one for one in told if one), *nothing)
        self._search.setPlaceholderText(view.search_label)
        self._search.setVisible(bool(view.search_label))
        self._filter.setVisible(bool(view.filters))
        self._filter.clear()
        for part in view.filters:
            self._filter.addItem(part.label if part.count is None else f"{part.label} ({part.count})", part.filter_id)
        self._filter.setCurrentIndex(self._filter.findData(self._query.filter_id))
        self.table.setVisible(view.table is not None and empty is None)
        if view.table is not None:
            self._fill(view.table)

    def _fill(self, table: hs.Table) -> None:
        chosen, self._query = self._row_id, table.query
        fill_table(self.table, table.columns, table.rows)
        self.table.selectRow(next((y for y, row in enumerate(table.rows) if row.row_id == chosen), -1))
        self._selected()
        first, last, step = table.query.offset, table.query.offset + len(table.rows), table.query.limit
        back = button(
            "‹", lambda: self._change(offset=max(0, first - step)), "" if first else "This is the first page."
        )
        on = button(
            "›", lambda: self._change(offset=first + step), "" if last < table.total else "This is the last page."
        )
        line_up(self._paging, QtWidgets.QLabel(f"{min(first + 1, last)}–{last} of {table.total}"), back, on)
        self._paging.addStretch()

    def _selected(self) -> None:
        rows, places = self._view.table.rows if self._view.table else (), self.table.selectionModel().selectedRows()
        row = rows[places[0].row()] if places and places[0].row() < len(rows) else None
        self._row_id = row.row_id if row else ""
        problem = [note(row.problem, hs.Tone.WARNING)] if row and row.problem else []
        line_up(self._beneath, *problem, *([self._button(row.repair)] if row and row.repair else []))

    def _button(self, action: hs.Action) -> QtWidgets.QPushButton:
        return button(action.label, partial(self._press, action), action.disabled_reason, action.primary)

    def _press(self, action: hs.Action) -> None:
        if action.needs_row and not self._row_id:
            self._intro.setText(action.needs_row)
        else:
            self.send(hs.UserAct(action_id=action.action_id, row_id=self._row_id or None))

    def _take(self, act: hs.UserAct, step: hs.Step) -> None:
        if act.action_id == "continue" and f"wait {act.wait_id}" not in self.windows:
            return  # the answer to a question that nobody waits for any more
        origin = self._close_wait(act, step)
        match step:
            case hs.ShowView():
                self._row_id = step.select_row_id or self._row_id
                for name in list(self.windows):
                    self._close(name)
            case hs.ShowDialog(dialog=dialog):
                self._window(f"dialog {dialog.dialog_id}").show_dialog(dialog, act.values)
            case hs.ShowMessage(message=message):
                self._tell(message)
            case hs.ShowUsage(subject=subject):
                self._usage = UsageDialog(self._host, subject)
                self._worker.ask(self._usage.show, partial(self._take, act), partial(self._fail, act))
            case hs.Wait():
                self._window(f"wait {step.wait_id}").show_wait(step)
            case hs.Download():
                if path := self.choose_path(step.file_name):
                    Path(path).write_text(step.text, encoding="utf-8", newline="")
            case hs.Close():
                self._close(f"dialog {origin}")
            case _:
                assert_never(step)
        if not self.windows:
            self.draw()

    def _window(self, name: str) -> Window:
        return self.windows.setdefault(name, self.windows.get(name) or Window(self._top(), self.send))

    def _top(self) -> QtWidgets.QWidget:
        return next(reversed(self.windows.values()), self)

    def _close(self, name: str) -> None:
        if name in self.windows:
            self.windows.pop(name).done(0)

    def _close_wait(self, act: hs.UserAct, step: hs.Step | None) -> str | None:
        """Close the wait that an answer ends; the dialog that the act came from, or that began the wait."""
        waiting = self.windows.get(f"wait {act.wait_id}")
        if waiting is not None and not (isinstance(step, hs.Wait) and step.wait_id == act.wait_id):
            self._close(f"wait {act.wait_id}")
        return waiting.began if waiting is not None else act.dialog_id

    def _fail(self, act: hs.UserAct, sentence: str) -> None:
        self._close_wait(act, None)
        self._tell(hs.MessageBox(title="Not done", text=sentence, tone=hs.Tone.BAD))

    def _tell(self, message: hs.MessageBox) -> None:
        box = QtWidgets.QMessageBox(self._top(), text=message.text)
        box.setWindowTitle(message.title)
        box.setAttribute(QtCore.Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setTextFormat(QtCore.Qt.TextFormat.PlainText)
        beneath = self.windows.get(f"dialog {message.dialog_id}")
        for one in message.buttons:
            roles = QtWidgets.QMessageBox.ButtonRole
            shown = box.addButton(one.label, roles.AcceptRole if one.action_id else roles.RejectRole)
            if one.action_id is not None:
                values = beneath.form.values() if beneath else {}
                act = hs.UserAct(
                    action_id=one.action_id, row_id=message.row_id, dialog_id=message.dialog_id, values=values
                )
                shown.clicked.connect(lambda _=False, act=act: self.send(act))
        box.open()
