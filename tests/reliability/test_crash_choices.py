"""A process is killed while it deletes a connection: what was chosen at Xero is done all the same, by the next one."""

from __future__ import annotations

import pytest

from hostspec.testing import FakeHost
from sample_host.xero_simulator.fault_presets import down
from tests.reliability.crash_forks import Forks
from tests.reliability.crash_jobs import ENTRY, Place, create, deleted, entries, host_at, take_back
from tests.reliability.crash_points import Point
from tests.reliability.crash_world import CrashWorld
from tests.reliability.deletion_jobs import CHOICE_POINTS, delete_until
from tests.reliability.invariants import USABLE
from tests.reliability.world_check import check_entries
from tests.stories.deletion_acts import REVOKE, UNLINK

on_both = pytest.mark.parametrize("database", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
UNTOUCHED, *LOST = CHOICE_POINTS
*NOT_ASKED, ASKED = LOST
"""Of revocations: Xero is asked before the last commit, and of unlinking after it."""


def killed(world: CrashWorld, forks: Forks, database: str, point: Point, choice: str) -> Place:
    """A machine on which somebody deleted the only connection until the process ended."""
    place = world.new_place(database)
    with host_at(place) as host:
        create(host, place)
    assert forks.is_killed(delete_until, point, place, choice)
    return place


def revoked(world: CrashWorld) -> list[bool]:
    return [grant.revoked for grant in world.xero.control.state().grants]


def look_after(host: FakeHost, seconds: float) -> None:
    host.clock.advance(seconds)
    host.hooks.maintain(60.0)
    host.tasks.join()


def waiting(host: FakeHost) -> list[str]:
    """What the tab says about things that wait for Xero."""
    return [notice.text for notice in host.tab("Connections").view.notices if "at Xero" in notice.text]


@pytest.mark.sweep(sample=4)
@on_both
@pytest.mark.parametrize("point", NOT_ASKED, ids=str)
def test_a_kill_does_not_lose_that_a_sign_in_was_to_be_revoked(
    world: CrashWorld, forks: Forks, database: str, point: Point
) -> None:
    place = killed(world, forks, database, point, REVOKE)
    world.xero.control.set_fault(down(at="revocation"))
    with host_at(place) as host:
        host.tasks.join()
        assert entries(host) == []
        assert deleted(host) == [ENTRY]
        (told,) = waiting(host)
        assert "Revoking the sign-in" in told
        assert "waiting since" in told
        world.xero.control.clear()
        look_after(host, 120)
        assert revoked(world) == [True]
        assert waiting(host) == []
        take_back(host)
        assert "revoked here by Ada Admin on" in host.tab("Connections").row(ENTRY).problem


@on_both
def test_a_kill_right_after_the_revocation_leaves_nothing_to_be_done(
    world: CrashWorld, forks: Forks, database: str
) -> None:
    place = killed(world, forks, database, ASKED, REVOKE)
    assert revoked(world) == [True]
    with host_at(place) as host:
        host.tasks.join()
        assert (entries(host), deleted(host), waiting(host)) == ([], [ENTRY], [])
        take_back(host)
        assert "revoked here by Ada Admin on" in host.tab("Connections").row(ENTRY).problem


@pytest.mark.sweep(sample=2)
@pytest.mark.parametrize("point", LOST, ids=str)
def test_a_kill_does_not_lose_that_a_company_was_to_be_unlinked(world: CrashWorld, forks: Forks, point: Point) -> None:
    place = killed(world, forks, "sqlite", point, UNLINK)
    with host_at(place) as host:
        host.tasks.join()
        assert entries(host) == []
        (told,) = waiting(host)
        assert told.startswith("Unlinking Bakehouse Ltd at Xero: under way.")
        # Whoever was asked may be at it for a while; from then on it counts as having ended.
        look_after(host, 200)
        assert world.xero.control.state().links == []
        assert revoked(world) == [False]
        assert [notice.title for notice in host.notifications] == ["Company unlinked"]


@on_both
@pytest.mark.parametrize("choice", [REVOKE, UNLINK])
def test_a_kill_before_the_entry_is_hidden_does_nothing_at_all(
    world: CrashWorld, forks: Forks, database: str, choice: str
) -> None:
    place = killed(world, forks, database, UNTOUCHED, choice)
    with host_at(place) as host:
        host.tasks.join()
        look_after(host, 200)
        assert list(check_entries(host).values()) == [USABLE]
        assert waiting(host) == []
    assert revoked(world) == [False]


@pytest.mark.parametrize("choice", [REVOKE, UNLINK])
def test_who_signs_in_again_before_another_process_finds_the_choice_keeps_that_sign_in(
    world: CrashWorld, forks: Forks, choice: str
) -> None:
    hidden = next(point for point in LOST if point.title == "hidden")
    place = world.new_place("sqlite")
    with host_at(place) as host:
        create(host, place)
        assert forks.is_killed(delete_until, hidden, place, choice)
        host.clock.advance(60)
        create(host, place)
        for _ in range(2):
            look_after(host, 200)
        assert list(check_entries(host).values()) == [USABLE]
    assert revoked(world) == [False]
    assert len(world.xero.control.state().links) == 1
