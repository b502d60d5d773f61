"""How do the other hosts of the installation learn who uses which connections here?"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from hostspec.usages import CONNECTION_KIND

if TYPE_CHECKING:
    from hostspec.services import HostServices
    from xero_connections_plugin.connections.entries import EntryStore


class Publishing:
    """Publishes this host's usages. Any thread may call; no lock is held while the host or the store is asked."""

    def __init__(self, store: EntryStore, host: HostServices) -> None:
        self._store = store
        self._host = host
        self._lock = threading.Lock()
        self._wanted = 0
        self._is_busy = False

    def publish(self) -> None:
        """Publish what is so now, or leave it to the thread that is at it, which then looks once more.

        Of two threads that look one after the other, the first could otherwise write last, and Delete elsewhere would
        not count a profile.

        Raises:
            StoreUnavailable, StoredDataDamaged: Nothing was published; the next round tries again.
        """
        with self._lock:
            self._wanted += 1
            if self._is_busy:
                return
            self._is_busy = True
        try:
            while True:
                seen = self._wanted
                self._publish_once()
                with self._lock:
                    if seen == self._wanted:
                        self._is_busy = False
                        return
        except BaseException:
            with self._lock:
                self._is_busy = False
            raise

    def _publish_once(self) -> None:
        self._store.publish_usages(
            host_id=self._host.host_id,
            host_name=self._host.host_name,
            usages=tuple(self._host.profiles.usages(CONNECTION_KIND)),
            seen_at=self._host.clock.now(),
        )
