"""How is an entry kept and used? The one place where entries are added, changed and opened."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

from hostspec.connections import ChangeKind, ConnectionsChange
from hostspec.errors import CaptureError, ConnectionNotFound, ConnectionProblem
from hostspec.permissions import Permission
from hostspec.provider_skills import Remembering
from hostspec.providers import Connection
from hostspec.value import SERVICE_USER, ConnectionId
from xero_connections_plugin.connections.access import connection_subject
from xero_connections_plugin.connections.definition import clean_name, name_key
from xero_connections_plugin.connections.history import SERVICE, EventKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from hostspec.connections import Session
    from hostspec.providers import Condition, SavedConnection
    from hostspec.services import Clock
    from hostspec.value import TypeId
    from xero_connections_plugin.connections.access import Access
    from xero_connections_plugin.connections.connection_types import ConnectionTypes
    from xero_connections_plugin.connections.entries import EntryStore
    from xero_connections_plugin.connections.history import Actor, History


class Book:
    """The installation-wide list of connections."""

    def __init__(
        self,
        *,
        store: EntryStore,
        types: ConnectionTypes,
        access: Access,
        clock: Clock,
        announce: Callable[[ConnectionsChange], None],
        new_id: Callable[[], str],
        history: History,
        why_gone: Callable[[ConnectionId], str] = lambda _: "",
        used: Callable[[Connection], None] = lambda _: None,
    ) -> None:
        """Args:
        why_gone: Says who deleted an entry that can be taken back; nothing about any other.
        used: Called when a session was opened through an entry.
        """
        self._store = store
        self._types = types
        self._access = access
        self._tell_everyone = announce
        self._clock = clock
        self._new_id = new_id
        self._history = history
        self._why_gone = why_gone
        self._used = used

    def get(self, connection_id: ConnectionId) -> Connection:
        """An entry.

        Raises:
            ConnectionNotFound: There is none with this id.
        """
        found = self._store.get(connection_id)
        if found is None:
            raise ConnectionNotFound("This connection was removed meanwhile. Choose another one from the list.")
        return found

    def opened(self, seen: Connection) -> Connection:
        """An entry with what is kept secret for it; as it is where that is nothing, or somebody saved it since.

        Raises:
            SecretStoreUnavailable: The key cannot be had on this machine.
        """
        found = self._store.get_opened(seen.connection_id) if seen.has_secret else None
        if found is None or found.changed_at != seen.changed_at:
            return seen
        return seen.model_copy(update={"saved": seen.saved.model_copy(update={"sealed": found.saved.sealed})})

    def name_is_taken(self, name: str, *, by_other_than: ConnectionId | None) -> bool:
        """Whether another entry has this name."""
        holder = self._store.holder_of_name(name_key(name))
        return holder is not None and holder != by_other_than

    def add(
        self,
        type_id: TypeId,
        display_name: str,
        saved: SavedConnection,
        *,
        actor: Actor = SERVICE,
        kind: EventKind = EventKind.ADDED,
        text: str = "",
    ) -> Connection:
        """Keep a new entry, record it and tell everyone.

        Raises:
            NameTaken: Another entry has the name.
        """
        now = self._clock.now()
        connection = Connection(
            connection_id=ConnectionId(self._new_id()),
            type_id=type_id,
            display_name=clean_name(display_name),
            saved=saved,
            created_at=now,
            changed_at=now,
        )
        self._store.add(connection, name_key=name_key(display_name))
        self._record(kind, actor, connection, text)
        self._announce(ChangeKind.ADDED, connection.connection_id)
        return connection

    def replace(
        self,
        seen: Connection,
        display_name: str,
        saved: SavedConnection,
        *,
        actor: Actor = SERVICE,
        kind: EventKind = EventKind.CHANGED,
        text: str = "",
    ) -> None:
        """Keep new values for an entry, record it and tell everyone.

        Args:
            seen: The entry as it was read when the edit began; its sealed part too, where it has one.
            display_name: Its name from now on.
            saved: What its provider wants kept.
            actor: Who did it.
            kind: What the history calls it.
            text: What it says besides.

        Raises:
            NameTaken, EntryGone, EntryChanged: See ``entries``.
        """
        # Two saves within the clock's resolution, or after it was set back, still differ.
        changed_at = max(self._clock.now(), seen.changed_at + timedelta(microseconds=1))
        self._store.replace(
            seen.connection_id,
            display_name=clean_name(display_name),
            name_key=name_key(display_name),
            saved=saved,
            changed_at=changed_at,
            seen_changed_at=seen.changed_at,
            seen_name=seen.display_name,
        )
        if saved.settings != seen.saved.settings or saved.sealed != seen.saved.sealed:
            # What was found out through other settings says nothing about these.
            self._store.forget_tests(seen.connection_id)
        after = seen.model_copy(update={"display_name": clean_name(display_name), "saved": saved})
        self._record(kind, actor, after, text)
        self._announce(ChangeKind.CHANGED, seen.connection_id)

    def note(self, connection_id: ConnectionId, condition: Condition | None) -> None:
        """Note or clear what was found out about an entry while it was used, and tell everyone."""
        seen = self._store.get(connection_id)
        self._store.set_condition(connection_id, condition)
        self._announce(ChangeKind.CHANGED, connection_id)
        if seen is not None and (seen.condition is None) != (condition is None):
            kind = EventKind.TROUBLE if condition is not None else EventKind.REPAIRED
            said = condition.cause if condition is not None else ""
            self._history.record(kind, connection=seen, passed=condition is None, text=said)

    def changed(self, connection_id: ConnectionId) -> None:
        """Tell everyone that an entry's state is another one now, for instance because its sign-in has ended."""
        self._announce(ChangeKind.CHANGED, connection_id)

    def open_session(self, connection_id: ConnectionId) -> Session | None:
        """A session through an entry, or ``None`` when no such entry is kept here.

        Raises:
            NotAllowed: Unattended use is not permitted.
            ConnectionProblem: The entry cannot be used; the sentence says what to do.
        """
        # Ids are made of ASCII; a store may stumble over anything else.
        connection = self._store.get_opened(connection_id) if connection_id.isascii() else None
        if connection is None:
            said = self._why_gone(connection_id) if connection_id.isascii() else ""
            if said:
                raise ConnectionNotFound(said)
            return None
        self._access.require(SERVICE_USER, Permission.USE, connection_subject(connection_id, connection.display_name))
        provider = self._types.provider(connection.type_id)
        try:
            session = provider.open(connection)
        except ConnectionProblem as problem:
            if isinstance(provider, Remembering):
                lasting = provider.condition_after(connection, problem)
                if lasting is not None:
                    self._remember(connection, lasting)
            raise
        if isinstance(provider, Remembering) and connection.condition is not None:
            self._remember(connection, None)
        self._used(connection)
        return session

    def _remember(self, connection: Connection, found: Condition | None) -> None:
        known = connection.condition
        if (found and (found.status, found.cause)) == (known and (known.status, known.cause)):
            return
        # Whoever opens the session is about to hear what counts.
        with suppress(CaptureError):
            self.note(connection.connection_id, found)

    def _record(self, kind: EventKind, actor: Actor, connection: Connection, text: str) -> None:
        account = ""
        # Whoever is signed in is worth a word, and no reason to fail: the entry is saved by now.
        with suppress(Exception):
            provider = self._types.provider(connection.type_id)
            account = provider.summary([connection])[connection.connection_id].account
        self._history.record(kind, actor=actor, connection=connection, account=account, text=text)

    def _announce(self, kind: ChangeKind, connection_id: ConnectionId) -> None:
        self._tell_everyone(ConnectionsChange(kind=kind, connection_ids=(connection_id,)))
