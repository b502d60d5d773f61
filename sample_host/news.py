"""What happened that no window asked for, kept until the windows ask."""

import threading
from collections import Counter, deque
from dataclasses import dataclass
from typing import Final

from hostspec.messages import Notification

KEPT_NOTIFICATIONS: Final = 20


@dataclass(frozen=True)
class Numbered:
    """A notification with its place in the order of arrival."""

    number: int
    notification: Notification


class News:
    """Counts changes of tabs, and keeps the latest notifications. Any thread may call."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._tabs: Counter[str] = Counter()
        self._notifications: deque[Numbered] = deque(maxlen=KEPT_NOTIFICATIONS)
        self._number = 0
        self._everything = 0

    def tab_changed(self, tab_id: str, wait_id: str | None) -> None:
        """Note that a tab has news; of a single wait its window hears anyway, because it asks twice a second."""
        if wait_id is None:
            with self._guard:
                self._tabs[tab_id] += 1

    def everything_changed(self) -> None:
        """Note that whatever shows connections or profiles may be old."""
        with self._guard:
            self._everything += 1

    def notify(self, notification: Notification) -> None:
        """Keep a notification; one of the same id replaces the earlier one."""
        with self._guard:
            same = [n for n in self._notifications if n.notification.notification_id == notification.notification_id]
            if same and same[0].notification == notification:
                return
            for old in same:
                self._notifications.remove(old)
            self._number += 1
            self._notifications.append(Numbered(self._number, notification))

    def version(self, tab_id: str) -> str:
        """Changes whenever the tab should be drawn anew."""
        with self._guard:
            return f"{self._tabs[tab_id]}.{self._everything}"

    def notifications(self) -> tuple[Numbered, ...]:
        """The latest notifications, oldest first."""
        with self._guard:
            return tuple(self._notifications)
