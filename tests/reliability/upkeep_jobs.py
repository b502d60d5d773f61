"""What a process does that is killed while it keeps idle sign-ins alive. Runs in forked processes."""

from __future__ import annotations

from hostspec.testing import FakeHost
from tests.reliability.crash_jobs import Place, host_at
from tests.reliability.crash_points import Doing, Point, Trap, kill_here
from tests.reliability.server_clock import let_pass

IDLE_SECONDS = 40 * 86_400.0
"""So long nobody used the sign-ins: all of them are due."""

IDLE = "idle"
"""The time has passed, and the host calls maintain."""

UPKEEP_POINTS = (
    Point("", "before the first", Doing.REFRESH, (IDLE, "before TakeLease")),
    Point("", "first one presented", Doing.REFRESH, (IDLE, "before Send")),
    Point("", "first one answered", Doing.REFRESH, (IDLE, "after Send")),
    Point("", "first one kept", Doing.REFRESH, (IDLE, "after KeepCandidate")),
    Point("", "first one renewed", Doing.REFRESH, (IDLE, "after Commit")),
    Point("", "second one presented", Doing.REFRESH, (IDLE, "after Commit", "before Send")),
    Point("", "second one answered", Doing.REFRESH, (IDLE, "after Commit", "after Send")),
    Point("", "second one renewed", Doing.REFRESH, (IDLE, "after Commit", "after Commit")),
)


def keep_house(host: FakeHost) -> None:
    """One round of housekeeping, to its end."""
    host.hooks.maintain(60.0)
    host.tasks.join(30)


def pass_time(host: FakeHost, place: Place, seconds: float) -> None:
    """On this machine, and at the server that has the list, if one has."""
    host.clock.advance(seconds)
    if place.database_url is not None:
        let_pass(place.database_url, seconds)


def upkeep_until(point: Point, place: Place) -> None:
    """Find sign-ins idle, begin to renew them, and end there."""
    trap = Trap(point, kill_here)
    with host_at(place, trap) as host:
        host.tasks.join()
        pass_time(host, place, IDLE_SECONDS)
        trap(IDLE)
        keep_house(host)
