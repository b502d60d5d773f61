"""How do the entries of the list lie in the tables? SQL inside the caller's transaction."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

import sqlalchemy as sa

from hostspec.value import ConnectionId
from xero_connections_plugin.gateways.records.entry_reading import ENTRY, entry_from
from xero_connections_plugin.gateways.records.grant_reading import RECORD, record_from
from xero_connections_plugin.gateways.records.trial_rows import asked_for
from xero_connections_plugin.gateways.store.tables import connections, grants
from xero_connections_plugin.oauth.grant import GrantId

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from hostspec.providers import Condition, Connection, ConnectionTest, SavedConnection
    from xero_connections_plugin.connections.entries import EntryQuery
    from xero_connections_plugin.oauth.grant import GrantRecord
    from xero_connections_plugin.oauth.grant_ports import Sealed

_CHUNK = 500

Stamp: TypeAlias = tuple[ConnectionId, int]
"""The id of an entry, and what tells one state of it from the next in this process."""

_STAMP = tuple(
    # As it is stored: taking ten thousand times apart would cost more than all the rest.
    sa.type_coerce(column, sa.String)
    for column in (
        connections.c.changed_at,
        connections.c.display_name,
        connections.c.condition_status,
        connections.c.condition_cause,
        connections.c.condition_since,
        connections.c.source,
        connections.c.used_at,
        connections.c.learned_at,
        connections.c.tested_at,
    )
)

# Put together once: that takes longer than SQLite needs for the rows of a short list.
_ENTRIES: Final[sa.Select[*tuple[Any, ...]]] = sa.select(*ENTRY)
_STAMPS: Final[sa.Select[*tuple[Any, ...]]] = sa.select(connections.c.connection_id, *_STAMP)
_WITH_SIGN_INS: Final[sa.Select[*tuple[Any, ...]]] = sa.select(*ENTRY, *RECORD).select_from(
    connections.outerjoin(grants, grants.c.grant_id == connections.c.sign_in)
)
_IS_ENTRY: Final = connections.c.connection_id == sa.bindparam("entry")
_TO_CHANGE: Final = (
    sa.select(connections.c.changed_at, connections.c.display_name)
    .where(_IS_ENTRY, ~connections.c.removing)
    .with_for_update()
)
_CHANGE: Final = sa.update(connections).where(_IS_ENTRY)


@dataclass(frozen=True, kw_only=True)
class SavedValues:
    """What one save puts into an entry."""

    display_name: str
    name_key: str
    saved: SavedConnection
    changed_at: datetime
    sealed: Sealed | None


class LockedEntry(NamedTuple):
    """An entry that nobody else changes until the end of the transaction."""

    changed_at: datetime
    display_name: str


def values_of(entry: Connection, name_key: str, sealed: Sealed | None) -> SavedValues:
    """What saving an entry for the first time puts into it."""
    return SavedValues(
        display_name=entry.display_name,
        name_key=name_key,
        saved=entry.saved,
        changed_at=entry.changed_at,
        sealed=sealed,
    )


_LONGEST_SEARCH: Final = 1000
"""Characters of a search that count: no text that is searched is longer, and databases limit patterns."""


def folded(text: str) -> str:
    """Text as it is searched and sorted: without regard to case and normalization (Unicode 3.13, D145)."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def _signed_in_at(sign_in: str | sa.BindParameter[str] | None) -> sa.ScalarSelect[Any]:
    return sa.select(grants.c.authorized_at).where(grants.c.grant_id == sign_in).scalar_subquery()


_REPLACE: Final = _CHANGE.values(sign_in_at=_signed_in_at(sa.bindparam("behind")))


class ConnectionRows:
    """The entries, as one transaction sees them.

    Args:
        connection: Inside a transaction.
    """

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def add(self, entry: Connection, name_key: str, sealed: Sealed | None) -> None:
        self._hold_grant(entry.saved)
        self._connection.execute(
            sa.insert(connections).values(
                connection_id=entry.connection_id,
                type_id=entry.type_id,
                created_at=entry.created_at,
                removing=False,
                source=entry.source or None,
                sign_in_at=_signed_in_at(entry.saved.sign_in),
                **_condition_columns(entry.condition),
                **_saved_columns(values_of(entry, name_key, sealed)),
            )
        )

    def replace(self, connection_id: ConnectionId, values: SavedValues) -> None:
        self._hold_grant(values.saved)
        named = {"entry": connection_id, "behind": values.saved.sign_in}
        self._connection.execute(_REPLACE, {**named, **_saved_columns(values), **_condition_columns(None)})

    def holds(self, connection_id: ConnectionId, values: SavedValues) -> bool:
        """Whether an entry is exactly what a save makes of it."""
        row = self._row(connection_id, *connections.c)
        return row is not None and all(row._mapping[name] == value for name, value in _saved_columns(values).items())

    def to_change(self, connection_id: ConnectionId) -> LockedEntry | None:
        """What a save goes by, with the row locked; ``None`` when the entry is gone or going."""
        row = self._connection.execute(_TO_CHANGE, {"entry": connection_id}).first()
        return LockedEntry(row.changed_at, str(row.display_name)) if row is not None else None

    def get(self, connection_id: ConnectionId) -> Connection | None:
        row = self._row(connection_id, *ENTRY)
        return entry_from(row) if row is not None else None

    def get_sealed(self, connection_id: ConnectionId) -> tuple[Connection, bytes | None] | None:
        row = self._row(connection_id, *ENTRY, connections.c.sealed)
        return (entry_from(row), row.sealed) if row is not None else None

    def many(self, connection_ids: Sequence[ConnectionId]) -> tuple[Connection, ...]:
        found: dict[ConnectionId, Connection] = {}
        wanted = list(dict.fromkeys(connection_ids))
        for start in range(0, len(wanted), _CHUNK):
            query = sa.select(*ENTRY).where(
                connections.c.connection_id.in_(wanted[start : start + _CHUNK]), ~connections.c.removing
            )
            found.update((ConnectionId(row.connection_id), entry_from(row)) for row in self._connection.execute(query))
        return tuple(found[connection_id] for connection_id in connection_ids if connection_id in found)

    def find(self, query: EntryQuery) -> tuple[Connection, ...]:
        return tuple(entry_from(row) for row in self._connection.execute(self._part(_ENTRIES, query)).all())

    def find_with_sign_ins(self, query: EntryQuery) -> tuple[tuple[Connection, ...], dict[GrantId, GrantRecord | None]]:
        """The same as ``find``, and what is known about the sign-in of each that has one, in one statement."""
        found: list[Connection] = []
        behind: dict[GrantId, GrantRecord | None] = {}
        for row in self._connection.execute(self._part(_WITH_SIGN_INS, query)).all():
            entry = entry_from(row)
            found.append(entry)
            if entry.saved.sign_in is not None and (grant_id := GrantId(entry.saved.sign_in)) not in behind:
                columns = row[len(ENTRY) :]
                behind[grant_id] = record_from(columns) if columns[0] is not None else None
        return tuple(found), behind

    def stamps(self, query: EntryQuery) -> tuple[Stamp, ...]:
        """For each entry of ``find``, its id and what differs whenever the entry does; much quicker."""
        found = self._connection.execute(self._part(_STAMPS, query))
        # In parts, and not the texts: of ten thousand entries these alone are seven megabytes.
        return tuple((ConnectionId(row[0]), hash(tuple(row))) for part in found.partitions(_CHUNK) for row in part)

    def _part(self, what: sa.Select[*tuple[Any, ...]], query: EntryQuery) -> sa.Select[*tuple[Any, ...]]:
        statement = what.where(*self._matches(query))
        column = connections.c.subtitle_sort if query.sort == "subtitle" else connections.c.name_sort
        for key in (self._by_code_point(column), connections.c.connection_id):
            statement = statement.order_by(key.desc() if query.descending else key.asc())
        if query.limit is not None:
            statement = statement.limit(query.limit)
        if query.offset:
            statement = statement.offset(query.offset)
            if query.limit is None:
                statement = statement.limit(2**31)
        return statement

    def count(self, query: EntryQuery) -> int:
        statement = sa.select(sa.func.count()).select_from(connections).where(*self._matches(query))
        return int(self._connection.execute(statement).scalar_one())

    def holder_of_name(self, name_key: str) -> ConnectionId | None:
        query = sa.select(connections.c.connection_id).where(connections.c.name_key == name_key)
        found = self._connection.execute(query).scalar()
        return ConnectionId(found) if found is not None else None

    def sharing(self, sign_in: str) -> tuple[Connection, ...]:
        query = sa.select(*ENTRY).where(connections.c.sign_in == sign_in, ~connections.c.removing)
        ordered = query.order_by(self._by_code_point(connections.c.name_sort), connections.c.connection_id)
        return tuple(entry_from(row) for row in self._connection.execute(ordered))

    def set_condition(self, connection_id: ConnectionId, condition: Condition | None) -> None:
        self._update(connection_id, **_condition_columns(condition))

    def note_use(self, connection_id: ConnectionId, used_at: datetime) -> None:
        self._update(connection_id, used_at=used_at)

    def set_test(self, connection_id: ConnectionId, test: ConnectionTest) -> None:
        self._update(
            connection_id,
            tested_at=test.tested_at,
            test_passed=test.passed,
            test_text=test.text,
            test_milliseconds=test.milliseconds,
            test_correlation_id=test.correlation_id,
            test_transient=test.transient,
        )

    def _hold_grant(self, saved: SavedConnection) -> None:
        """Keep a grant from being wiped as unbound while an entry is bound to it; renewing it goes on."""
        # SQLite has one writer at a time, and we are it.
        if saved.sign_in is not None and self._connection.dialect.name != "sqlite":
            query = sa.select(grants.c.grant_id).where(grants.c.grant_id == saved.sign_in)
            self._connection.execute(query.with_for_update(read=True, key_share=True))

    def _row(self, connection_id: ConnectionId, *what: sa.ColumnElement[Any]) -> sa.Row[Any] | None:
        query = sa.select(*what).where(connections.c.connection_id == connection_id, ~connections.c.removing)
        return self._connection.execute(query).first()

    def _update(self, connection_id: ConnectionId, **values: object) -> None:
        self._connection.execute(_CHANGE, {"entry": connection_id, **values})

    def _matches(self, query: EntryQuery) -> list[sa.ColumnElement[bool]]:
        wanted: list[sa.ColumnElement[bool]] = [~connections.c.removing, *asked_for(query)]
        if query.type_ids:
            wanted.append(connections.c.type_id.in_(query.type_ids))
        search = folded(query.search[:_LONGEST_SEARCH]).strip()
        if search:
            found_in = (connections.c.name_sort, connections.c.subtitle_sort)
            wanted.append(sa.or_(*(column.contains(search, autoescape=True) for column in found_in)))
        return wanted

    def _by_code_point(self, column: sa.ColumnElement[str]) -> sa.ColumnElement[str]:
        # The order of SQLite, so that both databases page through the same list.
        return sa.collate(column, "C") if self._connection.dialect.name == "postgresql" else column


def _saved_columns(values: SavedValues) -> dict[str, object]:
    saved, sealed = values.saved, values.sealed
    return {
        "display_name": values.display_name,
        "name_key": values.name_key,
        "subtitle": saved.subtitle,
        "name_sort": folded(values.display_name),
        "subtitle_sort": folded(saved.subtitle),
        "settings": saved.settings,
        "sign_in": saved.sign_in,
        "sealed": sealed.data if sealed is not None else None,
        "sealed_key_id": sealed.key_id if sealed is not None else None,
        "changed_at": values.changed_at,
    }


def _condition_columns(condition: Condition | None) -> dict[str, object]:
    return {
        "condition_status": condition.status.value if condition is not None else None,
        "condition_cause": condition.cause if condition is not None else None,
        "condition_since": condition.since if condition is not None else None,
    }
