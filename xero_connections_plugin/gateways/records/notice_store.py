"""How is kept what hosts were told? One short transaction for each question."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

from xero_connections_plugin.gateways.store.sql_loading import load_sql

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import datetime

    from sqlalchemy import Connection

    from xero_connections_plugin.gateways.store.database import Database

_CHUNK: Final = 200
"""Rows per statement: databases limit its parameters."""


class SqlNoticeStore:
    """A ``NoticeStore``. Making one touches nothing.

    Args:
        database: Where the table is.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def note(self, host_id: str, events: Collection[str], told_at: datetime) -> frozenset[str]:
        load_sql()
        from xero_connections_plugin.gateways.store.row_inserts import insert_into
        from xero_connections_plugin.gateways.store.tables import told_notices

        attempts: list[frozenset[str]] = []

        def note(connection: Connection) -> frozenset[str]:
            noted: set[str] = set()
            for some in _chunks(events):
                rows = [{"host_id": host_id, "notice_id": event, "told_at": told_at} for event in some]
                change = insert_into(connection, told_notices).values(rows).on_conflict_do_nothing()
                noted |= set(connection.execute(change.returning(told_notices.c.notice_id)).scalars())
            # An attempt whose answer was lost may have noted them: they are ours then, and not yet told.
            for before in attempts:
                noted |= _noted_at(connection, host_id, before - noted, told_at)
            attempts.append(frozenset(noted))
            return frozenset(noted)

        return self._database.writing(note)

    def told(self, host_id: str, prefix: str) -> frozenset[str]:
        load_sql()
        import sqlalchemy as sa

        from xero_connections_plugin.gateways.store.tables import told_notices

        # Not LIKE, which knows no case in SQLite.
        begins = sa.func.substr(told_notices.c.notice_id, 1, len(prefix)) == prefix
        query = sa.select(told_notices.c.notice_id).where(told_notices.c.host_id == host_id, begins)
        return frozenset(self._database.reading(lambda connection: tuple(connection.execute(query).scalars())))

    def forget(self, host_id: str, events: Collection[str]) -> frozenset[str]:
        load_sql()
        import sqlalchemy as sa

        from xero_connections_plugin.gateways.store.tables import told_notices

        def forget(connection: Connection) -> frozenset[str]:
            forgotten: set[str] = set()
            for some in _chunks(events):
                change = sa.delete(told_notices).where(
                    told_notices.c.host_id == host_id, told_notices.c.notice_id.in_(some)
                )
                forgotten |= set(connection.execute(change.returning(told_notices.c.notice_id)).scalars())
            return frozenset(forgotten)

        return self._database.writing(forget)

    def prune(self, before: datetime) -> int:
        load_sql()
        import sqlalchemy as sa

        from xero_connections_plugin.gateways.store.tables import told_notices

        old = told_notices.c.told_at < before
        # Asked first: in most rounds there is nothing to write.
        if not self._database.reading(
            lambda connection: connection.execute(sa.select(sa.exists().where(old))).scalar()
        ):
            return 0
        return self._database.writing(
            lambda connection: connection.execute(sa.delete(told_notices).where(old)).rowcount
        )


def _noted_at(connection: Connection, host_id: str, events: frozenset[str], told_at: datetime) -> set[str]:
    import sqlalchemy as sa

    from xero_connections_plugin.gateways.store.tables import told_notices

    found: set[str] = set()
    for some in _chunks(events):
        query = sa.select(told_notices.c.notice_id).where(
            told_notices.c.host_id == host_id,
            told_notices.c.told_at == told_at,
            told_notices.c.notice_id.in_(some),
        )
        found |= set(connection.execute(query).scalars())
    return found


def _chunks(events: Collection[str]) -> Iterator[list[str]]:
    left = iter(sorted(events))
    while some := list(islice(left, _CHUNK)):
        yield some
