"""How long is a token in memory handed out without a look at the store?"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Final

from xero_connections_plugin.oauth.grant import AccessToken

if TYPE_CHECKING:
    from datetime import datetime

    from pydantic import SecretStr

    from hostspec.services import Clock
    from xero_connections_plugin.oauth.grant import GrantId, GrantRecord

MARGIN: Final = timedelta(seconds=120)
"""Tokens are renewed this long before they expire, or when a fifth of a short lifetime is left."""


@dataclass(frozen=True)
class Moment:
    """One moment, by the store's time and by both clocks of this process."""

    stored: datetime
    wall: datetime
    monotonic: float

    @classmethod
    def ago(cls, wall: datetime, stored: datetime, clock: Clock) -> Moment:
        """A moment that this machine's clock knows, a request or two ago; whatever time it is now for the store."""
        age = max(clock.now() - wall, timedelta(0))
        return cls(stored - age, clock.now() - age, clock.monotonic() - age.total_seconds())

    def now(self, clock: Clock) -> Moment:
        """The present moment; the store's time is reckoned by the monotonic clock, so it is never ahead of it."""
        monotonic = clock.monotonic()
        return Moment(self.stored + timedelta(seconds=monotonic - self.monotonic), clock.now(), monotonic)

    def age(self, clock: Clock) -> timedelta:
        """How long ago it was, by the clock that says more: setting the time moves only the one, sleep may stop the
        other.
        """
        return max(timedelta(seconds=clock.monotonic() - self.monotonic), clock.now() - self.wall)

    def later(self, by: timedelta) -> Moment:
        """The moment so much later."""
        return Moment(self.stored + by, self.wall + by, self.monotonic + by.total_seconds())

    def is_ahead(self, clock: Clock) -> bool:
        """Whether it is still to come, by both clocks."""
        return clock.monotonic() < self.monotonic and clock.now() < self.wall


@dataclass(frozen=True)
class HeldToken:
    """A token in memory, and how long from a moment on it is to be used."""

    token: AccessToken
    since: Moment
    valid_for: timedelta
    fresh_for: timedelta

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

    # Reckoned once: every request of a host asks.
    @cached_property
    def fresh_until(self) -> Moment:
        """When it is to be renewed."""
        return self.since.later(self.fresh_for)

    @cached_property
    def valid_until(self) -> Moment:
        """When it expires."""
        return self.since.later(self.valid_for)


class HeldTokens:
    """Tokens in memory, the latest of each grant. Any thread may call."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: dict[GrantId, HeldToken] = {}

    def find(self, grant_id: GrantId) -> HeldToken | None:
        """What is held of a grant."""
        return self._held.get(grant_id)

    def at_hand(self, grant_id: GrantId, refused: int | None, clock: Clock) -> AccessToken | None:
        """A token that is not yet to be renewed, and newer than the one that was refused, if one was."""
        held = self._held.get(grant_id)
        if held is None or not held.fresh_until.is_ahead(clock):
            return None
        return held.token if refused is None or held.serves(refused) else None

    def keep(
        self, record: GrantRecord, access_token: SecretStr, since: Moment, confirm_at: datetime | None
    ) -> HeldToken:
        """Hold what was stored, unless something newer is held.

        Args:
            record: Of the grant.
            access_token: Its token.
            since: When the record was read or made, or before.
            confirm_at: When it is to be renewed however fresh it is, by the store's time.

        Returns:
            What is held now.
        """
        lifetime = record.access_expires_at - record.refreshed_at
        # A store whose clock was set back knows no age; but no token outlives its lifetime.
        valid_for = min(record.access_expires_at - since.stored, lifetime)
        with self._lock:
            before = self._held.get(record.grant_id)
            if before is not None and before.token.generation > record.generation:
                return before
            if before is not None and before.token.generation == record.generation:
                valid_for = min(valid_for, before.left_at(since))
            token = AccessToken(access_token, record.generation, record.access_expires_at)
            fresh_for = valid_for - min(MARGIN, lifetime / 5)
            if confirm_at is not None:
                fresh_for = min(fresh_for, confirm_at - since.stored)
            held = HeldToken(token, since, valid_for, fresh_for)
            self._held[record.grant_id] = held
            return held

    def drop(self, grant_id: GrantId) -> None:
        """Hold nothing of a grant."""
        self._held.pop(grant_id, None)

    def clear(self) -> None:
        """Hold nothing at all."""
        self._held.clear()
