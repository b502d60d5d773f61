"""A host as a person starts it: the installed program, on a port of its own."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Final, Self

from tests.free_ports import free_port

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from types import TracebackType

_START_SECONDS: Final = 60.0
_END_SECONDS: Final = 60.0


class HostProgram:
    """A running ``sample-host``.

    Args:
        data_dir: Where it keeps its data.
        options: Further options of the program.
        port: Of its page; a free one when not given.
        environment: What it finds beside this process's own.
        ready: Part of the line that it prints once everything answers.
    """

    def __init__(
        self,
        data_dir: Path,
        *options: str,
        port: int | None = None,
        environment: Mapping[str, str] | None = None,
        ready: str = "Capture is ready",
    ) -> None:
        self.data_dir = data_dir
        self.port = port or free_port()
        self.address = f"http://localhost:{self.port}"
        program = (sys.executable, "-m", "sample_host")
        self._command = [*program, "--port", str(self.port), "--data-dir", str(data_dir), *options]
        self._environment = {**os.environ, **(environment or {})}
        self._ready = ready
        self.lines: list[str] = []

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            self._command, env=self._environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        printed: queue.Queue[str] = queue.Queue()
        self._reader = threading.Thread(target=self._read, args=(printed,))
        self._reader.start()
        try:
            while not any(self._ready in line for line in self.lines):
                self.lines.append(printed.get(timeout=_START_SECONDS))
            self.begin()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.exit_code = self.stop()
        finally:
            self._end()

    def begin(self) -> None:
        """What is done once it is ready."""

    def stop(self) -> int:
        """Press Ctrl-C; the exit code."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
        return self._process.wait(_END_SECONDS)

    def _end(self) -> None:
        self._process.kill()
        self._process.wait()
        self._reader.join()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def _read(self, printed: queue.Queue[str]) -> None:
        if self._process.stdout is not None:
            for line in self._process.stdout:
                printed.put(line)
