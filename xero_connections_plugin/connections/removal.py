"""When may an entry go, and what happens until it is gone?

The entry is hidden first, and in the same transaction it is noted what was chosen at the other side; that comes next.
An entry that can be taken back for a while (see ``deleted_entries``) stays so; of any other, sealed data and the row go
last. A removal that has begun is finished, here or at the next start, so a kill in between neither brings an entry back
nor loses what was chosen.
"""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING

from hostspec.connections import ChangeKind, ConnectionsChange
from hostspec.errors import CaptureError, ConnectionInUse, ConnectionNotFound, NotAllowed, PluginFailed
from hostspec.provider_skills import Recoverable, Resumable
from xero_connections_plugin.connections.access import connection_subject
from xero_connections_plugin.connections.file_texts import configured_elsewhere
from xero_connections_plugin.connections.history import SERVICE, EventKind
from xero_connections_plugin.own_locks import ProcessLock, ProcessSet

if TYPE_CHECKING:
    from collections.abc import Callable

    from hostspec.providers import Connection, ConnectionProvider, RemovalChoice
    from hostspec.services import Hooks
    from hostspec.usages import Usage
    from hostspec.value import ConnectionId
    from xero_connections_plugin.connections.connection_types import ConnectionTypes
    from xero_connections_plugin.connections.deleted_entries import BinStore, RemovalWish
    from xero_connections_plugin.connections.entries import EntryStore
    from xero_connections_plugin.connections.history import Actor, History

_log = logging.getLogger(__name__)


class Removal:
    """Removes entries that nobody uses.

    Args:
        store: The list.
        bin_store: Where entries go that can be taken back, and while something is to be done at the other side.
        types: Who knows what a kind of entry holds at the other side.
        hooks: Who uses an entry.
        keeps: Whether entries can be taken back; otherwise each is wiped at once.
        announce: Tells everyone.
        history: Records it.
        checkpoint: Called between the steps; crash tests end the process there.
    """

    def __init__(
        self,
        store: EntryStore,
        bin_store: BinStore,
        types: ConnectionTypes,
        hooks: Hooks,
        *,
        keeps: bool,
        announce: Callable[[ConnectionsChange], None],
        history: History,
        checkpoint: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._store = store
        self._bin = bin_store
        self._keeps = keeps
        self._types = types
        self._hooks = hooks
        self._announce = announce
        self._history = history
        self._checkpoint = checkpoint
        self._lock = ProcessLock()
        self._under_way: ProcessSet[ConnectionId] = ProcessSet()

    def usages(self, connection: Connection) -> tuple[Usage, ...]:
        """Everyone who points to the entry.

        Raises:
            PluginFailed: A holder of usages failed to answer, so that the list may be incomplete.
        """
        answers = self._hooks.usages(connection_subject(connection.connection_id, connection.display_name))
        if answers.failed:
            names = ", ".join(answers.failed)
            raise PluginFailed(
                f"It is not certain who uses {connection.display_name}, because {names} failed to answer. "
                "Nothing was changed; try again, and tell support if it stays so.",
                plugin=answers.failed[0],
            )
        return answers.items

    def choices(self, connection: Connection) -> tuple[RemovalChoice, ...]:
        """What may be done at the other side; none while its plugin is missing."""
        found = self._types.find(connection.type_id)
        return found.provider.removal_choices(connection) if found else ()

    def cut_off(self, choice: RemovalChoice) -> tuple[tuple[Connection, tuple[Usage, ...]], ...]:
        """The other entries that a choice cuts off and that somebody uses, each with those who do.

        Raises:
            PluginFailed: As ``usages``.
        """
        others = ((other, self.usages(other)) for other in self._store.many(choice.cuts_off))
        return tuple((other, usages) for other, usages in others if usages)

    def remove(
        self, connection_id: ConnectionId, choices: frozenset[str], *, actor: Actor = SERVICE
    ) -> tuple[str, ...]:
        """Remove an unused entry; it can be taken back for a while where that is kept so.

        Args:
            connection_id: The entry.
            choices: What is to be done at the other side.
            actor: Who removes it.

        Returns:
            Sentences about what could not be done at the other side, or not yet.

        Raises:
            ConnectionNotFound: It is gone already.
            NotAllowed: It is configured elsewhere; nothing was changed.
            ConnectionInUse: Somebody uses it; nothing was changed.
            PluginFailed: As ``usages``, or the type's plugin is missing; nothing was changed.
        """
        connection = self._store.get(connection_id)
        if connection is None:
            raise ConnectionNotFound("This connection was removed already. Nothing is left to do.")
        if connection.source:
            raise NotAllowed(configured_elsewhere(connection.display_name, connection.source))
        provider = self._types.provider(connection.type_id)
        chosen = _labels(provider.removal_choices(connection), choices) if choices else ""
        usages = self.usages(connection)
        if usages:
            raise ConnectionInUse(in_use_sentence(connection, usages), usages=usages)
        with self._lock.own:
            self._under_way.add(connection_id)
        try:
            if isinstance(provider, Recoverable) and (self._keeps or choices):
                wished = choices if isinstance(provider, Resumable) else frozenset[str]()
                self._bin.put(connection_id, removed_by=actor.user_name, choices=wished)
            else:
                self._store.begin_removal(connection_id)
            self._checkpoint("removal: hidden")
            try:
                return self._disconnect(provider, connection, choices, actor)
            finally:
                self._history.record(EventKind.DELETED, actor=actor, connection=connection, passed=True, text=chosen)
                # From its beginning on the entry is gone for everyone, whatever is still to be done.
                self._announce(ConnectionsChange(kind=ChangeKind.REMOVED, connection_ids=(connection_id,)))
        finally:
            with self._lock.own:
                self._under_way.discard(connection_id)

    def resume(self) -> None:
        """Let providers note what was chosen with deletions whose process ended before it came to that. No network.

        What cannot be handed on, because a plugin is missing, say, stays for the next round and keeps no other waiting.
        """
        for wish in self._bin.wishes():
            _alone("A choice at the other side", partial(self._hand_on, wish))

    def hand_on(self, connection_id: ConnectionId) -> None:
        """The same for one deleted entry; nothing where its provider knows.

        Raises:
            PluginFailed: The plugin of its type is missing; what was chosen stays for its return.
        """
        for wish in self._bin.wishes():
            if wish.connection.connection_id == connection_id:
                self._hand_on(wish)

    def finish_interrupted(self) -> None:
        """Finish removals that a killed process began."""
        for connection in self._store.unfinished_removals():
            with self._lock.own:
                # Its grant is still needed for what was chosen at the other side.
                is_under_way = connection.connection_id in self._under_way
            if is_under_way:
                continue
            _alone("A removal", partial(self._finish, connection, frozenset()))

    def _disconnect(
        self, provider: ConnectionProvider, connection: Connection, choices: frozenset[str], actor: Actor
    ) -> tuple[str, ...]:
        if not isinstance(provider, Recoverable):
            return self._finish(connection, choices)
        remarks: tuple[str, ...] = ()
        if choices:
            self.hand_on(connection.connection_id)
            if self._store.get(connection.connection_id) is not None:
                return ()  # somebody has taken it back, and what was chosen with it
            self._checkpoint("removal: noted")
            remarks = provider.disconnect(connection, choices, actor.user_name)
        if not self._keeps:
            self._bin.give_up(connection.connection_id)
            self._finish(connection, frozenset())
        return remarks

    def _hand_on(self, wish: RemovalWish) -> None:
        connection = wish.connection
        provider = self._types.provider(connection.type_id)
        self._checkpoint("removal: handing on")
        if isinstance(provider, Resumable):
            provider.note_choices(connection, wish.choices, wish.by, wish.asked_at)
        self._bin.settle(connection.connection_id, asked_at=wish.asked_at)

    def _finish(self, connection: Connection, choices: frozenset[str]) -> tuple[str, ...]:
        remarks = self._types.provider(connection.type_id).forget(connection, choices)
        self._checkpoint("removal: forgotten")
        self._store.finish_removal(connection.connection_id)
        return remarks


def _alone(what: str, work: Callable[[], object]) -> None:
    """Do what concerns one entry; whatever becomes of it, the next one has its turn."""
    try:
        work()
    except CaptureError as problem:
        _log.warning("%s waits for the next round: %s", what, problem.code)
    except Exception as mistake:  # noqa: BLE001 -- of a provider; its words may hold a secret
        _log.error("%s waits for the next round: %s", what, type(mistake).__name__)


def in_use_sentence(connection: Connection, usages: tuple[Usage, ...]) -> str:
    """Why an entry stays: who uses it, and what waits for it."""
    named = profiles_sentence(usages)
    waiting = sum(usage.waiting for usage in usages)
    batches = f" {_batches(waiting)} in the queue." if waiting else ""
    return (
        f"{connection.display_name} is used by {named}.{batches} It was not deleted. "
        "Switch them to another connection first."
    )


def _labels(offered: tuple[RemovalChoice, ...], chosen: frozenset[str]) -> str:
    return " ".join(f"{choice.label}." for choice in offered if choice.choice_id in chosen)


def _batches(count: int) -> str:
    return "1 batch waits" if count == 1 else f"{count} batches wait"


def profiles_sentence(usages: tuple[Usage, ...], most: int = 3) -> str:
    """The profiles that use something, as people say it: a few by name, the rest by number."""
    names = sorted({f"{usage.profile} on {usage.host}" if usage.host else usage.profile for usage in usages})
    shown = ", ".join(names[:most])
    more = len(names) - most
    return f"{shown} and {more} more" if more > 0 else shown
