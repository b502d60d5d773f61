"""Who still needs a grant? SQL inside the caller's transaction, once the grant's row is locked."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from xero_connections_plugin.gateways.store.tables import connections, late_unlinks

if TYPE_CHECKING:
    from datetime import datetime

    from xero_connections_plugin.oauth.grant import GrantId

UNSAVED: Final = timedelta(hours=24)
"""So long a sign-in may lie in somebody's open definition, on any workstation, before it counts as nobody's."""


def is_listed(connection: sa.Connection, grant_id: GrantId) -> bool:
    """Whether an entry of the list names a grant."""
    named = sa.select(connections.c.connection_id).where(connections.c.sign_in == grant_id, ~connections.c.removing)
    return connection.execute(named.limit(1)).first() is not None


def is_needed(connection: sa.Connection, grant_id: GrantId) -> bool:
    """Whether an entry of the list, or one that can be taken back, names a grant, or a tenant is still to be unlinked
    with it.
    """
    stays = sa.or_(~connections.c.removing, connections.c.removed_at.is_not(None))
    named = sa.select(connections.c.connection_id).where(connections.c.sign_in == grant_id, stays)
    waiting = sa.select(late_unlinks.c.unlink_id).where(late_unlinks.c.grant_id == grant_id)
    return any(connection.execute(query.limit(1)).first() is not None for query in (named, waiting))


def may_be_unsaved(connection: sa.Connection, grant_id: GrantId, authorized_at: datetime, now: datetime) -> bool:
    """Whether somebody signed in since the entries on their way out were saved: perhaps in a definition that is open on
    another workstation. What the saves found is compared, and not whose clock is ahead.
    """
    query = sa.select(connections.c.sign_in_at).where(
        connections.c.sign_in == grant_id, connections.c.removing, connections.c.sign_in_at.is_not(None)
    )
    saved_with = set(connection.execute(query).scalars())
    return bool(saved_with) and authorized_at not in saved_with and now - authorized_at < UNSAVED
