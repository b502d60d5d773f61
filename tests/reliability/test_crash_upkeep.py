"""A process is killed in the middle of a round that keeps idle sign-ins alive: the next one goes on where it ended."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.contracts.test_entry_store_contract import entry
from tests.plugin.keeper_process import Kept
from tests.postgresql_server import PostgresqlServer
from tests.reliability.crash_forks import Forks
from tests.reliability.crash_jobs import Place, host_at, keeper_at
from tests.reliability.crash_points import Point
from tests.reliability.crash_world import CrashWorld
from tests.reliability.invariants import check_refreshes, check_refusals
from tests.reliability.server_clock import ServerClock
from tests.reliability.upkeep_jobs import IDLE_SECONDS, UPKEEP_POINTS, keep_house, pass_time, upkeep_until
from xero_connections_plugin.oauth.grant import GrantId

SIGN_INS = 4
TURN_SECONDS = 60.0
"""After which the next turn is free, also that of a process that ended."""


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def place(request: pytest.FixtureRequest, world: CrashWorld) -> Place:
    """A machine with a list of its own, or with one on a server whose clock is moved along."""
    made = world.new_place(request.param)
    if made.database_url is not None:
        server: PostgresqlServer = request.getfixturevalue("postgresql")
        ServerClock(server, made.database_url, datetime.now(UTC))
    return made


def used_sign_in(world: CrashWorld, kept: Kept, number: int) -> GrantId:
    """A sign-in that an entry of the list names."""
    grant_id = world.sign_in(kept)
    kept.entries.add(entry(f"Entry {number}", sign_in=grant_id), name_key=f"entry {number}")
    return grant_id


@pytest.mark.sweep(sample=4)
@pytest.mark.parametrize("point", UPKEEP_POINTS, ids=str)
def test_the_next_process_goes_on_and_renews_nothing_twice(
    world: CrashWorld, place: Place, forks: Forks, monkeypatch: pytest.MonkeyPatch, point: Point
) -> None:
    monkeypatch.setenv("XERO_CONNECTIONS_TEST_EVERY_DAYS", "0")
    with keeper_at(place) as kept:
        grants = [used_sign_in(world, kept, number) for number in range(SIGN_INS)]
    before = world.xero.control.state()
    world.xero.control.advance(IDLE_SECONDS)
    assert forks.is_killed(upkeep_until, point, place)
    done = world.xero.control.state().refreshes - before.refreshes
    assert done < SIGN_INS
    with host_at(place) as host:
        host.tasks.join()
        # Where a server has the list, its clock shows by now what the killed process waited for.
        host.clock.advance(IDLE_SECONDS)
        for _ in range(3):
            keep_house(host)
            pass_time(host, place, TURN_SECONDS)
        after = world.xero.control.state()
        lost = 1 if point.way[-1] == "after Send" else 0
        check_refreshes(before, after, needed=SIGN_INS, faults=lost)
        check_refusals(after)
    with keeper_at(place) as kept:
        assert [record.generation for record in kept.keeper.records(grants).values()] == [2] * SIGN_INS
