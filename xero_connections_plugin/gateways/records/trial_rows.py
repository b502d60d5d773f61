"""Which entries pass the filters of the list? SQL inside the caller's transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from xero_connections_plugin.gateways.store.tables import connections

if TYPE_CHECKING:
    from hostspec.value import ConnectionId
    from xero_connections_plugin.connections.entries import EntryQuery


def asked_for(query: EntryQuery) -> list[sa.ColumnElement[bool]]:
    """What a query demands beyond its search and its types."""
    columns = connections.c
    wanted: list[sa.ColumnElement[bool]] = []
    if query.only is not None:
        wanted.append(columns.connection_id.in_(query.only))
    if query.without:
        wanted.append(columns.connection_id.not_in(query.without))
    if query.idle_since is not None:
        wanted.append(sa.func.coalesce(columns.used_at, columns.changed_at) <= query.idle_since)
    if query.untried_since is not None:
        wanted += [
            sa.or_(moment.is_(None), moment <= query.untried_since) for moment in (columns.used_at, columns.tested_at)
        ]
    return wanted


def forget(connection: sa.Connection, connection_id: ConnectionId) -> None:
    """Let an entry be as if it had never been used or tested."""
    connection.execute(
        sa.update(connections)
        .where(connections.c.connection_id == connection_id)
        .values(
            used_at=None,
            tested_at=None,
            test_passed=None,
            test_text=None,
            test_milliseconds=None,
            test_correlation_id=None,
            test_transient=None,
        )
    )
