"""Notices kept in memory: the fake that tests of notices run on, held to the same contract as the real store."""

from __future__ import annotations

import threading
from collections.abc import Collection
from datetime import datetime

from hostspec.errors import ConnectionProblem


class MemoryNoticeStore:
    """A ``NoticeStore``; hosts that share it share a database."""

    def __init__(self) -> None:
        self.trouble: list[ConnectionProblem] = []
        """What the next calls raise."""
        self._told: dict[tuple[str, str], datetime] = {}
        self._lock = threading.Lock()

    def note(self, host_id: str, events: Collection[str], told_at: datetime) -> frozenset[str]:
        self._fail()
        with self._lock:
            new = frozenset(event for event in events if (host_id, event) not in self._told)
            self._told.update({(host_id, event): told_at for event in new})
            return new

    def told(self, host_id: str, prefix: str) -> frozenset[str]:
        self._fail()
        with self._lock:
            return frozenset(event for host, event in self._told if host == host_id and event.startswith(prefix))

    def forget(self, host_id: str, events: Collection[str]) -> frozenset[str]:
        self._fail()
        with self._lock:
            return frozenset(event for event in set(events) if self._told.pop((host_id, event), None) is not None)

    def prune(self, before: datetime) -> int:
        self._fail()
        with self._lock:
            old = [key for key, told_at in self._told.items() if told_at < before]
            for key in old:
                del self._told[key]
            return len(old)

    def _fail(self) -> None:
        if self.trouble:
            raise self.trouble.pop(0)
