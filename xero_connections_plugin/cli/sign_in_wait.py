"""What does a person at a terminal see while Xero is waited for, and how is a pasted address handed on?"""

from __future__ import annotations

import os
import sys
import threading
from typing import TYPE_CHECKING, Final

import click

from hostspec.forms import TextField
from hostspec.ui import UserAct
from xero_connections_plugin.cli.console_output import plain
from xero_connections_plugin.cli.tab_window import fields_of
from xero_connections_plugin.cli.texts import definition_texts as texts

if TYPE_CHECKING:
    from hostspec.ui import Wait
    from xero_connections_plugin.cli.console_output import Output

_PASTED: Final = "pasted_address"
_PASTE: Final = "paste"
_AT_A_TIME: Final = 65_536


class PastedLines:
    """Lines of the standard input, read beside the command, so that the wait goes on meanwhile."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._lines: list[str] = []
        self._is_reading = False

    def begin(self) -> None:
        """Read from now on; doing it twice is harmless."""
        with self._guard:
            if self._is_reading:
                return
            self._is_reading = True
        threading.Thread(target=self._read, name="pasted address", daemon=True).start()

    def take(self) -> str:
        """The oldest line that was not taken; empty while there is none."""
        with self._guard:
            return self._lines.pop(0) if self._lines else ""

    def _read(self) -> None:
        try:
            descriptor = sys.stdin.fileno()
        except (OSError, ValueError):
            # No file of the system's: it never keeps its reader waiting.
            for line in sys.stdin:
                self._keep(line)
            return
        # Not through sys.stdin, whose lock a thread must not hold when the program ends.
        rest = b""
        while some := os.read(descriptor, _AT_A_TIME):
            *lines, rest = (rest + some).split(b"\n")
            for one in lines:
                self._keep(one.decode(errors="replace"))
        self._keep(rest.decode(errors="replace"))

    def _keep(self, line: str) -> None:
        if line.strip():
            with self._guard:
                self._lines.append(line.strip())


class SignInWatch:
    """Called with each state of a wait; says what is new and hands on what was pasted.

    Args:
        out: Says it.
        takes_paste: Whether the address that the browser ends on is read from the standard input.
    """

    def __init__(self, out: Output, *, takes_paste: bool) -> None:
        self._out = out
        self._takes_paste = takes_paste
        self._lines = PastedLines()
        self._told = ""
        self._address = ""
        self._error = ""
        self._seconds = -1
        self._is_counting = False

    def __call__(self, wait: Wait) -> UserAct | None:
        """What to send instead of going on waiting, if anything."""
        if wait.text != self._told:
            self.end_line()
            self._told = wait.text
            self._out.note(wait.text)
        if wait.address and wait.address != self._address:
            self._address = wait.address
            self._out.note(texts.address(wait.address))
            if self._takes_paste:
                self._out.note(texts.paste(round(wait.seconds_left)))
        field = next((one for one in fields_of(wait.form) if isinstance(one, TextField)), None)
        if field is None or not self._takes_paste:
            self._count(wait)
            return None
        self._lines.begin()
        if field.error and field.error != self._error:
            self._out.note(field.error)
        self._error = field.error
        line = self._lines.take()
        if not line:
            return None
        self._error = ""
        return UserAct(action_id=_PASTE, wait_id=wait.wait_id, values={_PASTED: line})

    def end_line(self) -> None:
        """End the line of the countdown, if one is there."""
        if self._is_counting:
            click.echo(err=True)
            self._is_counting = False

    def _count(self, wait: Wait) -> None:
        seconds = round(wait.seconds_left)
        if seconds == self._seconds or not sys.stderr.isatty():
            return
        self._seconds, self._is_counting = seconds, True
        click.echo(f"\r\x1b[K{plain(texts.left(seconds))}", nl=False, err=True)
