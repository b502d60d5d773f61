"""Grants to keep alive, as they lie in memory: held to the same contract as those in a database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from xero_connections_plugin.oauth.grant import GrantState
from xero_connections_plugin.oauth.keep_alive import UsedGrant

if TYPE_CHECKING:
    from hostspec.services import Clock
    from tests.plugin.memory_grants import Shelf


class MemoryUsedGrants:
    """A ``UsedGrants`` on a shelf of grants; those in ``shelf.bound`` are named by an entry."""

    def __init__(self, clock: Clock, shelf: Shelf) -> None:
        self._clock = clock
        self._shelf = shelf

    def now(self) -> datetime:
        return self._clock.now()

    def used(self) -> Sequence[UsedGrant]:
        with self._shelf.lock:
            records = [stored.record for name, stored in self._shelf.grants.items() if name in self._shelf.bound]
        working = [record for record in records if record.state is GrantState.ACTIVE]
        return sorted(
            (UsedGrant(record.grant_id, record.generation, record.refreshed_at) for record in working),
            key=lambda grant: grant.grant_id,
        )
