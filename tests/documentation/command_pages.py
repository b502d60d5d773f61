"""The page about the command line: a template with prose, filled in with what the commands say of themselves.

``{{commands}}`` stands for every command with its arguments, options and examples, ``{{exit codes}}`` for their table.
"""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from tests.documentation.contract_names import ROOT
from xero_connections_plugin.cli.exit_codes import MEANINGS
from xero_connections_plugin.cli.program import program

if TYPE_CHECKING:
    from collections.abc import Iterator

TEMPLATE: Final = Path(__file__).parent / "command-line.template.md"
PAGE: Final = ROOT / "docs" / "command-line.md"
_NOTE: Final = (
    "<!-- Made by `python -m tests.documentation` from the commands' help and a template; edit those. -->\n\n"
)


def command_page() -> str:
    """The text of the page."""
    text = TEMPLATE.read_text("utf-8")
    text = text.replace("{{commands}}", "\n".join(_commands()).strip())
    text = text.replace("{{exit codes}}", "\n".join(_exit_codes()))
    return f"{_NOTE}{text}"


def all_commands() -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command by the words that are typed, groups before what is in them."""
    context = click.Context(program, info_name="xero-connections")
    for name in program.list_commands(context):
        found = program.get_command(context, name)
        assert found is not None
        yield from _below((name,), found)


def _below(words: tuple[str, ...], command: click.Command) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield words, command
    if isinstance(command, click.Group):
        for name, one in command.commands.items():
            yield from _below((*words, name), one)


def _exit_codes() -> Iterator[str]:
    yield "| code | meaning |"
    yield "|---|---|"
    for code, meaning in MEANINGS.items():
        yield f"| {code.value} | {meaning} |"


def _commands() -> Iterator[str]:
    for words, command in all_commands():
        yield f"\n##{'#' * len(words)} {' '.join(words)}\n"
        context = click.Context(command, info_name=" ".join(words), parent=click.Context(program, info_name="…"))
        if not isinstance(command, click.Group):
            pieces = " ".join(command.collect_usage_pieces(context))
            yield f"```text\nxero-connections {' '.join(words)} {pieces}\n```\n"
        yield inspect.cleandoc(command.help or "").replace("\b\n", "")
        options = [one for one in command.get_params(context) if isinstance(one, click.Option)]
        rows = [record for one in options if (record := one.get_help_record(context)) is not None]
        rows = [row for row in rows if not row[0].endswith("--help")]
        if rows:
            yield "\n| option | meaning |\n|---|---|"
            for option, meaning in rows:
                told = meaning.replace("|", "\\|").replace("<", "&lt;")
                yield f"| `{option.replace('|', ' or ')}` | {told} |"
        shown = _examples(command)
        if shown:
            yield "\n```sh\n" + "\n".join(shown) + "\n```"


def _examples(command: click.Command) -> list[str]:
    lines = (command.epilog or "").splitlines()
    return [line.strip() for line in lines if line.startswith("  ")]
