"""Reading tables inside dialogs, and finding their rows, by what stands in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hostspec.forms import TableField
from hostspec.hosting.form_values import fields_of
from hostspec.testing.form_filling import NotThere

if TYPE_CHECKING:
    from hostspec.forms import FieldValue, Form
    from hostspec.rows import Row


def find_table(form: Form, label: str | None) -> TableField:
    """The table with that label; the only one where no label is given.

    Raises:
        NotThere: There is none, or there are several.
    """
    tables = [one for one in fields_of(form) if isinstance(one, TableField)]
    found = [one for one in tables if label is None or one.label == label]
    if len(found) != 1:
        wanted = "" if label is None else f' labelled "{label}"'
        raise NotThere(f"There are {len(found)} tables{wanted} on top; there are {[one.label for one in tables]}.")
    return found[0]


def find_row(table: TableField, label: str) -> Row:
    """The one row with that label.

    Raises:
        NotThere: There is none, or there are several.
    """
    found = [row for row in table.rows if row.label == label]
    if len(found) != 1:
        labels = [row.label for row in table.rows]
        raise NotThere(f'{len(found)} rows of "{table.label}" are called "{label}"; there are {labels}.')
    return found[0]


def ticked_with(table: TableField, held: FieldValue, row_id: str, *, on: bool) -> tuple[str, ...]:
    """The ticked rows after one was ticked or unticked, in the order of the table."""
    ticked = set(held if isinstance(held, tuple) else ())
    wanted = ticked | {row_id} if on else ticked - {row_id}
    return tuple(row.row_id for row in table.rows if row.row_id in wanted)


def cells_by_column(table: TableField, row: Row) -> dict[str, str]:
    """The texts of a row, by the labels of the columns; a mark stands behind its text in parentheses.

    Raises:
        AssertionError: The row has not as many cells as the table has columns.
    """
    if len(row.cells) != len(table.columns):
        raise AssertionError(f'The row "{row.label}" has not as many cells as the table has columns.')
    return {
        column.label: f"{cell.text} ({cell.mark})" if cell.mark else cell.text
        for column, cell in zip(table.columns, row.cells, strict=True)
    }
