"""The list of connections in memory: a fake for tests of the book, held to the same contract as the real store."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime

from hostspec.providers import Condition, Connection, ConnectionTest, SavedConnection
from hostspec.usages import Subject, Usage
from hostspec.value import ConnectionId
from xero_connections_plugin.connections.entries import EntryChanged, EntryGone, EntryQuery, NameTaken

_NEVER = datetime(1, 1, 1, tzinfo=UTC)


class MemoryEntryStore:
    """An ``EntryStore``."""

    def __init__(self) -> None:
        self._entries: dict[ConnectionId, Connection] = {}
        self._names: dict[ConnectionId, str] = {}
        self._going: dict[ConnectionId, Connection] = {}
        self._usages: dict[str, tuple[Usage, ...]] = {}

    def add(self, connection: Connection, *, name_key: str) -> None:
        self._claim(connection.connection_id, name_key)
        self._entries[connection.connection_id] = connection

    def replace(
        self,
        connection_id: ConnectionId,
        *,
        display_name: str,
        name_key: str,
        saved: SavedConnection,
        changed_at: datetime,
        seen_changed_at: datetime,
        seen_name: str | None = None,
    ) -> None:
        old = self._entries.get(connection_id)
        if old is None:
            raise EntryGone
        if old.changed_at != seen_changed_at:
            raise EntryChanged
        if seen_name is not None and old.display_name not in {seen_name, display_name}:
            if display_name != seen_name:
                raise EntryChanged
            display_name, name_key = old.display_name, self._names[connection_id]
        self._claim(connection_id, name_key)
        self._entries[connection_id] = old.model_copy(
            update={
                "display_name": display_name,
                "saved": saved,
                "changed_at": changed_at,
                "condition": None,
                "has_secret": saved.sealed is not None,
            }
        )

    def get(self, connection_id: ConnectionId) -> Connection | None:
        found = self._entries.get(connection_id)
        return _shown(found) if found is not None else None

    def get_opened(self, connection_id: ConnectionId) -> Connection | None:
        return self._entries.get(connection_id)

    def many(self, connection_ids: Sequence[ConnectionId]) -> tuple[Connection, ...]:
        return tuple(_shown(self._entries[one]) for one in connection_ids if one in self._entries)

    def find(self, query: EntryQuery) -> tuple[Connection, ...]:
        def key(entry: Connection) -> tuple[str, str]:
            shown = entry.saved.subtitle if query.sort == "subtitle" else entry.display_name
            return _folded(shown), entry.connection_id

        found = sorted(self._matching(query), key=key, reverse=query.descending)
        end = None if query.limit is None else query.offset + query.limit
        return tuple(found[query.offset : end])

    def look(self) -> AbstractContextManager[None]:
        return nullcontext()

    def count(self, query: EntryQuery) -> int:
        return len(self._matching(query))

    def holder_of_name(self, name_key: str) -> ConnectionId | None:
        return next((holder for holder, name in self._names.items() if name == name_key), None)

    def sharing(self, sign_in: str) -> tuple[Connection, ...]:
        found = [_shown(entry) for entry in self._entries.values() if entry.saved.sign_in == sign_in]
        return tuple(sorted(found, key=lambda entry: (_folded(entry.display_name), entry.connection_id)))

    def set_condition(self, connection_id: ConnectionId, condition: Condition | None) -> None:
        self._change(connection_id, condition=condition)

    def learn(
        self, connection_id: ConnectionId, saved: SavedConnection, *, seen_changed_at: datetime, learned_at: datetime
    ) -> bool:
        del learned_at
        old = self._entries.get(connection_id)
        if old is None or old.changed_at != seen_changed_at:
            return False
        learned = {"settings": saved.settings, "subtitle": saved.subtitle}
        self._change(connection_id, saved=old.saved.model_copy(update=learned))
        return True

    def note_use(self, connection_id: ConnectionId, used_at: datetime) -> None:
        self._change(connection_id, used_at=used_at)

    def set_test(self, connection_id: ConnectionId, test: ConnectionTest) -> None:
        self._change(connection_id, tested=test.model_copy(update={"checks": (), "condition": None}))

    def forget_tests(self, connection_id: ConnectionId) -> None:
        self._change(connection_id, tested=None, used_at=None)

    def begin_removal(self, connection_id: ConnectionId) -> None:
        entry = self._entries.pop(connection_id, None)
        if entry is not None:
            self._names.pop(connection_id)
            self._going[connection_id] = entry

    def unfinished_removals(self) -> tuple[Connection, ...]:
        return tuple(_shown(self._going[one]) for one in sorted(self._going))

    def finish_removal(self, connection_id: ConnectionId) -> None:
        self._going.pop(connection_id, None)

    def publish_usages(self, *, host_id: str, host_name: str, usages: Sequence[Usage], seen_at: datetime) -> None:
        latest = {usage.usage_id: usage for usage in usages}.values()
        self._usages[host_id] = tuple(
            usage.model_copy(update={"host": host_name, "seen_at": seen_at}) for usage in latest
        )

    def published_usages(self, subject: Subject, *, except_host_id: str) -> tuple[Usage, ...]:
        others = [usages for host_id, usages in self._usages.items() if host_id != except_host_id]
        found = [usage for usages in others for usage in usages if subject.covers(usage.subject)]
        return tuple(sorted(found, key=lambda usage: (usage.host, usage.profile, usage.usage_id)))

    def _change(self, connection_id: ConnectionId, **values: object) -> None:
        if connection_id in self._entries:
            self._entries[connection_id] = self._entries[connection_id].model_copy(update=values)

    def _claim(self, connection_id: ConnectionId, name_key: str) -> None:
        if self.holder_of_name(name_key) not in {None, connection_id}:
            raise NameTaken
        self._names[connection_id] = name_key

    def _matching(self, query: EntryQuery) -> list[Connection]:
        search = _folded(query.search).strip()
        return [
            _shown(entry)
            for entry in self._entries.values()
            if (not query.type_ids or entry.type_id in query.type_ids)
            and (search in _folded(entry.display_name) or search in _folded(entry.saved.subtitle))
            and (query.only is None or entry.connection_id in query.only)
            and entry.connection_id not in query.without
            and (query.idle_since is None or (entry.used_at or entry.changed_at) <= query.idle_since)
            and (query.untried_since is None or _tried(entry) <= query.untried_since)
        ]


def _tried(entry: Connection) -> datetime:
    moments = [entry.used_at, entry.tested.tested_at if entry.tested is not None else None]
    return max((moment for moment in moments if moment is not None), default=_NEVER)


def _shown(entry: Connection) -> Connection:
    return entry.model_copy(update={"saved": entry.saved.model_copy(update={"sealed": None})})


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
