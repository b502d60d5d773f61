"""How is one race run? A fresh sign-in, everybody at the start, one signal, and a look at what the server counted."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from pydantic import SecretStr

from benchmarks.entrant import PROCESSES, Entrant, Place
from benchmarks.racer import Report, Task
from sample_host.xero_simulator.faults import Slow
from sample_host.xero_simulator.server import SimulatorServer
from tests.postgresql_server import PostgresqlServer

SERVER_SECONDS = 0.05
"""How long the token endpoint takes for each answer."""

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Rules:
    """How the server takes a refresh token that was used before."""

    label: str
    reading: str
    grace_seconds: int = 30 * 60


@dataclass(frozen=True)
class Result:
    """What came of one race."""

    requests: int
    """Refreshes asked for at the server."""
    refused: int
    """Of these, refused as spent."""
    failed: int
    """Callers without an answer of Xero's API."""
    seconds: float
    kept: bool
    """Whether the stored sign-in still works when the next renewal is due, half an hour later."""
    troubles: tuple[str, ...]
    """What the callers without an answer met."""


class Racers:
    """Processes that wait for tasks; a context manager."""

    def __init__(self) -> None:
        # Some libraries log there in the middle of the table; it is quoted when a racer ends before its time.
        self._said = tempfile.TemporaryFile("w+")  # noqa: SIM115 -- closed on leaving
        self._running = [
            subprocess.Popen(
                [sys.executable, "-m", "benchmarks.racer"],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._said,
                text=True,
            )
            for _ in range(PROCESSES)
        ]

    def run(self, task: Task, processes: int) -> list[Report]:
        """Everybody gets ready, then goes at once."""
        racing = self._running[:processes]
        for racer in racing:
            _tell(racer, task.model_dump_json())
        for racer in racing:
            self._line(racer)
        for racer in racing:
            _tell(racer, "go")
        return [Report.model_validate_json(self._line(racer)) for racer in racing]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for racer in self._running:
            if error is not None:
                racer.kill()
            racer.communicate()
        self._said.close()

    def _line(self, racer: subprocess.Popen[str]) -> str:
        assert racer.stdout is not None
        line = racer.stdout.readline()
        if not line:
            code = racer.wait()
            self._said.seek(0)
            raise RuntimeError(f"A racer ended with {code}: {self._said.read()[-2000:]}")
        return line


class Track:
    """A simulated Xero, racers, and a database server for those who want one; a context manager."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._server: PostgresqlServer | None = None

    def __enter__(self) -> Self:
        self._xero = self._stack.enter_context(SimulatorServer())
        self._racers = self._stack.enter_context(Racers())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)

    def race(self, entrant: Entrant, rules: Rules) -> Result:
        """One race under these rules."""
        with tempfile.TemporaryDirectory(prefix="race-", ignore_cleanup_errors=True) as folder:
            place = Place(folder=Path(folder), origin=self._xero.origin, database_url=self._database(entrant))
            self._xero.control.reset()
            self._xero.control.change(
                grace_reading=rules.reading, grace_seconds=rules.grace_seconds, minute_limit=100_000
            )
            entrant.sign_in(place, self._xero)
            self._xero.control.set_fault(Slow(at="token:refresh_token", seconds=SERVER_SECONDS, times=None))
            task = Task(entrant=entrant.name, place=place, threads=entrant.threads)
            calls = [call for report in self._racers.run(task, entrant.processes) for call in report.calls]
            state = self._xero.control.state()
            self._xero.control.advance(31 * 60)
            again = task.model_copy(update={"renew": True, "threads": 1})
            (late,) = self._racers.run(again, 1)
            return Result(
                requests=state.requests.get("token:refresh_token", 0),
                refused=sum(token.refused for token in state.tokens.values()),
                failed=sum(call.trouble is not None for call in calls),
                seconds=max(call.ended for call in calls) - min(call.begun for call in calls),
                kept=all(call.trouble is None for call in late.calls),
                troubles=tuple(sorted({call.trouble for call in (*calls, *late.calls) if call.trouble is not None})),
            )

    def _database(self, entrant: Entrant) -> SecretStr | None:
        if not entrant.needs_database:
            return None
        if self._server is None:
            self._server = self._stack.enter_context(PostgresqlServer())
        return SecretStr(self._server.new_database())


def _tell(racer: subprocess.Popen[str], line: str) -> None:
    assert racer.stdin is not None
    racer.stdin.write(line + "\n")
    racer.stdin.flush()
