"""What happened that no window asked for, counted until the windows ask."""

from __future__ import annotations

import threading
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hostspec.messages import Notification
    from sample_host.notice_board import NoticeBoard


class News:
    """Counts changes of tabs, and passes notifications on to the board. Any thread may call.

    Args:
        board: Keeps notifications.
    """

    def __init__(self, board: NoticeBoard) -> None:
        self.board = board
        self._guard = threading.Lock()
        self._tabs: Counter[str] = Counter()
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
        """Keep a notification for people."""
        self.board.notify(notification)

    def version(self, tab_id: str) -> str:
        """Changes whenever the tab (the page without one, for an empty id) should be drawn anew."""
        with self._guard:
            return f"{self._tabs[tab_id]}.{self._everything}" + ("" if tab_id else f".{self.board.version}")
