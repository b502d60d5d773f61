"""``xero-connections rename``."""

from __future__ import annotations

import click

from hostspec.ui import ShowDialog, ShowView
from xero_connections_plugin.cli.command_ends import ToldByTab
from xero_connections_plugin.cli.console import Console, examples, with_json
from xero_connections_plugin.cli.entry_rows import as_json, find_row, statuses
from xero_connections_plugin.cli.name_argument import name_argument
from xero_connections_plugin.cli.step_answers import refuse_dialog, settle
from xero_connections_plugin.cli.tab_window import TabWindow
from xero_connections_plugin.cli.texts import definition_texts as texts

_NEW_NAME = "new_name"


@click.command(epilog=examples('xero-connections rename Head-office "Head office"'))
@name_argument()
@click.argument("new_name")
@with_json
@click.pass_obj
def rename(console: Console, /, *, name: str, is_id: bool, new_name: str) -> None:
    """Give the connection NAME another name.

    Profiles keep pointing to it: they know it by its id.
    """
    with console.open_host() as host:
        row = find_row(host, name, is_id=is_id)
        window = TabWindow(host.controller, host.origin, host.news)
        if not isinstance(settle(console, window, window.press("rename", row_id=row.row_id)), ShowDialog):
            raise ToldByTab(texts.SAVED_UNCHANGED)
        window.set(_NEW_NAME, new_name)
        step = settle(console, window, window.press("rename_confirmed"))
        if isinstance(step, ShowDialog):
            refuse_dialog(step)
        if not isinstance(step, ShowView):
            raise ToldByTab(texts.SAVED_UNCHANGED)
        renamed = find_row(host, row.row_id, is_id=True)
        console.out.say(texts.saved(renamed.label, renamed.row_id))
        if console.out.as_json:
            console.out.json(as_json(renamed, statuses(host).get(renamed.row_id)))
