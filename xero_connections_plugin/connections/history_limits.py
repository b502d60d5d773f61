"""How long does the history stay, and how long may it grow?"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from hostspec.services import Clock
    from xero_connections_plugin.connections.history import History

_AT_A_TIME: Final = 1_000
"""Events wiped in one transaction: others write to the same tables."""

_PAUSE_SECONDS: Final = 3_600.0


class HistoryLimits:
    """Wipes the oldest events, a few at a time. To be called from time to time, by one thread at a time.

    Args:
        history: What is kept.
        clock: Time.
        days: How long events are kept.
        rows: How many are kept at most.
    """

    def __init__(self, history: History, clock: Clock, *, days: int, rows: int) -> None:
        self._history = history
        self._clock = clock
        self._days = days
        self._rows = rows
        self._not_before = float("-inf")

    def tidy(self) -> None:
        """Write what waits to be written, and wipe what is due.

        Raises:
            StoreUnavailable, StoredDataDamaged: Nothing was wiped; the next round tries again.
        """
        self._history.write()
        if self._clock.monotonic() < self._not_before:
            return
        before = self._clock.now() - timedelta(days=self._days)
        wiped = self._history.prune(before=before, keep=self._rows, most=_AT_A_TIME)
        if wiped < _AT_A_TIME:
            self._not_before = self._clock.monotonic() + _PAUSE_SECONDS
