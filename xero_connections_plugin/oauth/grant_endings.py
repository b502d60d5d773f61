"""How does a grant end at the server: at once, or as soon as the server can be reached again?

What is to be ended is noted first, in the store. So neither an outage nor a kill in between leaves a sign-in alive that
somebody wanted revoked (RFC 7009 section 2.2.1).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Protocol

from hostspec.errors import CaptureError, ProviderUnavailable
from xero_connections_plugin.oauth.grant import GrantState
from xero_connections_plugin.oauth.grant_ports import LEASE_SECONDS
from xero_connections_plugin.oauth.grant_views import IDLE_LIMIT
from xero_connections_plugin.own_locks import ProcessLock, ProcessSet

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from hostspec.services import Clock
    from xero_connections_plugin.oauth.grant import GrantId, GrantRecord

_PAUSE_SECONDS: Final = 60.0
"""Between two tries for one grant, where the server names no time."""


class Ended(StrEnum):
    """What became of a grant that was to end."""

    DONE = "done"
    GONE = "gone"
    """It is gone here, so that the server could not be told which one to end."""
    LATER = "later"
    """The server cannot be reached or is busy: the grant stays sealed, and is ended as soon as possible."""
    RENEWED = "renewed"
    """Somebody is renewing it right now: what that brings is ended too, soon."""
    WANTED = "wanted"
    """Somebody has signed in again, or taken back the entry that it was to end with: it is left alone."""


@dataclass(frozen=True)
class EndingWish:
    """Somebody who deleted an entry wanted its grant to end with it."""

    entry_id: str
    asked_at: datetime
    """By the clock of the store (UTC)."""


@dataclass(frozen=True)
class LateEnding:
    """A grant that was to end earlier, and what became of it now."""

    grant_id: GrantId
    account: str
    problem: CaptureError | None
    """Why it could not be ended for good; ``None`` when it was."""


class EndableGrants(Protocol):
    """Who ends grants at the server."""

    def record(self, grant_id: GrantId) -> GrantRecord | None: ...

    def revoke(self, grant_id: GrantId, *, signed_in_at: datetime) -> bool: ...

    def drop(self, grant_id: GrantId) -> None: ...


class EndingStore(Protocol):
    """Remembers which grants are to end."""

    def now(self) -> datetime: ...

    def mark_ending(self, grant_id: GrantId, wish: EndingWish | None = None) -> bool:
        """Note that a grant is to end; ``False`` when it is gone.

        With a wish, also ``False`` when the entry was taken back, the wish is settled, or somebody has signed in since.
        """

    def ending(self) -> tuple[GrantId, ...]:
        """The grants that are to end."""

    def close_ended(self, grant_id: GrantId, *, revoked: bool = False) -> bool:
        """Wipe a grant that has ended, or keep it as one that needs a new sign-in for the entries that name it;
        ``False`` when it is gone, somebody has signed in to it again, or is renewing it right now.

        Where the server has revoked it, also ``False`` when that could not be marked: somebody was renewing it then.
        """


class GrantEndings:
    """Ends grants at the server. Any thread may call."""

    def __init__(self, grants: EndableGrants, store: EndingStore, clock: Clock) -> None:
        self._grants = grants
        self._store = store
        self._clock = clock
        self._lock = ProcessLock()
        self._not_before: dict[GrantId, float] = {}
        self._at_work: ProcessSet[GrantId] = ProcessSet()

    def note(self, grant_id: GrantId, wish: EndingWish) -> bool:
        """Note that a grant is to end, as soon as possible; no entry can use it from now on. The same again changes
        nothing.

        Returns:
            ``False`` when nobody wishes it any more, or it is gone: nothing was changed.
        """
        noted = self._store.mark_ending(grant_id, wish)
        if noted:
            self._grants.drop(grant_id)
        return noted

    def end(self, grant_id: GrantId) -> Ended:
        """End a grant at the server that was noted as one that is to end, now or as soon as possible.

        Raises:
            CaptureError: The server will not do it, or the grant cannot be opened; it has ended here all the same.
        """
        with self._lock.own:
            self._at_work.add(grant_id)
        try:
            record = self._grants.record(grant_id)
            if record is None:
                return Ended.GONE
            if record.state is GrantState.ACTIVE:
                return Ended.WANTED
            try:
                # Where it is gone by now, another program has ended it: nobody else wipes what is to end.
                self._grants.revoke(grant_id, signed_in_at=record.authorized_at)
            except ProviderUnavailable as problem:
                self._wait(grant_id, problem.retry_after)
                return Ended.LATER
            except CaptureError:
                self._close(grant_id)
                raise
            return self._close(grant_id, revoked=True)
        finally:
            with self._lock.own:
                self._at_work.discard(grant_id)

    def waiting(self) -> tuple[GrantId, ...]:
        """The grants that are still to be ended."""
        return self._store.ending()

    def is_ending(self, grant_id: GrantId) -> bool:
        """Whether a grant is still to be ended, so that it must not be wiped yet."""
        record = self._grants.record(grant_id)
        return record is not None and record.state is GrantState.ENDING

    def finish(self, tell: Callable[[LateEnding], None]) -> None:
        """Try again, where the server's time has come; those of other processes and of earlier runs too.

        Args:
            tell: Called for each grant that has ended here, or never will; of those that another process has ended
                meanwhile, that one tells.
        """
        for grant_id in self._store.ending():
            # A round may meet an earlier one that still waits for the server's answer.
            if self._claim(grant_id):
                try:
                    self._finish(grant_id, tell)
                finally:
                    with self._lock.own:
                        self._at_work.discard(grant_id)

    def _finish(self, grant_id: GrantId, tell: Callable[[LateEnding], None]) -> None:
        record = self._grants.record(grant_id)
        # Somebody may have signed in again meanwhile, which revoking would undo.
        if record is None or record.state is not GrantState.ENDING:
            return
        problem: CaptureError | None = None
        # An unused refresh token dies by itself.
        is_idle = self._store.now() - record.refreshed_at >= IDLE_LIMIT
        if not is_idle:
            try:
                self._grants.revoke(grant_id, signed_in_at=record.authorized_at)
            except ProviderUnavailable as later:
                self._wait(grant_id, later.retry_after)
                return
            except CaptureError as refusal:
                problem = refusal
        if self._store.close_ended(grant_id, revoked=not is_idle and problem is None):
            tell(LateEnding(grant_id, record.account, problem))
        elif self.is_ending(grant_id):
            self._wait(grant_id, LEASE_SECONDS)

    def _close(self, grant_id: GrantId, *, revoked: bool = False) -> Ended:
        if self._store.close_ended(grant_id, revoked=revoked):
            return Ended.DONE
        record = self._grants.record(grant_id)
        if record is not None and record.state is GrantState.ACTIVE:
            return Ended.WANTED
        if record is not None and record.state is GrantState.ENDING:
            self._wait(grant_id, LEASE_SECONDS)
            return Ended.RENEWED
        return Ended.DONE

    def _wait(self, grant_id: GrantId, seconds: float | None) -> None:
        pause = _PAUSE_SECONDS if seconds is None else seconds
        with self._lock.own:
            self._not_before[grant_id] = self._clock.monotonic() + pause

    def _claim(self, grant_id: GrantId) -> bool:
        """Whether it is time for this grant, and nobody else is at work on it from now on."""
        with self._lock.own:
            if grant_id in self._at_work or self._clock.monotonic() < self._not_before.get(grant_id, float("-inf")):
                return False
            self._at_work.add(grant_id)
            return True
