"""How are described texts, buttons, tables and forms drawn with Qt's widgets, and what stands in them?"""

from collections.abc import Callable
from functools import partial
from html import escape
from pathlib import Path
from typing import Any, assert_never

from pydantic import SecretStr
from PySide6 import QtCore, QtGui, QtWidgets

import hostspec as hs

SHAPES = dict(zip(hs.Tone, ("○ #57606a", "● #1a7f37", "◔ #0550ae", "▲ #8a5a00", "■ #c21f2d"), strict=True))
CHECKED = QtCore.Qt.CheckState.Checked
Input = hs.TextField | hs.SecretField | hs.NumberField | hs.ChoiceField | hs.CheckField | hs.ListField | hs.FileField
Values = dict[str, hs.FieldValue]
Port = tuple[QtWidgets.QWidget, Callable[[], hs.FieldValue], Callable[[Any], object], QtCore.SignalInstance]


def note(text: str, tone: hs.Tone = hs.Tone.NEUTRAL, links: tuple[hs.Link, ...] = ()) -> QtWidgets.QLabel:
    """Plain text with the shape of its tone; only its links can be clicked."""
    shape, color = SHAPES[tone].split() if tone is not hs.Tone.NEUTRAL else ("", "inherit")
    anchors = "".join(f'<br><a href="{escape(one.address)}">{escape(one.label)}</a>' for one in links)
    shown = escape(text).replace("\n", "<br>")
    label = QtWidgets.QLabel(f'<span style="color:{color}">{shape} {shown}</span>{anchors}', wordWrap=True)
    label.setOpenExternalLinks(True)
    return label


def button(label: str, press: Callable[[], object], why_not: str = "", primary: bool = False) -> QtWidgets.QPushButton:
    drawn = QtWidgets.QPushButton(label.replace("&", "&&"), autoDefault=False, default=primary)
    drawn.setEnabled(not why_not)
    drawn.setToolTip(why_not)
    drawn.clicked.connect(lambda: press())
    return drawn


def copy_button(label: str, text: str) -> QtWidgets.QPushButton:
    return button(
        label, lambda: QtGui.QGuiApplication.clipboard().setText(text), "" if text else "Nothing to copy yet."
    )


def line_up(layout: QtWidgets.QLayout, *parts: QtWidgets.QWidget) -> QtWidgets.QLayout:
    """Put these into a layout instead of what stood in it."""
    while (item := layout.takeAt(0)) is not None:
        if gone := item.widget():
            gone.hide()
            gone.deleteLater()
    for part in parts:
        layout.addWidget(part)
        part.setVisible(part.parentWidget() is not None)
    return layout


def fill_table(table: QtWidgets.QTableWidget, columns: tuple[hs.Column, ...], rows: tuple[hs.Row, ...]) -> None:
    """The rows as described; a state is a shape and a word, never a color alone."""
    table.setColumnCount(len(columns))
    table.setRowCount(len(rows))
    table.setHorizontalHeaderLabels([one.label for one in columns])
    table.verticalHeader().hide()
    table.setEditTriggers(QtWidgets.QTableWidget.EditTrigger.NoEditTriggers)
    table.setSelectionBehavior(QtWidgets.QTableWidget.SelectionBehavior.SelectRows)
    table.setSelectionMode(QtWidgets.QTableWidget.SelectionMode.SingleSelection)
    for y, row in enumerate(rows):
        for x, cell in enumerate(row.cells):
            shape, color = SHAPES[cell.tone].split() if cell.tone is not None else ("", "")
            item = QtWidgets.QTableWidgetItem(f"{shape} {cell.text} {cell.mark}".strip())
            item.setToolTip(cell.exact or row.problem)
            if color:
                item.setForeground(QtGui.QColor(color))
            table.setItem(y, x, item)
    table.horizontalHeader().setStretchLastSection(False)
    table.resizeColumnsToContents()
    table.horizontalHeader().setStretchLastSection(True)


class FormView(QtWidgets.QWidget):
    """A form: ``pressed`` tells a button's act and its row, ``changed`` a field's act once typing has paused."""

    pressed = QtCore.Signal(str, object)
    changed = QtCore.Signal(str)

    def __init__(self, form: hs.Form) -> None:
        super().__init__()
        self.widgets, self._ports, self._unreturned, self._act = (
            dict[str, QtWidgets.QWidget](),
            dict[str, Port](),
            set[str](),
            "",
        )
        self._pause = QtCore.QTimer(self, singleShot=True, interval=300)
        self._pause.timeout.connect(lambda: self.changed.emit(self._act))
        self._draw(form.fields, QtWidgets.QFormLayout(self))

    def values(self) -> Values:
        """What stands in the fields; whoever asks for it sends it, so that no change is left to be told."""
        self._pause.stop()
        return {name: port[1]() for name, port in self._ports.items()}

    def keep_typed(self, before: "FormView", sent: Values) -> None:
        """Take over what no answer brings back (secrets, files), and what was typed since the act was sent."""
        for name, value in before.values().items():
            if name in self._ports and (name in self._unreturned or sent.get(name, value) != value):
                self._ports[name][2](value.get_secret_value() if isinstance(value, SecretStr) else value)

    def _draw(self, fields: tuple[hs.Field, ...], layout: QtWidgets.QFormLayout) -> None:
        for field in fields:
            match field:
                case hs.TableField():
                    layout.addRow(note(field.label if field.rows else field.empty))
                    layout.addRow(self._table(field))
                case hs.CopyableField():
                    layout.addRow(field.label, QtWidgets.QLineEdit(field.value, readOnly=True))
                    layout.addRow(copy_button("Copy", field.value), note(field.hint))
                case hs.FactsField():
                    for fact in field.facts:
                        layout.addRow(fact.label, note(f"{fact.text} ({fact.exact})" if fact.exact else fact.text))
                case hs.NoteField():
                    layout.addRow(note(field.text, field.tone, field.links))
                case hs.ActionField(action_id=act):
                    press = button(field.label, partial(self.pressed.emit, act, None), field.disabled_reason)
                    self.widgets[act] = press
                    layout.addRow(press, note(field.disabled_reason or field.text))
                case hs.Section():
                    fold, inside = QtWidgets.QPushButton(f"▸ {field.label}", autoDefault=False), QtWidgets.QWidget()
                    fold.setCheckable(True)
                    fold.toggled.connect(inside.setVisible)
                    layout.addRow(fold)
                    layout.addRow(inside)
                    self._draw(field.fields, QtWidgets.QFormLayout(inside))
                    fold.setChecked(not field.collapsed)
                    inside.setVisible(not field.collapsed)
                case _:
                    self._add_input(field, layout)

    def _add_input(self, field: Input, layout: QtWidgets.QFormLayout) -> None:
        port = self._ports[field.field_id] = self._input(field)
        self.widgets[field.field_id] = port[0]
        port[0].setEnabled(not field.disabled_reason)
        layout.addRow(field.label, port[0])
        for text, tone in ((field.error, hs.Tone.BAD), (field.disabled_reason or field.hint, hs.Tone.NEUTRAL)):
            if text:
                layout.addRow("", note(text, tone, field.links if tone is hs.Tone.NEUTRAL else ()))
        if field.on_change is not None:
            port[3].connect(lambda *_, act=field.on_change: self._typed(act))

    def _typed(self, act: str) -> None:
        self._act = act
        self._pause.start()

    def _input(self, field: Input) -> Port:
        """The widget of a field, how it is read and written, and what tells that a person changed it."""
        line = QtWidgets.QLineEdit()
        match field:
            case hs.TextField():
                line = QtWidgets.QLineEdit(field.value, placeholderText=field.placeholder, maxLength=field.max_length)
                return line, line.text, line.setText, line.textEdited
            case hs.SecretField():
                line.setEchoMode(QtWidgets.QLineEdit.EchoMode.Password)
                line.setPlaceholderText("Kept; leave empty to keep it" if field.stored else "")
                self._unreturned.add(field.field_id)
                return line, lambda: SecretStr(line.text()), line.setText, line.textEdited
            case hs.NumberField():
                line.setText(field.shown or _text(field.value))
                return line, lambda: _number(line.text()), lambda value: line.setText(_text(value)), line.textEdited
            case hs.ChoiceField():
                box = QtWidgets.QComboBox(placeholderText=field.placeholder or "Choose …")
                for place, one in enumerate(field.options):
                    box.addItem(f"{one.label} – {one.mark}" if one.mark else one.label, one.value)
                    box.setItemData(place, one.disabled_reason, QtCore.Qt.ItemDataRole.ToolTipRole)
                    if one.disabled_reason:
                        box.setItemData(place, 0, QtCore.Qt.ItemDataRole.UserRole - 1)  # Qt's own way to disable it
                box.setCurrentIndex(box.findData(field.value))
                return (
                    box,
                    lambda: box.currentData() or "",
                    lambda one: box.setCurrentIndex(box.findData(one)),
                    box.activated,
                )
            case hs.CheckField():
                tick = QtWidgets.QCheckBox()
                tick.setChecked(field.value)
                return tick, tick.isChecked, tick.setChecked, tick.clicked
            case hs.ListField():
                area = QtWidgets.QPlainTextEdit("\n".join(field.value))
                area.setMaximumHeight(70)
                read = lambda: tuple(filter(None, map(str.strip, area.toPlainText().splitlines())))  # noqa: E731
                return area, read, lambda value: area.setPlainText("\n".join(value)), area.textChanged
            case hs.FileField():
                self._unreturned.add(field.field_id)
                chosen = FileButton(field.max_bytes)
                return chosen, lambda: chosen.content, chosen.hold, chosen.chosen
            case _:
                assert_never(field)

    def _table(self, field: hs.TableField) -> QtWidgets.QTableWidget:
        table, extra = QtWidgets.QTableWidget(), hs.Column(column_id="", label="")
        table.setMinimumHeight(180)
        has_buttons = any(row.repair for row in field.rows)
        fill_table(table, (*field.columns, extra) if has_buttons else field.columns, field.rows)
        ticks: dict[str, QtWidgets.QTableWidgetItem] = {}
        for y, row in enumerate(field.rows):
            if field.tickable and (item := table.item(y, 0)):
                item.setCheckState(CHECKED if row.row_id in field.value else QtCore.Qt.CheckState.Unchecked)
                ticks[row.row_id] = item
            if repair := row.repair:
                press = button(
                    repair.label, partial(self.pressed.emit, repair.action_id, row.row_id), repair.disabled_reason
                )
                table.setCellWidget(y, len(field.columns), press)
        if field.tickable:
            read = lambda: tuple(one for one, item in ticks.items() if item.checkState() is CHECKED)  # noqa: E731
            self._ports[field.field_id] = (table, read, lambda _: None, table.itemChanged)
        return table


class FileButton(QtWidgets.QPushButton):
    """Chooses a text file and holds its content."""

    chosen = QtCore.Signal()

    def __init__(self, max_bytes: int) -> None:
        super().__init__("Choose a file …", autoDefault=False)
        self.content, self._most = "", max_bytes
        self.clicked.connect(lambda: self.take(QtWidgets.QFileDialog.getOpenFileName(self)[0]))

    def take(self, path: str) -> None:
        data = Path(path).read_bytes() if path and Path(path).stat().st_size <= self._most else b""
        self.hold(data.decode("utf-8", "replace"))
        self.chosen.emit()

    def hold(self, content: str) -> None:
        self.content = content
        self.setText(f"{len(content):,} characters chosen" if content else "Choose a file …")


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _number(text: str) -> int | str | None:
    plain = text.strip()
    return int(plain) if plain.removeprefix("-").isdecimal() and len(plain) < 19 else plain or None
