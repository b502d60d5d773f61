"""What do the profiles need of each entry? Gathered beside the user interface, looked up while lists are drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from hostspec.usages import CONNECTION_KIND
from hostspec.value import ConnectionId, Value
from xero_connections_plugin.connections.one_at_a_time import LooksSoon

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hostspec.services import HostServices


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
        self._looks = LooksSoon(host.tasks, "look at needs", "What profiles need", self._look)
        self._known: Mapping[ConnectionId, tuple[Need, ...]] = {}

    def of(self, connection_id: ConnectionId) -> tuple[Need, ...]:
        """What is needed of an entry, one for each profile and place; a dictionary's look-up."""
        return self._known.get(connection_id, ())

    def look_soon(self) -> None:
        """Something may have changed: look beside the caller, or leave it to the task that is at it."""
        self._looks.ask()

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
