"""How are many entries put into the tables at once, renamed, or let go by their file? SQL inside a transaction."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from hostspec.value import ConnectionId
from xero_connections_plugin.connections.definition import name_key
from xero_connections_plugin.connections.entries import EntryChanged, EntryGone
from xero_connections_plugin.connections.entry_changes import PutOutcome
from xero_connections_plugin.gateways.records.connection_rows import ConnectionRows, SavedValues, folded, values_of
from xero_connections_plugin.gateways.store.tables import connections

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from hostspec.providers import Connection
    from xero_connections_plugin.connections.entry_changes import EntryPut
    from xero_connections_plugin.oauth.grant_ports import Sealed

_CHUNK = 500


def holders_of_names(transaction: sa.Connection, name_keys: Sequence[str]) -> dict[str, ConnectionId]:
    """Who has which of these names."""
    found: dict[str, ConnectionId] = {}
    for part in _parts(name_keys):
        query = sa.select(connections.c.name_key, connections.c.connection_id).where(connections.c.name_key.in_(part))
        found.update((row.name_key, ConnectionId(row.connection_id)) for row in transaction.execute(query))
    return found


def put(
    transaction: sa.Connection, puts: Sequence[EntryPut], sealed: Sequence[Sealed | None]
) -> tuple[PutOutcome, ...]:
    """Keep what can be kept; ``sealed`` has the sealed part of each."""
    rows = ConnectionRows(transaction)
    holders = holders_of_names(transaction, [one.name_key for one in puts])
    stored = _stored(transaction, [one.connection.connection_id for one in puts])
    outcomes: list[PutOutcome] = []
    for one, seal in zip(puts, sealed, strict=True):
        entry = one.connection
        outcome = _refused(rows, one, seal, stored, holders)
        outcomes.append(outcome or PutOutcome.DONE)
        if outcome is not None or _holds(rows, one, seal, stored):
            continue
        if one.seen is None:
            rows.add(entry, one.name_key, seal)
        else:
            rows.replace(entry.connection_id, values_of(entry, one.name_key, seal))
            _set_source(transaction, (entry.connection_id,), entry.source)
            for name_key in [key for key, holder in holders.items() if holder == entry.connection_id]:
                del holders[name_key]
        holders[one.name_key] = entry.connection_id
        stored[entry.connection_id] = (entry.changed_at, entry.display_name, False, entry.source)
    return tuple(outcomes)


def rename(
    transaction: sa.Connection, connection_id: ConnectionId, *, display_name: str, name_key: str, seen_name: str
) -> None:
    """Give an entry another name.

    Raises:
        EntryGone, EntryChanged: See ``connections.entries``.
    """
    query = (
        sa.select(connections.c.display_name)
        .where(connections.c.connection_id == connection_id, ~connections.c.removing)
        .with_for_update()
    )
    stored = transaction.execute(query).scalar()
    if stored is None:
        raise EntryGone
    if stored == display_name:
        return
    if stored != seen_name:
        raise EntryChanged
    transaction.execute(
        sa.update(connections)
        .where(connections.c.connection_id == connection_id)
        .values(display_name=display_name, name_key=name_key, name_sort=folded(display_name))
    )


def with_name_of_now(values: SavedValues, stored_name: str, seen_name: str | None) -> SavedValues:
    """What a save puts into an entry that somebody may have renamed since it was read.

    Raises:
        EntryChanged: Both gave it another name.
    """
    if seen_name is None or stored_name in {seen_name, values.display_name}:
        return values
    if values.display_name != seen_name:
        raise EntryChanged
    return replace(values, display_name=stored_name, name_key=name_key(stored_name))


def configured(transaction: sa.Connection) -> tuple[Connection, ...]:
    """The entries that are configured elsewhere."""
    query = (
        sa.select(connections.c.connection_id)
        .where(connections.c.source.is_not(None), ~connections.c.removing)
        .order_by(connections.c.connection_id)
    )
    found = [ConnectionId(row.connection_id) for row in transaction.execute(query)]
    return ConnectionRows(transaction).many(found)


def release(transaction: sa.Connection, source: str, connection_ids: Sequence[ConnectionId]) -> None:
    """These entries are configured here from now on, if they were configured in ``source``."""
    for part in _parts(connection_ids):
        transaction.execute(
            sa.update(connections)
            .where(connections.c.connection_id.in_(part), connections.c.source == source)
            .values(source=None)
        )


_Stored = dict[ConnectionId, tuple[Any, str, bool, str]]


def _stored(transaction: sa.Connection, connection_ids: Sequence[ConnectionId]) -> _Stored:
    found: _Stored = {}
    # In one order for everyone, so that two crowds of rows never wait for each other.
    for part in _parts(sorted(connection_ids)):
        query = (
            sa.select(
                connections.c.connection_id,
                connections.c.changed_at,
                connections.c.display_name,
                connections.c.removing,
                connections.c.source,
            )
            .where(connections.c.connection_id.in_(part))
            .order_by(connections.c.connection_id)
            .with_for_update()
        )
        found.update(
            (ConnectionId(row.connection_id), (row.changed_at, row.display_name, row.removing, row.source or ""))
            for row in transaction.execute(query)
        )
    return found


def _refused(
    rows: ConnectionRows,
    one: EntryPut,
    seal: Sealed | None,
    stored: _Stored,
    holders: dict[str, ConnectionId],
) -> PutOutcome | None:
    entry, here = one.connection, stored.get(one.connection.connection_id)
    if _holds(rows, one, seal, stored):
        return None
    if one.seen is None and here is not None:
        return PutOutcome.ID_TAKEN
    if one.seen is not None and (here is None or here[2]):
        return PutOutcome.GONE
    if one.seen is not None and here is not None and here[:2] != _seen(one.seen):
        return PutOutcome.CHANGED
    if holders.get(one.name_key, entry.connection_id) != entry.connection_id:
        return PutOutcome.NAME_TAKEN
    return None


def _seen(entry: Connection) -> tuple[datetime, str]:
    return entry.changed_at, entry.display_name


def _holds(rows: ConnectionRows, one: EntryPut, seal: Sealed | None, stored: _Stored) -> bool:
    """Whether an attempt whose answer was lost has put it there."""
    entry, here = one.connection, stored.get(one.connection.connection_id)
    # Looked up only where the times agree: nearly never.
    if here is None or (here[0], here[3]) != (entry.changed_at, entry.source):
        return False
    return rows.holds(entry.connection_id, values_of(entry, one.name_key, seal))


def _set_source(transaction: sa.Connection, connection_ids: Sequence[ConnectionId], source: str) -> None:
    transaction.execute(
        sa.update(connections).where(connections.c.connection_id.in_(connection_ids)).values(source=source or None)
    )


def _parts(all_of_them: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(all_of_them), _CHUNK):
        yield all_of_them[start : start + _CHUNK]
