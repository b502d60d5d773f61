"""The demonstration as a person starts it: the installed program, on ports of its own."""

from __future__ import annotations

import shlex
import sys
import threading
from typing import TYPE_CHECKING, Final

from sample_host.xero_simulator.addresses import DEMO_CLIENT_ID
from sample_host.xero_simulator.control_client import SimulatorControl
from tests.browser.host_program import HostProgram
from tests.free_ports import free_ports

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_BROWSER_SECONDS: Final = 10.0
_REMEMBER: Final = "import sys; open(sys.argv[1], 'a', encoding='utf-8').write(sys.argv[2] + '\\n')"


class DemoProgram(HostProgram):
    """A running ``sample-host --demo``; its browser only writes down what it is to show.

    Args:
        folder: For the demonstration's data and the browser's notes.
        options: Further options of the program.
        environment: What it finds beside this process's own.
    """

    def __init__(self, folder: Path, *options: str, environment: Mapping[str, str] | None = None) -> None:
        self._shown = folder / "shown.txt"
        port, simulator_port, self.callback_port = free_ports(3)
        self.simulator_port = simulator_port
        self.simulator_address = f"http://localhost:{simulator_port}"
        browser = shlex.join([sys.executable, "-c", _REMEMBER, str(self._shown)])
        super().__init__(
            folder / "data",
            *("--demo", "--simulator-port", str(simulator_port), *options),
            port=port,
            environment={**(environment or {}), "BROWSER": f"{browser} %s"},
            # The simulator's address is printed last, once it answers.
            ready="/today",
        )

    def begin(self) -> None:
        """The app may be answered on a port of its own."""
        self.control = SimulatorControl(self.simulator_address)
        self.control.add_redirect_uri(DEMO_CLIENT_ID, f"http://localhost:{self.callback_port}/callback")

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
