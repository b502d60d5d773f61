"""Which grants are to end at the server, and what is kept of those that have? SQL inside the caller's transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from xero_connections_plugin.gateways.records import grant_needs
from xero_connections_plugin.gateways.records.grant_rows import GrantRows
from xero_connections_plugin.gateways.store.tables import candidates, connections, grants
from xero_connections_plugin.oauth.grant import GrantId, GrantState, SignInCause

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from xero_connections_plugin.oauth.grant_endings import EndingWish

_ENDING = GrantState.ENDING.value


class EndingRows:
    """The grants that are to end, as one transaction sees them.

    Args:
        connection: Inside a transaction.
        now: Tells the store's time; asked after rows are locked.
        is_held: Whether somebody is renewing a grant.
    """

    def __init__(
        self, connection: sa.Connection, now: Callable[[], datetime], is_held: Callable[[GrantId], bool]
    ) -> None:
        self._connection = connection
        self._now = now
        self._is_held = is_held

    def mark(self, grant_id: GrantId, wish: EndingWish | None) -> bool:
        """Note that a grant is to end; ``False`` when it is gone, or nobody wishes it any more."""
        # First the entry and then its grant, as whoever takes it back does: in another order two could wait for ever.
        if wish is not None and not self._is_wished(wish):
            return False
        query = sa.select(grants).where(grants.c.grant_id == grant_id).with_for_update()
        row = self._connection.execute(query).first()
        if row is None or (wish is not None and row.authorized_at > wish.asked_at):
            return False
        since = row.ending_since if row.state == _ENDING else None
        self._connection.execute(
            sa.update(grants)
            .where(grants.c.grant_id == grant_id)
            .values(state=_ENDING, ending_since=since or self._now())
        )
        return True

    def all(self) -> list[GrantId]:
        query = sa.select(grants.c.grant_id).where(grants.c.state == _ENDING)
        return [GrantId(found) for found in self._connection.execute(query.order_by(grants.c.grant_id)).scalars()]

    def mark_revoked(self, grant_id: GrantId, expected: int) -> None:
        """Note that a generation was revoked; nothing when the grant moved on, or somebody is renewing it."""
        rows = GrantRows(self._connection, self._now)
        stored = rows.read(grant_id, to_change=True)
        if stored is not None and stored.record.generation == expected and not self._is_held(grant_id):
            rows.mark(grant_id, SignInCause.REVOKED)

    def close(self, grant_id: GrantId, *, revoked: bool) -> bool:
        """Wipe a grant that the server has ended, or keep it as one that needs a new sign-in for the entries that name
        it; ``False`` when it is gone, somebody has signed in to it again, or is renewing it right now.

        Where it was revoked, also ``False`` when that is not marked: somebody was renewing it then.
        """
        query = sa.select(grants.c.state).where(grants.c.grant_id == grant_id).with_for_update()
        state = self._connection.execute(query).scalar()
        # What a renewal under way brings lives at the server: it has to find the grant, and is ended too.
        if state is None or state == GrantState.ACTIVE.value or self._is_held(grant_id):
            return False
        # Such a renewal may be over by now, and has brought what nobody has revoked.
        if revoked and state == _ENDING:
            return False
        rows = GrantRows(self._connection, self._now)
        if grant_needs.is_listed(self._connection, grant_id):
            rows.mark(grant_id, SignInCause.REVOKED)
            # Answers that nobody made current were revoked too: none of them may bring the grant back.
            self._connection.execute(sa.delete(candidates).where(candidates.c.grant_id == grant_id))
        else:
            rows.forget(grant_id)
        return True

    def _is_wished(self, wish: EndingWish) -> bool:
        """Whether the entry is still deleted, and what was chosen with that is still to be handed on."""
        query = sa.select(connections.c.connection_id).where(
            connections.c.connection_id == wish.entry_id,
            connections.c.removing,
            # Taken back and deleted once more is another deletion, with another choice.
            connections.c.removed_at == wish.asked_at,
            connections.c.removal_choices.is_not(None),
        )
        return self._connection.execute(query.with_for_update()).first() is not None
