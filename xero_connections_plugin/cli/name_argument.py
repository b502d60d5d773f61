"""How is a connection named on the command line, and which names does the shell offer after Tab?"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final, TypeVar

import click

if TYPE_CHECKING:
    from collections.abc import Callable

F = TypeVar("F", bound="Callable[..., object]")

_MOST: Final = 100


def name_argument(*, required: bool = True) -> Callable[[F], F]:
    """Adds the argument NAME and ``--id``."""

    def add(command: F) -> F:
        by_id = click.option("--id", "is_id", is_flag=True, help="NAME is the connection's id.")
        return click.argument("name", required=required, shell_complete=complete_name)(by_id(command))

    return add


def complete_name(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """The names in the store that begin like this, quickly; none when anything is wrong."""
    del parameter
    from pathlib import Path

    from xero_connections_plugin.cli.console import Console
    from xero_connections_plugin.cli.entry_rows import rows

    names: list[str] = []
    with suppress(Exception):
        options = ctx.find_root().params
        folder = options.get("data_dir")
        console = Console(str(options.get("host") or ""), Path(folder) if folder else None)
        with console.open_host() as host:
            for row in rows(host, search=incomplete):
                if row.label.casefold().startswith(incomplete.casefold()):
                    names.append(row.label)
                if len(names) == _MOST:
                    break
    return names
