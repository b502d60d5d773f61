"""What does one line of the table say, how are two things timed beside each other, and who is measured?"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

Act = Callable[[], object]


@dataclass(frozen=True)
class Finding:
    """One line of the table."""

    what: str
    ours: str
    beside: str
    """Who or what it is compared with, and its figure."""
    ratio: str = ""
    reach: str = ""
    reached: bool | None = None
    """``None`` where nothing is required."""
    is_firm: bool = False
    """Whether it counts things and does not depend on the machine, so that the benchmark fails when it is missed."""


@dataclass(frozen=True)
class Row:
    """Something that is measured; it comes to a line for each peer."""

    name: str
    measure: Callable[[int], Iterable[Finding]]
    """Given the number of runs."""


def compared(
    what: str,
    ours: float,
    peer: str,
    theirs: float,
    *,
    at_most: float | None = None,
    reach: str = "",
    scale: float = 1e3,
) -> Finding:
    """A line about two times in seconds.

    Args:
        what: Is measured.
        ours: Seconds, of this project.
        peer: Its name.
        theirs: Seconds.
        at_most: The ratio to reach.
        reach: How the table says it.
        scale: What a second comes to in the table: 1e3 for milliseconds, 1e6 for microseconds.
    """
    ratio = ours / theirs
    return Finding(
        what,
        shown(ours, scale),
        f"{peer}: {shown(theirs, scale)}",
        f"{ratio:.2g}",
        reach,
        None if at_most is None else ratio <= at_most,
    )


def shown(seconds: float, scale: float = 1e3) -> str:
    """A time with its unit."""
    unit = {1.0: "s", 1e3: "ms", 1e6: "µs"}[scale]
    return f"{seconds * scale:.3g} {unit}"


def seconds_per_call(
    acts: Sequence[Act], runs: int, calls: int = 1, clock: Callable[[], float] = time.perf_counter
) -> list[float]:
    """Medians of so many runs of each; they take turns, so that what else the machine does meets all of them.

    Args:
        acts: What is timed.
        runs: Of each.
        calls: In one run.
        clock: ``time.thread_time`` for what waits for nobody: a machine that is taken away meanwhile is not counted.
    """
    times: list[list[float]] = [[] for _ in acts]
    for act in acts:
        act()
    for _ in range(runs):
        for own, act in zip(times, acts, strict=True):
            began = clock()
            for _ in range(calls):
                act()
            own.append((clock() - began) / calls)
    return [median(own) for own in times]


def median(numbers: Sequence[float]) -> float:
    """The one in the middle."""
    return sorted(numbers)[len(numbers) // 2]


def table(findings: Sequence[Finding]) -> list[str]:
    """As lines of text."""
    marks = {True: "yes", False: "NO", None: "-"}
    head = ("", "this project", "beside", "ratio", "to reach", "reached")
    rows = [head, *((f.what, f.ours, f.beside, f.ratio, f.reach, marks[f.reached]) for f in findings)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
