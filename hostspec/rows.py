"""Buttons, and tables of rows with buttons: shared by tabs and by the fields of forms."""

from pydantic import Field as PydanticField

from hostspec.value import Text, Tone, Value


class Action(Value):
    """A button."""

    action_id: str
    label: str
    primary: bool = False
    destructive: bool = False
    disabled_reason: str = ""
    """Not empty: disabled, and this says why."""
    needs_row: str = ""
    """Not empty: works on the selected row, and this says what to do while none is selected."""


class TableQuery(Value):
    """Which part of a table is shown."""

    search: Text = ""
    filter_id: Text = ""
    sort: Text = ""
    """A ``column_id``; empty means the table's own order."""
    descending: bool = False
    offset: int = PydanticField(default=0, ge=0)
    limit: int = PydanticField(default=50, ge=1, le=200)


class Column(Value):
    column_id: str
    label: str
    sortable: bool = False


class Cell(Value):
    """What stands in one column of one row."""

    text: str
    tone: Tone | None = None
    """Not ``None``: drawn as a state, with the tone's shape beside the word."""
    exact: str = ""
    """The precise form, such as the exact time behind a date."""
    mark: str = ""


class Row(Value):
    row_id: str
    label: str
    """What people call the row; names it to screen readers."""
    cells: tuple[Cell, ...]
    """As many as the table has columns."""
    problem: str = ""
    """One sentence of cause, shown while the row is selected; always in a table of a dialog."""
    repair: Action | None = None
    """The one button that mends the problem."""


class Table(Value):
    table_id: str
    label: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    total: int
    """How many rows match the query; ``rows`` holds the part asked for."""
    query: TableQuery
    """The query as answered: an offset past the end comes back mended."""
