"""How is the history kept in the database? One short transaction for each thing that is asked."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from xero_connections_plugin.connections.history import Actor, HistoryEvent, HistoryQuery, Mentioned
    from xero_connections_plugin.gateways.database import Database


class SqlHistoryStore:
    """A ``HistoryStore``. Making one touches nothing.

    Args:
        database: Where the tables are.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def append(self, events: Sequence[HistoryEvent]) -> None:
        from xero_connections_plugin.gateways import history_rows

        self._database.noting(partial(history_rows.append, events=events))

    def find(self, query: HistoryQuery, *, offset: int = 0, limit: int) -> tuple[HistoryEvent, ...]:
        from xero_connections_plugin.gateways import history_rows

        return self._database.reading(partial(history_rows.find, query=query, offset=offset, limit=limit))

    def count(self, query: HistoryQuery) -> int:
        from xero_connections_plugin.gateways import history_rows

        return self._database.reading(partial(history_rows.count, query=query))

    def people(self) -> tuple[Actor, ...]:
        from xero_connections_plugin.gateways import history_rows

        return self._database.reading(history_rows.people)

    def mentioned(self, limit: int) -> tuple[Mentioned, ...]:
        from xero_connections_plugin.gateways import history_rows

        return self._database.reading(partial(history_rows.mentioned, limit=limit))

    def prune(self, *, before: datetime, keep: int, most: int) -> int:
        from xero_connections_plugin.gateways import history_rows

        return self._database.noting(partial(history_rows.prune, before=before, keep=keep, most=most))
