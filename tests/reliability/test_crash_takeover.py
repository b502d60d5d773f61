"""Who goes on when the owner of a lease is dead: on the same machine at once, on another one when the lease is over."""

from __future__ import annotations

import shutil
import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from hostspec.testing import FakeClock
from tests.plugin.keeper_process import RealClock, keeping
from tests.reliability.crash_forks import Forks
from tests.reliability.crash_jobs import work_until
from tests.reliability.crash_points import PROGRAMME, Doing, Point
from tests.reliability.crash_world import TAKEOVER_SECONDS, CrashWorld
from xero_connections_plugin.oauth.grant_ports import LEASE_SECONDS

SHORT_LEASE = 3.0
READINGS = ("G1", "G2", "G2c", "G3", "G4")

UNDER_LEASE = [point for point in PROGRAMME if point.case in {"c2", "c4", "c5", "c7", "c8"}]


@pytest.mark.postgresql
@pytest.mark.sweep(sample=3)
@pytest.mark.parametrize("reading", READINGS)
@pytest.mark.parametrize("point", UNDER_LEASE, ids=str)
def test_c22_another_machine_takes_over_when_the_lease_of_a_dead_host_is_over(
    world: CrashWorld, forks: Forks, point: Point, reading: str
) -> None:
    """For real, with a short lease on the server's clock: at most its length and five seconds."""
    world.xero.control.change(grace_reading=reading)
    dead = replace(world.new_place("postgresql"), lease_seconds=SHORT_LEASE)
    grant = world.signed_in(dead)
    other = world.another_machine(dead)
    assert forks.is_killed(work_until, point, dead, grant)
    with keeping(
        other.folder,
        other.origin,
        database_url=other.database_url,
        clock=RealClock(),
        lease_seconds=SHORT_LEASE,
        data_key=other.data_key,
    ) as kept:
        began = time.monotonic()
        token = kept.keeper.access_token(grant, refused=1)
        assert time.monotonic() - began <= SHORT_LEASE + TAKEOVER_SECONDS
        assert token.generation == 2
        assert world.use(token.value.get_secret_value()) == 200
    world.goes_on(other, grant)


@pytest.mark.parametrize("point", UNDER_LEASE, ids=str)
def test_c22_a_data_directory_that_was_carried_elsewhere_is_free_when_the_lease_is_over(
    world: CrashWorld, forks: Forks, point: Point
) -> None:
    """The disk of a dead machine in another one: nobody there knows its owners, and a virtual clock runs."""
    dead = world.new_place("sqlite")
    grant = world.signed_in(dead)
    assert forks.is_killed(work_until, point, dead, grant)
    carried = world.folder / "carried"
    shutil.copytree(dead.folder, carried)
    shutil.rmtree(dead.folder)
    clock = FakeClock(datetime.now(UTC), auto_advance=True)
    with keeping(carried, dead.origin, clock=clock) as kept:
        began = clock.monotonic()
        assert kept.store.is_held(grant)
        assert kept.store.with_intents() == {}
        token = kept.keeper.access_token(grant, refused=1)
        assert clock.monotonic() - began <= LEASE_SECONDS + TAKEOVER_SECONDS
        assert token.generation == 2
        assert world.use(token.value.get_secret_value()) == 200


@pytest.mark.parametrize("database", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def test_c22_a_process_of_the_same_machine_does_not_wait_for_the_lease_of_a_dead_one(
    world: CrashWorld, forks: Forks, database: str
) -> None:
    place = world.new_place(database)
    grant = world.signed_in(place)
    asked = next(point for point in PROGRAMME if point.doing is Doing.REFRESH and point.case == "c5")
    assert forks.is_killed(work_until, asked, place, grant)
    with keeping(
        place.folder, place.origin, database_url=place.database_url, clock=RealClock(), data_key=place.data_key
    ) as kept:
        began = time.monotonic()
        assert not kept.store.is_held(grant)
        assert kept.store.with_intents() == {grant: 1}
        kept.keeper.recover()
        assert kept.keeper.access_token(grant, refused=1).generation == 2
        assert time.monotonic() - began <= TAKEOVER_SECONDS
