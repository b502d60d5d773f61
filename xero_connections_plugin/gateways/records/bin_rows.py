"""Which entries are deleted, and which of them can still be taken back? SQL inside the caller's transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from hostspec.value import ConnectionId
from xero_connections_plugin.connections.deleted_entries import DeletedEntry, RemovalWish
from xero_connections_plugin.connections.entries import EntryGone
from xero_connections_plugin.gateways.records.connection_rows import folded
from xero_connections_plugin.gateways.records.entry_reading import ENTRY, entry_from
from xero_connections_plugin.gateways.store.tables import connections, grants

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from typing import Any

    from hostspec.providers import Connection

_KEPT = (connections.c.removing, connections.c.removed_at.is_not(None))
_GOING = (connections.c.removing, connections.c.removed_at.is_(None))
_DELETED = (*ENTRY, connections.c.removed_at, connections.c.removed_by)


class BinRows:
    """Entries that no list shows, as one transaction sees them.

    Args:
        connection: Inside a transaction.
        now: Tells the store's time; asked after rows are locked.
    """

    def __init__(self, connection: sa.Connection, now: Callable[[], datetime]) -> None:
        self._connection = connection
        self._now = now

    def put(self, connection_id: ConnectionId, removed_by: str, choices: frozenset[str]) -> None:
        """Hide an entry that can be taken back; nothing when it is hidden already, or gone."""
        if self._locked(connection_id, ~connections.c.removing) is not None:
            self._update(
                connection_id,
                removing=True,
                name_key=None,
                removed_at=self._now(),
                removed_by=removed_by,
                removal_choices=sorted(choices) or None,
            )

    def deleted(self, limit: int | None) -> tuple[DeletedEntry, ...]:
        newest_first = (connections.c.removed_at.desc(), connections.c.connection_id)
        query = sa.select(*_DELETED).where(*_KEPT).order_by(*newest_first)
        found = self._connection.execute(query if limit is None else query.limit(limit))
        return tuple(_deleted(row) for row in found)

    def get(self, connection_id: ConnectionId) -> DeletedEntry | None:
        query = sa.select(*_DELETED).where(connections.c.connection_id == connection_id, *_KEPT)
        row = self._connection.execute(query).first()
        return _deleted(row) if row is not None else None

    def take_back(self, connection_id: ConnectionId, display_name: str, name_key: str) -> None:
        """Show an entry again.

        Raises:
            EntryGone: It cannot be taken back any more.
            sqlalchemy.exc.IntegrityError: Another entry has the name.
        """
        row = self._locked(connection_id, sa.true())
        if row is not None and not row.removing and row.name_key == name_key:
            return  # an attempt whose answer was lost had done it
        if row is None or not row.removing or row.removed_at is None:
            raise EntryGone
        if row.sign_in is not None:
            # Whoever wipes the sign-in as nobody's waits, and sees the entry then.
            held = sa.select(grants.c.grant_id).where(grants.c.grant_id == row.sign_in)
            self._connection.execute(held.with_for_update(read=True, key_share=True))
        self._update(
            connection_id,
            removing=False,
            display_name=display_name,
            name_key=name_key,
            name_sort=folded(display_name),
            removed_at=None,
            removed_by=None,
            removal_choices=None,
        )

    def wishes(self) -> tuple[RemovalWish, ...]:
        """What is still to be done at the other side; what cannot be read is nothing anybody could do."""
        query = sa.select(*_DELETED, connections.c.removal_choices).where(
            *_KEPT, connections.c.removal_choices.is_not(None)
        )
        rows = self._connection.execute(query.order_by(connections.c.removed_at, connections.c.connection_id))
        return tuple(
            RemovalWish(
                connection=entry_from(row),
                choices=frozenset(map(str, row.removal_choices if isinstance(row.removal_choices, list) else ())),
                by=row.removed_by or "",
                asked_at=row.removed_at,
            )
            for row in rows
        )

    def settle(self, connection_id: ConnectionId, asked_at: datetime) -> None:
        query = sa.select(connections.c.removed_at).where(connections.c.connection_id == connection_id)
        # Compared as read: a damaged time reads the same each time, and must not keep the entry for ever.
        if self._connection.execute(query.with_for_update()).scalar() == asked_at:
            self._update(connection_id, removal_choices=None)

    def give_up(self, connection_id: ConnectionId) -> bool:
        """Let nobody take an entry back any more; ``False`` where nobody could."""
        done = self._connection.execute(
            sa.update(connections).where(connections.c.connection_id == connection_id, *_KEPT).values(removed_at=None)
        )
        return done.rowcount == 1

    def kept_since_before(self, moment: datetime) -> tuple[ConnectionId, ...]:
        query = sa.select(connections.c.connection_id).where(
            *_KEPT, connections.c.removed_at <= moment, connections.c.removal_choices.is_(None)
        )
        found = self._connection.execute(query.order_by(connections.c.connection_id)).scalars()
        return tuple(ConnectionId(one) for one in found)

    def begin_removal(self, connection_id: ConnectionId) -> None:
        self._update(connection_id, removing=True, name_key=None)

    def going(self) -> tuple[Connection, ...]:
        query = sa.select(*ENTRY).where(*_GOING).order_by(connections.c.connection_id)
        return tuple(entry_from(row) for row in self._connection.execute(query))

    def finish_removal(self, connection_id: ConnectionId) -> None:
        query = sa.delete(connections).where(connections.c.connection_id == connection_id, *_GOING)
        self._connection.execute(query)

    def _locked(self, connection_id: ConnectionId, condition: sa.ColumnElement[bool]) -> sa.Row[Any] | None:
        query = sa.select(connections).where(connections.c.connection_id == connection_id, condition)
        return self._connection.execute(query.with_for_update()).first()

    def _update(self, connection_id: ConnectionId, **values: object) -> None:
        query = sa.update(connections).where(connections.c.connection_id == connection_id)
        self._connection.execute(query.values(**values))


def _deleted(row: sa.Row[Any]) -> DeletedEntry:
    return DeletedEntry(connection=entry_from(row), removed_at=row.removed_at, removed_by=row.removed_by or "")
