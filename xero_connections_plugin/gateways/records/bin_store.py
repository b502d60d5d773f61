"""How are deleted entries kept for a while in the database? One short transaction for each thing that is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from xero_connections_plugin.connections.entries import NameTaken

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime, timedelta

    from sqlalchemy import Connection

    from hostspec.value import ConnectionId
    from xero_connections_plugin.connections.deleted_entries import DeletedEntry, RemovalWish
    from xero_connections_plugin.gateways.records.bin_rows import BinRows
    from xero_connections_plugin.gateways.store.database import Database

T = TypeVar("T")


class SqlBinStore:
    """A ``BinStore``. Making one touches nothing.

    Args:
        database: Where the tables are.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, connection_id: ConnectionId, *, removed_by: str, choices: frozenset[str] = frozenset()) -> None:
        self._database.writing(lambda connection: self._rows(connection).put(connection_id, removed_by, choices))

    def wishes(self) -> tuple[RemovalWish, ...]:
        return self._reading(lambda rows: rows.wishes())

    def settle(self, connection_id: ConnectionId, *, asked_at: datetime) -> None:
        self._database.writing(lambda connection: self._rows(connection).settle(connection_id, asked_at))

    def deleted(self, limit: int | None = None) -> tuple[DeletedEntry, ...]:
        return self._reading(lambda rows: rows.deleted(limit))

    def get(self, connection_id: ConnectionId) -> DeletedEntry | None:
        return self._reading(lambda rows: rows.get(connection_id))

    def take_back(self, connection_id: ConnectionId, *, display_name: str, name_key: str) -> None:
        from sqlalchemy.exc import IntegrityError

        def take_back(connection: Connection) -> None:
            self._rows(connection).take_back(connection_id, display_name, name_key)

        try:
            self._database.writing(take_back)
        except IntegrityError:
            raise NameTaken from None

    def give_up(self, connection_id: ConnectionId) -> bool:
        return self._database.writing(lambda connection: self._rows(connection).give_up(connection_id))

    def kept_longer_than(self, length: timedelta) -> tuple[ConnectionId, ...]:
        def look(connection: Connection) -> tuple[ConnectionId, ...]:
            return self._rows(connection).kept_since_before(self._database.now(connection) - length)

        return self._database.reading(look)

    def _reading(self, ask: Callable[[BinRows], T]) -> T:
        return self._database.reading(lambda connection: ask(self._rows(connection)))

    def _rows(self, connection: Connection) -> BinRows:
        from xero_connections_plugin.gateways.records.bin_rows import BinRows

        return BinRows(connection, self._database.clock(connection))
