"""Deleted entries kept in memory: the fake for tests of taking back, held to the same contract as the real store."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from tests.plugin.memory_entries import MemoryEntryStore
from xero_connections_plugin.connections.deleted_entries import DeletedEntry, RemovalWish
from xero_connections_plugin.connections.entries import EntryGone

if TYPE_CHECKING:
    from hostspec.providers import Connection
    from hostspec.services import Clock
    from hostspec.value import ConnectionId


class MemoryBinStore:
    """A ``BinStore``.

    Args:
        entries: The list that entries are deleted from.
        clock: Time.
    """

    def __init__(self, entries: MemoryEntryStore, clock: Clock) -> None:
        self._list = entries
        self._clock = clock
        self._kept: dict[ConnectionId, DeletedEntry] = {}
        self._wishes: dict[ConnectionId, RemovalWish] = {}
        self._opened: dict[ConnectionId, Connection] = {}

    def put(self, connection_id: ConnectionId, *, removed_by: str, choices: frozenset[str] = frozenset()) -> None:
        entry, opened = self._list.get(connection_id), self._list.get_opened(connection_id)
        if entry is None or opened is None:
            return
        self._opened[connection_id] = opened
        self._list.begin_removal(connection_id)
        self._list.finish_removal(connection_id)
        kept = DeletedEntry(connection=entry, removed_at=self._clock.now(), removed_by=removed_by)
        self._kept[connection_id] = kept
        if choices:
            self._wishes[connection_id] = RemovalWish(
                connection=entry, choices=choices, by=removed_by, asked_at=kept.removed_at
            )

    def wishes(self) -> tuple[RemovalWish, ...]:
        return tuple(sorted(self._wishes.values(), key=lambda one: (one.asked_at, one.connection.connection_id)))

    def settle(self, connection_id: ConnectionId, *, asked_at: datetime) -> None:
        wish = self._wishes.get(connection_id)
        if wish is not None and wish.asked_at == asked_at and connection_id in self._kept:
            del self._wishes[connection_id]

    def deleted(self, limit: int | None = None) -> tuple[DeletedEntry, ...]:
        by_id = sorted(self._kept.values(), key=lambda one: one.connection.connection_id)
        return tuple(sorted(by_id, key=lambda one: one.removed_at, reverse=True)[:limit])

    def get(self, connection_id: ConnectionId) -> DeletedEntry | None:
        return self._kept.get(connection_id)

    def take_back(self, connection_id: ConnectionId, *, display_name: str, name_key: str) -> None:
        kept = self._kept.get(connection_id)
        if kept is None:
            if self._list.holder_of_name(name_key) == connection_id:
                return
            raise EntryGone
        opened = self._opened[connection_id].model_copy(update={"display_name": display_name})
        self._list.add(opened, name_key=name_key)
        del self._kept[connection_id]
        self._wishes.pop(connection_id, None)

    def give_up(self, connection_id: ConnectionId) -> bool:
        kept = self._kept.pop(connection_id, None)
        if kept is None:
            return False
        self._list.add(kept.connection, name_key=f"on its way out: {connection_id}")
        self._list.begin_removal(connection_id)
        return True

    def kept_longer_than(self, length: timedelta) -> tuple[ConnectionId, ...]:
        before = self._clock.now() - length
        old = (one for one, kept in self._kept.items() if kept.removed_at <= before)
        return tuple(sorted(one for one in old if one not in self._wishes))
