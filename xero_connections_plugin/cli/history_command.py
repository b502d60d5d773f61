"""``xero-connections history``: who did what, and what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from hostspec.forms import ActionField, ChoiceField
from hostspec.hosting.form_values import fields_of
from hostspec.ui import Download, ShowDialog
from xero_connections_plugin.cli.command_ends import ToldByTab
from xero_connections_plugin.cli.console import Console, examples, with_json
from xero_connections_plugin.cli.dialog_printing import table_of
from xero_connections_plugin.cli.entry_rows import find_row, moment
from xero_connections_plugin.cli.name_argument import name_argument
from xero_connections_plugin.cli.tab_window import TabWindow
from xero_connections_plugin.cli.texts import act_texts as texts
from xero_connections_plugin.cli.texts import definition_texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hostspec.rows import Row
    from hostspec.ui import Dialog
    from xero_connections_plugin.cli.console_output import Json

_KINDS: Final = ("sign_ins", "renewals", "changes", "deletions", "tests", "profiles", "keys")
_PERIODS: Final = ("1", "7", "30", "90", "365")
_OLDER: Final = "history_page:"
_EXPORT: Final = "history_export"


@click.command(
    epilog=examples(
        "xero-connections history --limit 20",
        "xero-connections history Head-office --kind sign_ins --days 30",
        "xero-connections history --csv > history.csv",
    )
)
@name_argument(required=False)
@click.option("--kind", type=click.Choice(_KINDS), help="Only this kind of events.")
@click.option("--who", default="", metavar="PERSON", help="Only what this person did: a name or a user id.")
@click.option("--days", type=click.Choice(_PERIODS), help="Only the last so many days.")
@click.option("--limit", type=click.IntRange(1), default=100, show_default=True, help="At most so many, the newest.")
@click.option("--csv", "is_csv", is_flag=True, help="Everything that fits, as a CSV file on the standard output.")
@with_json
@click.pass_obj
def history(
    console: Console,
    /,
    *,
    name: str | None,
    is_id: bool,
    kind: str | None,
    who: str,
    days: str | None,
    limit: int,
    is_csv: bool,
) -> None:
    """Show who did what and what came of it, newest first.

    With NAME only what happened to that connection. A deleted connection is named by its id, with --id.
    """
    with console.open_host() as host:
        window = TabWindow(host.controller, host.origin, host.news)
        row_id = None
        if name is not None:
            row_id = name if is_id else find_row(host, name).row_id
        window.press("history", row_id=row_id)
        for field_id, wanted in (("history_kind", kind), ("history_person", who), ("history_period", days)):
            if wanted:
                _filter(window, field_id, wanted)
        if is_csv:
            _write_csv(console, window)
            return
        events = list(_events(window, limit))
        if not events:
            console.out.note(texts.NO_EVENTS)
        else:
            dialog = _dialog(window)
            table = table_of(dialog)
            columns = [column.label for column in table.columns] if table is not None else []
            console.out.table(
                columns,
                [[cell.text for cell in row.cells] for row in events],
                tones=[row.cells[1].tone.value if row.cells[1].tone is not None else "" for row in events],
            )
        console.out.json([_as_json(row) for row in events])


def _dialog(window: TabWindow) -> Dialog:
    opened = window.dialog
    if opened is None:
        raise ToldByTab(texts.NO_EVENTS)
    return opened.dialog


def _filter(window: TabWindow, field_id: str, wanted: str) -> None:
    fields = fields_of(_dialog(window).form)
    field = next(one for one in fields if isinstance(one, ChoiceField) and one.field_id == field_id)
    folded = wanted.casefold()
    found = [one.value for one in field.options if folded in {one.value.casefold(), one.label.casefold()}]
    if not found:
        raise ToldByTab(
            definition_texts.no_such_option(field.label, wanted, tuple(option.label for option in field.options))
        )
    window.set(field_id, found[0])


def _events(window: TabWindow, limit: int) -> Iterator[Row]:
    shown = 0
    while True:
        dialog = _dialog(window)
        table = table_of(dialog)
        for row in table.rows if table is not None else ():
            yield row
            shown += 1
            if shown == limit:
                return
        acts = [one.action_id for one in fields_of(dialog.form) if isinstance(one, ActionField)]
        older = [one for one in acts if one.startswith(_OLDER) and int(one.removeprefix(_OLDER)) >= shown]
        if not older or not isinstance(window.press(older[-1]), ShowDialog):
            return


def _write_csv(console: Console, window: TabWindow) -> None:
    step = window.press(_EXPORT)
    if not isinstance(step, Download):
        raise ToldByTab(texts.NO_EVENTS)
    console.out.write(step.text)


def _as_json(row: Row) -> Json:
    when, kind, connection, who, account, text = row.cells
    return {
        "at": moment(when),
        "what": kind.text,
        "state": kind.tone.value if kind.tone is not None else "neutral",
        "connection": connection.text if connection.exact else None,
        "connection_id": connection.exact or None,
        "who": who.text,
        "user_id": who.exact,
        "account": account.text if account.text != "–" else None,
        "text": text.text if text.text != "–" else None,
    }
