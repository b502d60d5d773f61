"""Which options do all commands have that may sign in?"""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import click

from xero_connections_plugin.cli.command_ends import Canceled
from xero_connections_plugin.cli.sign_in_wait import SignInWatch
from xero_connections_plugin.cli.tab_window import TabWindow
from xero_connections_plugin.cli.texts import definition_texts as texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from xero_connections_plugin.cli.console import Console
    from xero_connections_plugin.cli.console_host import OpenHost

_SETTING: Final = "sign_in_timeout"
_VARIABLE: Final = "XERO_CONNECTIONS_SIGN_IN_TIMEOUT"
_SECONDS_TO_PASTE: Final = 600
"""Somebody who carries addresses between two computers needs longer than a browser."""


@dataclass(frozen=True, kw_only=True)
class SignInOptions:
    """What they say."""

    no_browser: bool
    tenant: str
    wait: int | None

    @property
    def settings(self) -> dict[str, str]:
        """For the host."""
        seconds = self.wait or (_SECONDS_TO_PASTE if self.no_browser and not os.environ.get(_VARIABLE) else None)
        return {_SETTING: str(seconds)} if seconds else {}


def sign_in_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds ``--no-browser``, ``--tenant`` and ``--wait``."""
    for option in (
        click.option(
            "--wait",
            type=click.IntRange(10, 3600),
            metavar="SECONDS",
            help="How long the sign-in may take (90; 600 with --no-browser).",
        ),
        click.option("--tenant", default="", metavar="COMPANY", help="The company's name or id; else it is asked for."),
        click.option(
            "--no-browser",
            is_flag=True,
            help="Print the address, and read the one that the browser ended on: for a machine without a screen.",
        ),
    ):
        command = option(command)
    return command


@contextmanager
def signing_in(console: Console, options: SignInOptions) -> Iterator[tuple[OpenHost, TabWindow]]:
    """A host and a window in which a sign-in may be waited for; what was not saved is discarded at the end."""
    watch = SignInWatch(console.out, takes_paste=options.no_browser)
    with console.open_host(is_remote=options.no_browser, settings=options.settings) as host:
        window = TabWindow(host.controller, host.origin, host.news, watch)
        try:
            yield host, window
        except KeyboardInterrupt:
            raise Canceled(texts.SIGN_IN_CANCELED) from None
        finally:
            console.out.end_passing()
            window.leave()
