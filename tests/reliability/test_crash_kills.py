"""A process is killed at each named point, for real; the next one goes on, and nothing is lost."""

from __future__ import annotations

import random
import threading
from functools import partial

import pytest

from sample_host.xero_simulator.faults import Slow, Stage
from tests.plugin.keeper_process import start
from tests.reliability.crash_forks import Forks
from tests.reliability.crash_jobs import create, delete, host_at, keeper_at, rotation_at, work_until
from tests.reliability.crash_points import BESIDES, FILE_ONLY, PROGRAMME, Doing, Point, kill_soon
from tests.reliability.crash_world import CrashWorld
from tests.reliability.invariants import USABLE, check_grants
from tests.sampling import seed

DATABASES = ("sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql))
READINGS = ("G1", "G2", "G2c", "G3", "G4")

IN_REFRESH = [point for point in PROGRAMME if point.doing is Doing.REFRESH]
PROMOTING = Point("", "before a kept answer is made current", Doing.REFRESH, ("before Promote",))
BEFORE_CANDIDATE = next(point for point in BESIDES if point.title == "inside the candidate's insert")
NOWHERE = Point("", "nowhere", Doing.REFRESH, ("never",))


def point_of(case: str) -> Point:
    return next(point for point in PROGRAMME if point.case == case)


on_both = pytest.mark.parametrize("database", DATABASES)


def kill_in_refresh(world: CrashWorld, forks: Forks, database: str, point: Point, reading: str = "G2c") -> None:
    world.xero.control.change(grace_reading=reading)
    place = world.new_place(database)
    grant = world.signed_in(place)
    assert forks.is_killed(work_until, point, place, grant)
    world.goes_on(place, grant, point)


@on_both
def test_c1_a_kill_before_the_lease_is_taken(world: CrashWorld, forks: Forks, database: str) -> None:
    kill_in_refresh(world, forks, database, point_of("c1"))


@on_both
def test_c2_a_kill_after_the_lease_was_taken(world: CrashWorld, forks: Forks, database: str) -> None:
    kill_in_refresh(world, forks, database, point_of("c2"))


@on_both
def test_c3_a_kill_after_the_intent_was_noted(world: CrashWorld, forks: Forks, database: str) -> None:
    kill_in_refresh(world, forks, database, point_of("c3"))


@on_both
def test_c4_a_kill_before_the_request_is_sent(world: CrashWorld, forks: Forks, database: str) -> None:
    kill_in_refresh(world, forks, database, point_of("c4"))


@on_both
def test_c5_a_kill_after_the_server_rotated_and_before_the_answer_is_heard(
    world: CrashWorld, forks: Forks, database: str
) -> None:
    kill_in_refresh(world, forks, database, point_of("c5"))


@on_both
def test_c6_a_kill_after_the_answer_was_heard(world: CrashWorld, forks: Forks, database: str) -> None:
    kill_in_refresh(world, forks, database, point_of("c6"))


@on_both
def test_c7_a_kill_after_the_answer_was_kept_as_a_candidate(world: CrashWorld, forks: Forks, database: str) -> None:
    kill_in_refresh(world, forks, database, point_of("c7"))


@on_both
def test_c8_a_kill_inside_the_commit(world: CrashWorld, forks: Forks, database: str) -> None:
    kill_in_refresh(world, forks, database, point_of("c8"))


@on_both
def test_c9_a_kill_after_the_commit(world: CrashWorld, forks: Forks, database: str) -> None:
    kill_in_refresh(world, forks, database, point_of("c9"))


@on_both
def test_c10_a_kill_before_the_token_is_handed_out(world: CrashWorld, forks: Forks, database: str) -> None:
    kill_in_refresh(world, forks, database, point_of("c10"))


@on_both
def test_c11_a_kill_between_the_kept_sign_in_and_the_saved_entry(
    world: CrashWorld, forks: Forks, database: str
) -> None:
    place = world.new_place(database)
    assert forks.is_killed(work_until, point_of("c11"), place)
    world.is_made(place, 0)


@on_both
def test_c12_a_kill_inside_the_save_of_an_entry(world: CrashWorld, forks: Forks, database: str) -> None:
    place = world.new_place(database)
    assert forks.is_killed(work_until, point_of("c12"), place)
    world.is_made(place, 0)


def kill_in_delete(world: CrashWorld, forks: Forks, database: str, point: Point) -> None:
    place = world.new_place(database)
    with host_at(place) as host:
        create(host, place)
        if point.doing is not Doing.DELETE:
            delete(host)
    assert forks.is_killed(work_until, point, place)
    match point.title:
        case "delete: inside the commit" | "take back: there, not told":
            world.is_made(place, 1)
        case "delete: hidden" | "delete: hidden, not told" | "take back: inside the commit":
            world.is_deleted(place)
        case _:
            world.is_gone(place)


@on_both
def test_c13_a_kill_after_the_entry_was_hidden(world: CrashWorld, forks: Forks, database: str) -> None:
    kill_in_delete(world, forks, database, point_of("c13"))


@on_both
def test_c14_a_kill_after_the_sign_in_was_forgotten(world: CrashWorld, forks: Forks, database: str) -> None:
    kill_in_delete(world, forks, database, point_of("c14"))


@on_both
def test_c39_a_deletion_that_was_killed_never_comes_back_to_life(
    world: CrashWorld, forks: Forks, database: str
) -> None:
    gone = next(point for point in BESIDES if point.title == "delete: gone, not told")
    kill_in_delete(world, forks, database, gone)


@on_both
@pytest.mark.parametrize("reading", READINGS)
def test_c5_a_kill_while_the_answer_is_on_its_way(world: CrashWorld, database: str, reading: str) -> None:
    """Killed from outside: the request lies with the server, which has rotated, and the answer never leaves."""
    world.xero.control.change(grace_reading=reading)
    place = world.new_place(database)
    grant = world.signed_in(place)
    before = world.xero.control.state().refreshes
    world.xero.control.set_fault(Slow(at="token", seconds=60.0, stage=Stage.AFTER))
    running = start(
        place.folder,
        place.origin,
        grant,
        threads=4,
        refused=1,
        database_url=place.database_url,
        data_key=place.key_file,
    )
    try:
        while world.xero.control.state().refreshes == before:
            threading.Event().wait(0.01)
    finally:
        running.kill()
        running.communicate()
    world.xero.control.clear()
    world.goes_on(place, grant)


@pytest.mark.sweep(sample=6)
@on_both
@pytest.mark.parametrize("point", [point for point in BESIDES if point.doing is not Doing.ROTATE_KEY], ids=str)
def test_a_kill_between_a_commit_and_its_news_or_while_the_store_is_made(
    world: CrashWorld, forks: Forks, database: str, point: Point
) -> None:
    if point.title in FILE_ONLY and database != "sqlite":
        return
    match point.doing:
        case Doing.REFRESH:
            kill_in_refresh(world, forks, database, point)
        case Doing.DELETE | Doing.WIPE | Doing.TAKE_BACK:
            kill_in_delete(world, forks, database, point)
        case Doing.CREATE:
            place = world.new_place(database)
            assert forks.is_killed(work_until, point, place)
            world.is_made(place, 1)
        case _:
            place = world.new_place(database)
            assert forks.is_killed(work_until, point, place)
            world.is_made(place, 0)


@pytest.mark.sweep(sample=4)
@on_both
@pytest.mark.parametrize("point", [point for point in BESIDES if point.doing is Doing.ROTATE_KEY], ids=str)
def test_a_kill_while_the_data_key_is_changed(world: CrashWorld, forks: Forks, database: str, point: Point) -> None:
    place = world.new_place(database)
    grants = [world.signed_in(place) for _ in range(3)]
    assert forks.is_killed(work_until, point, place)
    with keeper_at(place) as kept:
        assert set(check_grants(kept.keeper, grants, world.use).values()) == {USABLE}
        rotation = rotation_at(place, kept)
        if point.title in {"key: kept", "key: registered"}:
            rotation.begin()
            rotation.switch()
        rotation.go_on()
        assert not rotation.is_unfinished()
    with keeper_at(place) as again:
        assert set(check_grants(again.keeper, grants, world.use).values()) == {USABLE}


@pytest.mark.sweep(sample=3)
@on_both
@pytest.mark.parametrize("number", range(20))
@pytest.mark.parametrize("point", [point_of("c8"), BEFORE_CANDIDATE], ids=str)
def test_a_kill_between_the_sending_of_a_commit_and_its_return(
    world: CrashWorld, forks: Forks, database: str, point: Point, number: int
) -> None:
    """The database is at work when the process ends: from at once to three milliseconds after the commit began."""
    world.xero.control.change(grace_reading=READINGS[number % len(READINGS)])
    place = world.shared_place(database)
    grant = world.signed_in(place)
    assert forks.is_killed(work_until, point, place, grant, partial(kill_soon, number * 0.00015))
    world.goes_on(place, grant, point)


@pytest.mark.sweep(sample=3)
@on_both
@pytest.mark.parametrize("second", [*IN_REFRESH, PROMOTING], ids=str)
@pytest.mark.parametrize("first", IN_REFRESH, ids=str)
def test_two_kills_in_a_row(world: CrashWorld, forks: Forks, database: str, first: Point, second: Point) -> None:
    reading = READINGS[(IN_REFRESH.index(first) + [*IN_REFRESH, PROMOTING].index(second)) % len(READINGS)]
    world.xero.control.change(grace_reading=reading)
    place = world.shared_place(database)
    grant = world.signed_in(place)
    assert forks.is_killed(work_until, first, place, grant)
    forks.is_killed(work_until, second, place, grant)  # a point that the second process need not come to
    world.goes_on(place, grant)


@pytest.mark.sweep(sample=4)
@on_both
@pytest.mark.parametrize("reading", READINGS)
@pytest.mark.parametrize("number", range(3 * len(IN_REFRESH)))
def test_a_kill_at_any_moment(world: CrashWorld, forks: Forks, database: str, reading: str, number: int) -> None:
    world.xero.control.change(grace_reading=reading)
    place = world.shared_place(database)
    grant = world.signed_in(place)
    chance = random.Random(f"{seed()} {database} {reading} {number}")
    forks.kill_after(chance.uniform(0.0, 0.25), work_until, NOWHERE, place, grant)
    world.goes_on(place, grant)
