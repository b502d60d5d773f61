"""What does the console hear while a command waits?"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from hostspec.markers import hookimpl

if TYPE_CHECKING:
    from hostspec.messages import Notification


class TabNews:
    """Hears that a tab changed, and what nobody asked for. Any thread may tell."""

    def __init__(self) -> None:
        self._changed = threading.Event()
        self._lock = threading.Lock()
        self._told: list[Notification] = []

    def wait(self, seconds: float) -> None:
        """Return when something changed, after so many (real) seconds at the latest."""
        self._changed.wait(seconds)
        self._changed.clear()

    def take_told(self) -> tuple[Notification, ...]:
        """What was told since the last look."""
        with self._lock:
            told, self._told = tuple(self._told), []
        return told

    @hookimpl
    def capture_tab_changed(self, tab_id: str, wait_id: str | None) -> None:
        del tab_id, wait_id
        self._changed.set()

    @hookimpl
    def capture_notify(self, notification: Notification) -> None:
        with self._lock:
            self._told.append(notification)
