"""What do the profiles need of each entry? Gathered beside the user interface, looked up while lists are drawn."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Protocol

from hostspec.errors import CaptureError
from hostspec.usages import CONNECTION_KIND
from hostspec.value import ConnectionId, Value

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hostspec.services import CancelSignal, HostServices

_log = logging.getLogger(__name__)


class Need(Value):
    """What one profile needs of an entry, in the terms of the entry's type."""

    connection_id: ConnectionId
    profile: str
    host: str = ""
    """The other host that said so; empty for this one."""
    needs: tuple[str, ...]


class PublishedNeeds(Protocol):
    """What other hosts of the installation need."""

    def of_others(self, except_host_id: str) -> tuple[Need, ...]:
        """What the enabled profiles of all other hosts need.

        Raises:
            StoreUnavailable, StoredDataDamaged: It cannot be read.
        """


class Needs:
    """The needs of all profiles that are switched on, as they were when somebody last looked.

    Any thread may call; no lock is held while the host or the store is asked.

    Args:
        host: Its profiles, and its tasks to look beside the caller.
        published: What the other hosts need.
        changed: Called when the needs are others than before.
    """

    def __init__(self, host: HostServices, published: PublishedNeeds, changed: Callable[[], None]) -> None:
        self._host = host
        self._published = published
        self._changed = changed
        self._lock = threading.Lock()
        self._known: Mapping[ConnectionId, tuple[Need, ...]] = {}
        self._wanted = 0
        self._is_busy = False

    def of(self, connection_id: ConnectionId) -> tuple[Need, ...]:
        """What is needed of an entry, one for each profile and place; a dictionary's look-up."""
        return self._known.get(connection_id, ())

    def look_soon(self) -> None:
        """Something may have changed: look beside the caller, or leave it to the task that is at it."""
        with self._lock:
            self._wanted += 1
            if self._is_busy:
                return
            self._is_busy = True
        try:
            self._host.tasks.start("look at needs", self._work)
        except BaseException:
            with self._lock:
                self._is_busy = False
            raise

    def _work(self, _cancel: CancelSignal) -> None:
        while True:
            with self._lock:
                seen = self._wanted
            try:
                self._look()
            except CaptureError as problem:
                _log.warning("What profiles need could not be looked up: %s", problem.code)
            except Exception as mistake:  # noqa: BLE001 -- of a host's profiles; what was known before stays
                _log.error("What profiles need could not be looked up: %s", type(mistake).__name__)
            with self._lock:
                if seen == self._wanted:
                    self._is_busy = False
                    return

    def _look(self) -> None:
        own = (
            Need(connection_id=ConnectionId(usage.subject.subject_id), profile=usage.profile, needs=usage.needs)
            for usage in self._host.profiles.usages(CONNECTION_KIND)
            if usage.enabled and usage.needs
        )
        found: dict[ConnectionId, dict[tuple[str, str], Need]] = {}
        for need in (*own, *self._published.of_others(self._host.host_id)):
            # Several steps of a profile, and its waiting batches, are one to whoever reads about it.
            places = found.setdefault(need.connection_id, {})
            place = (need.profile, need.host)
            before = places[place].needs if place in places else ()
            places[place] = need.model_copy(update={"needs": tuple(dict.fromkeys((*before, *need.needs)))})
        known = {connection_id: tuple(places.values()) for connection_id, places in found.items()}
        if known != self._known:
            self._known = known
            self._changed()
