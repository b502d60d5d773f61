"""How long is a token in memory handed out without a look at the store?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from hostspec.services import SecondsClock
from xero_connections_plugin.oauth.grant import AccessToken
from xero_connections_plugin.own_locks import ProcessLock

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from pydantic import SecretStr

    from hostspec.services import Clock
    from xero_connections_plugin.oauth.grant import GrantId, GrantRecord

MARGIN: Final = timedelta(seconds=120)
"""Tokens are renewed this long before they expire, or when a fifth of a short lifetime is left."""

PATIENCE_SECONDS: Final = 15.0
"""After a failed renewal, a token that is still valid is handed out so long without another try."""


@dataclass(frozen=True)
class Moment:
    """One moment, by the store's time and by both clocks of this process."""

    stored: datetime
    wall: float
    """Seconds since 1970: two numbers are compared in a fraction of the time that two dates take."""
    monotonic: float

    @classmethod
    def ago(cls, wall: datetime, stored: datetime, clock: Clock) -> Moment:
        """A moment that this machine's clock knows, a request or two ago; whatever time it is now for the store."""
        age = max(clock.now() - wall, timedelta(0))
        return cls(stored - age, (clock.now() - age).timestamp(), clock.monotonic() - age.total_seconds())

    def now(self, clock: Clock) -> Moment:
        """The present moment; the store's time is reckoned by the monotonic clock, so it is never ahead of it."""
        monotonic = clock.monotonic()
        stored = self.stored + timedelta(seconds=monotonic - self.monotonic)
        return Moment(stored, clock.now().timestamp(), monotonic)

    def age(self, clock: Clock) -> timedelta:
        """How long ago it was, by the clock that says more: setting the time moves only the one, sleep may stop the
        other.
        """
        return timedelta(seconds=max(clock.monotonic() - self.monotonic, clock.now().timestamp() - self.wall))

    def later(self, by: timedelta) -> Moment:
        """The moment so much later."""
        seconds = by.total_seconds()
        return Moment(self.stored + by, self.wall + seconds, self.monotonic + seconds)

    def is_ahead(self, clock: Clock) -> bool:
        """Whether it is still to come, by both clocks."""
        return clock.monotonic() < self.monotonic and clock.now().timestamp() < self.wall


@dataclass(frozen=True)
class HeldToken:
    """A token in memory, and how long from a moment on it is to be used."""

    token: AccessToken
    since: Moment
    valid_for: timedelta
    fresh_until: Moment
    """When it is to be renewed."""
    valid_until: Moment
    """When it expires."""

    def serves(self, refused: int | None) -> bool:
        """Whether it is newer than the one that was refused, if one was."""
        return refused is None or self.token.generation > refused

    def is_fresh(self, clock: Clock) -> bool:
        """Whether it is not yet to be renewed."""
        return self.fresh_until.is_ahead(clock)

    def is_valid(self, clock: Clock) -> bool:
        """Whether it has not expired."""
        return self.valid_until.is_ahead(clock)

    def left_at(self, moment: Moment) -> timedelta:
        """How long it was still good at a moment, by the clock that nobody sets."""
        return self.valid_for - timedelta(seconds=moment.monotonic - self.since.monotonic)


class HeldTokens:
    """Tokens in memory, the latest of each grant. Any thread may call.

    Eras are counted by what was dropped. Whoever reads or makes a token first asks which era it is: what was dropped
    since then is not held after all, however late the thread comes with it.

    Args:
        clock: Time.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        # Bound once: every request of a host asks both.
        self._both_clocks = (clock.monotonic, _wall_seconds(clock))
        self._lock = ProcessLock()
        self._held: dict[GrantId, HeldToken] = {}
        self._era = 0
        self._dropped: dict[GrantId, int] = {}
        self._cleared = 0
        self._patience: dict[GrantId, float] = {}

    def era(self) -> int:
        """Which era it is; to be asked before a token is read."""
        return self._era

    def was_dropped(self, grant_id: GrantId, *, since: int) -> bool:
        """Whether a grant was dropped after an era had begun."""
        return max(self._dropped.get(grant_id, 0), self._cleared) > since

    def find(self, grant_id: GrantId) -> HeldToken | None:
        """What is held of a grant."""
        return self._held.get(grant_id)

    def at_hand(self, grant_id: GrantId, refused: int | None) -> AccessToken | None:
        """A token that is not yet to be renewed, and newer than the one that was refused, if one was."""
        held = self._held.get(grant_id)
        if held is None:
            return None
        monotonic, wall = self._both_clocks
        until = held.fresh_until
        if monotonic() >= until.monotonic or wall() >= until.wall:
            return None
        return held.token if refused is None or held.serves(refused) else None

    def keep(
        self, record: GrantRecord, access_token: SecretStr, since: Moment, confirm_at: datetime | None, *, era: int
    ) -> HeldToken:
        """Hold what was stored, unless something newer is held or it was dropped meanwhile.

        Args:
            record: Of the grant.
            access_token: Its token.
            since: When the record was read or made, or before.
            confirm_at: When it is to be renewed however fresh it is, by the store's time.
            era: In which the record was read or made.

        Returns:
            What is held now, or would be.
        """
        lifetime = record.access_expires_at - record.refreshed_at
        # A store whose clock was set back knows no age; but no token outlives its lifetime.
        valid_for = min(record.access_expires_at - since.stored, lifetime)
        with self._lock.own:
            before = self._held.get(record.grant_id)
            if before is not None and before.token.generation > record.generation:
                return before
            if before is not None and before.token.generation == record.generation:
                valid_for = min(valid_for, before.left_at(since))
            else:
                self._patience.pop(record.grant_id, None)
            token = AccessToken(access_token, record.generation, record.access_expires_at)
            fresh_for = valid_for - min(MARGIN, lifetime / 5)
            if confirm_at is not None:
                fresh_for = min(fresh_for, confirm_at - since.stored)
            held = HeldToken(token, since, valid_for, since.later(fresh_for), since.later(valid_for))
            if not self.was_dropped(record.grant_id, since=era):
                self._held[record.grant_id] = held
            return held

    def be_patient(self, grant_id: GrantId) -> None:
        """A token could not be renewed just now, and is not tried again for a while unless a newer one is held."""
        self._patience[grant_id] = self._clock.monotonic() + PATIENCE_SECONDS

    def is_patient(self, grant_id: GrantId) -> bool:
        """Whether a token could not be renewed just now."""
        return self._clock.monotonic() < self._patience.get(grant_id, float("-inf"))

    def drop(self, grant_id: GrantId) -> None:
        """Hold nothing of a grant."""
        with self._lock.own:
            self._era += 1
            self._dropped[grant_id] = self._era
            self._held.pop(grant_id, None)
            self._patience.pop(grant_id, None)

    def clear(self) -> None:
        """Hold nothing at all."""
        with self._lock.own:
            self._era += 1
            self._cleared = self._era
            self._dropped.clear()
            self._held.clear()
            self._patience.clear()


def _wall_seconds(clock: Clock) -> Callable[[], float]:
    return clock.now_seconds if isinstance(clock, SecondsClock) else lambda: clock.now().timestamp()
