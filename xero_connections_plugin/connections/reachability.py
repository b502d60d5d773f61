"""Which entries could not be reached from this machine just now? Kept in memory: another machine may reach them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from xero_connections_plugin.own_locks import ProcessLock

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from hostspec.providers import Connection
    from hostspec.services import Clock
    from hostspec.value import ConnectionId


@dataclass(frozen=True)
class Unreached:
    """Since when an entry cannot be reached, and why; it passes by itself."""

    since: datetime
    text: str


@dataclass(frozen=True)
class Outage:
    """A time in which nothing could be reached."""

    since: datetime
    text: str
    """What was met last."""
    began: float
    """Likewise ``since``, on the monotonic clock."""
    seconds: float
    """From the first failure to the last one: how long it is known to have lasted."""


class Reachability:
    """What uses and tests of this process met. Any thread may call; says nothing about the entry itself.

    Args:
        clock: Says since when.
        changed: Called when what is told about an entry is another thing now.
    """

    def __init__(self, clock: Clock, changed: Callable[[], None]) -> None:
        self._clock = clock
        self._changed = changed
        self._lock = ProcessLock()
        self._unreached: dict[ConnectionId, Unreached] = {}
        self._worked: dict[ConnectionId, datetime] = {}
        self._outage: Outage | None = None

    def failed(self, connection_id: ConnectionId, text: str) -> None:
        """The other side could not be reached through an entry, or was out of order."""
        with self._lock.own:
            before = self._unreached.get(connection_id)
            self._unreached[connection_id] = Unreached(before.since if before else self._clock.now(), text)
            began = self._outage or Outage(self._clock.now(), text, self._clock.monotonic(), 0.0)
            self._outage = replace(began, text=text, seconds=self._clock.monotonic() - began.began)
        if before is None:
            self._changed()

    def worked(self, connection_id: ConnectionId) -> None:
        """A call through an entry was answered."""
        with self._lock.own:
            news = self._unreached.pop(connection_id, None) is not None or connection_id not in self._worked
            self._worked[connection_id] = self._clock.now()
            self._outage = None
        if news:
            self._changed()

    def outage(self) -> Outage | None:
        """Whatever was tried last has failed, through whichever entry; ``None`` as soon as anything worked."""
        return self._outage

    def anything_works(self) -> bool:
        """Whether the last call through any entry was answered."""
        return self._outage is None and bool(self._worked)

    def has_worked(self, connection_id: ConnectionId) -> bool:
        """Whether any call through an entry was answered since this process began."""
        return connection_id in self._worked

    def of(self, connection: Connection) -> Unreached | None:
        """Since when an entry cannot be reached; ``None`` as soon as anything worked."""
        here = self._unreached.get(connection.connection_id)
        if here is not None:
            return here
        test = connection.tested
        if test is None or test.passed or not test.transient:
            return None
        for worked in (self._worked.get(connection.connection_id), connection.used_at):
            if worked is not None and worked >= test.tested_at:
                return None
        return Unreached(test.tested_at, test.text)
