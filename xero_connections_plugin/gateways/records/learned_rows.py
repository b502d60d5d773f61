"""How is kept what was found out about the company that an entry reaches? One update, unless the entry was saved."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from xero_connections_plugin.gateways.records.connection_rows import folded
from xero_connections_plugin.gateways.store.tables import connections

if TYPE_CHECKING:
    from datetime import datetime

    from hostspec.providers import SavedConnection
    from hostspec.value import ConnectionId


def learn(
    transaction: sa.Connection,
    *,
    connection_id: ConnectionId,
    saved: SavedConnection,
    seen_changed_at: datetime,
    learned_at: datetime,
) -> bool:
    """See ``EntryStore.learn``."""
    done = transaction.execute(
        sa.update(connections)
        .where(
            connections.c.connection_id == connection_id,
            connections.c.changed_at == seen_changed_at,
            ~connections.c.removing,
        )
        .values(
            settings=saved.settings,
            subtitle=saved.subtitle,
            subtitle_sort=folded(saved.subtitle),
            learned_at=learned_at,
        )
    )
    return bool(done.rowcount)
