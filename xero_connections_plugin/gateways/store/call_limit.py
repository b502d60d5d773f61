"""Until when may the call that a thread is in take, all attempts together?"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from hostspec.services import Clock

SHORTEST_ATTEMPT: Final = 2.0
"""libpq gives a server no less time to answer."""


class CallLimit(threading.local):
    """The limit of the call that this thread is in; each thread has its own.

    Args:
        clock: What it is told by.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._until: float | None = None

    def begin(self, seconds: float) -> None:
        """A call begins now, and may take so long."""
        self._until = self._clock.monotonic() + seconds

    @property
    def remaining(self) -> float:
        """Seconds left; none when no call is being made."""
        return 0.0 if self._until is None else max(0.0, self._until - self._clock.monotonic())

    def pause(self, attempt: int) -> bool:
        """Wait before a further attempt; ``False`` when no time is left for one."""
        seconds: float = min(1.0, 0.05 * 2**attempt)
        if self.remaining < seconds + SHORTEST_ATTEMPT:
            return False
        self._clock.wait(seconds)
        return True
