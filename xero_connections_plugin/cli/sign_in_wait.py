"""What does a person at a terminal see while Xero is waited for, and how is a pasted address handed on?"""

from __future__ import annotations

import os
import select
import sys
import threading
from typing import TYPE_CHECKING, Final

from hostspec.forms import TextField
from hostspec.hosting.form_values import fields_of
from hostspec.ui import UserAct
from xero_connections_plugin.cli.command_ends import NobodyToAsk
from xero_connections_plugin.cli.texts import definition_texts as texts

if TYPE_CHECKING:
    from hostspec.ui import Wait
    from xero_connections_plugin.cli.console_output import Output

_PASTED: Final = "pasted_address"
_PASTE: Final = "paste"
_AT_A_TIME: Final = 65_536


class PastedLines:
    """Lines of the standard input, taken as they come, so that the wait goes on meanwhile.

    Nothing is read ahead at a terminal: what is typed after the address answers the next question.
    """

    def __init__(self) -> None:
        self._rest = b""
        self._lines: list[str] = []
        self._is_over = False
        self._reader: threading.Thread | None = None

    def take(self) -> str:
        """The oldest line that was not taken; empty while there is none."""
        if not self._lines and not self._is_over:
            self._look()
        return self._lines.pop(0) if self._lines else ""

    @property
    def is_over(self) -> bool:
        """Whether every line was taken and none can follow."""
        return self._is_over and not self._lines

    def _look(self) -> None:
        try:
            descriptor = sys.stdin.fileno()
        except (OSError, ValueError):
            # No file of the system's: it never keeps its reader waiting.
            self._keep(sys.stdin.readline().encode())
            return
        if sys.platform != "win32":
            if select.select([descriptor], [], [], 0)[0]:
                self._keep(os.read(descriptor, _AT_A_TIME))
        elif self._reader is None or not self._reader.is_alive():
            # Nobody can ask there whether a line has come. Read without sys.stdin, whose lock no thread may hold at
            # the end of the program.
            self._reader = threading.Thread(target=lambda: self._keep(os.read(descriptor, _AT_A_TIME)), daemon=True)
            self._reader.start()

    def _keep(self, some: bytes) -> None:
        self._is_over = not some
        *lines, self._rest = (self._rest + some + (b"" if some else b"\n")).split(b"\n")
        self._lines += [text for line in lines if (text := line.decode(errors="replace").strip())]


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
        self._has_pasted = False
        self._seconds = -1

    def __call__(self, wait: Wait) -> UserAct | None:
        """What to send instead of going on waiting, if anything.

        Raises:
            NobodyToAsk: The input ended without the address that the browser ends on.
        """
        is_new = bool(wait.address) and wait.address != self._address
        if wait.text != self._told:
            self._told = wait.text
            if not (is_new and self._takes_paste):
                self._out.note(wait.text)
        if is_new:
            self._address, self._has_pasted = wait.address, False
            self._tell(wait)
        field = next((one for one in fields_of(wait.form) if isinstance(one, TextField)), None)
        if field is None or not self._takes_paste:
            self._count(wait)
            return None
        if field.error and field.error != self._error:
            self._out.note(field.error)
        self._error = field.error
        line = self._lines.take()
        if not line:
            if self._lines.is_over and (field.error or not self._has_pasted):
                raise NobodyToAsk(texts.NO_ADDRESS_PASTED)
            return None
        self._error = ""
        self._has_pasted = True
        return UserAct(action_id=_PASTE, wait_id=wait.wait_id, values={_PASTED: line})

    def _tell(self, wait: Wait) -> None:
        if self._takes_paste:
            self._out.note(texts.OPEN_ANYWHERE)
        self._out.note(texts.address(wait.address))
        self._out.note(texts.paste(round(wait.seconds_left)) if self._takes_paste else texts.NO_BROWSER_HERE)

    def _count(self, wait: Wait) -> None:
        seconds = round(wait.seconds_left)
        if seconds != self._seconds:
            self._seconds = seconds
            self._out.passing(texts.left(seconds))
