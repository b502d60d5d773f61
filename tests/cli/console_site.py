"""A machine without a screen: the program ``xero-connections`` on it, and a simulated Xero that it reaches."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from click.testing import CliRunner

from sample_host.xero_simulator.addresses import DEMO_CLIENT_ID
from sample_host.xero_simulator.server import SimulatorServer
from tests.free_ports import free_port
from xero_connections_plugin.cli.program import program

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from click.testing import Result

COMMAND = (sys.executable, "-m", "xero_connections_plugin.cli.program")
_PATIENCE = 60.0


@dataclass(frozen=True)
class Ended:
    """How a process of the program ended."""

    code: int
    out: str
    err: str

    @property
    def value(self) -> Any:
        """Its result, read as JSON."""
        return json.loads(self.out)


class ConsoleSite:
    """Runs the program in this process (``run``), as a process (``begin``, ``finish``), on one folder of data."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.callback_port = free_port()
        self.environment: dict[str, str] = {}
        self._stack = ExitStack()
        self._running: list[subprocess.Popen[str]] = []

    def __enter__(self) -> Self:
        self.xero = self._stack.enter_context(SimulatorServer())
        self.xero.control.add_redirect_uri(DEMO_CLIENT_ID, f"http://localhost:{self.callback_port}/callback")
        self.xero.control.change(minute_limit=100_000)
        addresses = self.xero.addresses
        self.environment = {
            f"XERO_CONNECTIONS_{name.upper()}": str(getattr(addresses, name))
            for name in (
                "authorize_url",
                "token_url",
                "revocation_url",
                "connections_url",
                "api_url",
                "issuer",
                "jwks_url",
            )
        }
        self.environment["XERO_CONNECTIONS_KEY_FILE"] = str(self.folder / "sealing.key")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._running:
            if process.poll() is None:
                process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout, process.stderr):
                if pipe is not None and not pipe.closed:
                    pipe.close()
        self._stack.__exit__(kind, error, trace)

    @property
    def definition(self) -> tuple[str, ...]:
        """The options of a definition that fits the simulated Xero."""
        # Named, because whoever runs the tests may have further types installed.
        return ("--type", "xero", "--client-id", DEMO_CLIENT_ID, "--port", str(self.callback_port))

    def run(self, *arguments: str, text: str = "", host: str = "", environment: dict[str, str] | None = None) -> Result:
        """Run a command in this process, without a terminal."""
        runner = CliRunner()
        return runner.invoke(
            program, self._arguments(arguments, host), input=text, env={**self.environment, **(environment or {})}
        )

    def told(self, *arguments: str, host: str = "") -> Any:
        """The JSON that a command prints; it has to end well."""
        result = self.run(*arguments, "--json", host=host)
        assert result.exit_code == 0, result.stderr
        return json.loads(result.stdout)

    def begin(self, *arguments: str, host: str = "", environment: dict[str, str] | None = None) -> Running:
        """Begin a process of the program, with pipes."""
        process = subprocess.Popen(
            (*COMMAND, *self._arguments(arguments, host)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self.process_environment(environment),
            cwd=self.folder,
        )
        self._running.append(process)
        return Running(process)

    def process_environment(self, more: dict[str, str] | None = None) -> dict[str, str]:
        """For processes: the settings, and the project to import."""
        here = str(Path.cwd())
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("XERO_CONNECTIONS_")}
        return {**inherited, "PYTHONPATH": here, "PYTHONWARNINGS": "", **self.environment, **(more or {})}

    def finish(self, *arguments: str, host: str = "", text: str = "") -> Ended:
        """Run a process of the program to its end."""
        return self.begin(*arguments, host=host).end(text)

    def arguments(self, *arguments: str, host: str = "") -> list[str]:
        """A whole command line."""
        return [*COMMAND, *self._arguments(arguments, host)]

    def back(self, address: str, *, user: str = "ada", organisation: str | None = "bakehouse") -> str:
        """Allow access somewhere else; answers the address of the page that the browser there ends on."""
        return self.xero.approve(address, user=user, organisation=organisation)

    def add(self, name: str, *, tenant: str = "Bakehouse Ltd", organisation: str = "bakehouse") -> str:
        """Add a connection from beginning to end; answers its id."""
        running = self.begin("add", name, *self.definition, "--no-browser", "--tenant", tenant, "--yes", "--json")
        ended = running.end(self.back(running.address(), organisation=organisation) + "\n")
        assert ended.code == 0, ended.err
        return str(ended.value["id"])

    def _arguments(self, arguments: Sequence[str], host: str) -> list[str]:
        return ["--data-dir", str(self.data), *(("--host", host) if host else ()), *arguments]


class Running:
    """A process of the program that is under way."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.seen: list[str] = []
        self._read = threading.Condition()
        self._over = False
        threading.Thread(target=self._collect, daemon=True).start()

    def address(self) -> str:
        """The sign-in page, once it was printed."""
        return self.wait_for("code_challenge=").strip()

    def wait_for(self, text: str) -> str:
        """The first line of the standard error with this text.

        Raises:
            AssertionError: The process ended, or went on, without it.
        """
        with self._read:
            self._read.wait_for(lambda: self._over or any(text in line for line in self.seen), _PATIENCE)
            found = next((line for line in self.seen if text in line), None)
        assert found is not None, f"never said: {text}; said {len(self.seen)} lines"
        return found

    def end(self, text: str = "") -> Ended:
        """Hand over the rest of the input, and wait for its end."""
        process = self.process
        assert process.stdin is not None
        assert process.stdout is not None
        if text:
            process.stdin.write(text)
        process.stdin.close()
        out = process.stdout.read()
        code = process.wait(_PATIENCE)
        with self._read:
            self._read.wait_for(lambda: self._over, _PATIENCE)
        process.stdout.close()
        if process.stderr is not None:
            process.stderr.close()
        return Ended(code, out, "".join(self.seen))

    def _collect(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            with self._read:
                self.seen.append(line)
                self._read.notify_all()
        with self._read:
            self._over = True
            self._read.notify_all()
