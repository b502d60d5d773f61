"""``xero-connections show``: the box with details."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from hostspec.forms import FactsField
from hostspec.ui import ShowDialog
from xero_connections_plugin.cli.console import Console, examples, with_json
from xero_connections_plugin.cli.entry_rows import as_json, find_row, name_argument, statuses
from xero_connections_plugin.cli.tab_window import TabWindow, fields_of

if TYPE_CHECKING:
    from hostspec.forms import Fact
    from xero_connections_plugin.cli.tab_window import Shown


@click.command(epilog=examples("xero-connections show Head-office", 'xero-connections show "Head office" --json'))
@name_argument
@with_json
@click.pass_obj
def show(console: Console, *, name: str, is_id: bool) -> None:
    """Show everything that is known about the connection NAME.

    That is its sign-in, company and scopes, who uses it, and its latest events: what the tab calls Details.
    """
    with console.open_host() as host:
        row = find_row(host, name, is_id=is_id)
        window = TabWindow(host.controller, host.origin, host.news)
        facts = _facts(window.press("details", row_id=row.row_id))
        console.out.facts([(fact.label, fact.text) for fact in facts])
        if console.out.as_json:
            listed = as_json(row, statuses(host).get(row.row_id))
            if isinstance(listed, dict):
                listed["facts"] = [{"label": one.label, "text": one.text, "exact": one.exact or None} for one in facts]
            console.out.json(listed)


def _facts(step: Shown) -> tuple[Fact, ...]:
    if not isinstance(step, ShowDialog):
        return ()
    return tuple(fact for one in fields_of(step.dialog.form) if isinstance(one, FactsField) for fact in one.facts)
