"""The history in memory: a fake for tests, held to the same contract as the real store."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from hostspec.value import ConnectionId, UserId
from xero_connections_plugin.connections.history import ROUTINE, Actor, HistoryEvent, HistoryQuery, Mentioned


class MemoryHistoryStore:
    """A ``HistoryStore``. ``trouble`` is raised by every write while it is set."""

    def __init__(self) -> None:
        self.trouble: Exception | None = None
        self._events: list[HistoryEvent] = []

    def append(self, events: Sequence[HistoryEvent]) -> None:
        if self.trouble is not None:
            raise self.trouble
        for event in events:
            if all(kept.event_id != event.event_id for kept in self._events):
                self._events.append(event)

    def find(self, query: HistoryQuery, *, offset: int = 0, limit: int) -> tuple[HistoryEvent, ...]:
        return tuple(self._matching(query)[offset : offset + limit])

    def count(self, query: HistoryQuery) -> int:
        return len(self._matching(query))

    def people(self) -> tuple[Actor, ...]:
        latest: dict[UserId, Actor] = {event.actor.user_id: event.actor for event in self._events}
        return tuple(sorted(latest.values(), key=lambda actor: (actor.user_name.casefold(), actor.user_id)))

    def mentioned(self, limit: int) -> tuple[Mentioned, ...]:
        latest: dict[ConnectionId, Mentioned] = {}
        for event in reversed(self._events):
            if event.connection_id is not None and event.connection_id not in latest:
                latest[event.connection_id] = Mentioned(connection_id=event.connection_id, label=event.label)
        return tuple(latest.values())[:limit]

    def prune(self, *, before: datetime, keep: int, most: int) -> int:
        oldest_first = sorted(self._events, key=lambda event: event.at)
        gone = [event for event in oldest_first if event.at < before][:most]
        left = sorted((one for one in oldest_first if one not in gone), key=lambda event: event.kind not in ROUTINE)
        gone += left[: max(0, min(most - len(gone), len(left) - keep))]
        self._events = [event for event in self._events if event not in gone]
        return len(gone)

    def _matching(self, query: HistoryQuery) -> list[HistoryEvent]:
        found = [
            event
            for event in self._events
            if (query.connection_id is None or event.connection_id == query.connection_id)
            and (not query.kinds or event.kind in query.kinds)
            and (query.user_id is None or event.actor.user_id == query.user_id)
            and (query.since is None or event.at >= query.since)
        ]
        return sorted(found, key=lambda event: event.at)[::-1]
