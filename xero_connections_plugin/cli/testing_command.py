"""``xero-connections test``: one connection, or all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from hostspec.ui import ShowDialog
from hostspec.value import Tone
from xero_connections_plugin.cli.command_ends import ToldByTab
from xero_connections_plugin.cli.console import Console, examples, with_json
from xero_connections_plugin.cli.console_output import plain
from xero_connections_plugin.cli.dialog_printing import (
    facts_json,
    facts_of,
    notes_of,
    print_table,
    row_json,
    table_of,
    tone_of,
)
from xero_connections_plugin.cli.entry_rows import find_row, statuses
from xero_connections_plugin.cli.exit_codes import ExitCode, code_of_status, worst
from xero_connections_plugin.cli.name_argument import name_argument
from xero_connections_plugin.cli.step_answers import settle
from xero_connections_plugin.cli.tab_window import TabWindow
from xero_connections_plugin.cli.texts import act_texts as texts

if TYPE_CHECKING:
    from hostspec.rows import Row
    from hostspec.ui import Dialog, UserAct, Wait
    from xero_connections_plugin.cli.console_host import OpenHost
    from xero_connections_plugin.cli.console_output import Output


@click.command(
    "test",
    epilog=examples("xero-connections test Head-office", "xero-connections test --all --json"),
)
@name_argument(required=False)
@click.option("--all", "is_all", is_flag=True, help="Every connection.")
@with_json
@click.pass_context
def try_out(ctx: click.Context, /, *, name: str | None, is_id: bool, is_all: bool) -> None:
    """Test the connection NAME, or all of them.

    The sign-in is used, the company is asked for, and one thing is read. Ends with 3 where somebody has to sign in,
    4 where Xero could not be reached, 1 where something else failed.
    """
    console = ctx.ensure_object(Console)
    if (name is None) is not is_all:
        raise click.UsageError(texts.NAME_OR_ALL)
    with console.open_host() as host:
        watch = _Progress(console.out)
        window = TabWindow(host.controller, host.origin, host.news, watch)
        row = find_row(host, name, is_id=is_id) if name is not None else None
        pressed = window.press("test", row_id=row.row_id) if row is not None else window.press("test_all")
        step = settle(console, window, pressed)
        if not isinstance(step, ShowDialog):
            if is_all:
                console.out.note(texts.NOTHING_TESTED)
                console.out.json([])
                return
            raise ToldByTab(texts.NOTHING_TESTED)
        code = _one_told(console, host, step.dialog, row) if row is not None else _all_told(console, host, step.dialog)
        window.leave()
    ctx.exit(code)


class _Progress:
    """Says what is under way, once."""

    def __init__(self, out: Output) -> None:
        self._out = out
        self._told = ""

    def __call__(self, wait: Wait) -> UserAct | None:
        if wait.text != self._told:
            self._told = wait.text
            self._out.note(wait.text)
        return None


def _one_told(console: Console, host: OpenHost, dialog: Dialog, row: Row) -> ExitCode:
    notes = notes_of(dialog)
    facts = facts_of(dialog)
    passed = all(note.tone is Tone.GOOD for note in notes)
    status = statuses(host).get(row.row_id)
    console.out.say(f"{plain(dialog.title)}\n{' '.join(note.text for note in notes)}")
    console.out.facts([(fact.label, fact.text) for fact in facts])
    console.out.json(
        {
            "id": row.row_id,
            "passed": passed,
            "status": status,
            "text": " ".join(note.text for note in notes),
            "facts": facts_json(facts),
        }
    )
    code = _code(_TONES[notes[0].tone] if notes else "", status)
    if code is ExitCode.SIGN_IN_NEEDED:
        console.out.note(texts.sign_in_with(row.label))
    return code


_TONES: Final = {Tone.GOOD: "good", Tone.WAITING: "waiting", Tone.WARNING: "bad", Tone.BAD: "bad", Tone.NEUTRAL: "bad"}


def _all_told(console: Console, host: OpenHost, dialog: Dialog) -> ExitCode:
    table = table_of(dialog)
    if table is None:
        return ExitCode.NOT_DONE
    known = statuses(host)
    console.out.note(" ".join(part for part in (dialog.intro, dialog.problem) if part))
    print_table(console.out, table)
    console.out.json(
        [
            {
                "id": row.row_id,
                "passed": tone_of(row) == Tone.GOOD,
                "status": known.get(row.row_id),
                **row_json(table, row),
            }
            for row in table.rows
        ]
    )
    codes = [_code(tone_of(row), known.get(row.row_id)) for row in table.rows]
    return worst([*codes, *([ExitCode.NOT_DONE] if dialog.problem else [])])


def _code(tone: str, status: str | None) -> ExitCode:
    match tone:
        case "good":
            return ExitCode.FINE
        case "waiting":
            return ExitCode.TRY_LATER
        case _:
            return code_of_status(status) or ExitCode.NOT_DONE
