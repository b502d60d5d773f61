"""Who did what, and what came of it? Kept for administrators; nothing that happens ever waits for it or fails by it.

No secret stands in it: what is recorded are names, sentences and codes.
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
from collections import deque
from typing import TYPE_CHECKING, Final, Protocol

from hostspec.errors import CaptureError
from xero_connections_plugin.connections.definition import plain_text
from xero_connections_plugin.connections.history_events import ROUTINE as ROUTINE
from xero_connections_plugin.connections.history_events import SERVICE as SERVICE
from xero_connections_plugin.connections.history_events import Actor as Actor
from xero_connections_plugin.connections.history_events import EventKind as EventKind
from xero_connections_plugin.connections.history_events import HistoryEvent as HistoryEvent
from xero_connections_plugin.connections.history_events import HistoryQuery as HistoryQuery
from xero_connections_plugin.connections.history_events import Mentioned as Mentioned
from xero_connections_plugin.own_locks import ProcessLock

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from hostspec.providers import Connection
    from hostspec.services import Clock, Tasks

_log = logging.getLogger(__name__)

MOST_WAITING: Final = 1_000
"""Events that wait for the store at most; beyond it the oldest are given up."""

TEXT_LIMIT: Final = 300
_AT_A_TIME: Final = 100
# No sentence of ours has such a word, and no token is shorter.
_LONG_WORD: Final = re.compile(r"\S{64,}")


class HistoryStore(Protocol):
    """Where the history is kept, for the whole installation.

    Raises (from every method):
        StoreUnavailable, StoredDataDamaged: See ``entries``.
    """

    def append(self, events: Sequence[HistoryEvent]) -> None:
        """Keep events, all or none; those that are kept already stay as they are."""

    def find(self, query: HistoryQuery, *, offset: int = 0, limit: int) -> tuple[HistoryEvent, ...]:
        """Events that match, newest first."""

    def count(self, query: HistoryQuery) -> int:
        """How many match."""

    def people(self) -> tuple[Actor, ...]:
        """Everyone the history names, each by the latest name, in the order of the names."""

    def mentioned(self, limit: int) -> tuple[Mentioned, ...]:
        """The entries that the history spoke of last, the latest first."""

    def prune(self, *, before: datetime, keep: int, most: int) -> int:
        """Wipe what is too old, and of what is too much: the oldest, and routine before anything else.

        Args:
            before: Older events go.
            keep: So many may stay.
            most: Wiped at a time.

        Returns:
            How many were wiped.
        """


class History:
    """Records what happens. Any thread may call, also while it holds locks of its own.

    Events are handed to the store by a task of the host, in the order in which they were recorded; whoever reads the
    history here sees them all.

    Args:
        store: Keeps them.
        clock: Says when.
        tasks: Writes beside the caller.
        host_name: What people call this host.
        new_id: Makes ids that never repeat.
    """

    def __init__(
        self, store: HistoryStore, clock: Clock, tasks: Tasks, host_name: str, new_id: Callable[[], str]
    ) -> None:
        self._store = store
        self._clock = clock
        self._tasks = tasks
        self._host_name = plain_text(host_name)
        self._new_id = new_id
        self._waiting: deque[HistoryEvent] = deque(maxlen=MOST_WAITING)
        self._lock = ProcessLock()
        self._writing = ProcessLock()
        self._task_due_in: int | None = None
        self._is_closed = False

    def record(
        self,
        kind: EventKind,
        *,
        actor: Actor = SERVICE,
        connection: Connection | None = None,
        label: str = "",
        account: str = "",
        passed: bool | None = None,
        text: str = "",
        once: str = "",
    ) -> None:
        """Keep what happened. Never raises and never waits; trouble with the store costs the record only.

        Args:
            kind: What happened.
            actor: Who did it.
            connection: The entry it happened to, if any.
            label: What it happened to, where that is no entry or the entry has another name by now.
            account: Who is signed in at the other side.
            passed: Whether it came out well.
            text: What came of it, as a sentence without anything secret.
            once: Names the event, so that it is kept once only: with a date in it, once a day.
        """
        try:
            event = HistoryEvent(
                event_id=hashlib.sha256(once.encode()).hexdigest() if once else self._new_id(),
                at=self._clock.now(),
                kind=kind,
                connection_id=connection.connection_id if connection is not None else None,
                label=plain_text(label or (connection.display_name if connection is not None else "")),
                actor=Actor(user_id=actor.user_id, user_name=plain_text(actor.user_name)),
                host_name=self._host_name,
                account=plain_text(account),
                passed=passed,
                text=_without_long_words(plain_text(text, TEXT_LIMIT)),
            )
            with self._lock.own:
                if self._is_closed:
                    return
                self._waiting.append(event)
                # A child has the events of its parent that wait too: each is kept once, whoever writes it first.
                if self._task_due_in == os.getpid():
                    return
                self._task_due_in = os.getpid()
            self._tasks.start("write history", lambda _cancel: self._write_due())
        except Exception as mistake:  # noqa: BLE001 -- of a host's service, say; what happened must not fail by it
            with self._lock.own:
                self._task_due_in = None
            _log.error("An event could not be recorded: %s", type(mistake).__name__)

    def find(self, query: HistoryQuery, *, offset: int = 0, limit: int) -> tuple[HistoryEvent, ...]:
        """See ``HistoryStore.find``."""
        self.write()
        return self._store.find(query, offset=offset, limit=limit)

    def count(self, query: HistoryQuery) -> int:
        """See ``HistoryStore.count``."""
        return self._store.count(query)

    def people(self) -> tuple[Actor, ...]:
        """See ``HistoryStore.people``."""
        return self._store.people()

    def mentioned(self, limit: int) -> tuple[Mentioned, ...]:
        """See ``HistoryStore.mentioned``."""
        return self._store.mentioned(limit)

    def prune(self, *, before: datetime, keep: int, most: int) -> int:
        """See ``HistoryStore.prune``."""
        return self._store.prune(before=before, keep=keep, most=most)

    def write(self) -> None:
        """Hand everything that waits to the store; what fails waits for the next time."""
        with self._writing.own:
            while True:
                with self._lock.own:
                    some = [self._waiting.popleft() for _ in range(min(_AT_A_TIME, len(self._waiting)))]
                if not some:
                    return
                try:
                    self._store.append(some)
                except CaptureError as problem:
                    _log.warning("The history waits for the store: %s", problem.code)
                    with self._lock.own:
                        room = MOST_WAITING - len(self._waiting)
                        self._waiting.extendleft(reversed(some[-room:] if room else []))
                    return

    def close(self) -> None:
        """The program ends: write what waits, and record nothing any more."""
        with self._lock.own:
            self._is_closed = True
        try:
            self.write()
        except Exception as mistake:  # noqa: BLE001 -- the program ends all the same
            _log.error("The last events could not be recorded: %s", type(mistake).__name__)

    def _write_due(self) -> None:
        with self._lock.own:
            self._task_due_in = None
        try:
            self.write()
        except Exception as mistake:  # noqa: BLE001 -- those events are lost; the text could quote anything
            _log.error("Events could not be recorded: %s", type(mistake).__name__)


def _without_long_words(text: str) -> str:
    return _LONG_WORD.sub(lambda found: f"{found.group()[:8]}…", text)
