"""One process of a race: lines of JSON on standard input say what to do, those on standard output what came of it.

``python -m benchmarks.racer`` is started once and serves every entrant in turn, so that everything is imported and
compiled when a race begins.
"""

from __future__ import annotations

import sys
import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor

from pydantic import BaseModel, ConfigDict

from benchmarks.entrant import Caller, Place
from benchmarks.registry import entrant_named


class Line(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Task(Line):
    """Make ready for this entrant's race, or (``renew``) renew once."""

    entrant: str
    place: Place
    threads: int
    renew: bool = False


class Called(Line):
    """One caller's luck; times are of the clock that all processes of a machine share."""

    trouble: str | None
    begun: float
    ended: float


class Report(Line):
    """All callers of a process."""

    calls: tuple[Called, ...]


def _call(caller: Caller, renew: bool, together: threading.Barrier) -> Called:
    together.wait(120)
    begun = time.monotonic()
    trouble = None
    try:
        status = caller.renew() if renew else caller.use()
        if status != 200:
            trouble = f"status {status}"
    except Exception as error:
        # Where, not what: the text may quote a token.
        *_, place = traceback.extract_tb(error.__traceback__)
        trouble = f"{type(error).__name__} at {place.name}"
    return Called(trouble=trouble, begun=begun, ended=time.monotonic())


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> None:
    for said in sys.stdin:
        task = Task.model_validate_json(said)
        together = threading.Barrier(task.threads)
        with (
            entrant_named(task.entrant).open(task.place) as caller,
            ThreadPoolExecutor(task.threads) as threads,
        ):
            list(threads.map(lambda _, start=together: start.wait(120), range(task.threads)))
            _say("ready")
            sys.stdin.readline()
            calls = [threads.submit(_call, caller, task.renew, together) for _ in range(task.threads)]
            _say(Report(calls=tuple(call.result() for call in calls)).model_dump_json())


if __name__ == "__main__":
    main()
