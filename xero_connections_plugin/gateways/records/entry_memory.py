"""Which entries need not be read again? A list of thousands is taken apart once, and then only where it has changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hostspec.providers import Connection
    from hostspec.value import ConnectionId
    from xero_connections_plugin.connections.entries import EntryQuery
    from xero_connections_plugin.gateways.records.connection_rows import ConnectionRows, Stamp

LONG: Final = 200
"""More entries than this are worth remembering: short parts of a list are read quickly anyway."""

MOST: Final = 20_000
"""Entries remembered at most."""


class EntryMemory:
    """Entries as they were last read, without their sealed parts. Any thread may use it.

    An entry is told apart from an earlier state of itself by its stamp, which is read anew each time: so what any
    process committed is seen.
    """

    def __init__(self) -> None:
        self._known: Mapping[ConnectionId, tuple[Stamp, Connection]] = {}

    def find(self, rows: ConnectionRows, query: EntryQuery) -> tuple[Connection, ...]:
        """The same as ``rows.find``."""
        stamps = rows.stamps(query)
        known = self._known
        here = {s[0]: read[1] for s in stamps if (read := known.get(s[0])) is not None and read[0] == s}
        missing = [s[0] for s in stamps if s[0] not in here]
        if missing:
            here.update((entry.connection_id, entry) for entry in rows.many(missing))
            read_now = {s[0]: (s, here[s[0]]) for s in stamps if s[0] in here}
            both = {**known, **read_now}
            self._known = both if len(both) <= MOST else dict(list(read_now.items())[:MOST])
        # What another process removed between the two reads is left out.
        return tuple(here[s[0]] for s in stamps if s[0] in here)
