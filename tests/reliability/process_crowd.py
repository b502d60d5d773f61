"""Many processes with many threads each that need tokens at the same moment. Run as a module by tests.

Each process is warm before a race: it has read its ``Station``, opened the store and started its threads when it says
"ready". Then each line on its standard input is a ``Round``, and each line that it answers an ``Outcome``: no secret is
on either; a shared database's address, which holds a password, comes in the environment.
"""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from pydantic import BaseModel, ConfigDict

from hostspec.errors import CaptureError
from tests.plugin.keeper_process import DATABASE_VARIABLE, ROOT, keeping
from tests.reliability.file_clock import FileClock
from xero_connections_plugin.oauth.grant import GrantId
from xero_connections_plugin.oauth.grant_ports import LEASE_SECONDS
from xero_connections_plugin.oauth.token_keeper import TokenKeeper

PATIENCE_SECONDS: Final = 120.0
"""Real seconds after which a silent process fails the test instead of hanging it."""

ASIDE_AT_MOST: Final = 8
"""Threads of a process for what it is asked aside."""


class Line(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Station(Line):
    """Where a process works."""

    folder: Path
    origin: str
    clock_file: Path
    wall_offset: float = 0.0
    data_key: Path | None = None
    threads: int = 1
    lease_seconds: float = LEASE_SECONDS


class Round(Line):
    """What its threads are to do at once: thread ``n`` wants a token of grant ``first + n``, going round the list.

    Without grants nobody wants any.
    """

    grants: tuple[str, ...]
    first: int = 0
    refused: int | None = None
    aside: str | None = None
    """A grant that one more thread is to want; the round does not wait for it."""
    recall: bool = False
    """Nothing is wanted but what came of all that was asked aside."""


class Got(Line):
    """What one thread got: a generation, or the code of an error."""

    grant: str
    generation: int | None
    trouble: str | None
    seconds: float


class Outcome(Line):
    """What all threads of a process got."""

    got: tuple[Got, ...]


class Worker:
    """One process of a crowd, seen from the test.

    Args:
        station: Where it works.
        database_url: Of a shared database.
        prefix: A program that runs it elsewhere, such as in a network space of its own.
    """

    def __init__(self, station: Station, database_url: str | None = None, prefix: Sequence[str] = ()) -> None:
        environment = {**os.environ, **({DATABASE_VARIABLE: database_url} if database_url else {})}
        self.station: Final = station
        self._process = subprocess.Popen(
            [*prefix, sys.executable, "-m", "tests.reliability.process_crowd"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self._say(station)

    def wait_until_ready(self) -> None:
        """Return when its threads stand at the start."""
        line = self._next_line()
        assert line == "ready", line

    def begin(self, round_: Round) -> None:
        """Let its threads go, now."""
        self._say(round_)

    def outcome(self) -> Outcome:
        """What came of the round, once all its threads are back."""
        return Outcome.model_validate_json(self._next_line())

    def kill(self) -> None:
        """End it as a power cut would."""
        self._process.kill()
        self._process.wait(30)

    def close(self) -> None:
        """End it; every pipe is closed when this returns."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self.kill()
        self._reader.join(10)
        for pipe in (self._process.stdout, self._process.stderr):
            if pipe is not None:
                pipe.close()

    @property
    def has_ended(self) -> bool:
        """Whether it is gone."""
        return self._process.poll() is not None

    def _say(self, line: Line) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line.model_dump_json() + "\n")
        self._process.stdin.flush()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line.rstrip("\n"))
        self._lines.put("")

    def _next_line(self) -> str:
        try:
            line = self._lines.get(timeout=PATIENCE_SECONDS)
        except queue.Empty:
            self._process.kill()
            line = ""
        if line:
            return line
        trouble = self._process.stderr.read() if self._process.stderr is not None else ""
        raise AssertionError(f"The process ended with {self._process.wait(30)}, and said: {trouble}")


class Crowd:
    """Several such processes; a context manager that starts and ends them."""

    def __init__(self, stations: Sequence[Station], database_url: str | None = None) -> None:
        self.workers: Final = [Worker(station, database_url) for station in stations]

    def race(self, grants: Sequence[GrantId], *, refused: int | None = None, aside: GrantId | None = None) -> list[Got]:
        """One round of all processes at once, with its threads spread evenly over the grants.

        A grant named ``aside`` is asked for by one more thread of each process; ``recall`` tells what came of that.
        """
        first = 0
        for worker in self.workers:
            worker.begin(Round(grants=tuple(grants), first=first, refused=refused, aside=aside))
            first += worker.station.threads
        return self._outcomes()

    def recall(self) -> list[Got]:
        """What came of everything that was asked for aside."""
        for worker in self.workers:
            worker.begin(Round(grants=(), recall=True))
        return self._outcomes()

    def _outcomes(self) -> list[Got]:
        return [got for worker in self.workers for got in worker.outcome().got]

    def __enter__(self) -> Self:
        try:
            for worker in self.workers:
                worker.wait_until_ready()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End them all."""
        for worker in self.workers:
            worker.close()


def percentile(numbers: Sequence[float], part: float) -> float:
    """The number that this part (0 to 1) of them does not exceed."""
    return sorted(numbers)[min(len(numbers) - 1, int(len(numbers) * part))]


def _ask(keeper: TokenKeeper, grant: str, refused: int | None, start: threading.Barrier | None = None) -> Got:
    if start is not None:
        start.wait(PATIENCE_SECONDS)
    begun = time.monotonic()
    generation, trouble = None, None
    try:
        generation = keeper.access_token(GrantId(grant), refused=refused).generation
    except CaptureError as error:
        trouble = error.code
    except Exception as error:
        *_, place = traceback.extract_tb(error.__traceback__)
        trouble = f"{type(error).__name__} at {place.filename}:{place.lineno}"
    return Got(grant=grant, generation=generation, trouble=trouble, seconds=time.monotonic() - begun)


def main() -> None:
    station = Station.model_validate_json(sys.stdin.readline())
    clock = FileClock(station.clock_file, station.wall_offset)
    url = os.environ.pop(DATABASE_VARIABLE, None)
    start = threading.Barrier(station.threads)
    with (
        keeping(
            station.folder,
            station.origin,
            database_url=url,
            clock=clock,
            data_key=station.data_key,
            lease_seconds=station.lease_seconds,
        ) as kept,
        ThreadPoolExecutor(station.threads) as threads,
        ThreadPoolExecutor(ASIDE_AT_MOST) as others,
    ):
        aside: list[Future[Got]] = []
        places = range(station.threads)
        kept.store.with_intents()
        list(threads.map(lambda _: start.wait(PATIENCE_SECONDS), places))
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        for line in sys.stdin:
            round_ = Round.model_validate_json(line)
            if round_.aside is not None:
                aside.append(others.submit(_ask, kept.keeper, round_.aside, round_.refused))
            count = len(round_.grants)
            wanted = [round_.grants[(round_.first + n) % count] for n in places] if count else []
            asked = [threads.submit(_ask, kept.keeper, grant, round_.refused, start) for grant in wanted]
            if round_.recall:
                asked, aside = aside, []
            sys.stdout.write(Outcome(got=tuple(one.result() for one in asked)).model_dump_json() + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
