"""A person at a terminal: the program runs in a pseudo-terminal, is typed to, and may be interrupted."""

from __future__ import annotations

import builtins
import os
import pty
import re
import select
import subprocess
import time
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType

_PATIENCE = 60.0
_CONTROLS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class PseudoTerminal:
    """One run of a program in a terminal."""

    def __init__(self, arguments: Sequence[str], environment: Mapping[str, str]) -> None:
        self._master, slave = pty.openpty()
        self.process = subprocess.Popen(
            arguments,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={**environment, "TERM": "xterm", "COLUMNS": "200"},
            start_new_session=True,
            preexec_fn=_take_terminal,
        )
        os.close(slave)
        self.raw = ""
        self._from = 0

    @property
    def shown(self) -> str:
        """All that was shown, without colors."""
        return _CONTROLS.sub("", self.raw).replace("\r", "")

    def wait_for(self, text: str) -> str:
        """The line with this text, looked for after what was waited for last.

        Raises:
            AssertionError: The program ended without it, or went on for too long.
        """
        until = time.monotonic() + _PATIENCE
        while text not in self.shown[self._from :]:
            assert self._read(until), f"it never showed: {text}"
        place = self.shown.index(text, self._from)
        self._from = place + len(text)
        while "\n" not in self.shown[place:] and select.select([self._master], [], [], 0.5)[0] and self._read(until):
            pass
        start = self.shown.rfind("\n", 0, place) + 1
        return self.shown[start:].split("\n", 1)[0].strip()

    def enter(self, line: str) -> None:
        """Type a line and press Enter."""
        os.write(self._master, f"{line}\n".encode())

    def enter_unseen(self, line: str) -> None:
        """Type a line once the terminal shows no more what is typed."""
        self.wait_until_unseen()
        self.enter(line)

    def wait_until_unseen(self) -> None:
        """From now on the terminal does not show what is typed.

        Raises:
            AssertionError: It goes on showing it.
        """
        until = time.monotonic() + _PATIENCE
        while self.echoes:
            assert time.monotonic() < until, "the terminal shows what is typed"
            # What is shown meanwhile is read, so that nobody waits for anybody.
            if select.select([self._master], [], [], 0.02)[0]:
                self._read(until)

    @property
    def echoes(self) -> bool:
        """Whether the terminal shows what is typed."""
        import termios

        local_flags: int = termios.tcgetattr(self._master)[3]
        return bool(local_flags & termios.ECHO)

    def type(self, text: str) -> None:
        """Type without Enter; a tabulator asks a shell to complete."""
        os.write(self._master, text.encode())

    def interrupt(self) -> None:
        """Press Ctrl-C."""
        os.write(self._master, b"\x03")

    def end(self) -> int:
        """Wait for the end; answers the exit code."""
        until = time.monotonic() + _PATIENCE
        while self._read(until):
            pass
        return self.process.wait(_PATIENCE)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: builtins.type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self._master)

    def _read(self, until: float) -> bool:
        """Take what is there; whether there may be more."""
        left = until - time.monotonic()
        if left <= 0 or not select.select([self._master], [], [], left)[0]:
            return False
        try:
            some = os.read(self._master, 65_536)
        except OSError:
            # Linux: the other side is closed.
            return False
        self.raw += some.decode(errors="replace")
        return bool(some)


def _take_terminal() -> None:
    import fcntl
    import termios

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
