"""Fourteen points, four faults, two databases, five readings of the grace rule: nothing is lost in any of them."""

from __future__ import annotations

from contextlib import suppress

import pytest

from hostspec.errors import CaptureError
from hostspec.testing import FakeHost
from tests.reliability.crash_faults import Disturbance, Fault
from tests.reliability.crash_forks import Forks
from tests.reliability.crash_jobs import (
    NotSignedIn,
    Place,
    create,
    delete,
    entries,
    host_at,
    keeper_at,
    wipe,
    work_until,
)
from tests.reliability.crash_points import PROGRAMME, Doing, Planted, Point
from tests.reliability.crash_world import CrashWorld
from tests.reliability.invariants import USABLE, check_grants, check_refreshes
from tests.reliability.world_check import check_entries

READINGS = ("G1", "G2", "G2c", "G3", "G4")


@pytest.mark.sweep(sample=40)
@pytest.mark.parametrize("reading", READINGS)
@pytest.mark.parametrize("database", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
@pytest.mark.parametrize("fault", list(Fault))
@pytest.mark.parametrize("point", PROGRAMME, ids=str)
def test_nothing_is_lost(
    world: CrashWorld, forks: Forks, point: Point, fault: Fault, database: str, reading: str
) -> None:
    world.xero.control.change(grace_reading=reading)
    place = world.new_place(database)
    match point.doing:
        case Doing.REFRESH:
            refresh(world, forks, place, Disturbance(point, fault, database), point, fault)
        case Doing.CREATE:
            create_entry(world, forks, place, Disturbance(point, fault, database), point, fault)
        case Doing.DELETE | Doing.WIPE:
            delete_entry(world, forks, place, Disturbance(point, fault, database), point, fault)
        case _:
            raise AssertionError("the programme has no such points")


def refresh(world: CrashWorld, forks: Forks, place: Place, trouble: Disturbance, point: Point, fault: Fault) -> None:
    grant = world.signed_in(place)
    if fault is Fault.KILL:
        assert forks.is_killed(work_until, point, place, grant)
        world.goes_on(place, grant, point)
        return
    before = world.xero.control.state()
    with keeper_at(place, trouble, trouble.keychain) as kept:
        with suppress(CaptureError, Planted):
            kept.keeper.access_token(grant, refused=1)
        assert trouble.has_struck
        trouble.heal()
        token = kept.keeper.access_token(grant, refused=1)
        assert token.generation == 2
        assert world.use(token.value.get_secret_value()) == 200
        assert check_grants(kept.keeper, [grant], world.use) == {grant: USABLE}
    check_refreshes(before, world.xero.control.state(), needed=1, faults=1)
    world.goes_on(place, grant)


def create_entry(
    world: CrashWorld, forks: Forks, place: Place, trouble: Disturbance, point: Point, fault: Fault
) -> None:
    if fault is Fault.KILL:
        assert forks.is_killed(work_until, point, place)
        world.is_made(place, 0)
        return
    with host_at(place, trouble, trouble.keychain) as host:
        with suppress(CaptureError, Planted, NotSignedIn):
            create(host, place, trouble)
        assert trouble.has_struck
        trouble.heal()
        host.tasks.join()
        assert {type(failure) for _, failure in host.tasks.failures} <= {Planted}
        host.tasks.failures.clear()
        made = len(entries(host))
        if made == 0:
            create(host, place)
        assert list(check_entries(host).values()) == [USABLE]
    world.is_made(place, 1)


def delete_entry(
    world: CrashWorld, forks: Forks, place: Place, trouble: Disturbance, point: Point, fault: Fault
) -> None:
    with host_at(place) as host:
        create(host, place)
        if point.doing is Doing.WIPE:
            delete(host)
    ends_well = world.is_gone if point.doing is Doing.WIPE else world.is_deleted
    if fault is Fault.KILL:
        assert forks.is_killed(work_until, point, place)
        ends_well(place)
        return
    with host_at(place, trouble, trouble.keychain) as host:
        host.tasks.join()
        with suppress(CaptureError, Planted):
            wipe(host) if point.doing is Doing.WIPE else delete(host)
        assert trouble.has_struck
        assert entries(host) == []
        trouble.heal()
        finish(host)
        assert entries(host) == []
    ends_well(place)


def finish(host: FakeHost) -> None:
    """What a host does from time to time."""
    host.hooks.maintain(5.0)
    host.tasks.join()
