"""How do a dozen commands cost nothing until one of them is called? Each is imported when it is typed."""

from __future__ import annotations

import difflib
import importlib
from typing import TYPE_CHECKING, ClassVar

import click

from hostspec.errors import CaptureError
from xero_connections_plugin.cli.command_ends import CommandEnded
from xero_connections_plugin.cli.console_output import plain
from xero_connections_plugin.cli.exit_codes import ExitCode, code_of
from xero_connections_plugin.cli.texts import console_texts as texts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xero_connections_plugin.cli.command_table import Listed


class LazyGroup(click.Group):
    """A group whose commands are named in a table; it turns problems into sentences and exit codes."""

    table: ClassVar[Mapping[str, Listed]]
    """By the word that is typed."""

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
            click.echo(plain(end.whole_text, breaks=True), err=True)
            ctx.exit(end.exit_code)
        except CaptureError as problem:
            click.echo(plain(str(problem), breaks=True), err=True)
            ctx.exit(code_of(problem))
        except (KeyboardInterrupt, click.Abort):
            click.echo(f"\n{texts.CANCELED}", err=True)
            ctx.exit(ExitCode.CANCELED)
        return answer
