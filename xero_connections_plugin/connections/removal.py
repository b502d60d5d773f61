"""When may an entry go, and what happens until it is gone?

A removal that has begun is finished, here or at the next start: the entry is hidden first, what was chosen at the other
side comes next, sealed data and the row go last. So a kill in between never brings an entry back.
"""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from hostspec.connections import ChangeKind, ConnectionsChange
from hostspec.errors import CaptureError, ConnectionInUse, ConnectionNotFound, PluginFailed
from xero_connections_plugin.connections.access import connection_subject

if TYPE_CHECKING:
    from collections.abc import Callable

    from hostspec.providers import Connection, RemovalChoice
    from hostspec.services import Hooks
    from hostspec.usages import Usage
    from hostspec.value import ConnectionId
    from xero_connections_plugin.connections.connection_types import ConnectionTypes
    from xero_connections_plugin.connections.entries import EntryStore

_log = logging.getLogger(__name__)


class Removal:
    """Removes entries that nobody uses.

    Args:
        store: The list.
        types: Who knows what a kind of entry holds at the other side.
        hooks: Who uses an entry.
        announce: Tells everyone.
        checkpoint: Called between the steps; crash tests end the process there.
    """

    def __init__(
        self,
        store: EntryStore,
        types: ConnectionTypes,
        hooks: Hooks,
        announce: Callable[[ConnectionsChange], None],
        checkpoint: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._store = store
        self._types = types
        self._hooks = hooks
        self._announce = announce
        self._checkpoint = checkpoint
        self._lock = threading.Lock()
        self._under_way: set[ConnectionId] = set()

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

    def remove(self, connection_id: ConnectionId, choices: frozenset[str]) -> tuple[str, ...]:
        """Remove an unused entry for good.

        Returns:
            Sentences about what could not be done at the other side.

        Raises:
            ConnectionNotFound: It is gone already.
            ConnectionInUse: Somebody uses it; nothing was changed.
            PluginFailed: As ``usages``, or the type's plugin is missing; nothing was changed.
        """
        connection = self._store.get(connection_id)
        if connection is None:
            raise ConnectionNotFound("This connection was removed already. Nothing is left to do.")
        self._types.provider(connection.type_id)
        usages = self.usages(connection)
        if usages:
            raise ConnectionInUse(in_use_sentence(connection, usages), usages=usages)
        with self._lock:
            self._under_way.add(connection_id)
        try:
            self._store.begin_removal(connection_id)
            self._checkpoint("removal: hidden")
            try:
                return self._finish(connection, choices)
            finally:
                # From its beginning on the entry is gone for everyone, whatever is still to be done.
                self._announce(ConnectionsChange(kind=ChangeKind.REMOVED, connection_ids=(connection_id,)))
        finally:
            with self._lock:
                self._under_way.discard(connection_id)

    def finish_interrupted(self) -> None:
        """Finish removals that a killed process began. What was chosen at the other side is not repeated."""
        for connection in self._store.unfinished_removals():
            with self._lock:
                # Its grant is still needed for what was chosen at the other side.
                is_under_way = connection.connection_id in self._under_way
            if is_under_way:
                continue
            try:
                self._finish(connection, frozenset())
            except CaptureError as problem:
                _log.warning("A removal waits for the next start: %s", problem.code)

    def _finish(self, connection: Connection, choices: frozenset[str]) -> tuple[str, ...]:
        remarks = self._types.provider(connection.type_id).forget(connection, choices)
        self._checkpoint("removal: forgotten")
        self._store.finish_removal(connection.connection_id)
        return remarks


def in_use_sentence(connection: Connection, usages: tuple[Usage, ...]) -> str:
    """Why an entry stays: who uses it."""
    named = profiles_sentence(usages)
    return (
        f"{connection.display_name} is used by {named}. It was not deleted. "
        "Switch them to another connection first (Usage, then Switch)."
    )


def profiles_sentence(usages: tuple[Usage, ...], most: int = 3) -> str:
    """The profiles that use something, as people say it: a few by name, the rest by number."""
    names = sorted({f"{usage.profile} on {usage.host}" if usage.host else usage.profile for usage in usages})
    shown = ", ".join(names[:most])
    more = len(names) - most
    return f"{shown} and {more} more" if more > 0 else shown
