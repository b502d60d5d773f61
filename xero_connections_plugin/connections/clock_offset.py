"""Is this machine's clock right? Told from the dates that the other side's answers bear."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import datetime

TOLERANCE: Final = timedelta(minutes=2)
"""Clocks that differ by less are right enough: dates have whole seconds, and answers take time."""


class ClockOffset:
    """The last answer's word on it. Any thread may call."""

    def __init__(self) -> None:
        self._ahead = timedelta(0)

    def heard(self, server_date: datetime | None, *, asked_at: datetime, answered_at: datetime) -> None:
        """An answer came.

        Args:
            server_date: Its date; ``None`` when it bears none.
            asked_at: When it was asked for, by this machine's clock.
            answered_at: When it had come.
        """
        # A clock that was set meanwhile proves nothing.
        if server_date is None or answered_at < asked_at:
            return
        earliest, latest = asked_at - server_date, answered_at - server_date
        self._ahead = latest if latest < timedelta(0) else max(earliest, timedelta(0))

    def minutes_ahead(self) -> int:
        """How far this clock is ahead of the other side's, in minutes; negative: behind; 0 while it is right enough."""
        if abs(self._ahead) < TOLERANCE:
            return 0
        return round(self._ahead / timedelta(minutes=1))
