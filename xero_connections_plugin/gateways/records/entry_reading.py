"""Which columns of the table make an entry, and how is it taken from its row?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from hostspec.connections import ConnectionStatus
from hostspec.providers import Condition, Connection, ConnectionTest, SavedConnection
from hostspec.value import ConnectionId, TypeId
from xero_connections_plugin.gateways.store.tables import connections

if TYPE_CHECKING:
    from datetime import datetime

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


def entry_from(row: tuple[Any, ...]) -> Connection:
    """An entry without its sealed part.

    Args:
        row: Begins with the columns of ``ENTRY``.
    """
    # In their order: asking a row for each column by its name takes as long as checking the values.
    (
        connection_id,
        type_id,
        display_name,
        settings,
        subtitle,
        sign_in,
        created_at,
        changed_at,
        condition_status,
        condition_cause,
        condition_since,
        tested_at,
        test_passed,
        test_text,
        test_milliseconds,
        test_correlation_id,
        test_transient,
        used_at,
        source,
        has_secret,
    ) = row[: len(ENTRY)]
    tested = None
    if tested_at is not None:
        tested = ConnectionTest(
            tested_at=tested_at,
            passed=bool(test_passed),
            text=test_text or "",
            milliseconds=max(0, test_milliseconds or 0),
            correlation_id=test_correlation_id or "",
            transient=bool(test_transient),
        )
    return Connection(
        connection_id=ConnectionId(connection_id),
        type_id=TypeId(str(type_id)),
        display_name=str(display_name),
        saved=SavedConnection(
            # What is no object is damaged; its provider says so, about this entry only.
            settings=settings if isinstance(settings, dict) else {},
            subtitle=str(subtitle),
            sign_in=sign_in if isinstance(sign_in, str) else None,
        ),
        created_at=created_at,
        changed_at=changed_at,
        condition=_condition(condition_status, condition_cause, condition_since),
        tested=tested,
        used_at=used_at,
        source=source or "",
        has_secret=bool(has_secret),
    )


def _condition(status: str | None, cause: str, since: datetime) -> Condition | None:
    if status is None:
        return None
    try:
        return Condition(status=ConnectionStatus(status), cause=cause, since=since)
    except ValueError:
        return None  # found out again when the entry is used
