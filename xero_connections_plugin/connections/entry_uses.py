"""When was an entry last used? Noted to about an hour, beside the session that uses it."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from hostspec.errors import CaptureError
from xero_connections_plugin.own_locks import ProcessLock, ProcessSet

if TYPE_CHECKING:
    from datetime import datetime

    from hostspec.providers import Connection
    from hostspec.services import Clock, Tasks
    from hostspec.value import ConnectionId
    from xero_connections_plugin.connections.entries import EntryStore

NOTED_EVERY: Final = timedelta(hours=1)

_log = logging.getLogger(__name__)


class EntryUses:
    """Notes that entries are used. Any thread may call; nobody waits for the store or hears of its trouble."""

    def __init__(self, store: EntryStore, clock: Clock, tasks: Tasks) -> None:
        self._store = store
        self._clock = clock
        self._tasks = tasks
        self._lock = ProcessLock()
        self._under_way: ProcessSet[ConnectionId] = ProcessSet()

    def note(self, connection: Connection) -> None:
        """A session was opened through an entry, which was read just now."""
        now, connection_id = self._clock.now(), connection.connection_id
        with self._lock.own:
            if _is_recent(connection.used_at, now) or connection_id in self._under_way:
                return
            self._under_way.add(connection_id)
        self._tasks.start("note a use", lambda _cancel: self._write(connection_id, now))

    def _write(self, connection_id: ConnectionId, now: datetime) -> None:
        try:
            self._store.note_use(connection_id, now)
        except CaptureError as problem:
            _log.warning("It was not noted that a connection is used: %s", problem.code)
        finally:
            with self._lock.own:
                self._under_way.discard(connection_id)


def _is_recent(moment: datetime | None, now: datetime) -> bool:
    # A moment to come was noted before the clock was set back.
    return moment is not None and timedelta(0) <= now - moment < NOTED_EVERY
