"""What did each host say about who uses which connections? SQL inside the caller's transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from hostspec.usages import Subject, Usage
from hostspec.value import Tone
from xero_connections_plugin.gateways.store.tables import published_usages

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

_PUBLISHING: Final = 7_261
"""A number of our own for PostgreSQL's advisory locks."""


def publish(
    connection: sa.Connection, *, host_id: str, host_name: str, usages: Sequence[Usage], seen_at: datetime
) -> None:
    """Replace all that a host said before."""
    if connection.dialect.name == "postgresql":
        # Two processes of one host would otherwise both delete what was and both insert what is.
        turn = sa.func.pg_advisory_xact_lock(_PUBLISHING, sa.func.hashtext(host_id))
        connection.execute(sa.select(turn))
    connection.execute(sa.delete(published_usages).where(published_usages.c.host_id == host_id))
    rows = [
        {
            "host_id": host_id,
            "usage_id": usage.usage_id,
            "host_name": host_name,
            "kind": usage.subject.kind,
            "subject_id": usage.subject.subject_id,
            "subject_label": usage.subject.label,
            "profile": usage.profile,
            "step": usage.step,
            "enabled": usage.enabled,
            "seen_at": seen_at,
            "running": usage.running,
            "waiting": usage.waiting,
            "last_used": usage.last_used,
            "last_result": usage.last_result,
            "last_tone": usage.last_tone.value,
            "documents": usage.documents,
            "needs": list(usage.needs),
        }
        for usage in {usage.usage_id: usage for usage in usages}.values()
    ]
    if rows:
        connection.execute(sa.insert(published_usages), rows)


def heard_from_others(connection: sa.Connection, subject: Subject, *, except_host_id: str) -> tuple[Usage, ...]:
    """What the other hosts said about a subject, or about every one of its kind."""
    query = (
        sa.select(published_usages)
        .where(
            published_usages.c.kind == subject.kind,
            *(() if not subject.subject_id else (published_usages.c.subject_id == subject.subject_id,)),
            published_usages.c.host_id != except_host_id,
        )
        .order_by(published_usages.c.host_name, published_usages.c.profile, published_usages.c.usage_id)
    )
    return tuple(
        Usage(
            usage_id=row.usage_id,
            subject=Subject(kind=row.kind, subject_id=row.subject_id, label=row.subject_label),
            profile=row.profile,
            step=row.step,
            enabled=row.enabled,
            host=row.host_name,
            seen_at=row.seen_at,
            running=bool(row.running),
            waiting=max(0, row.waiting or 0),
            last_used=row.last_used,
            last_result=row.last_result or "",
            last_tone=_tone(row.last_tone),
            documents=row.documents,
            needs=tuple(str(need) for need in row.needs or ()),
        )
        for row in connection.execute(query)
    )


def _tone(stored: str | None) -> Tone:
    try:
        return Tone(stored or "")
    except ValueError:
        return Tone.NEUTRAL
