"""How are described fields drawn with Qt's widgets, and what stands in them?"""

from collections.abc import Callable, Iterable
from functools import partial
from html import escape
from pathlib import Path
from typing import assert_never

from PySide6 import QtCore, QtGui, QtWidgets

import hostspec as hs
from hostspec import hosting

SHAPES = dict(zip(hs.Tone, ("○ #57606a", "● #1a7f37", "◔ #0550ae", "▲ #8a5a00", "■ #c21f2d"), strict=True))
CHECKED, UNCHECKED = QtCore.Qt.CheckState.Checked, QtCore.Qt.CheckState.Unchecked
# The widget of a field, how it is read, and what tells that a person changed it.
Port = tuple[QtWidgets.QWidget, Callable[[], hs.FieldValue], QtCore.SignalInstance]


def exact(text: str) -> str:
    """A text for labels and tips, which would take what looks like markup for markup."""
    return f"<span>{escape(text)}</span>".replace("\n", "<br>") if text else ""


def note(line: hosting.Line) -> QtWidgets.QLabel:
    """Text with the shape of its tone; only its links can be clicked."""
    shape, color = SHAPES[line.tone].split() if line.tone is not hs.Tone.NEUTRAL else ("", "inherit")
    texts = [exact(f"{shape} {line.text}".strip())] if line.text else []
    texts += [f'<a href="{escape(one.address)}">{escape(one.label)}</a>' for one in line.links]
    shown = f'<span style="color:{color}">{"<br>".join(texts)}</span>'
    return QtWidgets.QLabel(shown, wordWrap=True, openExternalLinks=True)


def plain(label: str) -> str:
    """A label for buttons and tabs, which would take ``&`` for the mark of a shortcut."""
    return label.replace("&", "&&")


def button(label: str, press: Callable[[], object], why_not: str = "", primary: bool = False) -> QtWidgets.QPushButton:
    drawn = QtWidgets.QPushButton(plain(label), autoDefault=False, default=primary)
    drawn.setSizePolicy(QtWidgets.QSizePolicy.Policy.Maximum, QtWidgets.QSizePolicy.Policy.Fixed)
    drawn.setEnabled(not why_not)
    drawn.setToolTip(exact(why_not))
    drawn.clicked.connect(lambda: press())
    return drawn


class RowList(QtWidgets.QTreeWidget):
    """Rows in columns; a state is a shape and a word, never a color alone."""

    def __init__(self) -> None:
        super().__init__()
        self.lines = dict[str, QtWidgets.QTreeWidgetItem]()
        self.setRootIsDecorated(False)

    def draw(self, columns: Iterable[hs.Column], rows: Iterable[hs.Row]) -> None:
        self.clear()
        self.setHeaderLabels([one.label for one in columns])
        self.lines = {row.row_id: QtWidgets.QTreeWidgetItem(self) for row in rows}
        for row in rows:
            for x, cell in enumerate(row.cells):
                shape, color = SHAPES[cell.tone].split() if cell.tone is not None else ("", "")
                self.lines[row.row_id].setText(x, f"{shape} {cell.text} {cell.mark}".strip())
                self.lines[row.row_id].setToolTip(x, exact(cell.exact or row.problem))
                if color:
                    self.lines[row.row_id].setForeground(x, QtGui.QColor(color))
        self.fit()

    def fit(self) -> None:
        for x in range(self.columnCount()):
            self.resizeColumnToContents(x)


class FormView(QtWidgets.QWidget):
    """Fields; ``acted`` tells a button's act and its row, or a field's act once typing has paused."""

    acted = QtCore.Signal(str, object)

    def __init__(self) -> None:
        super().__init__()
        self.widgets, self._readers = dict[str, QtWidgets.QWidget](), dict[str, Callable[[], hs.FieldValue]]()
        self._folds, self._values, self._due = dict[str, QtWidgets.QToolButton](), hosting.Values(), ""
        self._rows, self._pause = QtWidgets.QFormLayout(self), QtCore.QTimer(self, singleShot=True, interval=300)
        self._pause.timeout.connect(lambda: self.act(self._due))

    def draw(self, fields: Iterable[hs.Field], values: hosting.Values, focus: str = "") -> None:
        """Show these instead of what was shown; without a wish, what has the focus keeps it."""
        had = next((name for name, one in self.widgets.items() if one.hasFocus()), "")
        unfolded = {name for name, one in self._folds.items() if one.isChecked()}
        while self._rows.rowCount():
            self._rows.removeRow(0)
        self.widgets, self._readers, self._folds, self._values = {}, {}, {}, values
        self._add(fields, self._rows)
        for name in unfolded & self._folds.keys():
            self._folds[name].setChecked(True)
        if found := self.widgets.get(focus or had):
            found.show()  # layouts show what is new a moment later, and only what is shown takes the focus
            found.setFocus()

    def act(self, action_id: str, row_id: str | None = None) -> None:
        """Tell of an act; it carries all values, so that no change is left to be told."""
        self._pause.stop()
        self.acted.emit(action_id, row_id)

    def values(self) -> hosting.Values:
        return {name: read() for name, read in self._readers.items()}

    def _add(self, fields: Iterable[hs.Field], rows: QtWidgets.QFormLayout) -> None:
        for field in fields:
            lines = list(hosting.lines_of(field))
            match field:
                case hs.ActionField(action_id=act):
                    press = partial(self.act, act)
                    self.widgets[act] = button(field.label, press, field.disabled_reason, field.primary)
                    rows.addRow(self.widgets[act], note(lines.pop() if lines else hosting.Line()))
                case hs.Section():
                    self._add_section(field, rows)
                case hs.TableField():
                    rows.addRow(QtWidgets.QLabel(exact(field.label)))
                    rows.addRow(self._table(field))
                case hs.NoteField() | hs.FactsField() | hs.CopyableField():
                    pass  # their lines are all that they are
                case _:
                    self._add_input(field, rows)
            for line in lines:
                is_wide = isinstance(field, hs.NoteField)
                rows.addRow(note(line)) if is_wide else rows.addRow(exact(line.label), note(line))
                if line.copy is not None:
                    copy = partial(QtGui.QGuiApplication.clipboard().setText, line.copy)
                    rows.addRow(button("Copy", copy, "" if line.copy else "Nothing to copy yet."))

    def _add_section(self, field: hs.Section, rows: QtWidgets.QFormLayout) -> None:
        def unfold(is_open: bool) -> None:
            inside.setVisible(is_open)
            fold.setArrowType(QtCore.Qt.ArrowType.DownArrow if is_open else QtCore.Qt.ArrowType.RightArrow)

        inside, fold = QtWidgets.QWidget(), QtWidgets.QToolButton()
        fold.setText(plain(field.label))
        fold.setCheckable(True)
        fold.setAutoRaise(True)
        fold.setToolButtonStyle(QtCore.Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._folds[field.section_id] = fold
        self._add(field.fields, QtWidgets.QFormLayout(inside))
        rows.addRow(fold)
        rows.addRow(inside)
        unfold(False)
        fold.toggled.connect(unfold)
        fold.setChecked(not field.collapsed or any(getattr(one, "error", "") for one in field.fields))

    def _add_input(self, field: hosting.Input, rows: QtWidgets.QFormLayout) -> None:
        name, is_required = field.field_id, getattr(field, "required", False)
        widget, self._readers[name], changed = self._input(field, self._values.get(name))
        self.widgets[name] = widget
        widget.setEnabled(not field.disabled_reason)
        if getattr(field, "monospace", False):
            widget.setFont(QtGui.QFontDatabase.systemFont(QtGui.QFontDatabase.SystemFont.FixedFont))
        rows.addRow(exact(f"{field.label} *" if is_required else field.label), widget)
        if field.on_change is not None:
            changed.connect(lambda *_, act=field.on_change: self._act_soon(act))

    def _act_soon(self, act: str) -> None:
        self._due = act
        self._pause.start()

    def _input(self, field: hosting.Input, value: hs.FieldValue) -> Port:
        text = hosting.text_of(value)
        match field:
            case hs.CheckField():
                tick = QtWidgets.QCheckBox()
                tick.setChecked(bool(value))
                return tick, tick.isChecked, tick.clicked
            case hs.ChoiceField():
                box = QtWidgets.QComboBox(placeholderText=field.placeholder or "Choose …")
                for place, one in enumerate(field.options):
                    box.addItem(f"{one.label} – {one.mark}" if one.mark else one.label, one.value)
                    if one.disabled_reason:
                        box.setItemData(place, exact(one.disabled_reason), QtCore.Qt.ItemDataRole.ToolTipRole)
                        box.setItemData(place, 0, QtCore.Qt.ItemDataRole.UserRole - 1)  # Qt's own way to disable it
                box.setCurrentIndex(box.findData(value))
                return box, lambda: box.currentData() or "", box.activated
            case hs.ListField():
                area = QtWidgets.QPlainTextEdit(text)
                area.setMaximumHeight(70)
                return area, lambda: hosting.typed(field, area.toPlainText()), area.textChanged
            case hs.FileField():
                chosen = FileButton(field, text)
                return chosen, lambda: chosen.content, chosen.chosen
            case hs.TextField() | hs.NumberField() | hs.SecretField():
                line = QtWidgets.QLineEdit(text, placeholderText=getattr(field, "placeholder", ""))
                line.setMaxLength(getattr(field, "max_length", 1000))
                if isinstance(field, hs.SecretField):
                    line.setEchoMode(QtWidgets.QLineEdit.EchoMode.Password)
                    line.setPlaceholderText("Kept; leave empty to keep it" if field.stored else "")
                return line, lambda: hosting.typed(field, line.text()), line.textEdited
            case _:
                assert_never(field)

    def _table(self, field: hs.TableField) -> QtWidgets.QWidget:
        table, ticked = RowList(), hosting.text_of(self._values.get(field.field_id)).splitlines()
        extra = (hs.Column(column_id="", label=""),) if any(row.repair for row in field.rows) else ()
        table.draw((*field.columns, *extra), field.rows)
        for row in field.rows:
            if field.tickable:
                table.lines[row.row_id].setCheckState(0, CHECKED if row.row_id in ticked else UNCHECKED)
            if one := row.repair:
                mend = button(one.label, partial(self.act, one.action_id, row.row_id), one.disabled_reason)
                table.setItemWidget(table.lines[row.row_id], len(field.columns), mend)
        table.fit()
        if field.tickable:
            lines = table.lines
            self._readers[field.field_id] = lambda: tuple(
                one for one, line in lines.items() if line.checkState(0) is CHECKED
            )
        return table


class FileButton(QtWidgets.QPushButton):
    """Chooses a text file and holds its content."""

    chosen = QtCore.Signal()

    def __init__(self, field: hs.FileField, content: str) -> None:
        super().__init__(
            f"{len(content):,} characters chosen" if content else "Choose a text file …", autoDefault=False
        )
        self.content, self._field = content, field
        accepted = " ".join(f"*{ending}" for ending in field.accept)
        self.clicked.connect(lambda: self.take(QtWidgets.QFileDialog.getOpenFileName(self, filter=accepted)[0]))

    def take(self, path: str) -> None:
        if not path:
            return  # Cancel was pressed: what was chosen before stays.
        self.content = text = hosting.file_text(self._field, Path(path))
        self.setText(f"{len(text):,} characters chosen" if text else "Not taken: too long, or no text …")
        self.chosen.emit()
