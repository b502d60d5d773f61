"""What came of a replay is renewed once more inside the grace, since a stray request may have ended it."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from hostspec.errors import SignInNeeded, StoreUnavailable
from tests.canaries import canary
from tests.plugin.grant_builders import CLIENT, Bench, not_sent, unanswered
from xero_connections_plugin.oauth.grant import GrantId, GrantState

FIRST, SECOND = canary("refresh 0"), canary("refresh 2")
"""The token of the sign-in, and what its replay gave; what came between was never heard of."""


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture
def replayed(bench: Bench) -> GrantId:
    """A grant whose first answer was lost; the same process asked again and was answered."""
    grant = bench.signed_in()
    bench.xero.lost_answers = [unanswered()]
    assert bench.keeper.access_token(grant, refused=1).generation == 2
    return grant


def stray_arrives(bench: Bench) -> None:
    """The lost request comes to the server only now, and nobody hears the answer."""
    bench.xero.refresh(client_id=CLIENT, refresh_token=SecretStr(FIRST))


def test_what_came_of_a_replay_is_renewed_five_minutes_after_the_first_presentation(
    bench: Bench, replayed: GrantId
) -> None:
    assert bench.keeper.access_token(replayed).generation == 2
    bench.clock.advance(298)  # the pause before the replay has passed too
    assert bench.keeper.access_token(replayed).generation == 2
    bench.clock.advance(2)
    assert bench.keeper.access_token(replayed).generation == 3
    assert bench.xero.presented == [FIRST, FIRST, SECOND]


def test_what_is_confirmed_lasts_as_long_as_ever(bench: Bench, replayed: GrantId) -> None:
    bench.clock.advance(300)
    assert bench.keeper.access_token(replayed).generation == 3
    bench.clock.advance(1800 - 121)
    assert bench.keeper.access_token(replayed).generation == 3
    assert bench.another("two").access_token(replayed).generation == 3


def test_another_process_confirms_too(bench: Bench, replayed: GrantId) -> None:
    other = bench.another("two")
    assert other.access_token(replayed).generation == 2
    bench.clock.advance(300)
    assert other.access_token(replayed).generation == 3


def test_housekeeping_confirms_what_nobody_asks_for(bench: Bench, replayed: GrantId) -> None:
    bench.keeper.recover()
    bench.another("two").recover()
    assert bench.xero.presented == [FIRST, FIRST]
    bench.clock.advance(300)
    bench.another("two").recover()
    bench.keeper.recover()
    assert bench.xero.presented == [FIRST, FIRST, SECOND]


def test_housekeeping_confirms_though_this_process_holds_an_older_token_that_is_fresh(bench: Bench) -> None:
    grant = bench.signed_in()
    other = bench.another("two")
    bench.xero.lost_answers = [unanswered()]
    other.access_token(grant, refused=1)
    bench.clock.advance(300)
    bench.keeper.recover()
    assert bench.shelf.grants[grant].record.generation == 3


def test_a_first_request_that_was_answered_needs_no_confirmation(bench: Bench) -> None:
    grant = bench.signed_in()
    bench.keeper.access_token(grant, refused=1)
    bench.clock.advance(1800 - 121)
    bench.keeper.recover()
    assert bench.keeper.access_token(grant).generation == 2
    assert bench.xero.presented == [FIRST]


def test_a_keychain_that_was_slow_before_the_first_request_makes_it_no_replay(bench: Bench) -> None:
    grant = bench.signed_in()
    bench.box.before_open = lambda: bench.clock.advance(10)
    bench.another("two").access_token(grant, refused=1)
    bench.clock.advance(400)
    bench.keeper.recover()
    assert bench.xero.presented == [FIRST]


def test_a_token_ended_by_a_stray_request_is_found_out_and_brought_back_inside_the_grace(
    bench: Bench, replayed: GrantId
) -> None:
    stray_arrives(bench)
    bench.clock.advance(300)
    assert bench.keeper.access_token(replayed).generation == 3
    assert bench.xero.presented[-2:] == [SECOND, FIRST]
    # That was a replay again, and is confirmed at once: the first presentation is long past.
    assert bench.keeper.access_token(replayed).generation == 4
    bench.clock.advance(60 * 60)
    assert bench.keeper.access_token(replayed).generation == 5


def test_an_owner_whose_lease_ran_out_and_whose_answer_was_lost_costs_nothing(bench: Bench) -> None:
    grant = bench.signed_in()
    other = bench.another("two")

    def overtaken() -> None:
        bench.xero.during = lambda: None
        bench.clock.advance(46)
        assert other.access_token(grant, refused=1).generation == 2
        stray_arrives(bench)

    bench.xero.during = overtaken
    bench.xero.lost_answers = [None, unanswered()]  # the other's answer comes, ours does not
    assert bench.keeper.access_token(grant, refused=1).generation == 2
    for machine in (other, bench.keeper):
        bench.clock.advance(301)
        machine.recover()
    bench.clock.advance(60 * 60)
    assert bench.keeper.access_token(grant).generation >= 3
    assert bench.shelf.grants[grant].record.state is GrantState.ACTIVE


def test_an_answer_that_comes_after_the_budget_is_kept_as_a_candidate_and_used_when_it_is_needed(bench: Bench) -> None:
    grant = bench.signed_in()
    other = bench.another("two")

    def overtaken() -> None:
        bench.xero.during = lambda: None
        bench.clock.advance(70)
        assert other.access_token(grant, refused=1).generation == 2

    bench.xero.during = overtaken
    assert bench.keeper.access_token(grant, refused=1).generation == 2
    (late,) = bench.shelf.grants[grant].candidates
    assert (late.token.generation, bench.xero.rotations) == (2, 2)
    bench.xero.kill(canary("refresh 2"))
    bench.xero.revive(canary("refresh 1"))
    assert bench.keeper.access_token(grant, refused=2).generation == 3
    assert bench.xero.presented[-2:] == [canary("refresh 2"), canary("refresh 1")]


def test_a_long_answer_is_waited_for(bench: Bench) -> None:
    grant = bench.signed_in()
    bench.xero.during = lambda: bench.clock.advance(29.9)
    assert bench.keeper.access_token(grant, refused=1).generation == 2
    assert bench.xero.presented == [FIRST]


def test_a_killed_owner_whose_request_arrives_after_the_replay_costs_nothing(bench: Bench) -> None:
    grant = bench.signed_in()
    bench.xero.lost_answers = [KeyboardInterrupt()]  # type: ignore[list-item]  # ends the caller like a kill
    with pytest.raises(KeyboardInterrupt):
        bench.another("killed").access_token(grant, refused=1)
    bench.shelf.dead.add("killed")
    bench.keeper.recover()
    stray_arrives(bench)
    bench.clock.advance(301)
    bench.keeper.recover()
    bench.clock.advance(24 * 60 * 60)
    assert bench.another("tomorrow").access_token(grant).generation >= 4


def test_a_confirmation_that_fails_is_tried_again_and_meanwhile_the_token_serves(
    bench: Bench, replayed: GrantId
) -> None:
    bench.clock.advance(300)
    bench.xero.faults = [not_sent(), not_sent()]
    assert bench.keeper.access_token(replayed).generation == 2
    bench.clock.advance(16)
    assert bench.keeper.access_token(replayed).generation == 3


def test_an_answer_kept_by_a_killed_process_is_confirmed_when_it_came_of_a_replay(bench: Bench) -> None:
    grant = bench.signed_in()
    bench.xero.lost_answers = [unanswered()]
    bench.store.trouble["commit"] = [StoreUnavailable("Full.", code="DISK_FULL")] * 4
    with pytest.raises(StoreUnavailable):
        bench.keeper.access_token(grant, refused=1)
    bench.shelf.dead.add("one")
    other = bench.another("two")
    assert other.access_token(grant, refused=1).generation == 2
    assert bench.xero.rotations == 2
    bench.clock.advance(301)
    assert other.access_token(grant).generation == 3
    assert bench.xero.rotations == 3


def test_an_answer_kept_by_a_killed_process_is_not_confirmed_when_it_was_the_first(bench: Bench) -> None:
    grant = bench.signed_in()
    bench.store.trouble["commit"] = [StoreUnavailable("Full.", code="DISK_FULL")] * 4
    with pytest.raises(StoreUnavailable):
        bench.keeper.access_token(grant, refused=1)
    bench.shelf.dead.add("one")
    other = bench.another("two")
    assert other.access_token(grant, refused=1).generation == 2
    bench.clock.advance(600)
    assert other.access_token(grant).generation == 2
    assert bench.xero.rotations == 1


def test_a_grant_that_needs_a_sign_in_is_confirmed_no_more(bench: Bench, replayed: GrantId) -> None:
    bench.xero.end_grants()
    with pytest.raises(SignInNeeded):
        bench.keeper.access_token(replayed, refused=2)
    asked = len(bench.xero.presented)
    bench.clock.advance(301)
    bench.keeper.recover()
    assert len(bench.xero.presented) == asked


def test_a_lease_that_grew_old_before_the_request_is_made_longer_first(bench: Bench) -> None:
    grant = bench.signed_in()
    other = bench.another("two")
    held: list[bool] = []

    def slow_keychain() -> None:
        bench.box.before_open = lambda: None
        bench.clock.advance(30)

    def long_request() -> None:
        bench.clock.advance(29)
        held.append(bench.store.is_held(grant))

    bench.box.before_open = slow_keychain
    bench.xero.during = long_request
    assert other.access_token(grant, refused=1).generation == 2
    assert held == [True]


def test_nothing_is_presented_under_a_lease_that_somebody_took_meanwhile(bench: Bench) -> None:
    grant = bench.signed_in()
    other = bench.another("two")

    def asleep() -> None:
        bench.box.before_open = lambda: None
        bench.clock.jump_wall(46)
        assert other.access_token(grant, refused=1).generation == 2

    bench.box.before_open = asleep
    assert bench.keeper.access_token(grant, refused=1).generation == 2
    assert bench.xero.presented == [FIRST]
