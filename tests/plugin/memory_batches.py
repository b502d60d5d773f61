"""The list in memory, with the changes of many entries at once: held to the same contract as the real store."""

from __future__ import annotations

from collections.abc import Sequence

from hostspec.providers import Connection
from hostspec.value import ConnectionId
from tests.plugin.memory_entries import MemoryEntryStore
from xero_connections_plugin.connections.entries import EntryChanged, EntryGone, NameTaken
from xero_connections_plugin.connections.entry_changes import EntryPut, PutOutcome


class MemoryBatchStore(MemoryEntryStore):
    """An ``EntryStore``, a ``ManyEntries`` and a ``EntryNames``."""

    def holders_of_names(self, name_keys: Sequence[str]) -> dict[str, ConnectionId]:
        held = {key: self.holder_of_name(key) for key in name_keys}
        return {key: holder for key, holder in held.items() if holder is not None}

    def put(self, puts: Sequence[EntryPut]) -> tuple[PutOutcome, ...]:
        return tuple(self._put(one) for one in puts)

    def _put(self, one: EntryPut) -> PutOutcome:
        entry = one.connection
        here = self.get_opened(entry.connection_id)
        if here == entry:
            return PutOutcome.DONE
        if one.seen is None and (here is not None or entry.connection_id in self._going):
            return PutOutcome.ID_TAKEN
        if one.seen is not None and here is None:
            return PutOutcome.GONE
        if here is not None and one.seen is not None:
            seen = (one.seen.changed_at, one.seen.display_name)
            if (here.changed_at, here.display_name) != seen:
                return PutOutcome.CHANGED
        if self.holder_of_name(one.name_key) not in {None, entry.connection_id}:
            return PutOutcome.NAME_TAKEN
        self._names[entry.connection_id] = one.name_key
        if here is not None:
            entry = here.model_copy(
                update={
                    "display_name": entry.display_name,
                    "saved": entry.saved,
                    "changed_at": entry.changed_at,
                    "source": entry.source,
                    "condition": None,
                    "has_secret": entry.saved.sealed is not None,
                }
            )
        self._entries[entry.connection_id] = entry
        return PutOutcome.DONE

    def configured(self) -> tuple[Connection, ...]:
        found = [self.get(one) for one in sorted(self._entries) if self._entries[one].source]
        return tuple(entry for entry in found if entry is not None)

    def release(self, source: str, connection_ids: Sequence[ConnectionId]) -> None:
        for one in connection_ids:
            if one in self._entries and self._entries[one].source == source:
                self._change(one, source="")

    def rename(self, connection_id: ConnectionId, *, display_name: str, name_key: str, seen_name: str) -> None:
        entry = self._entries.get(connection_id)
        if entry is None:
            raise EntryGone
        if entry.display_name == display_name:
            return
        if entry.display_name != seen_name:
            raise EntryChanged
        if self.holder_of_name(name_key) not in {None, connection_id}:
            raise NameTaken
        self._names[connection_id] = name_key
        self._change(connection_id, display_name=display_name)
