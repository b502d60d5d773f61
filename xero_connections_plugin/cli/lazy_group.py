"""How do a dozen commands cost nothing until one of them is called? Each is imported when it is typed.

Here also ends what went wrong in any of them: as a sentence and an exit code, and as JSON where that is wanted.
"""

from __future__ import annotations

import difflib
import importlib
import json
from pathlib import PurePath
from typing import TYPE_CHECKING, ClassVar, Final, NoReturn

import click

from hostspec.errors import CaptureError, PluginFailed
from xero_connections_plugin.cli.command_ends import Canceled, CommandEnded
from xero_connections_plugin.cli.console import Console
from xero_connections_plugin.cli.console_output import plain
from xero_connections_plugin.cli.exit_codes import ExitCode, code_of
from xero_connections_plugin.cli.texts import console_texts as texts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xero_connections_plugin.cli.command_table import Listed


_AS_JSON: Final = f"{__name__}.as_json"
_WRONG_USAGE: Final = "WRONG_USAGE"


class LazyGroup(click.Group):
    """A group whose commands are named in a table; it turns problems into sentences and exit codes."""

    table: ClassVar[Mapping[str, Listed]]
    """By the word that is typed."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take the options of the program itself, and look ahead whether JSON is wanted, for errors of any option."""
        ctx.meta[_AS_JSON] = "--json" in (args[: args.index("--")] if "--" in args else args)
        try:
            return super().parse_args(ctx, args)
        except click.ClickException as wrong:
            _tell_program(ctx, _WRONG_USAGE, wrong.format_message(), wrong.exit_code)
            raise

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All, in the order of the table."""
        del ctx
        return list(self.table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one."""
        del ctx
        listed = self.table.get(cmd_name)
        if listed is None:
            return None
        module = importlib.import_module(f"xero_connections_plugin.cli.{listed.module}")
        command: click.Command = getattr(module, listed.attribute)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that was typed; a mistyped one names those like it."""
        if args and args[0] not in self.table and not args[0].startswith("-"):
            close = difflib.get_close_matches(args[0], self.table, n=3)
            hint = f" Did you mean {' or '.join(close)}?" if close else ""
            ctx.fail(f'There is no command "{args[0]}".{hint}')
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The table itself, without an import."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, listed.summary) for name, listed in self.table.items()])

    def invoke(self, ctx: click.Context) -> object:
        """Run; a problem becomes its sentence and its exit code."""
        try:
            answer: object = super().invoke(ctx)
        except CommandEnded as end:
            _end(ctx, end.code, end.whole_text, end.exit_code)
        except CaptureError as problem:
            _end(ctx, problem.code, str(problem), code_of(problem))
        except click.ClickException as wrong:
            _tell_program(ctx, _WRONG_USAGE, wrong.format_message(), wrong.exit_code)
            raise
        except (KeyboardInterrupt, click.Abort):
            click.echo(err=True)
            _end(ctx, Canceled.default_code, texts.CANCELED, ExitCode.CANCELED)
        except (click.exceptions.Exit, BrokenPipeError):
            raise
        except Exception as fault:  # noqa: BLE001 -- the end of the program: a traceback might quote a secret
            _end(ctx, PluginFailed.default_code, texts.fault(type(fault).__name__, _place(fault)), ExitCode.NOT_DONE)
        return answer


def _place(fault: Exception) -> str:
    """Where it arose, for support: nothing of what it says."""
    import traceback

    last = traceback.extract_tb(fault.__traceback__)[-1]
    return f"{PurePath(last.filename).name}:{last.lineno}"


def _end(ctx: click.Context, code: str, text: str, exit_code: ExitCode) -> NoReturn:
    click.echo(plain(text, breaks=True), err=True)
    _tell_program(ctx, code, text, exit_code)
    ctx.exit(exit_code)


def _tell_program(ctx: click.Context, code: str, text: str, exit_code: int) -> None:
    """The problem as JSON in the place of the result, where that is wanted and the result was not printed before."""
    is_told = isinstance(ctx.obj, Console) and ctx.obj.out.has_told_json
    if ctx.meta[_AS_JSON] and not is_told:
        error = {"code": code, "text": plain(text, breaks=True), "exit_code": int(exit_code)}
        click.echo(json.dumps({"error": error}, ensure_ascii=False, indent=2))
