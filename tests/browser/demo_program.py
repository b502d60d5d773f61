"""The demonstration as a person starts it: the installed program, on ports of its own."""

from __future__ import annotations

import os
import queue
import shlex
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Final, Self

from sample_host.xero_simulator.addresses import DEMO_CLIENT_ID
from sample_host.xero_simulator.control_client import SimulatorControl
from tests.free_ports import free_ports

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

_START_SECONDS: Final = 20.0
_BROWSER_SECONDS: Final = 10.0
_END_SECONDS: Final = 30.0
_REMEMBER: Final = "import sys; open(sys.argv[1], 'a', encoding='utf-8').write(sys.argv[2] + '\\n')"


class DemoProgram:
    """A running ``sample-host --demo``; its browser only writes down what it is to show.

    Args:
        folder: For the demonstration's data and the browser's notes.
        options: Further options of the program.
    """

    def __init__(self, folder: Path, *options: str) -> None:
        self._shown = folder / "shown.txt"
        self.port, simulator_port, self.callback_port = free_ports(3)
        self.address = f"http://localhost:{self.port}"
        self.simulator_address = f"http://localhost:{simulator_port}"
        self._command = [
            *(sys.executable, "-m", "sample_host", "--demo"),
            *("--port", str(self.port), "--simulator-port", str(simulator_port)),
            *("--data-dir", str(folder / "data"), *options),
        ]
        browser = shlex.join([sys.executable, "-c", _REMEMBER, str(self._shown)])
        self._environment = {**os.environ, "BROWSER": f"{browser} %s"}
        self.lines: list[str] = []

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            self._command, env=self._environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        printed: queue.Queue[str] = queue.Queue()
        self._reader = threading.Thread(target=self._read, args=(printed,))
        self._reader.start()
        try:
            # The simulator's address is printed last, once it answers.
            while not any("/today" in line for line in self.lines):
                self.lines.append(printed.get(timeout=_START_SECONDS))
            self.control = SimulatorControl(self.simulator_address)
            self.control.add_redirect_uri(DEMO_CLIENT_ID, f"http://localhost:{self.callback_port}/callback")
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

    def _end(self) -> None:
        self._process.kill()
        self._process.wait()
        self._reader.join()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def stop(self) -> int:
        """Press Ctrl-C; the exit code."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
        return self._process.wait(_END_SECONDS)

    def sign_in_address(self, number: int) -> str:
        """What the default browser was to show as the first, second, … sign-in."""
        pause = threading.Event()
        for _ in range(round(_BROWSER_SECONDS / 0.05)):
            if self._shown.exists():
                shown = [line for line in self._shown.read_text("utf-8").splitlines() if "/authorize?" in line]
                if len(shown) >= number:
                    return shown[number - 1]
            pause.wait(0.05)
        raise AssertionError(f"The browser was not opened a sign-in number {number}.")

    def _read(self, printed: queue.Queue[str]) -> None:
        if self._process.stdout is not None:
            for line in self._process.stdout:
                printed.put(line)
