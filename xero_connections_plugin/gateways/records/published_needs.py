"""What do the other hosts of the installation need of the connections? Read from what they published."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hostspec.usages import CONNECTION_KIND
from hostspec.value import ConnectionId
from xero_connections_plugin.connections.needs import Need
from xero_connections_plugin.gateways.store.sql_loading import load_sql

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from xero_connections_plugin.gateways.store.database import Database


class SqlPublishedNeeds:
    """A ``PublishedNeeds``. Making one touches nothing.

    Args:
        database: Where the tables are.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def of_others(self, except_host_id: str) -> tuple[Need, ...]:
        load_sql()
        import sqlalchemy as sa

        from xero_connections_plugin.gateways.store.tables import published_usages

        query = (
            sa.select(
                published_usages.c.subject_id,
                published_usages.c.profile,
                published_usages.c.host_name,
                published_usages.c.needs,
            )
            .where(
                published_usages.c.kind == CONNECTION_KIND,
                published_usages.c.host_id != except_host_id,
                published_usages.c.enabled,
            )
            .order_by(published_usages.c.host_name, published_usages.c.profile, published_usages.c.usage_id)
        )

        def read(connection: Connection) -> tuple[Need, ...]:
            return tuple(
                Need(
                    connection_id=ConnectionId(row.subject_id),
                    profile=row.profile,
                    host=row.host_name,
                    needs=tuple(str(one) for one in row.needs),
                )
                for row in connection.execute(query)
                if isinstance(row.needs, list) and row.needs
            )

        return self._database.reading(read)
