"""A year with the clock of a test: no sign-in dies that the keep-alive could reach."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.plugin.keep_alive_world import DAY, HOUR, World
from xero_connections_plugin.oauth.grant import SignInCause
from xero_connections_plugin.oauth.keep_alive import spread

OLDEST = 20 * DAY + spread(timedelta(days=20)).total_seconds()


def over_ten_days(world: World, count: int = 100) -> None:
    """People sign in now and then."""
    for _ in range(count):
        world.sign_in()
        world.clock.advance(10 * DAY / count)


def test_nothing_dies_in_a_quiet_year() -> None:
    world = World()
    over_ten_days(world)
    world.live(365, world.process())
    assert world.ended == ()
    # About once in 20 to 28 days each, never more often.
    assert 100 * 365 / 28 - 100 <= world.xero.rotations <= 100 * 375 / 20
    assert len(world.reports) == world.xero.rotations
    assert len(set(world.xero.presented)) == len(world.xero.presented)


def test_without_it_everything_dies() -> None:
    world = World(after=None)
    over_ten_days(world, 3)
    world.live(61, world.process())
    assert world.xero.asked_at == []
    alive = World(after=20)
    over_ten_days(alive, 3)
    alive.clock.advance(61 * DAY)
    alive.live(1, alive.process())
    assert {record.cause for record in alive.ended} == {SignInCause.IDLE_TOO_LONG}
    assert len(alive.ended) == 3


@pytest.mark.parametrize("after", [1, 20, 50])
def test_no_setting_lets_anything_die(after: int) -> None:
    world = World(after=after)
    over_ten_days(world, 20)
    world.live(200, world.process())
    assert world.ended == ()


@pytest.mark.parametrize("days", [1, 7, 20, 30])
def test_nothing_dies_of_an_outage(days: int) -> None:
    world = World()
    over_ten_days(world)
    process = world.process()
    world.live(60 + 3.3 * days, process)
    world.xero.is_down = True
    asked = len(world.xero.asked_at)
    world.live(days, process, every=HOUR / 4)
    # It is asked now and then whether it is back, and never hammered.
    assert 0 < len(world.xero.asked_at) - asked <= days * 24 * 2 * 4 + 20
    world.xero.is_down = False
    world.live(90, process)
    assert world.ended == ()


@pytest.mark.parametrize("days", [10, 30])
def test_nothing_dies_while_every_host_is_off(days: int) -> None:
    world = World()
    over_ten_days(world)
    world.live(50, world.process())
    world.clock.advance(days * DAY)
    world.live(90, world.process("after the holidays"))
    assert world.ended == ()


def test_after_too_long_a_time_only_those_are_gone_that_nobody_could_reach() -> None:
    world = World()
    over_ten_days(world)
    world.live(50, world.process())
    off_at = world.clock.now()
    world.clock.advance(45 * DAY)
    back_at = world.clock.now()
    alive = {record.grant_id for record in world.records if record.refreshed_at + timedelta(days=60) > back_at}
    world.live(10, world.process("after the break"), every=60.0)
    assert 0 < len(world.ended) < 100
    assert not alive & {record.grant_id for record in world.ended}
    assert all(record.refreshed_at <= off_at for record in world.ended)


def test_a_clock_that_was_wrong_for_a_day_ends_nothing() -> None:
    for jump in (30 * DAY, 70 * DAY, -30 * DAY, -400 * DAY):
        world = World()
        over_ten_days(world)
        process = world.process()
        world.live(40, process)
        world.clock.jump_wall(jump)
        world.live(1, process, every=60.0)
        world.clock.jump_wall(-jump)
        world.live(120, process)
        assert world.ended == (), jump
        oldest = min(record.refreshed_at for record in world.records)
        assert (world.clock.now() - oldest).total_seconds() <= OLDEST + 2 * HOUR, jump


def test_two_hosts_renew_nothing_twice_and_no_faster_than_one() -> None:
    world = World()
    world.sign_in(60)
    one, two = world.process("one"), world.process("two")
    # After a long break everything is due at once.
    world.clock.advance(56 * DAY)
    world.live(0.2, every=7.0, meanwhile=lambda: world.dice.choice((one, two)).round())
    assert world.ended == ()
    assert len(set(world.xero.presented)) == len(world.xero.presented)
    assert {turn.owner for turn in world.turns.taken} == {"one", "two"}
    assert len(world.xero.presented) == 60
    assert world.most_in_a_minute() <= 10


def test_a_host_that_ended_in_its_turn_is_followed_by_another() -> None:
    world = World()
    world.sign_in(3)
    world.clock.advance(40 * DAY)
    assert world.turns.take("one") is not None
    two = world.process("two")
    two.round()
    assert world.xero.rotations == 0
    world.turns.dead.add("one")
    two.round()
    assert world.xero.rotations == 3
