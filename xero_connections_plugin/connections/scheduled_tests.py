"""Which entries are tested without being asked? Those that nobody used or tested for long, a few at a time."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, Protocol

from hostspec.errors import CaptureError
from xero_connections_plugin.connections.entries import EntryQuery
from xero_connections_plugin.own_locks import ProcessLock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from hostspec.providers import Connection
    from hostspec.services import CancelSignal, Clock
    from hostspec.value import ConnectionId
    from xero_connections_plugin.connections.entries import EntryStore
    from xero_connections_plugin.connections.entry_tests import EntryTests

MOST_A_ROUND: Final = 10
"""Tests in one round of housekeeping: with a round a minute, ten thousand entries take less than a day."""

ROUND_SECONDS: Final = 30.0
"""No test begins later than this in a round."""

TRY_AGAIN_AFTER: Final = timedelta(hours=1)
"""What failed for a reason that passes by itself is tested again so much later."""

TURN: Final = "scheduled-tests"
_TURN_LENGTH: Final = timedelta(minutes=5)
_NEVER: Final = datetime(1, 1, 1, tzinfo=UTC)
_SPREAD: Final = 0.2


class Turn(Protocol):
    """The right to test, which passes by itself."""

    def give_back(self) -> None: ...


class Turns(Protocol):
    """Lets one process of the installation at a time do something."""

    def take(self, name: str, length: timedelta) -> Turn | None: ...


def due(entries: Iterable[Connection], now: datetime, every: timedelta) -> list[Connection]:
    """The entries to test, the most urgent first: never tried ones, then those that waited longest.

    Entries that were set up on one day come due over a fifth of the time, each at a moment of its own.
    """
    waiting = [(last, entry) for entry in entries if now >= (last := _last(entry)) + _wait(entry, last, every)]
    waiting.sort(key=lambda pair: (pair[0], pair[1].created_at, pair[1].connection_id))
    return [entry for _, entry in waiting]


def _last(entry: Connection) -> datetime:
    tested_at = entry.tested.tested_at if entry.tested is not None else _NEVER
    return max(tested_at, entry.used_at or _NEVER)


def _wait(entry: Connection, last: datetime, every: timedelta) -> timedelta:
    if last == _NEVER:
        return timedelta(0)
    test = entry.tested
    if test is not None and test.transient and not test.passed and last == test.tested_at:
        return min(TRY_AGAIN_AFTER, every)
    return every * (1 - _SPREAD * _fraction(entry.connection_id))


def _fraction(connection_id: ConnectionId) -> float:
    """A number from 0 to 1 that stays the same for an entry."""
    return int.from_bytes(hashlib.sha256(connection_id.encode()).digest()[:4]) / 2**32


class ScheduledTests:
    """Tests what is due. Any thread may call; one process at a time does it.

    Args:
        store: The list.
        tests: Does the tests.
        turns: See the class.
        clock: Time.
        every_days: How long an entry may be neither used nor tested; 0 tests nothing.
        is_able: Whether this machine can open what is sealed.
    """

    def __init__(
        self,
        store: EntryStore,
        tests: EntryTests,
        turns: Turns,
        clock: Clock,
        *,
        every_days: float,
        is_able: Callable[[], bool],
    ) -> None:
        self._store = store
        self._tests = tests
        self._turns = turns
        self._clock = clock
        self._every = timedelta(days=every_days)
        self._is_able = is_able
        self._busy = ProcessLock()

    def round(self, cancel: CancelSignal) -> int:
        """Do one round; how many entries were tested.

        Raises:
            StoreUnavailable, StoredDataDamaged: The list cannot be read.
        """
        busy = self._busy.own
        if not self._every or not self._is_able() or not busy.acquire(blocking=False):
            return 0
        try:
            waiting = self._waiting()
            turn = self._turns.take(TURN, _TURN_LENGTH) if waiting else None
            if turn is None:
                return 0
            try:
                # Another process may have tested them since they were looked up.
                return self._test(self._waiting(), cancel)
            finally:
                turn.give_back()
        finally:
            busy.release()

    def _waiting(self) -> list[Connection]:
        now = self._clock.now()
        soonest = min(self._every * (1 - _SPREAD), TRY_AGAIN_AFTER)
        found = self._store.find(EntryQuery(untried_since=now - soonest))
        return [entry for entry in due(found, now, self._every) if self._tests.can_test(entry.type_id)]

    def _test(self, waiting: list[Connection], cancel: CancelSignal) -> int:
        until = self._clock.monotonic() + ROUND_SECONDS
        done = 0
        for entry in waiting[:MOST_A_ROUND]:
            if cancel.is_set() or self._clock.monotonic() >= until:
                break
            try:
                result = self._tests.test(entry)
            except CaptureError:
                break
            done += 1
            if result.transient:
                break
        return done
