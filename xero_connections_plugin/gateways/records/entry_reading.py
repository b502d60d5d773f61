"""Which columns of the table make an entry, and how is it taken from its row?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from hostspec.connections import ConnectionStatus
from hostspec.providers import Condition, Connection, ConnectionTest, SavedConnection
from hostspec.value import ConnectionId, TypeId
from xero_connections_plugin.gateways.store.tables import connections

if TYPE_CHECKING:
    import sqlalchemy as sa

ENTRY: Final[tuple[sa.ColumnElement[Any], ...]] = (
    *(
        connections.c[name]
        for name in (
            "connection_id",
            "type_id",
            "display_name",
            "settings",
            "subtitle",
            "sign_in",
            "created_at",
            "changed_at",
            "condition_status",
            "condition_cause",
            "condition_since",
            "tested_at",
            "test_passed",
            "test_text",
            "test_milliseconds",
            "test_correlation_id",
            "test_transient",
            "used_at",
            "source",
        )
    ),
    # Whether, and not what: the sealed part is not read for a list.
    connections.c.sealed.is_not(None).label("has_secret"),
)


def entry_from(row: sa.Row[*tuple[Any, ...]]) -> Connection:
    """An entry without its sealed part.

    Args:
        row: Has the columns of ``ENTRY``.
    """
    return Connection(
        connection_id=ConnectionId(row.connection_id),
        type_id=TypeId(str(row.type_id)),
        display_name=str(row.display_name),
        saved=SavedConnection(
            # What is no object is damaged; its provider says so, about this entry only.
            settings=row.settings if isinstance(row.settings, dict) else {},
            subtitle=str(row.subtitle),
            sign_in=row.sign_in if isinstance(row.sign_in, str) else None,
        ),
        created_at=row.created_at,
        changed_at=row.changed_at,
        condition=_condition(row),
        tested=_test(row),
        used_at=row.used_at,
        source=row.source or "",
        has_secret=bool(row.has_secret),
    )


def _condition(row: sa.Row[Any]) -> Condition | None:
    if row.condition_status is None:
        return None
    try:
        return Condition(
            status=ConnectionStatus(row.condition_status), cause=row.condition_cause, since=row.condition_since
        )
    except ValueError:
        return None  # found out again when the entry is used


def _test(row: sa.Row[Any]) -> ConnectionTest | None:
    if row.tested_at is None:
        return None
    return ConnectionTest(
        tested_at=row.tested_at,
        passed=bool(row.test_passed),
        text=row.test_text or "",
        milliseconds=max(0, row.test_milliseconds or 0),
        correlation_id=row.test_correlation_id or "",
        transient=bool(row.test_transient),
    )
