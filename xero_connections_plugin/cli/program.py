"""The program ``xero-connections``: its options, and what it is called with."""

from __future__ import annotations

import gc
import sys
from pathlib import Path
from typing import Final

import click

from xero_connections_plugin.cli.command_table import COMMANDS
from xero_connections_plugin.cli.console import Console, examples
from xero_connections_plugin.cli.lazy_group import LazyGroup

_OBJECTS_BETWEEN_COLLECTIONS: Final = 50_000


class _Program(LazyGroup):
    table = COMMANDS


def _version(ctx: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        from importlib.metadata import version

        click.echo(f"xero-connections {version('xero-connections-plugin')}")
        ctx.exit()


@click.group(
    cls=_Program,
    context_settings={"help_option_names": ["--help", "-h"], "max_content_width": 100},
    epilog=examples(
        "xero-connections list",
        "xero-connections --data-dir /srv/capture list --attention",
        "xero-connections authorize Head-office --no-browser",
        "xero-connections --host sample-host usage Head-office",
    ),
)
@click.option(
    "--host",
    metavar="HOST",
    default="",
    envvar="CAPTURE_HOST",
    help="Act in a real host, which knows its profiles: the name under which it is installed, or module:factory.",
)
@click.option(
    "--data-dir",
    metavar="FOLDER",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where connections are kept; else XERO_CONNECTIONS_DATA_DIR says so.",
)
@click.option("--version", is_flag=True, expose_value=False, is_eager=True, callback=_version, help="Show the version.")
@click.pass_context
def program(ctx: click.Context, host: str, data_dir: Path | None) -> None:
    """Look after connections to Xero without a screen.

    The commands do what the Connections tab does, with the same checks, on the same data. Settings are read from the
    environment (XERO_CONNECTIONS_DATABASE_URL and others). Every command takes --help; most take --json.
    """
    ctx.obj = Console(host, data_dir)


def main() -> None:
    """What the console script calls."""
    # Most commands live for a second and free nothing in it: looking for garbage after every few hundred objects of the
    # libraries that are imported would take a sixth of that.
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
    sys.exit(program.main(prog_name="xero-connections"))


if __name__ == "__main__":
    main()
