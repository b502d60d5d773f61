"""Which entries are deleted and can still be taken back, and when are they wiped?

A deleted entry keeps its id, its definition and its seal, and nobody can use it: no list shows it, no session opens
through it, and its name is free for others. Once its time is over, or on demand, it is wiped as an entry is whose
removal has begun.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Protocol

from hostspec.connections import ChangeKind, ConnectionsChange
from hostspec.errors import CaptureError, ConnectionNotFound
from hostspec.provider_skills import Recoverable
from hostspec.providers import Connection
from hostspec.value import Value
from xero_connections_plugin.connections.definition import clean_name, name_key
from xero_connections_plugin.connections.entries import EntryGone
from xero_connections_plugin.connections.history import SERVICE, EventKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from hostspec.value import ConnectionId
    from xero_connections_plugin.connections.connection_types import ConnectionTypes
    from xero_connections_plugin.connections.history import Actor, History

_log = logging.getLogger(__name__)

WIPED_MEANWHILE: Final = "This connection was wiped or taken back meanwhile. Nothing was changed."


class DeletedEntry(Value):
    """An entry that can be taken back."""

    connection: Connection
    removed_at: datetime
    """By the clock of the store (UTC)."""
    removed_by: str
    """The name of the person, as the host knew it; empty where nobody in particular deleted it."""


class RemovalWish(Value):
    """What was chosen with a deletion, and its provider has not noted yet."""

    connection: Connection
    choices: frozenset[str]
    by: str
    """The name of the person who chose."""
    asked_at: datetime
    """By the clock of the store (UTC)."""


class BinStore(Protocol):
    """Keeps deleted entries. Every write is one transaction.

    Raises (from every method):
        StoreUnavailable, StoredDataDamaged: See ``entries``.
    """

    def put(self, connection_id: ConnectionId, *, removed_by: str, choices: frozenset[str] = frozenset()) -> None:
        """Hide an entry from every list and read, and free its name; no error when it is hidden already, or gone.

        In the same transaction, what is to be done at the other side becomes a wish.
        """

    def wishes(self) -> tuple[RemovalWish, ...]:
        """What is not settled, oldest first. An entry that is taken back has no wishes."""

    def settle(self, connection_id: ConnectionId, *, asked_at: datetime) -> None:
        """The provider of an entry knows what is to be done; no error when the entry is gone.

        A choice of another time, after the entry was taken back and deleted once more, say, stays.
        """

    def deleted(self, limit: int | None = None) -> tuple[DeletedEntry, ...]:
        """The entries that can be taken back, newest first."""

    def get(self, connection_id: ConnectionId) -> DeletedEntry | None:
        """One of them."""

    def take_back(self, connection_id: ConnectionId, *, display_name: str, name_key: str) -> None:
        """Show an entry again, as it was but for its name.

        Raises:
            NameTaken: Another entry has the name.
            EntryGone: It cannot be taken back any more.
        """

    def give_up(self, connection_id: ConnectionId) -> bool:
        """Let nobody take an entry back: from now on its removal has begun. ``False`` where nobody could anyway."""

    def kept_longer_than(self, length: timedelta) -> tuple[ConnectionId, ...]:
        """The entries that were deleted so long ago, or longer, by the clock of the store, and have no wishes."""


class DeletedEntries:
    """Takes deleted entries back, and wipes them.

    Args:
        store: Keeps them.
        types: Who knows what still waits at the other side.
        keep: How long they can be taken back; nothing wipes them at once.
        announce: Tells everyone.
        history: Records it.
        hand_on: Hands on what a killed process had been told to do at the other side of an entry.
        finish: Finishes removals that have begun.
        checkpoint: Called between the steps; crash tests end the process there.
    """

    def __init__(
        self,
        store: BinStore,
        types: ConnectionTypes,
        keep: timedelta,
        *,
        announce: Callable[[ConnectionsChange], None],
        history: History,
        hand_on: Callable[[ConnectionId], None],
        finish: Callable[[], None],
        checkpoint: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._store = store
        self._types = types
        self._keep = keep
        self._announce = announce
        self._history = history
        self._hand_on = hand_on
        self._finish = finish
        self._checkpoint = checkpoint

    @property
    def keep(self) -> timedelta:
        """How long a deleted entry can be taken back."""
        return self._keep

    def all(self, limit: int | None = None) -> tuple[DeletedEntry, ...]:
        """Those that can be taken back, newest first."""
        return self._store.deleted(limit)

    def get(self, connection_id: ConnectionId) -> DeletedEntry:
        """One of them.

        Raises:
            ConnectionNotFound: It cannot be taken back any more.
        """
        found = self._store.get(connection_id)
        if found is None:
            raise ConnectionNotFound(WIPED_MEANWHILE)
        return found

    def wiped_on(self, deleted: DeletedEntry) -> datetime:
        """When an entry is wiped unless it is taken back before (UTC)."""
        return deleted.removed_at + self._keep

    def take_back(self, connection_id: ConnectionId, name: str, *, actor: Actor) -> None:
        """Show an entry again under a name, with its old id, and tell everyone.

        Raises:
            NameTaken: Another entry has the name.
            ConnectionNotFound: It cannot be taken back any more.
        """
        deleted = self.get(connection_id)
        self._checkpoint("recovery: asked")
        try:
            self._store.take_back(connection_id, display_name=clean_name(name), name_key=name_key(name))
        except EntryGone:
            raise ConnectionNotFound(WIPED_MEANWHILE) from None
        self._history.record(
            EventKind.RECOVERED, actor=actor, connection=deleted.connection, label=clean_name(name), passed=True
        )
        self._announce(ConnectionsChange(kind=ChangeKind.ADDED, connection_ids=(connection_id,)))

    def wipe(self, connection_id: ConnectionId, *, actor: Actor = SERVICE) -> None:
        """Wipe an entry now, with its sign-in unless somebody needs that; nothing where it cannot be taken back.

        Raises:
            PluginFailed: Its plugin is missing, and has not heard what was chosen with the deletion; it is kept.
        """
        deleted = self._store.get(connection_id)
        if deleted is None:
            return
        # What was chosen with the deletion would go with the entry.
        self._hand_on(connection_id)
        if not self._store.give_up(connection_id):
            return
        self._checkpoint("wipe: given up")
        self._history.record(EventKind.WIPED, actor=actor, connection=deleted.connection, passed=True)
        self._finish()

    def wipe_old(self) -> None:
        """Wipe the entries whose time is over; to be called from time to time."""
        for connection_id in self._store.kept_longer_than(self._keep):
            self.wipe(connection_id)

    def pending(self) -> tuple[str, ...]:
        """What was chosen with deletions and still waits for the other side, one sentence each."""
        told: list[str] = []
        for found in self._types.all():
            if not isinstance(found.provider, Recoverable):
                continue
            try:
                told += found.provider.pending()
            except CaptureError as problem:
                _log.warning("What waits at the other side is not known: %s", problem.code)
            except Exception as mistake:  # noqa: BLE001 -- one provider's mistake must not cost the whole tab
                _log.error("The provider of %s failed to say what waits: %s", found.type_id, type(mistake).__name__)
        return tuple(told)

    def why_gone(self, connection_id: ConnectionId) -> str:
        """Who deleted an entry, and until when it can be taken back, as a sentence; empty where it cannot."""
        deleted = self._store.get(connection_id)
        if deleted is None:
            return ""
        by = f" by {deleted.removed_by}" if deleted.removed_by else ""
        until = self.wiped_on(deleted)
        return (
            f"{deleted.connection.display_name} was deleted{by} on {_day(deleted.removed_at)}. Nothing was sent. An "
            f"administrator can take it back until {_day(until)}: Connections, More, Deleted connections."
        )


def _day(moment: datetime) -> str:
    return f"{moment.day} {moment:%b %Y}"
