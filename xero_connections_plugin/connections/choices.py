"""What may a step choose? The same list, as a dropdown shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hostspec.connections import ChoiceQuery, ConnectionChoice
from xero_connections_plugin.connections.entries import EntryQuery
from xero_connections_plugin.connections.listing import may_be_chosen

if TYPE_CHECKING:
    from xero_connections_plugin.connections.entries import EntryStore
    from xero_connections_plugin.connections.listing import ListedEntry, Listing

_WHERE_TO_MEND: Final = "It can be mended on the Connections tab."


class Choices:
    """Answers a step's dropdown."""

    def __init__(self, store: EntryStore, listing: Listing) -> None:
        self._store = store
        self._listing = listing

    def answer(self, query: ChoiceQuery) -> tuple[ConnectionChoice, ...]:
        """At most ``limit`` entries by name, and the selected one whatever its state, its name or its type."""
        wanted = EntryQuery(search=query.search, type_ids=query.type_ids, limit=query.limit)
        with self._store.look():
            found = list(self._store.find(wanted))
            if query.selected_id is not None and all(c.connection_id != query.selected_id for c in found):
                selected = self._store.get(query.selected_id)
                if selected is not None:
                    found.append(selected)
            return tuple(_choice(entry) for entry in self._listing.listed(found))


def _choice(entry: ListedEntry) -> ConnectionChoice:
    summary = entry.summary
    selectable = may_be_chosen(summary)
    return ConnectionChoice(
        connection_id=entry.connection.connection_id,
        type_id=entry.connection.type_id,
        label=entry.connection.display_name,
        subtitle=f"{summary.subtitle}, {summary.mark}" if summary.mark else summary.subtitle,
        status=summary.status,
        selectable=selectable,
        hint="" if selectable else f"{summary.status_text}. {summary.cause} {_WHERE_TO_MEND}",
    )
