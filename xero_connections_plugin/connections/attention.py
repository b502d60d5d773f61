"""How many entries need somebody? Counted beside the user interface, and remembered for a while."""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hostspec.errors import CaptureError
from hostspec.value import Tone
from xero_connections_plugin.connections.listing import Picked
from xero_connections_plugin.own_locks import ProcessLock

if TYPE_CHECKING:
    from collections.abc import Callable

    from hostspec.providers import ConnectionSummary
    from hostspec.services import CancelSignal, Clock, Tasks
    from hostspec.value import ConnectionId
    from xero_connections_plugin.connections.listing import Listing

_log = logging.getLogger(__name__)

FRESH_SECONDS: Final = 30.0
"""Time alone, and other workstations, change what is counted: an older count is made anew at the next look."""

FEW: Final = 200
"""As many entries are counted at once, while somebody looks."""


def needs_attention(summary: ConnectionSummary) -> bool:
    """Whether somebody has to do something about an entry; what passes by itself does not count."""
    return summary.tone in {Tone.BAD, Tone.WARNING}


def is_ready(summary: ConnectionSummary) -> bool:
    """Whether an entry works."""
    return summary.tone is Tone.GOOD


@dataclass(frozen=True)
class Standing:
    """Which entries were in which state when they were counted."""

    attention: frozenset[ConnectionId] = frozenset()
    ready: frozenset[ConnectionId] = frozenset()
    others: frozenset[ConnectionId] = frozenset()

    @property
    def needing_attention(self) -> Picked:
        return Picked(self.attention, self.ready | self.others)

    @property
    def being_ready(self) -> Picked:
        return Picked(self.ready, self.attention | self.others)


class Attention:
    """Counts the entries that need attention. Any thread may call.

    Args:
        listing: Knows the states.
        tasks: Counts thousands beside the caller.
        clock: Says how old a count is.
        changed: Called when the count is another one than was told before.
    """

    def __init__(self, listing: Listing, tasks: Tasks, clock: Clock, changed: Callable[[], None]) -> None:
        self._listing = listing
        self._tasks = tasks
        self._clock = clock
        self._changed = changed
        self._lock = ProcessLock()
        self._standing: Standing | None = None
        self._counted_at = float("-inf")
        self._version = 0
        self._counted_version = 0
        self._counting_in: int | None = None

    def count(self) -> int:
        """As last counted; costs next to nothing. An old count is made anew in the background."""
        with self._lock.own:
            begin = self._is_old() and self._counting_in != os.getpid()
            if begin:
                self._counting_in = os.getpid()
        if begin:
            self._tasks.start("count connections that need attention", self._count_beside)
        return len(self._standing.attention) if self._standing is not None else 0

    def look(self, *, exactly: bool = False) -> Standing:
        """How entries stand, for somebody who looks at the list: a short list is counted at once, and a long one
        beside the caller, who hears of it when it has changed.

        Args:
            exactly: Something hangs on it, so that a long list is counted at once too, when it never was.

        Raises:
            StoreUnavailable, StoredDataDamaged: The list cannot be read.
        """
        with self._lock.own:
            is_old, standing = self._is_old(), self._standing
        if is_old and ((standing is None and exactly) or self._listing.count() <= FEW):
            self._recount()
        self.count()
        return self._standing or Standing()

    def invalidate(self) -> None:
        """Something changed: the next look counts anew."""
        with self._lock.own:
            self._version += 1
            self._counted_at = float("-inf")

    def _is_old(self) -> bool:
        return self._clock.monotonic() - self._counted_at >= FRESH_SECONDS

    def _count_beside(self, _cancel: CancelSignal) -> None:
        before = self._standing
        try:
            self._recount()
        except CaptureError as problem:
            _log.warning("The connections that need attention could not be counted: %s", problem.code)
            with self._lock.own:
                self._counted_at = self._clock.monotonic()
        finally:
            with self._lock.own:
                self._counting_in = None
        if self._standing != before:
            self._changed()

    def _recount(self) -> None:
        with self._lock.own:
            version = self._version
        attention: set[ConnectionId] = set()
        ready: set[ConnectionId] = set()
        others: set[ConnectionId] = set()
        for entry in self._listing.everything():
            summary = entry.summary
            kind = attention if needs_attention(summary) else ready if is_ready(summary) else others
            kind.add(entry.connection.connection_id)
        with self._lock.own:
            if version < self._counted_version:
                return  # somebody who began later was quicker, and knows more
            self._counted_version = version
            self._standing = Standing(frozenset(attention), frozenset(ready), frozenset(others))
            # What changed while it was counted is counted at the next look.
            if version == self._version:
                self._counted_at = self._clock.monotonic()
