"""Which sign-ins are renewed although nobody uses them, and when? A grant that is not renewed for 60 days dies.

Every grant has a moment of its own: so many days after it was renewed last, and a share of some days more that depends
on its place among all grants. So thousands that were signed in to on one day come due evenly over those days, every
process comes to the same moments, and a grant is left time for an outage.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Protocol

from hostspec.errors import CaptureError, ProviderUnavailable, SignInNeeded, SignInRejected
from xero_connections_plugin.oauth.grant_views import IDLE_LIMIT
from xero_connections_plugin.own_locks import ProcessLock

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from hostspec.services import Clock
    from xero_connections_plugin.oauth.grant import GrantId

_log = logging.getLogger(__name__)

MOST_PER_TURN: Final = 5
TURN_LENGTH: Final = timedelta(seconds=45)
"""A turn is not given back but runs out: over all processes of the installation, at most ten grants are renewed in any
minute, and at most one at a time."""

_FAILURES_THAT_END_A_TURN: Final = 2
"""One grant that fails must not keep the others waiting; two in a row tell that the server is in trouble."""

_SHORT_PAUSE: Final = 60.0
_LONGEST_PAUSE: Final = 1800.0
_SHORT_REST: Final = 600.0
_LONGEST_REST: Final = 6 * 3600.0
_WRONG_CLOCK: Final = timedelta(hours=1)
"""A grant renewed later than this from now was renewed when a clock was wrong: how long it was idle is not known."""


@dataclass(frozen=True)
class UsedGrant:
    """A working grant that an entry of the list names."""

    grant_id: GrantId
    generation: int
    refreshed_at: datetime


class UsedGrants(Protocol):
    """Which grants there are to keep alive.

    Raises (from every method):
        StoreUnavailable, StoredDataDamaged: See ``grant_ports``.
    """

    def now(self) -> datetime:
        """The time that everybody who uses this store agrees on (UTC)."""

    def used(self) -> Sequence[UsedGrant]:
        """All that work, are not to end, and are named by an entry that is not deleted; sorted by id. One query."""


class Turn(Protocol):
    """The right of one process to renew what is idle, for a while."""

    def extend(self) -> bool:
        """Begin its length anew; ``False`` when somebody else has taken it since."""


def spread(after: timedelta) -> timedelta:
    """Over how long after ``after`` grants come due: long enough to be even, and short enough that an outage does no
    harm. Half as long again at most, and a fifth of what a grant has left to live.
    """
    return min(after / 2, (IDLE_LIMIT - after) / 5)


def due(grants: Sequence[UsedGrant], now: datetime, after: timedelta) -> tuple[UsedGrant, ...]:
    """The grants to renew now.

    Args:
        grants: All that there are, sorted by their ids, which say nothing about when they were made.
        now: By the store's clock.
        after: How long a grant is left idle at least.

    Returns:
        First those that die soonest. At the end those that should be dead: if a clock was wrong, they are not.
    """
    longest = spread(after)
    first = now - after
    found = [
        grant
        for place, grant in enumerate(grants)
        if (grant.refreshed_at <= first and grant.refreshed_at <= first - longest * ((place + 0.5) / len(grants)))
        or grant.refreshed_at > now + _WRONG_CLOCK
    ]
    return tuple(sorted(found, key=lambda grant: (now - grant.refreshed_at >= IDLE_LIMIT, grant.refreshed_at)))


@dataclass
class _Waiting:
    """Who failed, how often, and until when it is left alone (monotonic)."""

    times: int = 0
    until: float = float("-inf")

    def fail(self, now: float, shortest: float, longest: float, at_least: float = 0.0) -> None:
        self.times += 1
        self.until = now + max(at_least, min(longest, shortest * 2 ** min(self.times - 1, 20)))


class KeepAlive:
    """Renews grants that nobody uses. Any thread may call; a call while another is under way does nothing.

    Args:
        grants: Which there are.
        renew: Renews one, as ``TokenKeeper.access_token`` does.
        take_turn: The right to do so; ``None`` while another process has it, or this one had it just now.
        clock: Time; what is idle is judged by the store's.
        after: How long a grant is left idle; ``None`` switches this off.
        report: Called after each grant: with ``None`` when it was renewed, else with the problem that ended it.
    """

    def __init__(
        self,
        grants: UsedGrants,
        renew: Callable[..., object],
        take_turn: Callable[[], Turn | None],
        clock: Clock,
        *,
        after: timedelta | None,
        report: Callable[[GrantId, CaptureError | None], None],
    ) -> None:
        self._grants = grants
        self._renew = renew
        self._take_turn = take_turn
        self._clock = clock
        self._after = after
        self._report = report
        self._busy = ProcessLock()
        self._pause = _Waiting()
        self._resting: dict[GrantId, _Waiting] = {}

    def round(self, go_on: Callable[[], bool] = lambda: True) -> bool:
        """Renew a few that are due.

        Args:
            go_on: Asked before each renewal whether there is time for one more.

        Returns:
            Whether more are due and their turn comes soon: nobody needs to worry about them yet.

        Raises:
            StoreUnavailable, StoredDataDamaged: It is not known what there is to do.
        """
        if self._after is None:
            return False
        busy = self._busy.own
        if not busy.acquire(blocking=False):
            return True
        try:
            return self._round(self._after, go_on)
        finally:
            busy.release()

    def _round(self, after: timedelta, go_on: Callable[[], bool]) -> bool:
        if self._clock.monotonic() < self._pause.until or not self._due(after):
            return False
        turn = self._take_turn() if go_on() else None
        if turn is None:
            return True
        failures = 0
        # Seen anew: another process may have had its turn meanwhile.
        waiting = self._due(after)
        for grant in waiting[:MOST_PER_TURN]:
            if not go_on() or not turn.extend():
                return True
            problem = self._renewed(grant)
            if problem is None:
                failures = 0
                self._pause = _Waiting()
                continue
            if isinstance(problem, SignInRejected):
                continue  # of this app, which says nothing about the others
            failures += 1
            if failures == _FAILURES_THAT_END_A_TURN or not isinstance(problem, ProviderUnavailable):
                self._pause.fail(self._clock.monotonic(), _SHORT_PAUSE, _LONGEST_PAUSE, _asked_to_wait(problem))
                _log.info("Keeping sign-ins alive waits: %s", problem.code)
                return False
        return len(waiting) > MOST_PER_TURN

    def _due(self, after: timedelta) -> tuple[UsedGrant, ...]:
        now = self._clock.monotonic()
        used = self._grants.used()
        self._resting = {one.grant_id: self._resting[one.grant_id] for one in used if one.grant_id in self._resting}
        found = due(used, self._grants.now(), after)
        return tuple(one for one in found if now >= self._resting.get(one.grant_id, _NEVER).until)

    def _renewed(self, grant: UsedGrant) -> CaptureError | None:
        """Renew one; what was in the way, if it is there still."""
        try:
            self._renew(grant.grant_id, refused=grant.generation)
        except SignInNeeded as ended:
            self._resting.pop(grant.grant_id, None)
            self._report(grant.grant_id, ended)
        except CaptureError as problem:
            rest = self._resting.setdefault(grant.grant_id, _Waiting())
            rest.fail(self._clock.monotonic(), _SHORT_REST, _LONGEST_REST, _asked_to_wait(problem))
            return problem
        else:
            self._resting.pop(grant.grant_id, None)
            self._report(grant.grant_id, None)
        return None


def _asked_to_wait(problem: CaptureError) -> float:
    """Seconds; however long a server asks for, it is asked again on the same day."""
    asked = problem.retry_after if isinstance(problem, ProviderUnavailable) else None
    return min(asked or 0.0, _LONGEST_REST)


_NEVER: Final = _Waiting()
