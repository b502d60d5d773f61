"""Buttons, and tables of rows with buttons: shared by tabs and by the fields of forms."""

from pydantic import Field as PydanticField

from hostspec.value import Text, Tone, Value


class Action(Value):
    """A button."""

    action_id: str
    """Sent as ``UserAct.action_id`` when it is pressed."""
    label: str
    """What stands on it."""
    primary: bool = False
    """The one that people most likely want; Enter presses it."""
    destructive: bool = False
    """Takes something away that is hard to get back."""
    disabled_reason: str = ""
    """Not empty: disabled, and this says why."""
    needs_row: str = ""
    """Not empty: works on the selected row, and this says what to do while none is selected."""


class TableQuery(Value):
    """Which part of a table is shown."""

    search: Text = ""
    """What stands in the search field; empty: everything."""
    filter_id: Text = ""
    """One of the view's ``Filter``; empty: all rows."""
    sort: Text = ""
    """A ``column_id``; empty means the table's own order."""
    descending: bool = False
    """The other way round."""
    offset: int = PydanticField(default=0, ge=0)
    """How many rows to skip."""
    limit: int = PydanticField(default=50, ge=1, le=200)
    """How many rows to answer."""


class Column(Value):
    """A column of a table."""

    column_id: str
    """Sent as ``TableQuery.sort``."""
    label: str
    """What stands above the column."""
    sortable: bool = False
    """Whether a click on the label sorts the table by it."""


class Cell(Value):
    """What stands in one column of one row."""

    text: str
    """What is read there."""
    tone: Tone | None = None
    """Not ``None``: drawn as a state, with the tone's shape beside the word."""
    exact: str = ""
    """The precise form, such as the exact time behind a date."""
    mark: str = ""
    """A short word beside the text, such as "demo company"."""


class Row(Value):
    """A row of a table."""

    row_id: str
    """Sent as ``UserAct.row_id`` while the row is selected."""
    label: str
    """What people call the row; names it to screen readers."""
    cells: tuple[Cell, ...]
    """As many as the table has columns."""
    problem: str = ""
    """One sentence of cause, shown while the row is selected; always in a table of a dialog."""
    repair: Action | None = None
    """The one button that mends the problem."""


class Table(Value):
    """Rows in columns, a page at a time."""

    table_id: str
    """Names the table within its tab."""
    label: str
    """What the table lists; names it to screen readers."""
    columns: tuple[Column, ...]
    """From left to right."""
    rows: tuple[Row, ...]
    """From top to bottom, sorted already."""
    total: int
    """How many rows match the query; ``rows`` holds the part asked for."""
    query: TableQuery
    """The query as answered: an offset past the end comes back mended."""
