"""``xero-connections recover``: what was deleted, and taking it back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from hostspec.errors import ConnectionNotFound
from hostspec.ui import ShowDialog, ShowView, UserAct
from xero_connections_plugin.cli.command_ends import ToldByTab
from xero_connections_plugin.cli.console import Console, examples, with_json
from xero_connections_plugin.cli.dialog_printing import notes_of, print_table, table_of
from xero_connections_plugin.cli.entry_rows import as_json, find_row, known, moment, statuses
from xero_connections_plugin.cli.step_answers import refuse_dialog, settle
from xero_connections_plugin.cli.tab_window import TabWindow
from xero_connections_plugin.cli.texts import act_texts as texts
from xero_connections_plugin.cli.texts import console_texts

if TYPE_CHECKING:
    from hostspec.rows import Row
    from hostspec.ui import Dialog
    from xero_connections_plugin.cli.console_output import Json

_BIN: Final = "deleted"
_NAMING: Final = "recover-"
"""Begins the id of the dialog that takes another name; the connection's id follows."""

_NAME_FIELD: Final = "display_name"
_MOST_NAMED: Final = 5


@click.command(
    epilog=examples(
        "xero-connections recover",
        "xero-connections recover Head-office",
        'xero-connections recover Head-office --as "Head office of old"',
    )
)
@click.argument("name", required=False)
@click.option("--id", "is_id", is_flag=True, help="NAME is the connection's id.")
@click.option(
    "--as",
    "new_name",
    default="",
    metavar="NEW_NAME",
    help="Its name from now on, where another connection has the old one.",
)
@with_json
@click.pass_obj
def recover(console: Console, /, *, name: str | None, is_id: bool, new_name: str) -> None:
    """Take back the deleted connection NAME, or list what can be taken back.

    It comes back under its old id, so that profiles which still point to it work again.
    """
    with console.open_host() as host:
        window = TabWindow(host.controller, host.origin, host.news)
        step = settle(console, window, window.press(_BIN))
        if not isinstance(step, ShowDialog):
            raise ToldByTab(texts.NOT_TAKEN_BACK)
        if name is None:
            _print(console, step.dialog)
            return
        row = _meant(step.dialog, name, is_id=is_id)
        step = settle(console, window, window.send(_act(row.row_id, new_name)))
        if isinstance(step, ShowDialog):
            # Another connection has the name by now.
            refuse_dialog(step, hint="" if new_name else texts.NAME_IT)
        if not isinstance(step, ShowView):
            raise ToldByTab(texts.NOT_TAKEN_BACK)
        back = find_row(host, row.row_id, is_id=True)
        console.out.say(texts.taken_back(back.label, back.row_id))
        if console.out.as_json:
            console.out.json(as_json(back, statuses(host).get(back.row_id)))


def _act(connection_id: str, new_name: str) -> UserAct:
    if not new_name:
        return UserAct(action_id="recover", row_id=connection_id, dialog_id=_BIN)
    return UserAct(action_id="recover_named", dialog_id=f"{_NAMING}{connection_id}", values={_NAME_FIELD: new_name})


def _meant(dialog: Dialog, name: str, *, is_id: bool) -> Row:
    """The deleted connection of this name or id.

    Raises:
        ConnectionNotFound: There is none, or there are several.
    """
    table = table_of(dialog)
    deleted = table.rows if table is not None else ()
    folded = name.strip().casefold()
    found = [row for row in deleted if row.row_id == name] or [
        row for row in deleted if not is_id and row.label.casefold() == folded
    ]
    if len(found) == 1:
        return found[0]
    if found:
        # Two of one name were deleted one after the other.
        raise ConnectionNotFound(console_texts.ambiguous(name, tuple(f"{row.label} ({row.row_id})" for row in found)))
    raise ConnectionNotFound(texts.not_deleted(name, tuple(row.label for row in deleted[:_MOST_NAMED])))


def _print(console: Console, dialog: Dialog) -> None:
    for note in notes_of(dialog):
        console.out.note(note.text)
    table = table_of(dialog)
    if table is not None:
        print_table(console.out, table)
    console.out.json([_as_json(row) for row in (table.rows if table is not None else ())])


def _as_json(row: Row) -> Json:
    _, company, person, deleted_at, wiped_at = row.cells
    return {
        "id": row.row_id,
        "name": row.label,
        "company": known(company),
        "deleted_by": known(person),
        "deleted_at": moment(deleted_at),
        "wiped_at": moment(wiped_at),
    }
