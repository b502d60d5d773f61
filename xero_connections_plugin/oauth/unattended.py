"""What is done for sign-ins that nobody asks for at the moment?"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from hostspec.errors import ConnectionProblem
from xero_connections_plugin.oauth.grant_views import CONFIRM_AFTER

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from xero_connections_plugin.oauth.grant import GrantId
    from xero_connections_plugin.oauth.grant_ports import GrantStore


def recover(
    store: GrantStore,
    unsaved: Collection[GrantId],
    access_token: Callable[..., object],
    lose: Callable[[GrantId], None],
) -> None:
    """Finish at once what a killed process left half done: the server's grace is running. And renew what came of a
    replay some minutes ago: while the grace lasts, it can still be helped if a stray request has ended it.

    Trouble with one grant keeps no other waiting, and shows when that grant is used.

    Args:
        store: Where the grants are.
        unsaved: Those whose renewal lies in memory only.
        access_token: Renews one, as the token keeper does.
        lose: Is told of those among the unsaved that are gone.

    Raises:
        StoreUnavailable, StoredDataDamaged: It is not known what there is to do.
    """
    # What was seen with the intent is refused: asked later, it may be what somebody has just renewed.
    stale = dict(store.with_intents())
    found = store.records(unsaved)
    for grant_id in unsaved:
        if grant_id in found:
            stale[grant_id] = found[grant_id].generation
        else:
            lose(grant_id)
    for grant_id, generation in stale.items():
        with suppress(ConnectionProblem):
            access_token(grant_id, refused=generation)
    for grant_id, record in store.records(store.unconfirmed(store.now() - CONFIRM_AFTER)).items():
        with suppress(ConnectionProblem):
            # Not from memory: what is held there may be older than what is stored.
            access_token(grant_id, refused=record.generation - 1)
