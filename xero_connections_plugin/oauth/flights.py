"""How do the threads of a process share one piece of work? The first to come does it, the others take its result."""

from __future__ import annotations

import copy
import os
from concurrent.futures import Future
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

K = TypeVar("K")
T = TypeVar("T")


class Flights(Generic[K, T]):
    """Work under way, by what it is for. Any thread may use it.

    A forked process does not wait for threads that only its parent has; so nothing here is locked either.

    Args:
        process: Tells which process this is.
    """

    def __init__(self, process: Callable[[], int] = os.getpid) -> None:
        self._process = process
        self._flights: dict[tuple[int, K], Future[T | None]] = {}

    def board(self, key: K) -> tuple[Future[T | None], bool]:
        """The work under way for a key, and whether the caller is the one to ``lead`` it."""
        own: Future[T | None] = Future()
        flight = self._flights.setdefault((self._process(), key), own)
        return flight, flight is own

    def lead(self, key: K, work: Callable[[], T]) -> T:
        """Do the work, and tell those who wait; what it raises is raised here and there."""
        result: T | None = None
        problem: Exception | None = None
        try:
            result = work()
        except Exception as raised:
            problem = raised
            raise
        finally:
            flight = self._flights.pop((self._process(), key))
            if problem is not None:
                flight.set_exception(problem)
            else:
                flight.set_result(result)  # None after KeyboardInterrupt: those who wait choose another leader
        return result


def landed(flight: Future[T | None]) -> T | None:
    """What the leading thread came to; ``None`` when it was interrupted. Blocks until then.

    Raises:
        Exception: A copy of what the work raised, since threads must not share a traceback.
    """
    problem = flight.exception()
    if problem is not None:
        raise copy.copy(problem) from None
    return flight.result()
