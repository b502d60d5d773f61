"""What was a host told that nobody asked for? Each event once, also after a restart."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Protocol

from hostspec.errors import CaptureError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from datetime import datetime

    from hostspec.messages import Notification
    from hostspec.services import Clock

_log = logging.getLogger(__name__)

REMEMBERED: Final = timedelta(days=400)
"""How long an event is remembered that nobody forgot before."""

_STANDS: Final = "stands|"
"""Begins the events that say which notice is about what."""


class NoticeStore(Protocol):
    """Remembers, for each host, which events it was told of. Every method is one transaction.

    Raises (from every method):
        StoreUnavailable, StoredDataDamaged: See ``entries``.
    """

    def note(self, host_id: str, events: Collection[str], told_at: datetime) -> frozenset[str]:
        """Remember events; answers those that were not remembered before. Of two callers one gets each."""

    def told(self, host_id: str, prefix: str) -> frozenset[str]:
        """The remembered events whose names begin so; case matters."""

    def forget(self, host_id: str, events: Collection[str]) -> frozenset[str]:
        """Forget events; answers those that were remembered. Of two callers one gets each."""

    def prune(self, before: datetime) -> int:
        """Forget what any host was told before a moment; answers how many."""


class Notices:
    """Tells a host each event once. Any thread may call.

    An event is noted before it is told: a process killed in between has told nothing, but what it was about still
    stands in the list of connections.
    """

    def __init__(
        self, store: NoticeStore, *, host_id: str, notify: Callable[[Notification], None], clock: Clock
    ) -> None:
        self._store = store
        self._host_id = host_id
        self._notify = notify
        self._clock = clock

    def tell_once(self, notification: Notification, *, event: str = "") -> bool:
        """Tell the host, unless it was told before.

        Args:
            notification: What to tell.
            event: What it is remembered by, until it is forgotten; the notification's own id where none is given. An
                event that may happen again has a name of its own, while each notification about it has another id.

        Returns:
            Whether it was told now. Where the store fails nothing is told, and it is due again.
        """
        name = event or notification.notification_id
        try:
            is_new = bool(self._store.note(self._host_id, (name,), self._clock.now()))
        except CaptureError as problem:
            _log.warning("A notice waits until the store can be used again: %s", problem.code)
            return False
        if is_new:
            self._notify(notification)
        return is_new

    def stand_for(self, notification_id: str, about: Collection[str]) -> None:
        """Remember what a notice is about, until that is over. Where the store fails, nothing takes its place later."""
        try:
            self.claim({f"{_STANDS}{notification_id}|{one}" for one in about})
        except CaptureError as problem:
            _log.warning("What a notice is about could not be noted: %s", problem.code)

    def over(self, about: Collection[str]) -> tuple[str, ...]:
        """What ``ended`` answers. Where the store fails, no notice: the caller's own news does not wait for it."""
        try:
            return self.ended(about)
        except CaptureError as problem:
            _log.warning("What notices are about is not known: %s", problem.code)
            return ()

    def ended(self, about: Collection[str]) -> tuple[str, ...]:
        """That is over: the ids of the notices that were about nothing else, in order.

        Of callers who end the same, one is answered. Where they end the last two things that a notice is about at the
        same time, both may be.

        Raises:
            StoreUnavailable, StoredDataDamaged: Nothing was forgotten; the same call answers the same later.
        """
        standing = self.told(_STANDS)
        ended = self.give_up({event for event in standing if event.rpartition("|")[2] in about})
        if not ended:
            return ()
        try:
            # Others forget, too: of two who each left the rest to the other, neither would take the notice down.
            left = self.told(_STANDS)
        except CaptureError as problem:
            # What was forgotten cannot be asked for again, so that the answer is due now.
            _log.warning("What notices are still about is known from a moment ago: %s", problem.code)
            left = standing - ended
        return tuple(sorted({_notice_of(event) for event in ended} - {_notice_of(event) for event in left}))

    def claim(self, events: Collection[str]) -> frozenset[str]:
        """Note many events at once; the caller tells those that are answered, in as few notices as it likes.

        Raises:
            StoreUnavailable, StoredDataDamaged: Nothing was noted.
        """
        return self._store.note(self._host_id, events, self._clock.now()) if events else frozenset()

    def tell(self, notification: Notification) -> None:
        """Tell the host about events that were claimed or given up."""
        self._notify(notification)

    def told(self, prefix: str) -> frozenset[str]:
        """The events that this host was told of, by the beginning of their names.

        Raises:
            StoreUnavailable, StoredDataDamaged: It is not known.
        """
        return self._store.told(self._host_id, prefix)

    def give_up(self, events: Collection[str]) -> frozenset[str]:
        """Forget events, so that they may be told again; answers those that had been told.

        Raises:
            StoreUnavailable, StoredDataDamaged: Nothing was forgotten.
        """
        return self._store.forget(self._host_id, events) if events else frozenset()

    def forget(self, prefix: str) -> bool:
        """Forget every event whose name begins so; whether there was one. Where the store fails, nothing is."""
        try:
            return bool(self.give_up(self.told(prefix)))
        except CaptureError as problem:
            _log.warning("Notices could not be forgotten: %s", problem.code)
            return False

    def prune(self) -> int:
        """Forget what is so old that nobody waits for its end; to be called now and then.

        Raises:
            StoreUnavailable, StoredDataDamaged: Nothing was forgotten.
        """
        return self._store.prune(self._clock.now() - REMEMBERED)


def _notice_of(event: str) -> str:
    return event.removeprefix(_STANDS).rpartition("|")[0]
