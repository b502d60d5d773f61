"""How do the threads of a process share one piece of work? The first to come does it, the others take its result."""

from __future__ import annotations

import copy
import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

K = TypeVar("K")
T = TypeVar("T")


class Flights(Generic[K, T]):
    """Work under way, by what it is for. Any thread may use it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._flights: dict[K, Future[T | None]] = {}

    def board(self, key: K) -> tuple[Future[T | None], bool]:
        """The work under way for a key, and whether the caller is the one to ``lead`` it."""
        with self._lock:
            leading = key not in self._flights
            return self._flights.setdefault(key, Future()), leading

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
            with self._lock:
                flight = self._flights.pop(key)
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
