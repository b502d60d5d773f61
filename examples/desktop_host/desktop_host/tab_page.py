"""How is a tab drawn, and what happens after each act? Every answer of a plugin ends in ``_take``."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import assert_never

from PySide6 import QtWidgets

import hostspec as hs
from desktop_host.described_usage import USAGE, answer_usage
from desktop_host.form_widgets import FormView, action_fields, fill_table, line_up
from desktop_host.host import OWNER, Host
from desktop_host.windows import Window, name_of
from desktop_host.worker import Worker

AT_DESK = hs.Origin(user_id=OWNER, user_name="You", window_id="desktop", is_local=True)


class TabPage(QtWidgets.QWidget):
    """A tab that a plugin describes; ``windows`` are those open above it, the last one on top."""

    def __init__(self, host: Host, tab: hs.Tab) -> None:
        super().__init__()
        self._host, self._tab, self.worker, self._used = host, tab, Worker(self), hs.Subject(kind="", subject_id="")
        self._query, self._row_id, self._view = hs.TableQuery(), "", hs.View(title="")
        self.windows: dict[str, Window] = {}
        self.choose_path: Callable[[str], tuple[str, str]] = partial(
            QtWidgets.QFileDialog.getSaveFileName, self, "Save"
        )
        self._bar, self.table, self._paging = QtWidgets.QToolBar(), QtWidgets.QTableWidget(), QtWidgets.QToolBar()
        self._above, self._beneath, self.form = QtWidgets.QVBoxLayout(), QtWidgets.QVBoxLayout(), FormView(())
        layout = QtWidgets.QVBoxLayout(self)
        for part in (self._bar, self._above, self.table, self._beneath, self._paging):
            layout.addLayout(part) if isinstance(part, QtWidgets.QLayout) else layout.addWidget(part)
        self._more = QtWidgets.QMenu("More", self)
        line_up(self._above, self.form)  # a widget of nobody's would be freed by Python, in whichever thread
        self.table.horizontalHeader().sectionClicked.connect(self._sort)
        self.table.itemSelectionChanged.connect(self._selected)
        host.tab_changed.connect(self._hear)
        self.draw()

    def draw(self) -> None:
        """Ask what stands on the tab now."""
        asked = self._query
        view = partial(self._tab.controller.view, AT_DESK, asked)
        self.worker.ask(view, partial(self._show, asked), self._host.notified.emit)

    def send(self, act: hs.UserAct) -> None:
        used = partial(answer_usage, self._host.hooks, self._used, act)
        ask = used if act.dialog_id == USAGE else partial(self._tab.controller.act, AT_DESK, act)
        self.worker.ask(ask, partial(self._take, act), partial(self._fail, act))

    def _hear(self, tab_id: str, wait_id: str | None) -> None:
        if tab_id == self._tab.tab_id and wait_id is None:
            self.draw()
        elif tab_id == self._tab.tab_id and f"wait {wait_id}" in self.windows:
            self.send(hs.UserAct(action_id="continue", wait_id=wait_id))

    def _change(self, **changes: object) -> None:
        self._query = self._query.model_copy(update={"offset": 0, **changes})
        self.draw()

    def _sort(self, place: int) -> None:
        column = self._view.table.columns[place] if self._view.table else None
        if column is not None and column.sortable:
            is_again = self._query.sort == column.column_id and not self._query.descending
            self._change(sort=column.column_id, descending=is_again)

    def _show(self, asked: hs.TableQuery, view: hs.View) -> None:
        if asked is not self._query:
            return  # another question is on its way
        self._view, empty = view, view.empty
        self._bar.clear()
        for one in view.actions:
            self._offer(self._bar, one)
        self._more.clear()
        for one in view.more:
            self._offer(self._more, one)
        if view.more:
            self._bar.addAction(self._more.menuAction())
        fields: list[hs.Field] = [hs.NoteField(text=view.intro)]
        if view.search_label:
            fields.append(hs.TextField(field_id="search", label=view.search_label, value=asked.search, on_change=""))
        if view.filters:
            labels = [(one.label if one.count is None else f"{one.label} ({one.count})", one) for one in view.filters]
            parts = tuple(hs.ChoiceOption(value=one.filter_id, label=label) for label, one in labels)
            shown = hs.ChoiceField(
                field_id="filter_id", label="Show", value=asked.filter_id, options=parts, on_change=""
            )
            fields.append(shown)
        for notice in view.notices:
            fields += [hs.NoteField(text=notice.text, tone=notice.tone), *action_fields(notice.action)]
        if empty is not None:
            fields.append(hs.NoteField(text=f"{empty.title}\n{empty.text}", links=empty.links))
            fields += action_fields(empty.action, empty.second_action)
        self.form = FormView(fields, self.form, {"search": asked.search, "filter_id": asked.filter_id})
        self.form.pressed.connect(self._pressed)
        line_up(self._above, self.form)
        self.form.take_focus()
        self.table.setVisible(view.table is not None and empty is None)
        self._paging.setVisible(self.table.isVisibleTo(self))
        if view.table is not None:
            self._fill(view.table)

    def _fill(self, table: hs.Table) -> None:
        chosen, self._query = self._row_id, table.query
        fill_table(self.table, table.columns, table.rows)
        self.table.selectRow(next((y for y, row in enumerate(table.rows) if row.row_id == chosen), -1))
        self._selected()
        first, last, step = table.query.offset, table.query.offset + len(table.rows), table.query.limit
        self._paging.clear()
        self._paging.addAction("‹", partial(self._change, offset=max(0, first - step))).setEnabled(first > 0)
        self._paging.addAction(f"{min(first + 1, last)}–{last} of {table.total}").setEnabled(False)
        self._paging.addAction("›", partial(self._change, offset=first + step)).setEnabled(last < table.total)

    def _selected(self) -> None:
        rows, places = self._view.table.rows if self._view.table else (), self.table.selectionModel().selectedRows()
        row = rows[places[0].row()] if places and places[0].row() < len(rows) else None
        self._row_id = row.row_id if row else ""
        fields = [hs.NoteField(text=row.problem, tone=hs.Tone.WARNING)] if row and row.problem else []
        beneath = FormView([*fields, *action_fields(row.repair if row else None)])
        beneath.pressed.connect(self._pressed)
        line_up(self._beneath, beneath)

    def _offer(self, place: QtWidgets.QToolBar | QtWidgets.QMenu, one: hs.Action) -> None:
        shown = place.addAction(one.label.replace("&", "&&"), partial(self._pressed, one.action_id, one.needs_row))
        shown.setEnabled(not one.disabled_reason)
        shown.setToolTip(one.disabled_reason or one.needs_row)

    def _pressed(self, action_id: str, needs_row: str | None) -> None:
        if action_id == "":
            self._change(**self.form.values())
        elif needs_row and not self._row_id:
            self._host.notified.emit(needs_row)
        else:
            self.send(hs.UserAct(action_id=action_id, row_id=self._row_id or None))

    def _take(self, act: hs.UserAct, step: hs.Step) -> None:
        if act.action_id == "continue" and f"wait {act.wait_id}" not in self.windows:
            return  # the answer to a question that nobody waits for any more
        origin = self._end_wait(act, step)
        match step:
            case hs.ShowView():
                self._row_id = step.select_row_id or self._row_id
                for name in list(self.windows):
                    self._close(name)
            case hs.ShowDialog() | hs.ShowMessage() | hs.Wait():
                name = name_of(step)
                if name not in self.windows:
                    self.windows[name] = Window(next(reversed(self.windows.values()), self))
                    self.windows[name].acted.connect(partial(self._acted, name))
                self.windows[name].draw(step, None if act.action_id == "continue" else act.values)
            case hs.ShowUsage(subject=subject):
                self._used = subject
                self.send(hs.UserAct(action_id="show", dialog_id=USAGE))
            case hs.Download():
                if path := self.choose_path(step.file_name)[0]:
                    write = partial(Path(path).write_text, step.text, encoding="utf-8", newline="")
                    self.worker.ask(write, lambda _: None, partial(self._fail, act))
            case hs.Close():
                self._close(f"dialog {origin}")
            case _:
                assert_never(step)
        if not self.windows:
            self.draw()

    def _acted(self, name: str, act: hs.UserAct) -> None:
        if name.startswith("message"):
            self._close(name)
            beneath = self.windows.get(f"dialog {act.dialog_id}")
            act = act.model_copy(update={"values": beneath.form.values() if beneath else {}})
        if act.action_id:
            self.send(act)

    def _close(self, name: str) -> None:
        if name in self.windows:
            self.windows.pop(name).done(0)

    def _end_wait(self, act: hs.UserAct, step: hs.Step | None) -> str | None:
        """Close the wait that an answer ends; the dialog that the act came from, or that began the wait."""
        waiting = self.windows.get(f"wait {act.wait_id}")
        if waiting is not None and not (isinstance(step, hs.Wait) and step.wait_id == act.wait_id):
            self._close(f"wait {act.wait_id}")
        return act.dialog_id or (waiting.began if waiting is not None else None)

    def _fail(self, act: hs.UserAct, sentence: str) -> None:
        self._end_wait(act, None)
        self._take(act, hs.ShowMessage(message=hs.MessageBox(title="Not done", text=sentence, tone=hs.Tone.BAD)))
