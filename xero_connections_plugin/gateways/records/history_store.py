"""How is the history kept in the database? One short transaction for each thing that is asked."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from xero_connections_plugin.gateways.store.sql_loading import load_sql

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from xero_connections_plugin.connections.history import Actor, HistoryEvent, HistoryQuery, Mentioned
    from xero_connections_plugin.gateways.store.database import Database


class SqlHistoryStore:
    """A ``HistoryStore``. Making one touches nothing.

    Args:
        database: Where the tables are.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def append(self, events: Sequence[HistoryEvent]) -> None:
        load_sql()
        from xero_connections_plugin.gateways.records import history_rows

        self._database.noting(partial(history_rows.append, events=events))

    def find(self, query: HistoryQuery, *, offset: int = 0, limit: int) -> tuple[HistoryEvent, ...]:
        load_sql()
        from xero_connections_plugin.gateways.records import history_rows

        return self._database.reading(partial(history_rows.find, query=query, offset=offset, limit=limit))

    def count(self, query: HistoryQuery) -> int:
        load_sql()
        from xero_connections_plugin.gateways.records import history_rows

        return self._database.reading(partial(history_rows.count, query=query))

    def people(self) -> tuple[Actor, ...]:
        load_sql()
        from xero_connections_plugin.gateways.records import history_rows

        return self._database.reading(history_rows.people)

    def mentioned(self, limit: int) -> tuple[Mentioned, ...]:
        load_sql()
        from xero_connections_plugin.gateways.records import history_rows

        return self._database.reading(partial(history_rows.mentioned, limit=limit))

    def prune(self, *, before: datetime, keep: int, most: int) -> int:
        load_sql()
        from xero_connections_plugin.gateways.records import history_rows

        return self._database.noting(partial(history_rows.prune, before=before, keep=keep, most=most))
