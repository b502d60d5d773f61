"""What time is it by the clock of the store? Known without asking: every transaction on a server brings it along."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from hostspec.services import Clock


class StoreClock:
    """Satisfies ``hostspec.services.Clock``: the wall clock is the store's, the rest this machine's.

    For what is shown of moments that any machine may have stored: on a workstation whose clock is weeks ahead they
    would look weeks old. Before the store was heard, and for a local one, this machine's time. Any thread may call.

    Args:
        clock: This machine's.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        # To the wall clock and not to the monotonic one, which stands still while a laptop sleeps.
        self._ahead = timedelta(0)

    def heard(self, store_time: datetime) -> None:
        """The store has just shown its time."""
        self._ahead = store_time - self._clock.now()

    def now(self) -> datetime:
        """The store's time (UTC), as exact as the link to it is quick."""
        return self._clock.now() + self._ahead

    def monotonic(self) -> float:
        """As of this machine."""
        return self._clock.monotonic()

    def wait(self, seconds: float) -> None:
        """As of this machine."""
        self._clock.wait(seconds)
