"""What time it is at the simulated Xero: the real time, moved by tests or persons."""

from __future__ import annotations

import time
from collections.abc import Callable


class SimulatorClock:
    """Seconds since the epoch (UTC), with an offset that can be moved and a hand that can be stopped."""

    def __init__(self, real: Callable[[], float] = time.time, offset_seconds: float = 0.0) -> None:
        self._real = real
        self._offset = offset_seconds
        self._stopped_at: float | None = None

    @classmethod
    def days_later(cls, days: int) -> SimulatorClock:
        """A clock whose real time is so many days ahead, on this run only: nothing of it is kept."""
        return cls(lambda: time.time() + 86_400.0 * days)

    def now(self) -> float:
        return self._real() + self._offset if self._stopped_at is None else self._stopped_at

    @property
    def offset_seconds(self) -> float:
        """How far this clock is ahead of the real one, in seconds."""
        return self.now() - self._real()

    @property
    def frozen(self) -> bool:
        return self._stopped_at is not None

    def advance(self, seconds: float) -> None:
        """Move the clock by a number of seconds; negative numbers move it back."""
        if self._stopped_at is None:
            self._offset += seconds
        else:
            self._stopped_at += seconds

    def freeze(self) -> None:
        self._stopped_at = self.now()

    def unfreeze(self) -> None:
        """Let the clock run on from where it stands."""
        if self._stopped_at is not None:
            self._offset = self._stopped_at - self._real()
            self._stopped_at = None

    def set_offset(self, seconds: float) -> None:
        """Run with this offset, in seconds."""
        self._stopped_at = None
        self._offset = seconds
