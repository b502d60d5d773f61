"""What does the list show? Entries with their state, a page at a time, out of ten thousand."""

from __future__ import annotations

import logging
from collections import defaultdict
from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING, Final

from hostspec.connections import ConnectionStatus
from hostspec.errors import CaptureError
from hostspec.providers import ConnectionSummary
from hostspec.value import Tone
from xero_connections_plugin.connections.entries import EntryQuery

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator, Mapping, Sequence

    from hostspec.providers import Connection
    from hostspec.value import ConnectionId, TypeId
    from xero_connections_plugin.connections.connection_types import ConnectionTypes
    from xero_connections_plugin.connections.entries import EntryStore

_log = logging.getLogger(__name__)

STORED_SORTS: Final = frozenset({"name", "subtitle"})
"""What the store sorts by itself; everything else is computed for all matching entries."""

SELECTABLE: Final = frozenset(
    {
        ConnectionStatus.READY,
        ConnectionStatus.EXPIRING,
        ConnectionStatus.UNTESTED,
        ConnectionStatus.UNREACHABLE,
        ConnectionStatus.SIGNING_IN,
    }
)
"""States in which a step may newly choose an entry; what passes by itself is no reason against it."""


def may_be_chosen(summary: ConnectionSummary) -> bool:
    """Whether a step may newly choose an entry: a scope that somebody else lacks is no reason against it."""
    lacks_for_others = summary.status is ConnectionStatus.SCOPE_MISSING and summary.tone is not Tone.BAD
    return summary.status in SELECTABLE or lacks_for_others


@dataclass(frozen=True)
class ListedEntry:
    """An entry with what is computed about it."""

    connection: Connection
    summary: ConnectionSummary


@dataclass(frozen=True)
class ListedPage:
    entries: tuple[ListedEntry, ...]
    total: int
    offset: int
    """As answered: an offset past the end is mended to the last page."""


@dataclass(frozen=True)
class Picked:
    """Some of the entries, and the rest of them."""

    ids: frozenset[ConnectionId]
    rest: frozenset[ConnectionId]


class Listing:
    """Reads the list; uses no network."""

    def __init__(self, store: EntryStore, types: ConnectionTypes) -> None:
        self._store = store
        self._types = types

    def page(self, query: EntryQuery, picked: Picked | None = None) -> ListedPage:
        """A part of the list.

        Args:
            query: Its ``sort`` may also be a computed one: status, account, last_sign_in, expires.
            picked: Leaves out all other entries.
        """
        if picked is not None:
            if len(picked.ids) <= _FEW:
                query = query.model_copy(update={"only": tuple(picked.ids)})
            elif len(picked.rest) <= _FEW:
                query = query.model_copy(update={"without": tuple(picked.rest)})
            else:
                return self._among(query, picked.ids)
        total = self._store.count(query)
        limit = query.limit if query.limit is not None else total
        offset = query.offset if query.offset < total else max(0, (total - 1) // max(1, limit) * max(1, limit))
        part = query.model_copy(update={"offset": offset})
        if query.sort in STORED_SORTS:
            with self._store.look():
                return ListedPage(entries=self.listed(self._store.find(part)), total=total, offset=offset)
        found = self._store.find(query.model_copy(update={"sort": "name", **_WHOLE}))
        ordered = self._ordered(found, _COMPUTED_SORTS[query.sort], descending=query.descending)
        return ListedPage(entries=self.listed(ordered[offset : offset + limit]), total=len(ordered), offset=offset)

    def count(self) -> int:
        """How many entries there are."""
        return self._store.count(EntryQuery())

    def everything(self) -> Iterator[ListedEntry]:
        """Every entry with its state, those of one sign-in together."""
        together = sorted(self._store.find(EntryQuery()), key=lambda connection: connection.saved.sign_in or "")
        for start in range(0, len(together), _AT_A_TIME):
            yield from self.listed(together[start : start + _AT_A_TIME])

    def _among(self, query: EntryQuery, among: Container[ConnectionId]) -> ListedPage:
        is_stored = query.sort in STORED_SORTS
        order = {} if is_stored else {"sort": "name", "descending": False}
        found = self._store.find(query.model_copy(update={**order, **_WHOLE}))
        kept = [connection for connection in found if connection.connection_id in among]
        if not is_stored:
            kept = self._ordered(kept, _COMPUTED_SORTS[query.sort], descending=query.descending)
        limit = max(1, query.limit if query.limit is not None else len(kept))
        offset = query.offset if query.offset < len(kept) else max(0, (len(kept) - 1) // limit * limit)
        return ListedPage(entries=self.listed(kept[offset : offset + limit]), total=len(kept), offset=offset)

    def _ordered(
        self, found: Sequence[Connection], key: Callable[[ListedEntry], tuple[str, str]], *, descending: bool
    ) -> list[Connection]:
        keyed: list[tuple[tuple[str, str], Connection]] = []
        # A few at a time, because thousands of states alive at once set off a search of the whole memory for garbage;
        # those of one sign-in together, so that it is looked up once.
        together = sorted(found, key=lambda connection: connection.saved.sign_in or "")
        for start in range(0, len(together), _AT_A_TIME):
            some = self.listed(together[start : start + _AT_A_TIME])
            keyed += [(key(entry), entry.connection) for entry in some]
        keyed.sort(key=itemgetter(0), reverse=descending)
        return [connection for _, connection in keyed]

    def listed(self, connections: Sequence[Connection]) -> tuple[ListedEntry, ...]:
        """The same entries with their states, each provider asked once."""
        by_type: dict[TypeId, list[Connection]] = defaultdict(list)
        for connection in connections:
            by_type[connection.type_id].append(connection)
        summaries: dict[ConnectionId, ConnectionSummary] = {}
        for type_id, group in by_type.items():
            summaries.update(self._summaries(type_id, group))
        return tuple(ListedEntry(connection, summaries[connection.connection_id]) for connection in connections)

    def _summaries(self, type_id: TypeId, group: Sequence[Connection]) -> dict[ConnectionId, ConnectionSummary]:
        cause = _NO_ANSWER
        answered: Mapping[ConnectionId, ConnectionSummary] = {}
        try:
            answered = self._types.provider(type_id).summary(group)
        except CaptureError as problem:
            cause = str(problem)
        except Exception as mistake:  # noqa: BLE001 -- one provider's mistake must not cost the whole list
            _log.error("The provider of %s failed to sum up its entries: %s", type_id, type(mistake).__name__)
        return {
            connection.connection_id: answered.get(connection.connection_id) or _unknown(connection, cause)
            for connection in group
        }


def _unknown(connection: Connection, cause: str) -> ConnectionSummary:
    return ConnectionSummary(
        status=ConnectionStatus.UNREACHABLE,
        status_text="Unknown",
        tone=Tone.WARNING,
        cause=cause,
        subtitle=connection.saved.subtitle,
    )


_NO_ANSWER: Final = "The plugin of this connection type failed to say how it stands. The entry is kept; tell support."
_AT_A_TIME: Final = 500
_FEW: Final = 500
"""So many entries are named to the store; more would cost it more than reading them all."""
_WHOLE: Final = {"offset": 0, "limit": None}
_NO_DATE: Final = ""
_COMPUTED_SORTS: Final[dict[str, Callable[[ListedEntry], tuple[str, str]]]] = {
    "status": lambda entry: (entry.summary.status_text.casefold(), entry.connection.display_name.casefold()),
    "account": lambda entry: (entry.summary.account.casefold(), entry.connection.display_name.casefold()),
    "last_sign_in": lambda entry: (
        entry.summary.last_sign_in.isoformat() if entry.summary.last_sign_in else _NO_DATE,
        entry.connection.display_name.casefold(),
    ),
    "expires": lambda entry: (
        entry.summary.expires.isoformat() if entry.summary.expires else _NO_DATE,
        entry.connection.display_name.casefold(),
    ),
}
