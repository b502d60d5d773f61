"""What does every command get? Its output, its questions, and the host it acts in."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

import click

from xero_connections_plugin.cli.asking import Asking
from xero_connections_plugin.cli.console_output import Output

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from xero_connections_plugin.cli.console_host import OpenHost, OpenHouse

F = TypeVar("F", bound="Callable[..., object]")


class Console:
    """One run of the program.

    Args:
        host: ``module:factory`` or the name of an installed host; empty for the console itself.
        data_dir: Where connections are kept, if an option says so.
    """

    def __init__(self, host: str = "", data_dir: Path | None = None) -> None:
        self.host = host
        self.data_dir = data_dir
        self.out = Output()
        self.ask = Asking()

    @contextmanager
    def open_host(self, *, is_remote: bool = False, settings: Mapping[str, str] | None = None) -> Iterator[OpenHost]:
        """The host that the tab is driven in.

        Args:
            is_remote: Nobody sits at this machine: no browser is opened here.
            settings: Set for the plugin by options of the command.

        Raises:
            CaptureError: It cannot be had.
        """
        from xero_connections_plugin.cli.console_host import HostWish, open_host

        wish = HostWish(name=self.host, data_dir=self.data_dir, is_remote=is_remote, settings=settings or {})
        host = open_host(wish)
        try:
            for notice in host.notices:
                self.out.note(notice)
            yield host
        finally:
            host.close()

    @contextmanager
    def open_house(self) -> Iterator[OpenHouse]:
        """The plugin's rooms, for what no tab does; nothing is begun in the background.

        Raises:
            CaptureError: They cannot be had.
        """
        from xero_connections_plugin.cli.console_host import HostWish, open_house

        house = open_house(HostWish(name=self.host, data_dir=self.data_dir))
        try:
            yield house
        finally:
            house.close()


def with_json(command: F) -> F:
    """Adds ``--json``; the command then prints with ``console.out.json``."""

    def note(ctx: click.Context, _parameter: click.Parameter, value: bool) -> None:
        if value:
            ctx.ensure_object(Console).out.as_json = True

    option = click.option(
        "--json",
        is_flag=True,
        expose_value=False,
        is_eager=True,
        callback=note,
        help="Print the result as JSON.",
    )
    return option(command)


def with_yes(command: F) -> F:
    """Adds ``--yes``; ``console.ask.confirm`` then does not ask."""

    def note(ctx: click.Context, _parameter: click.Parameter, value: bool) -> None:
        if value:
            ctx.ensure_object(Console).ask.agreed = True

    option = click.option(
        "--yes", "-y", is_flag=True, expose_value=False, is_eager=True, callback=note, help="Do not ask; go on."
    )
    return option(command)


def examples(*lines: str) -> str:
    """The end of a command's help: one example a line, as they are typed."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)
