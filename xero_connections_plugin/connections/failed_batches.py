"""Which batches failed on an entry that works again, and what comes of running them again?"""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hostspec.connections import ConnectionStatus
from hostspec.usages import CONNECTION_KIND, BatchRerun, Subject
from hostspec.value import ConnectionId
from xero_connections_plugin.connections.access import connection_subject
from xero_connections_plugin.connections.history import EventKind
from xero_connections_plugin.connections.one_at_a_time import LooksSoon
from xero_connections_plugin.connections.rerun_texts import rerun_sentence

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hostspec.answers import Answers
    from hostspec.providers import Connection
    from hostspec.services import HostServices
    from hostspec.usages import FailedBatch, RerunBatch
    from xero_connections_plugin.connections.entries import EntryStore
    from xero_connections_plugin.connections.history import Actor, History
    from xero_connections_plugin.connections.listing import Listing

_log = logging.getLogger(__name__)

_EVERY = Subject(kind=CONNECTION_KIND, subject_id="")
_WORKING = frozenset({ConnectionStatus.READY, ConnectionStatus.EXPIRING, ConnectionStatus.UNTESTED})


@dataclass(frozen=True)
class WaitingBatches:
    """An entry that works, and how many batches failed on it before."""

    connection: Connection
    count: int


class FailedBatches:
    """Asks the holders of batches, and hands batches back to them.

    Any thread may call; no lock is held while others are asked.

    Args:
        host: Its hooks, and its tasks to look beside the caller.
        store: The list.
        listing: Which entries work.
        history: Told what was run again.
        changed: Called when what waits is another number than before.
    """

    def __init__(
        self, host: HostServices, store: EntryStore, listing: Listing, history: History, changed: Callable[[], None]
    ) -> None:
        self._host = host
        self._store = store
        self._listing = listing
        self._history = history
        self._changed = changed
        self._looks = LooksSoon(host.tasks, "look for failed batches", "Failed batches", self._look)
        self._known: tuple[WaitingBatches, ...] = ()

    @property
    def waiting(self) -> tuple[WaitingBatches, ...]:
        """What waited when somebody last looked, by the names of the entries; costs nothing."""
        return self._known

    def of(self, connection: Connection) -> Answers[FailedBatch]:
        """The batches that failed on an entry, whether it works by now or not."""
        return self._host.hooks.failed_batches(connection_subject(connection.connection_id, connection.display_name))

    def unready(self, connection: Connection) -> str:
        """The entry's state in a word or two, while batches would fail on it again; empty once it works."""
        summary = self._listing.listed((connection,))[0].summary
        return "" if summary.status in _WORKING else summary.status_text

    def to_repeat(self, connection: Connection) -> tuple[FailedBatch, ...]:
        """The batches that failed on an entry, once it works."""
        return () if self.unready(connection) else self.of(connection).items

    def run_again(self, connection: Connection, batch_ids: Sequence[str], actor: Actor) -> Answers[RerunBatch]:
        """Hand batches back to their holders, which begin them and do not wait for their end."""
        answers = self._host.hooks.rerun_batches(
            BatchRerun(
                subject=connection_subject(connection.connection_id, connection.display_name),
                batch_ids=tuple(batch_ids),
                user_id=actor.user_id,
                user_name=actor.user_name,
            )
        )
        started = sum(answer.started for answer in answers)
        self._history.record(
            EventKind.RERUN,
            actor=actor,
            connection=connection,
            passed=started == len(batch_ids),
            text=rerun_sentence(started, len(batch_ids)),
        )
        self.look_soon()
        return answers

    def look_soon(self) -> None:
        """Something may have changed: look beside the caller, or leave it to the task that is at it."""
        try:
            self._looks.ask()
        except Exception as mistake:  # noqa: BLE001 -- of a host that ends, say: nobody's change fails by it
            _log.warning("Failed batches were not looked up: %s", type(mistake).__name__)

    def _look(self) -> None:
        counts = Counter(batch.subject.subject_id for batch in self._host.hooks.failed_batches(_EVERY))
        entries = self._store.many([ConnectionId(found) for found in counts if found.isascii()]) if counts else ()
        working = [e.connection for e in self._listing.listed(entries) if e.summary.status in _WORKING]
        working.sort(key=lambda connection: connection.display_name.casefold())
        known = tuple(WaitingBatches(connection, counts[connection.connection_id]) for connection in working)
        if [(w.connection.connection_id, w.connection.display_name, w.count) for w in known] != [
            (w.connection.connection_id, w.connection.display_name, w.count) for w in self._known
        ]:
            self._known = known
            self._changed()
