"""``xero-connections list``: what stands on the tab."""

from __future__ import annotations

from typing import Final

import click

from xero_connections_plugin.cli.console import Console, examples, with_json
from xero_connections_plugin.cli.entry_rows import COLUMNS, as_json, filters, rows, statuses
from xero_connections_plugin.cli.exit_codes import ExitCode, code_of_status, worst
from xero_connections_plugin.cli.texts import list_texts as texts

_ATTENTION: Final = "attention"


@click.command(
    "list",
    epilog=examples(
        "xero-connections list",
        "xero-connections list --search north --sort expires",
        "xero-connections list --attention --json",
    ),
)
@click.option("--search", default="", help="Only those with this in their name or in what they reach.")
@click.option(
    "--filter", "filter_id", default="", help="Only a part: attention, ready, unused_30, unused_90, unused_180."
)
@click.option("--attention", is_flag=True, help="Only those that need somebody; the exit code says what they need.")
@click.option("--sort", type=click.Choice(COLUMNS), default="name", show_default=True, help="Order by a column.")
@click.option("--descending", is_flag=True, help="The last first.")
@with_json
@click.pass_context
def list_connections(
    ctx: click.Context, *, search: str, filter_id: str, attention: bool, sort: str, descending: bool
) -> None:
    """List connections and how they stand.

    With --attention the command suits monitoring: it prints the connections that somebody has to look at, and ends
    with 0 if there are none, 3 if somebody has to sign in, 8 if the key is missing, 1 otherwise.
    """
    console = ctx.ensure_object(Console)
    part = _ATTENTION if attention else filter_id
    with console.open_host() as host:
        if attention:
            # Whoever only lists is not kept waiting by a keychain.
            host.look_for_key()
        if part and part not in (known := filters(host)):
            raise click.BadParameter(texts.no_such_filter(part, tuple(known)), param_hint="--filter")
        found = list(rows(host, search=search, filter_id=part, sort=sort, descending=descending))
        if console.out.as_json:
            known_statuses = statuses(host)
            console.out.json([as_json(row, known_statuses.get(row.row_id)) for row in found])
        elif not found:
            console.out.note(texts.NOTHING if search or part else texts.EMPTY)
        else:
            console.out.table(
                texts.HEADINGS,
                [[cell.text for cell in row.cells] for row in found],
                tones=[row.cells[2].tone.value if row.cells[2].tone is not None else "" for row in found],
            )
        if attention:
            known_statuses = statuses(host)
            codes = (code_of_status(known_statuses.get(row.row_id)) or ExitCode.NOT_DONE for row in found)
            ctx.exit(worst(codes))
