"""Which entries need not be read again? A list of thousands is taken apart once, and then only where it has changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hostspec.providers import Connection, SavedConnection

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import JsonValue

    from hostspec.value import ConnectionId
    from xero_connections_plugin.connections.entries import EntryQuery
    from xero_connections_plugin.gateways.records.connection_rows import ConnectionRows

LONG: Final = 200
"""More entries than this are worth remembering: short parts of a list are read quickly anyway."""

MOST: Final = 20_000
"""Entries remembered at most."""

TEXTS: Final = 2_000
"""Different texts that are looked for again while entries are read."""


class EntryMemory:
    """Entries as they were last read, without their sealed parts. Any thread may use it.

    An entry is told apart from an earlier state of itself by its stamp, which is read anew each time: so what any
    process committed is seen.
    """

    def __init__(self) -> None:
        self._known: Mapping[ConnectionId, tuple[int, Connection]] = {}

    def find(self, rows: ConnectionRows, query: EntryQuery) -> tuple[Connection, ...]:
        """The same as ``rows.find``."""
        stamps = rows.stamps(query)
        known = self._known
        here = {one: had[1] for one, stamp in stamps if (had := known.get(one)) is not None and had[0] == stamp}
        missing = [one for one, _ in stamps if one not in here]
        if missing:
            shared = _Shared()
            for start in range(0, len(missing), LONG):
                read = rows.many(missing[start : start + LONG])
                here.update((entry.connection_id, shared.lean(entry)) for entry in read)
            read_now = {here[one].connection_id: (stamp, here[one]) for one, stamp in stamps if one in here}
            both = {**known, **read_now}
            self._known = both if len(both) <= MOST else dict(list(read_now.items())[:MOST])
        # What another process removed between the two reads is left out.
        return tuple(here[one] for one, _ in stamps if one in here)


class _Shared:
    """What entries have in common, kept once: ten thousand take half of the memory then."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}
        self._fields: dict[frozenset[str], set[str]] = {}

    def lean(self, entry: Connection) -> Connection:
        """An equal entry."""
        own: dict[str, str] = {}
        settings: dict[str, JsonValue] = {
            self._text(name, own): self._text(value, own) if isinstance(value, str) else value
            for name, value in entry.saved.settings.items()
        }
        sign_in = entry.saved.sign_in
        saved = {
            **dict(entry.saved),
            "settings": settings,
            "subtitle": self._text(entry.saved.subtitle, own),
            "sign_in": self._text(sign_in, own) if sign_in is not None else None,
        }
        # Validated when it was read; made anew because every value has a set of its fields.
        leaner = SavedConnection.model_construct(self._names(entry.saved), **saved)
        return Connection.model_construct(
            self._names(entry), **{**dict(entry), "saved": leaner, "type_id": self._text(entry.type_id, own)}
        )

    def _text(self, text: str, own: dict[str, str]) -> str:
        """The same text; of those that recur in one entry or in many, one object."""
        if (known := self._texts.get(text)) is not None:
            return known
        # What recurs in a long list is in its first entries already.
        if len(self._texts) < TEXTS:
            self._texts[text] = text
        return own.setdefault(text, text)

    def _names(self, value: Connection | SavedConnection) -> set[str]:
        names = value.model_fields_set
        return self._fields.setdefault(frozenset(names), names)
