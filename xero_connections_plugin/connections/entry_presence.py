"""Is the entry behind an open session still there?"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from hostspec.errors import CaptureError, ConnectionNotFound

if TYPE_CHECKING:
    from collections.abc import Callable

    from hostspec.providers import Connection
    from hostspec.services import Clock
    from hostspec.value import ConnectionId

_log = logging.getLogger(__name__)

PATIENCE_SECONDS: Final = 60.0
"""So long nobody is asked again where the store could not answer: each question could take its whole patience."""


class EntryPresence:
    """Ends sessions of entries that were deleted, by whichever process. Any thread may call.

    Args:
        find: Reads an entry of the list.
        why_gone: Says who deleted an entry that can be taken back; nothing about any other.
        clock: Time.
    """

    def __init__(
        self,
        find: Callable[[ConnectionId], Connection | None],
        why_gone: Callable[[ConnectionId], str],
        clock: Clock,
    ) -> None:
        self._find = find
        self._why_gone = why_gone
        self._clock = clock
        self._not_before = float("-inf")

    def require(self, connection: Connection) -> None:
        """Let the caller go on while the entry is there, or nobody can say: an outage of the store ends no session.

        Raises:
            ConnectionNotFound: It was deleted since.
        """
        if self._clock.monotonic() < self._not_before:
            return
        try:
            if self._find(connection.connection_id) is not None:
                return
            said = self._why_gone(connection.connection_id)
        except CaptureError as problem:
            self._not_before = self._clock.monotonic() + PATIENCE_SECONDS
            _log.debug("Whether an entry is still there is not known: %s", problem.code)
            return
        raise ConnectionNotFound(
            said or f"{connection.display_name} was deleted. Nothing was sent. Choose another connection."
        )
