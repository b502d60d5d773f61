"""How are described texts, buttons, tables and forms drawn with Qt's widgets, and what stands in them?"""

from collections.abc import Callable, Iterable
from functools import partial
from html import escape
from pathlib import Path
from typing import assert_never

from pydantic import SecretStr
from PySide6 import QtCore, QtGui, QtWidgets

import hostspec as hs

SHAPES = dict(zip(hs.Tone, ("○ #57606a", "● #1a7f37", "◔ #0550ae", "▲ #8a5a00", "■ #c21f2d"), strict=True))
CHECKED, UNCHECKED = QtCore.Qt.CheckState.Checked, QtCore.Qt.CheckState.Unchecked
Input = hs.TextField | hs.SecretField | hs.NumberField | hs.ChoiceField | hs.CheckField | hs.ListField | hs.FileField
Values = dict[str, hs.FieldValue]
# The widget of a field, how it is read, and what tells that a person changed it.
Port = tuple[QtWidgets.QWidget, Callable[[], hs.FieldValue], QtCore.SignalInstance]


def note(text: str, tone: hs.Tone = hs.Tone.NEUTRAL, links: Iterable[hs.Link] = ()) -> QtWidgets.QLabel:
    """Plain text with the shape of its tone; only its links can be clicked."""
    shape, color = SHAPES[tone].split() if tone is not hs.Tone.NEUTRAL else ("", "inherit")
    lines = [escape(f"{shape} {text}".strip()).replace("\n", "<br>")] if text else []
    lines += [f'<a href="{escape(one.address)}">{escape(one.label)}</a>' for one in links]
    shown = f'<span style="color:{color}">{"<br>".join(lines)}</span>'
    return QtWidgets.QLabel(shown, wordWrap=True, openExternalLinks=True)


def button(label: str, press: Callable[[], object], why_not: str = "", primary: bool = False) -> QtWidgets.QPushButton:
    drawn = QtWidgets.QPushButton(label.replace("&", "&&"), autoDefault=False, default=primary)
    drawn.setEnabled(not why_not)
    drawn.setToolTip(why_not)
    drawn.clicked.connect(lambda: press())
    return drawn


def copy_button(text: str, label: str = "Copy") -> QtWidgets.QPushButton:
    return button(
        label, lambda: QtGui.QGuiApplication.clipboard().setText(text), "" if text else "Nothing to copy yet."
    )


def line_up(layout: QtWidgets.QLayout, *parts: QtWidgets.QWidget) -> None:
    """Put these into a layout instead of what stood in it."""
    while (item := layout.takeAt(0)) is not None:
        if gone := item.widget():
            gone.hide()
            gone.deleteLater()
    for part in parts:
        layout.addWidget(part)


def unfold(fold: QtWidgets.QToolButton, inside: QtWidgets.QWidget, is_open: bool) -> None:
    fold.setArrowType(QtCore.Qt.ArrowType.DownArrow if is_open else QtCore.Qt.ArrowType.RightArrow)
    inside.setVisible(is_open)


def action_fields(*actions: hs.Action | None) -> list[hs.Field]:
    """Buttons among the texts that they belong to."""
    return [
        hs.ActionField(action_id=one.action_id, label=one.label, disabled_reason=one.disabled_reason)
        for one in actions
        if one is not None
    ]


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
    fit_columns(table)


def fit_columns(table: QtWidgets.QTableWidget) -> None:
    table.horizontalHeader().setStretchLastSection(False)
    table.resizeColumnsToContents()
    table.horizontalHeader().setStretchLastSection(True)


class FormView(QtWidgets.QWidget):
    """Fields; ``pressed`` tells a button's act and its row, or a field's act once typing has paused.

    A form is drawn anew with each answer. Chosen files, and what was typed since ``sent`` went out (all of it where
    nothing did), stay in their widgets, which move here from the form ``before``.
    """

    pressed = QtCore.Signal(str, object)

    def __init__(
        self, fields: Iterable[hs.Field], before: "FormView | None" = None, sent: Values | None = None
    ) -> None:
        super().__init__()
        self.widgets: dict[str, QtWidgets.QWidget] = {}
        self._ports: dict[str, Port] = {}
        self._before, self._sent = before._ports if before is not None else {}, sent
        self._had = (
            next((name for name, one in before.widgets.items() if one.hasFocus()), "") if before is not None else ""
        )
        self._folds: dict[str, QtWidgets.QToolButton] = {}
        self._unfolded = (
            {name for name, one in before._folds.items() if one.isChecked()} if before is not None else set()
        )
        self._first_wrong, self._act = "", ""
        self._pause = QtCore.QTimer(self, singleShot=True, interval=300)
        self._pause.timeout.connect(lambda: self.pressed.emit(self._act, None))
        self._draw(fields, QtWidgets.QFormLayout(self))
        if before is not None and before._pause.isActive():
            before._pause.stop()
            self._tell_soon(before._act)

    def take_focus(self, wanted: str = "") -> None:
        """A field with an error goes first, then what the plugin wants, then what had it before."""
        if found := self.widgets.get(self._first_wrong or wanted or self._had):
            found.setFocus()

    def values(self) -> Values:
        """What stands in the fields; whoever asks for it sends it, so that no change is left to be told."""
        self._pause.stop()
        return {name: read() for name, (_, read, _) in self._ports.items()}

    def _draw(self, fields: Iterable[hs.Field], rows: QtWidgets.QFormLayout) -> None:
        for field in fields:
            match field:
                case hs.NoteField():
                    if field.text or field.links:
                        rows.addRow(note(field.text, field.tone, field.links))
                    for text in field.copy_texts:
                        rows.addRow(copy_button(text), note(text if len(text) < 100 else ""))
                case hs.FactsField():
                    for fact in field.facts:
                        rows.addRow(fact.label, note(f"{fact.text} ({fact.exact})" if fact.exact else fact.text))
                case hs.CopyableField():
                    rows.addRow(field.label, QtWidgets.QLineEdit(field.value, readOnly=True))
                    rows.addRow(copy_button(field.value), note(field.hint))
                case hs.ActionField(action_id=act):
                    press = partial(self.pressed.emit, act, None)
                    self.widgets[act] = button(field.label, press, field.disabled_reason, field.primary)
                    rows.addRow(self.widgets[act], note(field.disabled_reason or field.text))
                case hs.Section():
                    inside, fold = QtWidgets.QWidget(), QtWidgets.QToolButton()
                    fold.setText(field.label)
                    fold.setCheckable(True)
                    fold.setAutoRaise(True)
                    fold.setToolButtonStyle(QtCore.Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
                    fold.toggled.connect(partial(unfold, fold, inside))
                    rows.addRow(fold)
                    rows.addRow(inside)
                    self._draw(field.fields, QtWidgets.QFormLayout(inside))
                    is_wrong = any(getattr(one, "error", "") for one in field.fields)
                    fold.setChecked(is_wrong or not field.collapsed or field.section_id in self._unfolded)
                    unfold(fold, inside, fold.isChecked())
                    self._folds[field.section_id] = fold
                case hs.TableField():
                    rows.addRow(note(field.label if field.rows else field.empty))
                    rows.addRow(self._table(field))
                case _:
                    self._add_input(field, rows)

    def _add_input(self, field: Input, rows: QtWidgets.QFormLayout) -> None:
        name, kept = field.field_id, self._before.get(field.field_id)
        typed = kept is not None and (self._sent is None or kept[1]() != self._sent.get(name, kept[1]()))
        port = kept if kept is not None and (typed or isinstance(field, hs.FileField)) else self._input(field)
        widget, _, changed = self._ports[name] = port
        self.widgets[name] = widget
        widget.setEnabled(not field.disabled_reason)
        if getattr(field, "monospace", False):
            widget.setFont(QtGui.QFontDatabase.systemFont(QtGui.QFontDatabase.SystemFont.FixedFont))
        rows.addRow(f"{field.label} *" if getattr(field, "required", False) else field.label, widget)
        if field.error:
            self._first_wrong = self._first_wrong or name
            rows.addRow("", note(field.error, hs.Tone.BAD))
        if (text := field.disabled_reason or field.hint) or field.links:
            rows.addRow("", note(text, links=field.links))
        if field.on_change is not None:
            changed.connect(lambda *_, act=field.on_change: self._tell_soon(act))

    def _tell_soon(self, act: str) -> None:
        self._act = act
        self._pause.start()

    def _input(self, field: Input) -> Port:
        line = QtWidgets.QLineEdit()
        match field:
            case hs.TextField():
                line = QtWidgets.QLineEdit(field.value, placeholderText=field.placeholder, maxLength=field.max_length)
                return line, line.text, line.textEdited
            case hs.SecretField():
                line.setEchoMode(QtWidgets.QLineEdit.EchoMode.Password)
                line.setPlaceholderText("Kept; leave empty to keep it" if field.stored else "")
                return line, lambda: SecretStr(line.text()), line.textEdited
            case hs.NumberField():
                line.setText(field.shown or ("" if field.value is None else str(field.value)))
                return line, lambda: _number(line.text().strip()), line.textEdited
            case hs.ChoiceField():
                box = QtWidgets.QComboBox(placeholderText=field.placeholder or "Choose …")
                for place, one in enumerate(field.options):
                    box.addItem(f"{one.label} – {one.mark}" if one.mark else one.label, one.value)
                    if one.disabled_reason:
                        box.setItemData(place, one.disabled_reason, QtCore.Qt.ItemDataRole.ToolTipRole)
                        box.setItemData(place, 0, QtCore.Qt.ItemDataRole.UserRole - 1)  # Qt's own way to disable it
                box.setCurrentIndex(box.findData(field.value))
                return box, lambda: box.currentData() or "", box.activated
            case hs.CheckField():
                tick = QtWidgets.QCheckBox()
                tick.setChecked(field.value)
                return tick, tick.isChecked, tick.clicked
            case hs.ListField():
                area = QtWidgets.QPlainTextEdit("\n".join(field.value))
                area.setMaximumHeight(70)
                lines = lambda: tuple(filter(None, map(str.strip, area.toPlainText().splitlines())))  # noqa: E731
                return area, lines, area.textChanged
            case hs.FileField():
                chosen = FileButton(field)
                return chosen, lambda: chosen.content, chosen.chosen
            case _:
                assert_never(field)

    def _table(self, field: hs.TableField) -> QtWidgets.QTableWidget:
        table, ticks = QtWidgets.QTableWidget(), dict[str, QtWidgets.QTableWidgetItem]()
        table.setMinimumHeight(180)
        extra = (hs.Column(column_id="", label=""),) if any(row.repair for row in field.rows) else ()
        fill_table(table, (*field.columns, *extra), field.rows)
        for y, row in enumerate(field.rows):
            if field.tickable and (item := table.item(y, 0)):
                item.setCheckState(CHECKED if row.row_id in field.value else UNCHECKED)
                ticks[row.row_id] = item
            if one := row.repair:
                press = partial(self.pressed.emit, one.action_id, row.row_id)
                table.setCellWidget(y, len(field.columns), button(one.label, press, one.disabled_reason))
        fit_columns(table)
        if field.tickable:
            read = lambda: tuple(one for one, item in ticks.items() if item.checkState() is CHECKED)  # noqa: E731
            self._ports[field.field_id] = table, read, table.itemChanged
        return table


class FileButton(QtWidgets.QPushButton):
    """Chooses a text file and holds its content."""

    chosen = QtCore.Signal()

    def __init__(self, field: hs.FileField) -> None:
        super().__init__("Choose a text file …", autoDefault=False)
        self.content, self._max_bytes = "", field.max_bytes
        accepted = " ".join(f"*{ending}" for ending in field.accept)
        self.clicked.connect(lambda: self.take(QtWidgets.QFileDialog.getOpenFileName(self, filter=accepted)[0]))

    def take(self, path: str) -> None:
        try:
            content = Path(path).read_text("utf-8") if Path(path).stat().st_size <= self._max_bytes else ""
        except (OSError, UnicodeDecodeError):
            content = ""
        self.content = content
        self.setText(f"{len(content):,} characters chosen" if content else "Not taken: too long, or no text …")
        self.chosen.emit()


def _number(text: str) -> int | str | None:
    return int(text) if text.removeprefix("-").isdecimal() and len(text) < 19 else text or None
