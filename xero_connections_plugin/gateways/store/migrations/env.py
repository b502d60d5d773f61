"""Alembic's environment: the caller gives an open connection inside a transaction of its own."""

from __future__ import annotations

from alembic import context

from xero_connections_plugin.gateways.store.tables import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    # SQLite cannot alter most of a table; batches copy it.
    render_as_batch=connection.dialect.name == "sqlite",
    transactional_ddl=True,
)
context.run_migrations()
