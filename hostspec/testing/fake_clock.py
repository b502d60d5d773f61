"""A clock that stands still until a test moves it."""

import threading
from datetime import UTC, datetime, timedelta
from typing import Final

START: Final = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
"""What a new fake clock shows."""


class FakeClock:
    """Satisfies ``hostspec.services.SecondsClock``; safe to use from any thread.

    Args:
        now: What the wall clock shows first; aware.
        auto_advance: ``wait`` moves the clock itself and returns at once, instead of blocking until ``advance``.
        patience: Real seconds after which a blocked ``wait`` fails instead of hanging the test.
    """

    def __init__(self, now: datetime = START, *, auto_advance: bool = False, patience: float = 30.0) -> None:
        self.auto_advance = auto_advance
        self.waits: list[float] = []
        """Every wait asked for so far, in seconds."""
        self._patience = patience
        self._wall = now
        self._monotonic = 1000.0
        self._waiting = 0
        self._changed = threading.Condition()

    def now(self) -> datetime:
        """The wall clock, aware."""
        with self._changed:
            return self._wall

    def now_seconds(self) -> float:
        """The wall clock, in seconds since 1970, UTC."""
        return self.now().timestamp()

    def monotonic(self) -> float:
        """Seconds that go forward with ``advance``."""
        with self._changed:
            return self._monotonic

    def wait(self, seconds: float) -> None:
        """Block until the clock was advanced that far (seconds).

        Raises:
            AssertionError: Nobody advanced it in time.
        """
        with self._changed:
            self.waits.append(seconds)
            if self.auto_advance:
                self._move(wall=max(seconds, 0.0), monotonic=max(seconds, 0.0))
                return
            end = self._monotonic + seconds
            self._waiting += 1
            self._changed.notify_all()
            try:
                if not self._changed.wait_for(lambda: self._monotonic >= end, self._patience):
                    raise AssertionError(f"Somebody waits for {seconds} s and no test advanced the clock that far.")
            finally:
                self._waiting -= 1

    def advance(self, seconds: float) -> None:
        """Let time pass: both clocks move, and whoever waited long enough goes on."""
        if seconds < 0:
            raise ValueError("time goes forward; jump_wall sets the wall clock back")
        with self._changed:
            self._move(wall=seconds, monotonic=seconds)

    def jump_wall(self, seconds: float) -> None:
        """Set the wall clock forward or back (seconds), as a person or a time server does; nobody wakes up."""
        with self._changed:
            self._move(wall=seconds, monotonic=0.0)

    def jump_monotonic(self, seconds: float) -> None:
        """Let only the monotonic clock go on (seconds), as if the wall clock had been set back meanwhile."""
        if seconds < 0:
            raise ValueError("a monotonic clock never goes back")
        with self._changed:
            self._move(wall=0.0, monotonic=seconds)

    def wait_for_waiters(self, count: int = 1) -> None:
        """Block (in real time) until at least that many threads wait for the clock.

        Raises:
            AssertionError: They did not come in time.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: self._waiting >= count, self._patience):
                raise AssertionError(f"{self._waiting} threads wait for the clock, not {count}.")

    def _move(self, *, wall: float, monotonic: float) -> None:
        self._wall += timedelta(seconds=wall)
        self._monotonic += monotonic
        self._changed.notify_all()
