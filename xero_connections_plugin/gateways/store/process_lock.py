"""Which lock do the threads of one process share, when a fork may copy it while one of them holds it?"""

from __future__ import annotations

import os
import threading


class ProcessLock:
    """A lock for each process. A forked child takes its own: the thread that holds its parent's is not in it."""

    def __init__(self) -> None:
        self._locks: dict[int, threading.Lock] = {}

    @property
    def own(self) -> threading.Lock:
        """The lock of this process; who takes it gives back the same one."""
        return self._locks.setdefault(os.getpid(), threading.Lock())
