"""How do the other hosts of the installation learn who uses which connections here?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hostspec.usages import CONNECTION_KIND
from xero_connections_plugin.connections.one_at_a_time import OneAtATime

if TYPE_CHECKING:
    from hostspec.services import HostServices
    from xero_connections_plugin.connections.entries import EntryStore


class Publishing:
    """Publishes this host's usages. Any thread may call; no lock is held while the host or the store is asked."""

    def __init__(self, store: EntryStore, host: HostServices) -> None:
        self._store = store
        self._host = host
        self._turn = OneAtATime()

    def publish(self) -> None:
        """Publish what is so now, or leave it to the thread that is at it, which then looks once more.

        Of two threads that look one after the other, the first could otherwise write last, and Delete elsewhere would
        not count a profile.

        Raises:
            StoreUnavailable, StoredDataDamaged: Nothing was published; the next round tries again.
        """
        if self._turn.take():
            self._turn.run(self._publish_once)

    def _publish_once(self) -> None:
        self._store.publish_usages(
            host_id=self._host.host_id,
            host_name=self._host.host_name,
            usages=tuple(self._host.profiles.usages(CONNECTION_KIND)),
            seen_at=self._host.clock.now(),
        )
