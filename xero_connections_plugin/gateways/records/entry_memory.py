"""Which entries need not be read again? A list of thousands is taken apart once, and then only where it has changed."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

from hostspec.value import Value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hostspec.providers import Connection
    from hostspec.value import ConnectionId
    from xero_connections_plugin.connections.entries import EntryQuery
    from xero_connections_plugin.gateways.records.connection_rows import ConnectionRows

V = TypeVar("V", bound=Value)

LONG: Final = 200
"""More entries than this are worth remembering: short parts of a list are read quickly anyway."""

MOST: Final = 20_000
"""Entries remembered at most."""

RECURRING: Final = 2_000
"""Different texts and times that are looked for again while entries are read."""


SHAPES: Final = 100
"""Different sets of names, such as the settings of one type of entry, that are kept with a class of their own."""


class EntryMemory:
    """Entries as they were last read, without their sealed parts. Any thread may use it.

    An entry is told apart from an earlier state of itself by its stamp, which is read anew each time: so what any
    process committed is seen.
    """

    def __init__(self) -> None:
        self._known: Mapping[ConnectionId, tuple[int, Connection]] = {}
        self._shapes = _Shapes()

    def find(self, rows: ConnectionRows, query: EntryQuery) -> tuple[Connection, ...]:
        """The same as ``rows.find``."""
        stamps = rows.stamps(query)
        known = self._known
        here = {one: had[1] for one, stamp in stamps if (had := known.get(one)) is not None and had[0] == stamp}
        missing = [one for one, _ in stamps if one not in here]
        if missing:
            shared = _Shared(self._shapes)
            for start in range(0, len(missing), LONG):
                read = rows.many(missing[start : start + LONG])
                here.update((entry.connection_id, shared.lean(entry)) for entry in read)
            read_now = {here[one].connection_id: (stamp, here[one]) for one, stamp in stamps if one in here}
            both = {**known, **read_now}
            self._known = both if len(both) <= MOST else dict(list(read_now.items())[:MOST])
        # What another process removed between the two reads is left out.
        return tuple(here[one] for one, _ in stamps if one in here)


class _Shapes:
    """Dictionaries that have their names in common, as those of all instances of a class have (PEP 412).

    The names are most of a dictionary's size. Classes come from here, one for each set of names, because the
    interpreter makes room in a class for the names that its first instances have.
    """

    def __init__(self) -> None:
        self._kinds: dict[tuple[str, ...], type] = {}

    def shaped(self, fields: dict[str, Any]) -> dict[str, Any]:
        """An equal dictionary, smaller where many have its names."""
        names = tuple(fields)
        kind = self._kinds.get(names)
        if kind is None:
            # What means something to Python is no name of a plain attribute.
            if len(self._kinds) >= SHAPES or any(name.startswith("__") for name in names):
                return fields
            kind = self._kinds.setdefault(names, type("Shape", (), {}))
        shape: object = kind()
        for name, value in fields.items():
            setattr(shape, name, value)
        return vars(shape)


class _Shared:
    """What entries have in common, kept once: ten thousand take a third of the memory then."""

    def __init__(self, shapes: _Shapes) -> None:
        self._shapes = shapes
        self._kept: dict[str | datetime, Any] = {}
        self._names: dict[frozenset[str], set[str]] = {}

    def lean(self, entry: Connection) -> Connection:
        """An equal entry."""
        own: dict[str | datetime, Any] = {}
        settings = {name: self._one(value, own) for name, value in entry.saved.settings.items()}
        saved = {name: self._one(value, own) for name, value in entry.saved}
        fields = {name: self._one(value, own) for name, value in entry}
        leaner = self._made(entry.saved, {**saved, "settings": self._shapes.shaped(settings)})
        return self._made(entry, {**fields, "saved": leaner})

    def _one(self, value: Any, own: dict[str | datetime, Any]) -> Any:
        """The same text or time, and of those that recur in one entry or in many, one object; others as they are."""
        if type(value) not in (str, datetime):
            return value
        if (known := self._kept.get(value)) is not None:
            return known
        # What recurs in a long list is in its first entries already.
        if len(self._kept) < RECURRING:
            self._kept[value] = value
        return own.setdefault(value, value)

    def _made(self, like: V, fields: dict[str, Any]) -> V:
        """A value that was validated when it was read, with the set of names that all of them have."""
        names = like.model_fields_set
        made = type(like).model_construct(self._names.setdefault(frozenset(names), names))
        object.__setattr__(made, "__dict__", self._shapes.shaped(fields))
        return cast("V", made)
