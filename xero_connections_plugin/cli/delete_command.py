"""``xero-connections delete``: the question of the tab, with its choices as an option."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from hostspec.forms import ChoiceField
from hostspec.hosting.form_values import fields_of
from hostspec.ui import ShowDialog, ShowView
from xero_connections_plugin.cli.command_ends import ToldByTab
from xero_connections_plugin.cli.console import Console, examples, with_json, with_yes
from xero_connections_plugin.cli.dialog_printing import notes_of, table_of
from xero_connections_plugin.cli.entry_rows import find_row
from xero_connections_plugin.cli.name_argument import name_argument
from xero_connections_plugin.cli.step_answers import settle
from xero_connections_plugin.cli.tab_window import TabWindow
from xero_connections_plugin.cli.texts import act_texts as texts

if TYPE_CHECKING:
    from hostspec.ui import Dialog

_CHOICE: Final = "choice"


@click.command(
    epilog=examples(
        "xero-connections --host sample-host delete Head-office",
        "xero-connections delete Head-office --confirm-unused --yes",
        "xero-connections --host sample-host delete Head-office --at-xero unlink --yes",
    )
)
@name_argument()
@click.option(
    "--at-xero",
    "choice",
    default="",
    metavar="CHOICE",
    help="What happens at Xero too: unlink (this company) or revoke (the whole sign-in). Else nothing does.",
)
@click.option(
    "--confirm-unused",
    is_flag=True,
    help="Nobody uses it, as far as you know. Asked for without --host: then only hosts that told of their profiles "
    "lately can be asked.",
)
@with_yes
@with_json
@click.pass_obj
def delete(console: Console, /, *, name: str, is_id: bool, choice: str, confirm_unused: bool) -> None:
    """Delete the connection NAME, unless a profile uses it.

    It can be taken back for some days, with recover or on the tab. With --at-xero something is ended at Xero as well;
    what else that stops is said, and asked.
    """
    with console.open_host() as host:
        row = find_row(host, name, is_id=is_id)
        window = TabWindow(host.controller, host.origin, host.news)
        try:
            step = settle(console, window, window.press("delete", row_id=row.row_id))
            if not isinstance(step, ShowDialog):
                raise ToldByTab(texts.NOT_DELETED)
            if choice:
                _choose(window, choice)
            opened = window.dialog
            if not host.knows_profiles and not confirm_unused:
                console.ask.confirm(texts.UNUSED, option="--confirm-unused", always=True)
            if opened is not None:
                console.ask.confirm(_question(opened.dialog))
            step = settle(console, window, window.press("delete_confirmed"))
            if not isinstance(step, ShowView):
                raise ToldByTab(texts.NOT_DELETED)
        finally:
            window.leave()
        console.out.say(texts.deleted(row.label))
        if _is_in_bin(window, row.row_id):
            console.out.note(texts.how_to_take_back(row.label))
        console.out.json({"id": row.row_id, "name": row.label, "deleted": True})


def _choose(window: TabWindow, wanted: str) -> None:
    opened = window.dialog
    fields = fields_of(opened.dialog.form) if opened is not None else ()
    field = next((one for one in fields if isinstance(one, ChoiceField) and one.field_id == _CHOICE), None)
    offered = {option.value: option for option in field.options} if field is not None else {}
    if wanted not in offered:
        raise ToldByTab(texts.no_such_choice(wanted, tuple(offered)))
    window.set(_CHOICE, wanted)


def _is_in_bin(window: TabWindow, connection_id: str) -> bool:
    """Whether it can be taken back, which a setting may forbid."""
    step = window.press("deleted")
    table = table_of(step.dialog) if isinstance(step, ShowDialog) else None
    window.leave()
    return table is not None and any(row.row_id == connection_id for row in table.rows)


def _question(dialog: Dialog) -> str:
    return "\n".join((dialog.title, *(note.text for note in notes_of(dialog))))
