"""How does what a dialog shows look in a terminal? Notes, facts and tables, in their order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hostspec.forms import FactsField, NoteField, TableField
from hostspec.hosting.form_values import fields_of

if TYPE_CHECKING:
    from hostspec.forms import Fact
    from hostspec.rows import Row
    from hostspec.ui import Dialog
    from xero_connections_plugin.cli.console_output import Json, Output


def facts_of(dialog: Dialog) -> tuple[Fact, ...]:
    """The facts of a dialog."""
    return tuple(fact for one in fields_of(dialog.form) if isinstance(one, FactsField) for fact in one.facts)


def table_of(dialog: Dialog) -> TableField | None:
    """The first table of a dialog."""
    return next((one for one in fields_of(dialog.form) if isinstance(one, TableField)), None)


def notes_of(dialog: Dialog) -> tuple[NoteField, ...]:
    """The notes of a dialog."""
    return tuple(one for one in fields_of(dialog.form) if isinstance(one, NoteField))


def tone_of(row: Row) -> str:
    """How a row is meant: by its first cell that is drawn as a state."""
    return next((cell.tone.value for cell in row.cells if cell.tone is not None), "")


def print_table(out: Output, table: TableField) -> None:
    """A table of a dialog; what it says when it is empty goes beside the result."""
    if table.rows:
        out.table(
            [column.label for column in table.columns],
            [[cell.text for cell in row.cells] for row in table.rows],
            tones=[tone_of(row) for row in table.rows],
        )
    elif table.empty:
        out.note(table.empty)


def row_json(table: TableField, row: Row) -> dict[str, Json]:
    """A row by the ids of its columns, with how it is meant."""
    cells = zip(table.columns, row.cells, strict=True)
    told: dict[str, Json] = {column.column_id: cell.text for column, cell in cells}
    told["state"] = tone_of(row) or "neutral"
    return told


def facts_json(facts: tuple[Fact, ...]) -> list[Json]:
    """Facts in their order; a label may come more than once."""
    return [{"label": one.label, "text": one.text, "exact": one.exact or None} for one in facts]
