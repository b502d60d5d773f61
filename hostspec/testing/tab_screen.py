"""What a person reads on a tab and in the windows above it, found by labels."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from hostspec.forms import ChoiceField, CopyableField, FactsField, Form, NoteField
from hostspec.hosting.form_values import Input, fields_of
from hostspec.hosting.open_windows import OpenDialog, OpenMessage, OpenUsage, OpenWait, title_of
from hostspec.testing.dialog_tables import cells_by_column, find_row, find_table
from hostspec.testing.focused_windows import FocusedWindows
from hostspec.testing.form_filling import NotThere, find_input
from hostspec.testing.shown_buttons import Button, all_of, of_dialog, of_view, of_wait
from hostspec.ui import TableQuery, View

if TYPE_CHECKING:
    from hostspec.forms import FieldValue
    from hostspec.messages import MessageBox
    from hostspec.ui import Dialog, Origin, Row, TabController, Wait
    from hostspec.usages import Subject

CLOSE_USAGE = "Close"


class TabScreen:
    """A tab in one window of a host, as it can be read now. ``TabDriver`` adds hands.

    Args:
        controller: Behind the tab.
        origin: Who looks, and in which window.
        changes: How many times plugins said that the tab changed.
    """

    def __init__(self, controller: TabController, origin: Origin, changes: Callable[[], int]) -> None:
        self.origin = origin
        self.windows = FocusedWindows()
        self.selected: str | None = None
        """Id of the selected row."""
        self.transcript: list[str] = []
        """Everything shown so far, as JSON: a place to look for what must never be shown."""
        self._controller = controller
        self._changes = changes
        self._query = TableQuery()
        self._seen = 0
        self._view = self._draw()

    @property
    def view(self) -> View:
        """What stands on the tab."""
        if self._changes() != self._seen:
            self._view = self._draw()
        return self._view

    @property
    def titles(self) -> list[str]:
        """Titles of the open windows, the one on top last; the host's usage dialog is called ``Usage``."""
        return [title_of(window) for window in self.windows.stack]

    @property
    def dialog(self) -> Dialog:
        """The dialog on top, or right below what is on top.

        Raises:
            NotThere: No dialog is open.
        """
        for window in reversed(self.windows.stack):
            if isinstance(window, OpenDialog):
                return window.dialog
        raise NotThere(f"No dialog is open, only {self.titles}.")

    @property
    def focused(self) -> str:
        """The label of what had the keyboard focus when the dialog on top was drawn last.

        Raises:
            NotThere: Something else is on top.
        """
        if isinstance(self.windows.top, OpenDialog):
            return self.windows.focused(self.windows.top.dialog.dialog_id)
        raise NotThere(f"No dialog is on top; open are {self.titles}.")

    @property
    def message(self) -> MessageBox:
        """The message box on top.

        Raises:
            NotThere: Something else is on top.
        """
        if isinstance(self.windows.top, OpenMessage):
            return self.windows.top.message
        raise NotThere(f"No message is on top; open are {self.titles}.")

    @property
    def waiting(self) -> Wait:
        """The waiting window on top.

        Raises:
            NotThere: Something else is on top.
        """
        if isinstance(self.windows.top, OpenWait):
            return self.windows.top.wait
        raise NotThere(f"Nothing on top is waiting; open are {self.titles}.")

    @property
    def usage_subject(self) -> Subject:
        """What the host's usage dialog on top shows.

        Raises:
            NotThere: Something else is on top.
        """
        if isinstance(self.windows.top, OpenUsage):
            return self.windows.top.subject
        raise NotThere(f"No usage dialog is on top; open are {self.titles}.")

    @property
    def rows(self) -> list[str]:
        """Labels of the rows shown, from top to bottom."""
        return [row.label for row in self._table_rows()]

    def cell(self, row: str, column: str) -> str:
        """The text in one column of one row.

        Raises:
            NotThere: There is no such row or column.
        """
        table = self.view.table
        columns = [one.label for one in table.columns] if table is not None else []
        if column not in columns:
            raise NotThere(f'There is no column "{column}", only {columns}.')
        return self._row(row).cells[columns.index(column)].text

    @property
    def buttons(self) -> dict[str, str]:
        """The buttons that can be seen on top, with the reason why each cannot be pressed; empty when it can."""
        return {button.label: button.reason for button in self._buttons()}

    @property
    def more(self) -> dict[str, str]:
        """The buttons of the tab behind "More", with the reason why each cannot be pressed; empty when it can."""
        return {button.label: button.reason for button in self._more()}

    @property
    def filters(self) -> dict[str, int | None]:
        """The parts of the table that the tab offers, with how many rows each holds, where that is known."""
        return {one.label: one.count for one in self.view.filters}

    def why_disabled(self, label: str) -> str:
        """Why a button cannot be pressed; empty when it can.

        Raises:
            NotThere: There is no such button on top.
        """
        return self._button(label).reason

    def field(self, label: str) -> Input:
        """A field of the window on top.

        Raises:
            NotThere: There is none with that label.
        """
        return find_input(self._form()[0], label)

    def value(self, label: str) -> FieldValue:
        """What a field holds now."""
        return self._form()[1][self.field(label).field_id]

    def error_at(self, label: str) -> str:
        """What is said to be wrong with a field; empty when nothing is."""
        return self.field(label).error

    def options(self, label: str) -> list[str]:
        """What a choice field offers, disabled options included."""
        field = self.field(label)
        if not isinstance(field, ChoiceField):
            raise NotThere(f'"{label}" offers no choice.')
        return [option.label for option in field.options]

    def shown(self, label: str) -> str:
        """The text of a copyable field.

        Raises:
            NotThere: There is none with that label.
        """
        found = [one for one in fields_of(self._form()[0]) if isinstance(one, CopyableField) and one.label == label]
        if len(found) != 1:
            raise NotThere(f'{len(found)} copyable texts are labelled "{label}".')
        return found[0].value

    def table_rows(self, label: str | None = None) -> list[str]:
        """Labels of the rows of a table in the window on top; of its only table where no label is given.

        Raises:
            NotThere: There is no such table, or there are several.
        """
        return [row.label for row in find_table(self._form()[0], label).rows]

    def table_row(self, row: str, *, table: str | None = None) -> dict[str, str]:
        """The texts of a row of a table in the window on top, by column; marks stand in parentheses behind.

        Raises:
            NotThere: There is no such table or row.
        """
        found = find_table(self._form()[0], table)
        return cells_by_column(found, find_row(found, row))

    def row_buttons(self, row: str, *, table: str | None = None) -> dict[str, str]:
        """The button of a row of a table in the window on top, with the reason why it cannot be pressed."""
        found = find_row(find_table(self._form()[0], table), row)
        return {button.label: button.reason for button in all_of([found.repair], row_selected=True)}

    def ticked(self, table: str | None = None) -> list[str]:
        """Labels of the ticked rows of a table in the window on top.

        Raises:
            NotThere: There is no such table.
        """
        form, values = self._form()
        found = find_table(form, table)
        held = values.get(found.field_id)
        return [row.label for row in found.rows if isinstance(held, tuple) and row.row_id in held]

    @property
    def facts(self) -> dict[str, str]:
        """The facts listed in the window on top, by label; several of one label are joined by line breaks."""
        facts: dict[str, str] = {}
        for one in fields_of(self._form()[0]):
            for fact in one.facts if isinstance(one, FactsField) else ():
                facts[fact.label] = f"{facts[fact.label]}\n{fact.text}" if fact.label in facts else fact.text
        return facts

    @property
    def notes(self) -> list[str]:
        """The notes in the window on top."""
        return [one.text for one in fields_of(self._form()[0]) if isinstance(one, NoteField)]

    def _draw(self) -> View:
        self._seen = self._changes()
        view = self._controller.view(self.origin, self._query)
        text = view.model_dump_json()
        if View.model_validate_json(text) != view:
            raise AssertionError(f'The view "{view.title}" does not survive JSON.')
        self.transcript.append(text)
        if view.table is not None:
            for row in view.table.rows:
                if len(row.cells) != len(view.table.columns):
                    raise AssertionError(f'The row "{row.label}" has not as many cells as the table has columns.')
            if len(view.table.rows) > self._query.limit:
                raise AssertionError(
                    f"The table shows {len(view.table.rows)} rows; {self._query.limit} were asked for."
                )
        if len({one.filter_id for one in view.filters}) != len(view.filters):
            raise AssertionError(f"Two filters share an id; there are {[one.filter_id for one in view.filters]}.")
        if self.selected not in {row.row_id for row in (view.table.rows if view.table is not None else ())}:
            self.selected = None
        return view

    def _table_rows(self) -> tuple[Row, ...]:
        view = self.view
        return view.table.rows if view.table is not None and view.empty is None else ()

    def _row(self, label: str) -> Row:
        found = [row for row in self._table_rows() if row.label == label]
        if len(found) != 1:
            raise NotThere(f'{len(found)} rows are called "{label}"; there are {self.rows}.')
        return found[0]

    def _form(self) -> tuple[Form, dict[str, FieldValue]]:
        match self.windows.top:
            case OpenDialog(dialog=dialog, values=values):
                return dialog.form, values
            case OpenWait(wait=wait, values=values):
                return wait.form, values
            case OpenMessage() | OpenUsage() | None:
                raise NotThere(f"There is no form on top; open are {self.titles}.")

    def _button(self, label: str) -> Button:
        everything = [*self._buttons(), *self._more()]
        # One act may be offered twice, such as Add above an empty table and in its middle.
        found = list(dict.fromkeys(button for button in everything if button.label == label))
        if len(found) != 1:
            raise NotThere(f'{len(found)} buttons are called "{label}"; there are {[one.label for one in everything]}.')
        return found[0]

    def _buttons(self) -> list[Button]:
        match self.windows.top:
            case OpenDialog(dialog=dialog):
                return of_dialog(dialog)
            case OpenWait(wait=wait):
                return of_wait(wait)
            case OpenMessage(message=message):
                return [Button(button.label, "", button.action_id) for button in message.buttons]
            case OpenUsage():
                return [Button(CLOSE_USAGE, "", None)]
            case None:
                repair = next((row.repair for row in self._table_rows() if row.row_id == self.selected), None)
                return of_view(self.view, repair, row_selected=self.selected is not None)

    def _more(self) -> list[Button]:
        return [] if self.windows.stack else all_of(self.view.more, row_selected=self.selected is not None)
