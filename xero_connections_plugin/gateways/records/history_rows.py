"""How does the history lie in the table? SQL inside the caller's transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa

from hostspec.value import ConnectionId, UserId
from xero_connections_plugin.connections.history import ROUTINE, Actor, EventKind, HistoryEvent, Mentioned
from xero_connections_plugin.gateways.store.row_inserts import insert_into
from xero_connections_plugin.gateways.store.tables import history

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from xero_connections_plugin.connections.history import HistoryQuery

MOST_PEOPLE: Final = 200

_RECENT: Final = 20_000
"""People and entries to choose from are those of so many latest events: a whole history would be read for nothing."""


def append(connection: sa.Connection, events: Sequence[HistoryEvent]) -> None:
    """Keep events; those that are there stay as they are."""
    rows = [
        {
            "event_id": event.event_id,
            "at": event.at,
            "kind": event.kind.value,
            "connection_id": event.connection_id,
            "label": event.label,
            "user_id": event.actor.user_id,
            "user_name": event.actor.user_name,
            "host_name": event.host_name,
            "account": event.account,
            "passed": event.passed,
            "text": event.text,
        }
        for event in events
    ]
    # One by one, because the server counts ids up for rows of one statement in any order.
    for row in rows:
        statement = insert_into(connection, history).values(**row)
        connection.execute(statement.on_conflict_do_nothing(index_elements=["event_id"]))


def find(connection: sa.Connection, query: HistoryQuery, *, offset: int, limit: int) -> tuple[HistoryEvent, ...]:
    """Events that match, newest first."""
    statement = (
        sa.select(history)
        .where(*_matches(query))
        .order_by(history.c.at.desc(), history.c.history_id.desc())
        .offset(offset)
        .limit(limit)
    )
    return tuple(_event(row) for row in connection.execute(statement))


def count(connection: sa.Connection, query: HistoryQuery) -> int:
    """How many match."""
    statement = sa.select(sa.func.count()).select_from(history).where(*_matches(query))
    return int(connection.execute(statement).scalar_one())


def people(connection: sa.Connection) -> tuple[Actor, ...]:
    """Who acted lately, each once."""
    recent = _recent(history.c.history_id, history.c.user_id)
    latest = sa.select(sa.func.max(recent.c.history_id)).group_by(recent.c.user_id).limit(MOST_PEOPLE)
    statement = sa.select(history.c.user_id, history.c.user_name).where(history.c.history_id.in_(latest))
    found = (Actor(user_id=UserId(row.user_id), user_name=row.user_name) for row in connection.execute(statement))
    return tuple(sorted(found, key=lambda actor: (actor.user_name.casefold(), actor.user_id)))


def mentioned(connection: sa.Connection, limit: int) -> tuple[Mentioned, ...]:
    """The entries spoken of last."""
    recent = _recent(history.c.history_id, history.c.connection_id)
    last = sa.func.max(recent.c.history_id)
    latest = (
        sa.select(last)
        .where(recent.c.connection_id.is_not(None))
        .group_by(recent.c.connection_id)
        .order_by(last.desc())
        .limit(limit)
    )
    statement = (
        sa.select(history.c.connection_id, history.c.label)
        .where(history.c.history_id.in_(latest))
        .order_by(history.c.history_id.desc())
    )
    return tuple(
        Mentioned(connection_id=ConnectionId(row.connection_id), label=row.label)
        for row in connection.execute(statement)
    )


def prune(connection: sa.Connection, *, before: datetime, keep: int, most: int) -> int:
    """Wipe the oldest, of what is too old and of what is too much."""
    old = sa.select(history.c.history_id).where(history.c.at < before).order_by(history.c.at).limit(most)
    wiped = connection.execute(sa.delete(history).where(history.c.history_id.in_(old))).rowcount
    total = int(connection.execute(sa.select(sa.func.count()).select_from(history)).scalar_one())
    surplus = min(most - wiped, total - keep)
    if surplus > 0:
        # Thousands of sign-ins renewed day by day must not drive out what people did.
        is_routine = history.c.kind.in_([kind.value for kind in ROUTINE])
        order = (sa.case((is_routine, 0), else_=1), history.c.at, history.c.history_id)
        oldest = sa.select(history.c.history_id).order_by(*order).limit(surplus)
        wiped += connection.execute(sa.delete(history).where(history.c.history_id.in_(oldest))).rowcount
    return wiped


def _recent(*what: sa.ColumnElement[Any]) -> sa.Subquery:
    return sa.select(*what).order_by(history.c.history_id.desc()).limit(_RECENT).subquery()


def _matches(query: HistoryQuery) -> list[sa.ColumnElement[bool]]:
    wanted: list[sa.ColumnElement[bool]] = []
    if query.connection_id is not None:
        wanted.append(history.c.connection_id == query.connection_id)
    if query.kinds:
        wanted.append(history.c.kind.in_([kind.value for kind in query.kinds]))
    if query.user_id is not None:
        wanted.append(history.c.user_id == query.user_id)
    if query.since is not None:
        wanted.append(history.c.at >= query.since)
    return wanted


def _event(row: sa.Row[Any]) -> HistoryEvent:
    return HistoryEvent(
        event_id=row.event_id,
        at=row.at,
        kind=_kind(row.kind),
        connection_id=ConnectionId(row.connection_id) if row.connection_id is not None else None,
        label=row.label,
        actor=Actor(user_id=UserId(row.user_id), user_name=row.user_name),
        host_name=row.host_name,
        account=row.account,
        passed=row.passed,
        text=row.text,
    )


def _kind(stored: str) -> EventKind:
    try:
        return EventKind(stored)
    except ValueError:
        return EventKind.OTHER
