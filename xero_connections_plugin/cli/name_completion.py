"""Which names does the shell offer after Tab? Those of the store, quickly; nothing at all when anything is wrong."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import click

_MOST: Final = 100


def complete_name(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """The names that begin like this; silent whatever happens."""
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
