"""What do the threads of one process share, when a fork may copy it while one of them is in the middle?"""

from __future__ import annotations

import os
import threading
from typing import Generic, TypeVar

T = TypeVar("T")


class ProcessLock:
    """A lock for each process. A forked child has its own: the thread that holds its parent's is not in it.

    It is used as ``with lock.own:``. Methods in Python that take it and give it back could be
    interrupted by a Ctrl-C in between, and it would stay taken.
    """

    def __init__(self) -> None:
        self._locks: dict[int, threading.Lock] = {}

    @property
    def own(self) -> threading.Lock:
        """The lock of this process; who takes it gives back the same one."""
        return self._locks.setdefault(os.getpid(), threading.Lock())


class ProcessSet(Generic[T]):
    """What the threads of this process are at; for use under a lock. A forked child is at nothing yet."""

    def __init__(self) -> None:
        self._kept: set[tuple[int, T]] = set()

    def __contains__(self, one: T) -> bool:
        return (os.getpid(), one) in self._kept

    def add(self, one: T) -> None:
        """From now on."""
        self._kept.add((os.getpid(), one))

    def discard(self, one: T) -> None:
        """No longer."""
        self._kept.discard((os.getpid(), one))
