"""``xero-connections show``: the box with details."""

from __future__ import annotations

import click

from hostspec.ui import ShowDialog
from xero_connections_plugin.cli.console import Console, examples, with_json
from xero_connections_plugin.cli.dialog_printing import facts_json, facts_of
from xero_connections_plugin.cli.entry_rows import as_json, find_row, statuses
from xero_connections_plugin.cli.name_argument import name_argument
from xero_connections_plugin.cli.tab_window import TabWindow


@click.command(epilog=examples("xero-connections show Head-office", 'xero-connections show "Head office" --json'))
@name_argument()
@with_json
@click.pass_obj
def show(console: Console, /, *, name: str, is_id: bool) -> None:
    """Show everything that is known about the connection NAME.

    That is its sign-in, company and scopes, who uses it, and its latest events: what the tab calls Details.
    """
    with console.open_host() as host:
        row = find_row(host, name, is_id=is_id)
        step = TabWindow(host.controller, host.origin, host.news).press("details", row_id=row.row_id)
        facts = facts_of(step.dialog) if isinstance(step, ShowDialog) else ()
        console.out.facts([(fact.label, fact.text) for fact in facts])
        if console.out.as_json:
            listed = as_json(row, statuses(host).get(row.row_id))
            console.out.json({**listed, "facts": facts_json(facts)})
