"""Which working grants do entries of the list name? One query, without anything that is sealed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xero_connections_plugin.oauth.grant import GrantId, GrantState
from xero_connections_plugin.oauth.keep_alive import UsedGrant

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from xero_connections_plugin.gateways.store.database import Database


class SqlUsedGrants:
    """A ``UsedGrants``. Making one touches nothing.

    Args:
        database: Where the tables are.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def now(self) -> datetime:
        return self._database.reading(self._database.now)

    def used(self) -> Sequence[UsedGrant]:
        return self._database.reading(_used)


def _used(connection: Connection) -> tuple[UsedGrant, ...]:
    import sqlalchemy as sa

    from xero_connections_plugin.gateways.store.tables import connections, grants

    named = sa.select(connections.c.connection_id).where(
        connections.c.sign_in == grants.c.grant_id, ~connections.c.removing
    )
    query = sa.select(grants.c.grant_id, grants.c.generation, grants.c.refreshed_at).where(
        grants.c.state == GrantState.ACTIVE.value, named.exists()
    )
    # Sorted here: databases sort text each in its own way, and every process is to come to the same moments.
    found = sorted(connection.execute(query), key=lambda row: row.grant_id)
    return tuple(UsedGrant(GrantId(row.grant_id), row.generation, row.refreshed_at) for row in found)
