"""Sign-ins that grow old: a server that ends what nobody renews for 60 days, a store, and processes that renew."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from hostspec.testing import FakeClock
from tests.plugin.grant_builders import CLIENT, SCOPES, OpenBox, XeroInMemory, answer, not_sent, refused
from tests.plugin.memory_grants import MemoryGrantStore, Shelf
from tests.plugin.memory_used_grants import MemoryUsedGrants
from xero_connections_plugin.oauth.grant import GrantId, GrantState, Identity
from xero_connections_plugin.oauth.keep_alive import TURN_LENGTH, KeepAlive
from xero_connections_plugin.oauth.token_keeper import TokenKeeper

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic import SecretStr

    from hostspec.errors import CaptureError
    from xero_connections_plugin.oauth.grant import GrantRecord, TokenAnswer

BEGIN: Final = datetime(2026, 3, 2, 8, tzinfo=UTC)
DAY: Final = 86400.0
HOUR: Final = 3600.0


class AgingXero(XeroInMemory):
    """A server with a clock that nobody sets: a refresh token that is older than 60 days is dead."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(clock)
        self.is_down = False
        self.asked_at: list[float] = []
        """When somebody tried to renew (monotonic seconds), whether the server was up or not."""
        self._born: dict[str, float] = {}

    def gave(self, given: TokenAnswer) -> TokenAnswer:
        return self._bear(super().gave(given))

    def refresh(self, *, client_id: str, refresh_token: SecretStr) -> TokenAnswer:
        self.asked_at.append(self.clock.monotonic())
        if self.is_down:
            raise not_sent()
        if self.clock.monotonic() - self._born[refresh_token.get_secret_value()] > 60 * DAY:
            self.presented.append(refresh_token.get_secret_value())
            raise refused()
        return self._bear(super().refresh(client_id=client_id, refresh_token=refresh_token))

    def _bear(self, given: TokenAnswer) -> TokenAnswer:
        if given.refresh_token is not None:
            self._born[given.refresh_token.get_secret_value()] = self.clock.monotonic()
        return given


@dataclass
class MemoryTurn:
    """The right to renew, until a moment."""

    clock: FakeClock
    owner: str
    until: datetime
    is_lost: bool = False

    def extend(self) -> bool:
        if not self.is_lost:
            self.until = self.clock.now() + TURN_LENGTH
        return not self.is_lost


class MemoryTurns:
    """One turn at a time, as leases in a database give it."""

    def __init__(self, clock: FakeClock) -> None:
        self.taken: list[MemoryTurn] = []
        self.dead: set[str] = set()
        self._clock = clock

    def take(self, owner: str) -> MemoryTurn | None:
        last = self.taken[-1] if self.taken else None
        now = self._clock.now()
        if last is not None and now < last.until <= now + TURN_LENGTH and last.owner not in self.dead:
            return None
        if last is not None:
            last.is_lost = True
        self.taken.append(MemoryTurn(self._clock, owner, now + TURN_LENGTH))
        return self.taken[-1]


class World:
    """A store with sign-ins, and processes that keep them alive."""

    def __init__(self, *, after: float | None = 20.0, seed: int = 7) -> None:
        self.clock = FakeClock(BEGIN, auto_advance=True)
        self.shelf = Shelf()
        self.xero = AgingXero(self.clock)
        self.turns = MemoryTurns(self.clock)
        self.reports: list[tuple[GrantId, CaptureError | None]] = []
        self.dice = random.Random(seed)
        self._after = None if after is None else timedelta(days=after)
        self._box = OpenBox()
        self._signs_in = self._keeper("at the sign-in")
        self._signed_in = 0

    def _keeper(self, owner: str) -> TokenKeeper:
        return TokenKeeper(
            MemoryGrantStore(self.clock, self.shelf, owner),
            self._box,
            self.xero,
            self.clock,
            new_id=lambda: f"{self.dice.getrandbits(128):032x}",
            jitter=lambda: 0.5,
        )

    def process(self, owner: str = "one") -> KeepAlive:
        """A process that keeps sign-ins alive."""
        return KeepAlive(
            MemoryUsedGrants(self.clock, self.shelf),
            self._keeper(owner).access_token,
            lambda: self.turns.take(owner),
            self.clock,
            after=self._after,
            report=lambda grant_id, problem: self.reports.append((grant_id, problem)),
        )

    def sign_in(self, count: int = 1) -> None:
        """People sign in now, each once."""
        for _ in range(count):
            self._signed_in += 1
            name = f"person-{self._signed_in}"
            given = self.xero.gave(answer(name, self.clock))
            record = self._signs_in.adopt(
                given, client_id=CLIENT, identity=Identity(name, name), requested_scopes=SCOPES
            )
            self.shelf.bound.add(record.grant_id)

    def live(
        self, days: float, *processes: KeepAlive, every: float = HOUR, meanwhile: Callable[[], object] | None = None
    ) -> None:
        """Let days pass, while these processes do their rounds every so many seconds."""
        end = self.clock.monotonic() + days * DAY
        while self.clock.monotonic() < end:
            self.clock.advance(every)
            if meanwhile is not None:
                meanwhile()
            for process in processes:
                process.round()

    @property
    def records(self) -> tuple[GrantRecord, ...]:
        """What is known of every sign-in."""
        return tuple(stored.record for stored in self.shelf.grants.values())

    @property
    def ended(self) -> tuple[GrantRecord, ...]:
        """The sign-ins that work no longer."""
        return tuple(record for record in self.records if record.state is not GrantState.ACTIVE)

    def most_in_a_minute(self) -> int:
        """How many renewals were tried within any 60 seconds."""
        asked = self.xero.asked_at
        return max((sum(1 for other in asked if 0 <= other - moment < 60.0) for moment in asked), default=0)
