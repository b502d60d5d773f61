"""What becomes of notices about an entry that was deleted? They are taken down, and its deletion is told once."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from hostspec.connections import ChangeKind
from hostspec.errors import CaptureError
from hostspec.messages import Notification
from hostspec.value import Tone
from xero_connections_plugin.ui.texts import watch_texts as texts

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from hostspec.connections import ConnectionsChange
    from hostspec.providers import Connection
    from hostspec.services import Clock
    from hostspec.value import ConnectionId
    from xero_connections_plugin.connections.deleted_entries import DeletedEntry
    from xero_connections_plugin.connections.notices import Notices

_log = logging.getLogger(__name__)

BROKE: Final = "broken|"
"""Begins the names of the events that entries broke; what broke and the entry's id follow."""

MOST_NAMED: Final = 5
"""Of more entries at once only their number is told."""


class DeletionNews:
    """Tells the host about deleted entries of which it shows a notice, and of no others. Any thread may call.

    Args:
        listed: The entries with these ids that are still there.
        deleted: An entry that can be taken back, which has a name.
        notices: Knows which notices are about what.
        clock: Time.
    """

    def __init__(
        self,
        listed: Callable[[Sequence[ConnectionId]], tuple[Connection, ...]],
        deleted: Callable[[ConnectionId], DeletedEntry | None],
        notices: Notices,
        clock: Clock,
    ) -> None:
        self._listed = listed
        self._deleted = deleted
        self._notices = notices
        self._clock = clock

    def hear(self, change: ConnectionsChange) -> None:
        """Take down what is over with a change. Where the store fails, the next look at the list does it."""
        if change.kind is not ChangeKind.REMOVED:
            return
        try:
            self.tell(change.connection_ids)
        except CaptureError as problem:
            _log.warning("Notices about a deleted connection stay for now: %s", problem.code)

    def tell(self, connection_ids: Collection[ConnectionId]) -> None:
        """Take down the notices about nothing but these entries; those of them that are still there do not count.

        Raises:
            StoreUnavailable, StoredDataDamaged: Something was not taken down, or not forgotten; the same call does it
                later.
        """
        wanted = sorted(connection_ids)
        there = {connection.connection_id for connection in self._listed(wanted)}
        gone = [connection_id for connection_id in wanted if connection_id not in there]
        named = [self._deleted(connection_id) for connection_id in gone] if len(gone) <= MOST_NAMED else []
        replaces = self._notices.ended(gone)
        if replaces:
            # Where one of them has no name any more, their number says enough.
            names = tuple(sorted(one.connection.display_name for one in named if one is not None))
            self._notices.tell(
                Notification(
                    notification_id=f"gone-{gone[0]}-{self._clock.now():%Y%m%dT%H%M%S}",
                    title=texts.deleted_title(names if len(names) == len(gone) else (), len(gone)),
                    text=texts.DELETED,
                    tone=Tone.NEUTRAL,
                    replaces=replaces,
                )
            )
        # One that is taken back, broken as it was, is told of anew. Last: it is what leads the next look here.
        broke = self._notices.told(BROKE)
        self._notices.give_up({event for event in broke if event.rpartition("|")[2] in gone})
