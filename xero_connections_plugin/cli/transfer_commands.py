"""``export`` and ``import``: connections as files, without their sign-ins."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final, TextIO

import click

from hostspec.forms import ChoiceField
from hostspec.hosting.form_values import fields_of
from hostspec.ui import Download, ShowDialog
from hostspec.value import Tone
from xero_connections_plugin.cli.command_ends import ToldByTab
from xero_connections_plugin.cli.console import Console, examples, with_json, with_yes
from xero_connections_plugin.cli.dialog_printing import notes_of, print_table, row_json, table_of, tone_of
from xero_connections_plugin.cli.entry_rows import find_row
from xero_connections_plugin.cli.exit_codes import ExitCode
from xero_connections_plugin.cli.name_argument import name_argument
from xero_connections_plugin.cli.step_answers import refuse_dialog, settle
from xero_connections_plugin.cli.tab_window import TabWindow
from xero_connections_plugin.cli.texts import act_texts as texts

if TYPE_CHECKING:
    from hostspec.ui import Dialog

_FILE: Final = "file"
_CHOICES: Final = ("keep", "take", "add")


@click.command(
    "export",
    epilog=examples(
        "xero-connections export --output connections.json", "xero-connections export Head-office > head-office.json"
    ),
)
@name_argument(required=False)
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path, dir_okay=False, writable=True),
    help="The file to write; else the standard output.",
)
@with_yes
@with_json
@click.pass_obj
def export_file(console: Console, /, *, name: str | None, is_id: bool, output: Path | None) -> None:
    """Write connections into a file.

    It holds names, definitions and companies, and no sign-in, token, key or person. Without NAME it holds all. The
    file is JSON itself; with --output, --json prints its name.
    """
    with console.open_host() as host:
        window = TabWindow(host.controller, host.origin, host.news)
        row_id = find_row(host, name, is_id=is_id).row_id if name is not None else None
        if output is not None and output.exists():
            console.ask.confirm(texts.exists(str(output)))
        step = settle(console, window, window.press("export", row_id=row_id))
        while isinstance(step, ShowDialog):
            dialog = step.dialog
            if dialog.primary.disabled_reason:
                raise ToldByTab(dialog.primary.disabled_reason)
            for note in notes_of(dialog):
                if note.tone is Tone.WARNING:
                    # Some are left out: the file is written all the same if that is right.
                    console.ask.confirm(f"{note.text} {dialog.primary.label}?")
            step = settle(console, window, window.press(dialog.primary.action_id))
        if not isinstance(step, Download):
            raise ToldByTab(texts.NOTHING_TESTED)
        if output is None:
            console.out.write(step.text)
            return
        try:
            output.write_text(step.text, encoding="utf-8")
        except OSError as trouble:
            raise ToldByTab(texts.unreadable(str(output), trouble.strerror or type(trouble).__name__)) from None
        console.out.note(texts.written(str(output)))
        console.out.json({"file": str(output)})


@click.command(
    "import",
    epilog=examples(
        "xero-connections import connections.json",
        "xero-connections import connections.json --conflicts take --apply",
        "xero-connections import - --apply < connections.json",
        'xero-connections import connections.json --conflict "Head office=add" --apply',
    ),
)
@click.argument("file", type=click.File("r", encoding="utf-8-sig"))
@click.option("--apply", "is_applied", is_flag=True, help="Do it; else only what it would do is shown.")
@click.option(
    "--conflicts",
    type=click.Choice(_CHOICES),
    default=None,
    help="For what is here already: keep it (as without this option), take the file's settings, or add beside it.",
)
@click.option("--conflict", "single", multiple=True, metavar="NAME=CHOICE", help="The same for one; may be repeated.")
@with_json
@click.pass_context
def import_file(
    ctx: click.Context,
    /,
    *,
    file: TextIO,
    is_applied: bool,
    conflicts: str | None,
    single: tuple[str, ...],
) -> None:
    """Take connections over from FILE.

    Export has written it; - reads the standard input. Without --apply nothing changes: it is shown what each
    connection of the file would become here. Each needs a sign-in afterwards.
    """
    console = ctx.ensure_object(Console)
    try:
        text = file.read()
    except (OSError, UnicodeDecodeError) as trouble:
        raise ToldByTab(texts.unreadable(file.name, type(trouble).__name__)) from None
    with console.open_host() as host:
        window = TabWindow(host.controller, host.origin, host.news)
        window.press("import")
        window.set(_FILE, str(text))
        step = settle(console, window, window.press("import_read"))
        if not isinstance(step, ShowDialog) or table_of(step.dialog) is None:
            if isinstance(step, ShowDialog):
                refuse_dialog(step)
            raise ToldByTab(texts.NOTHING_TESTED)
        try:
            _choose(window, step.dialog, conflicts, single)
            if not is_applied:
                _print(console, step.dialog, {"applied": False})
                console.out.note(texts.DRY_RUN)
                return
            if step.dialog.primary.disabled_reason:
                _print(console, step.dialog, {"applied": False})
                console.out.note(step.dialog.primary.disabled_reason)
                if _has_failed(step.dialog):
                    ctx.exit(ExitCode.NOT_DONE)
                return
            done = settle(console, window, window.press(step.dialog.primary.action_id))
        finally:
            window.leave()
        if not isinstance(done, ShowDialog):
            raise ToldByTab(texts.NOTHING_TESTED)
        _print(console, done.dialog, {"applied": True})
        if _has_failed(done.dialog) or done.dialog.problem:
            ctx.exit(ExitCode.NOT_DONE)


def _choose(window: TabWindow, plan: Dialog, conflicts: str | None, single: tuple[str, ...]) -> None:
    questions = [one for one in fields_of(plan.form) if isinstance(one, ChoiceField)]
    table = table_of(plan)
    fields = {row.label: f"conflict-{row.row_id}" for row in (table.rows if table is not None else ())}
    wanted = {one.field_id: conflicts for one in questions} if conflicts else {}
    for pair in single:
        name, mark, choice = pair.rpartition("=")
        if not mark:
            raise click.BadParameter(f"{pair} is no NAME=CHOICE", param_hint="--conflict")
        field_id = fields.get(name, "")
        if all(one.field_id != field_id for one in questions):
            raise ToldByTab(texts.no_conflict(name))
        wanted[field_id] = choice
    for one in questions:
        choice_wanted = wanted.get(one.field_id)
        offered = tuple(option.value for option in one.options)
        if choice_wanted is None:
            continue
        if choice_wanted not in offered:
            # Asked of all, it holds where it is possible; what was asked of one has to be.
            if choice_wanted == conflicts:
                continue
            raise ToldByTab(texts.no_conflict_choice(choice_wanted, offered))
        window.set(one.field_id, choice_wanted)


def _has_failed(dialog: Dialog) -> bool:
    """Whether a connection of the file cannot be, or could not be, taken over."""
    table = table_of(dialog)
    return table is not None and any(tone_of(row) == Tone.BAD for row in table.rows)


def _print(console: Console, dialog: Dialog, told: dict[str, bool]) -> None:
    table = table_of(dialog)
    for note in notes_of(dialog):
        console.out.note(note.text)
    if dialog.problem:
        console.out.note(dialog.problem)
    if table is not None:
        print_table(console.out, table)
    rows = [row_json(table, row) for row in table.rows] if table is not None else []
    console.out.json({**told, "connections": [*rows]})
