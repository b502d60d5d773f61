"""How is an entry tested, and what becomes of the result? For entries of any type that can be tested."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from hostspec.errors import CaptureError, ConnectionProblem
from hostspec.provider_skills import Testable
from xero_connections_plugin.connections.entries import EntryQuery
from xero_connections_plugin.connections.history import SERVICE, EventKind
from xero_connections_plugin.own_locks import ProcessLock

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hostspec.connections import ConnectionStatus
    from hostspec.providers import Condition, Connection, ConnectionTest
    from hostspec.value import ConnectionId, TypeId
    from xero_connections_plugin.connections.book import Book
    from xero_connections_plugin.connections.connection_types import ConnectionTypes
    from xero_connections_plugin.connections.entries import EntryStore
    from xero_connections_plugin.connections.history import Actor, History
    from xero_connections_plugin.connections.reachability import Reachability

_log = logging.getLogger(__name__)

_CANNOT: Final = "The plugin of this connection type offers no test. Use the connection once to see whether it works."


class EntryTests:
    """Tests entries and keeps what came of it. Any thread may call; testing uses the network.

    Two that test the same entry at once do no harm: nothing is written at the other side, and the later result stays.
    """

    def __init__(
        self, store: EntryStore, book: Book, types: ConnectionTypes, history: History, reach: Reachability
    ) -> None:
        self._store = store
        self._book = book
        self._types = types
        self._history = history
        self._reach = reach
        self._lock = ProcessLock()
        self._listeners: list[Callable[[Connection, ConnectionTest], None]] = []

    def listen(self, listener: Callable[[Connection, ConnectionTest], None]) -> None:
        """Call the listener after each test, in the thread of the test."""
        with self._lock.own:
            self._listeners.append(listener)

    def can_test(self, type_id: TypeId) -> bool:
        """Whether entries of a type can be tested."""
        found = self._types.find(type_id)
        return found is not None and isinstance(found.provider, Testable)

    def all(self) -> tuple[Connection, ...]:
        """Every entry that can be tested, by name."""
        able: dict[TypeId, bool] = {}
        found = self._store.find(EntryQuery())
        return tuple(entry for entry in found if able.setdefault(entry.type_id, self.can_test(entry.type_id)))

    def now(self, connection_ids: Sequence[ConnectionId]) -> tuple[Connection, ...]:
        """These entries as they are after their tests; those that are gone are left out."""
        return self._store.many(connection_ids)

    def test(self, connection: Connection, actor: Actor = SERVICE) -> ConnectionTest:
        """Try an entry out; what is found feeds its status.

        Raises:
            ConnectionProblem: This machine cannot test it; nothing was found out about the entry.
        """
        provider = self._types.provider(connection.type_id)
        if not isinstance(provider, Testable):
            raise ConnectionProblem(_CANNOT, code="NOT_TESTABLE")
        # What is sealed is opened for the test alone, as the entry is by now.
        opened = self._store.get_opened(connection.connection_id) if connection.has_secret else None
        result = provider.test(opened or connection)
        self._keep(connection, result)
        self._history.record(
            EventKind.TESTED, actor=actor, connection=connection, passed=result.passed, text=result.text
        )
        for listener in tuple(self._listeners):
            listener(connection, result)
        return result

    def _keep(self, connection: Connection, result: ConnectionTest) -> None:
        connection_id = connection.connection_id
        try:
            self._store.set_test(connection_id, result)
            if not result.transient and _told(result.condition) != _told(connection.condition):
                self._book.note(connection_id, result.condition)
            elif _outcome(result) != _outcome(connection.tested):
                self._book.changed(connection_id)
        except CaptureError as problem:
            # Whoever asked is about to hear what came of it.
            _log.warning("The result of a test could not be kept: %s", problem.code)
        if result.transient:
            self._reach.failed(connection_id, result.text)
        elif result.passed:
            self._reach.worked(connection_id)


def _outcome(result: ConnectionTest | None) -> tuple[bool, bool] | None:
    return (result.passed, result.transient) if result is not None else None


def _told(condition: Condition | None) -> tuple[ConnectionStatus, str] | None:
    return (condition.status, condition.cause) if condition is not None else None
