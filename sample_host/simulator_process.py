"""The simulator beside the demonstration: a process of its own that ends with its parent.

Run as a module, it is that process: it watches its standard input, which the parent holds open, and ends when the
parent is gone, however that came about.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

END_SECONDS: Final = 1.0
"""How long the simulator may take to end by itself."""


class SimulatorFailed(Exception):
    """The simulator ended before it was ready; what it said stands above."""


class SimulatorProcess:
    """A running simulator; a context manager that starts it at once and ends it at last.

    Args:
        port: Its port.
        state_file: Where it keeps what happened.
        days_later: How far its time is ahead of the real one.
    """

    def __init__(self, port: int, state_file: Path, days_later: int = 0) -> None:
        command = [sys.executable, "-m", __name__, "--port", str(port), "--state", str(state_file)]
        command += ["--days-later", str(days_later)]
        self._ready = threading.Event()
        # A group of its own: Ctrl-C reaches this process only, and it ends the simulator itself.
        group = 0
        if sys.platform == "win32":
            group = subprocess.CREATE_NEW_PROCESS_GROUP
        self._process = subprocess.Popen(  # noqa: S603 -- our own module
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=os.name == "posix",
            creationflags=group,
        )
        self._reader = threading.Thread(target=self._read, name="simulator-output", daemon=True)
        self._reader.start()

    def _read(self) -> None:
        if self._process.stdout is not None:
            with self._process.stdout as said:
                for _ in said:
                    self._ready.set()
        self._ready.set()

    def wait_until_ready(self, seconds: float) -> None:
        """Return as soon as it answers.

        Raises:
            SimulatorFailed: It ended, or took longer.
        """
        if not self._ready.wait(seconds) or self._process.poll() is not None:
            raise SimulatorFailed

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join(END_SECONDS)


def _end_with_parent() -> None:
    sys.stdin.buffer.read()
    threading.Timer(END_SECONDS, os._exit, (0,)).start()
    signal.raise_signal(signal.SIGINT)


def main(arguments: Sequence[str]) -> int:
    """Be the simulator, until the parent is gone."""
    from sample_host.xero_simulator.__main__ import main as simulate

    threading.Thread(target=_end_with_parent, name="parent-watch", daemon=True).start()
    return simulate(list(arguments))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
