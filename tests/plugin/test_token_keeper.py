"""What the token keeper promises to whoever asks for a token."""

from __future__ import annotations

import pytest

from hostspec.errors import (
    ProviderUnavailable,
    SignInRejected,
)
from tests.canaries import canary
from tests.plugin.grant_builders import (
    SCOPES,
    Bench,
    answer,
    not_sent,
    refused,
    throttled,
    unanswered,
)
from xero_connections_plugin.oauth.grant import GrantState


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_a_valid_token_is_handed_out_without_asking_the_server(bench: Bench) -> None:
    grant = bench.signed_in()
    token = bench.keeper.access_token(grant)
    assert (token.value.get_secret_value(), token.generation) == (canary("access 0"), 1)
    assert bench.xero.presented == []


def test_another_process_takes_the_stored_token(bench: Bench) -> None:
    grant = bench.signed_in()
    assert bench.another("two").access_token(grant).value.get_secret_value() == canary("access 0")
    assert bench.xero.presented == []


def test_a_token_is_renewed_two_minutes_before_it_expires(bench: Bench) -> None:
    grant = bench.signed_in()
    bench.clock.advance(1800 - 121)
    assert bench.keeper.access_token(grant).generation == 1
    bench.clock.advance(2)
    assert bench.keeper.access_token(grant).generation == 2
    assert bench.xero.presented == [canary("refresh 0")]


def test_a_short_lifetime_keeps_four_fifths_of_itself(bench: Bench) -> None:
    grant = bench.signed_in(seconds=10.0)
    bench.clock.advance(7.9)
    assert bench.keeper.access_token(grant).generation == 1
    bench.clock.advance(0.2)
    assert bench.keeper.access_token(grant).generation == 2


@pytest.mark.parametrize("seconds", [None, 0.0, -5.0])
def test_an_answer_without_a_usable_lifetime_is_kept_and_renewed_early(bench: Bench, seconds: float | None) -> None:
    grant = bench.signed_in(seconds=seconds)
    assert bench.keeper.access_token(grant).generation == 1
    bench.clock.advance(301)
    assert bench.keeper.access_token(grant).generation == 2


def test_a_refused_token_makes_a_new_one(bench: Bench) -> None:
    grant = bench.signed_in()
    assert bench.keeper.access_token(grant, refused=1).generation == 2
    assert bench.xero.rotations == 1


def test_a_refused_token_that_is_older_than_the_stored_one_costs_no_refresh(bench: Bench) -> None:
    grant = bench.signed_in()
    bench.another("two").access_token(grant, refused=1)
    assert bench.keeper.access_token(grant, refused=1).generation == 2
    assert bench.xero.rotations == 1


def test_an_answer_without_a_refresh_token_keeps_the_old_one(bench: Bench) -> None:
    grant = bench.signed_in()
    bench.xero.answer_with = lambda name: answer(name, bench.clock, refresh=False)
    bench.keeper.access_token(grant, refused=1)
    bench.xero.answer_with = lambda name: answer(name, bench.clock)
    assert bench.keeper.access_token(grant, refused=2).generation == 3
    assert bench.xero.presented == [canary("refresh 0"), canary("refresh 0")]


def test_granted_scopes_are_those_of_the_answer_and_else_those_before(bench: Bench) -> None:
    grant = bench.signed_in()
    bench.keeper.access_token(grant, refused=1)
    assert bench.shelf.grants[grant].record.scopes == SCOPES
    bench.xero.answer_with = lambda name: answer(name, bench.clock, scopes=("offline_access",))
    bench.keeper.access_token(grant, refused=2)
    assert bench.shelf.grants[grant].record.scopes == ("offline_access",)


def test_the_spent_token_is_kept_as_predecessor_with_the_time_it_was_first_presented(bench: Bench) -> None:
    grant = bench.signed_in()
    bench.clock.advance(60)
    first = bench.clock.now()
    bench.xero.lost_answers = [unanswered()]
    bench.keeper.access_token(grant, refused=1)
    kept = bench.shelf.grants[grant].predecessor
    assert kept is not None
    assert (kept.token.generation, kept.since) == (1, first)


def test_a_lost_answer_is_asked_for_again_at_once(bench: Bench) -> None:
    grant = bench.signed_in()
    bench.xero.lost_answers = [unanswered()]
    token = bench.keeper.access_token(grant, refused=1)
    assert token.generation == 2
    assert bench.xero.presented == [canary("refresh 0")] * 2
    assert bench.shelf.grants[grant].intent is None


def test_one_failure_of_the_server_costs_one_more_request(bench: Bench) -> None:
    grant = bench.signed_in()
    bench.xero.faults = [unanswered()]
    assert bench.keeper.access_token(grant, refused=1).generation == 2
    assert len(bench.xero.presented) == 1


def test_a_server_that_stays_down_is_tried_four_times_and_the_intent_stays_noted(bench: Bench) -> None:
    grant = bench.signed_in()
    bench.xero.faults = [unanswered() for _ in range(9)]
    before = bench.clock.monotonic()
    with pytest.raises(ProviderUnavailable) as caught:
        bench.keeper.access_token(grant, refused=1)
    assert caught.value.code == "XERO_DOWN"
    assert len(bench.xero.faults) == 5
    assert bench.clock.monotonic() - before < 65
    assert bench.shelf.grants[grant].intent is not None
    assert bench.shelf.grants[grant].record.state is GrantState.ACTIVE


def test_requests_that_take_their_full_time_are_replayed_once_within_65_seconds(bench: Bench) -> None:
    grant = bench.signed_in()

    def slowly() -> None:
        bench.clock.advance(30)

    bench.xero.during = slowly
    bench.xero.lost_answers = [unanswered() for _ in range(9)]
    before = bench.clock.monotonic()
    with pytest.raises(ProviderUnavailable):
        bench.keeper.access_token(grant, refused=1)
    assert bench.xero.presented == [canary("refresh 0")] * 2
    assert bench.clock.monotonic() - before <= 65


def test_the_next_call_after_an_outage_presents_the_same_token_and_succeeds(bench: Bench) -> None:
    grant = bench.signed_in()
    bench.xero.lost_answers = [unanswered() for _ in range(4)]
    with pytest.raises(ProviderUnavailable):
        bench.keeper.access_token(grant, refused=1)
    assert bench.keeper.access_token(grant, refused=1).generation == 2
    assert set(bench.xero.presented) == {canary("refresh 0")}


def test_a_request_that_never_left_leaves_no_intent(bench: Bench) -> None:
    grant = bench.signed_in()
    bench.xero.faults = [not_sent() for _ in range(9)]
    with pytest.raises(ProviderUnavailable) as caught:
        bench.keeper.access_token(grant, refused=1)
    assert caught.value.code == "OFFLINE"
    assert bench.shelf.grants[grant].intent is None
    assert len(bench.xero.faults) == 7


def test_a_request_that_never_left_keeps_the_intent_of_an_earlier_one_that_may_have(bench: Bench) -> None:
    grant = bench.signed_in()
    bench.xero.faults = [unanswered(), not_sent(), not_sent(), not_sent()]
    with pytest.raises(ProviderUnavailable):
        bench.keeper.access_token(grant, refused=1)
    assert bench.shelf.grants[grant].intent is not None


def test_a_short_wait_that_the_server_asks_for_is_waited(bench: Bench) -> None:
    grant = bench.signed_in()
    bench.xero.faults = [throttled(5.0)]
    assert bench.keeper.access_token(grant, refused=1).generation == 2
    assert 5.0 in bench.clock.waits


def test_a_long_wait_that_the_server_asks_for_is_told(bench: Bench) -> None:
    grant = bench.signed_in()
    bench.xero.faults = [throttled(900.0)]
    with pytest.raises(ProviderUnavailable) as caught:
        bench.keeper.access_token(grant, refused=1)
    assert (caught.value.code, caught.value.retry_after) == ("RATE_LIMITED", 900.0)
    assert bench.shelf.grants[grant].intent is None


def test_a_still_valid_token_is_handed_out_while_the_server_is_down_and_not_tried_at_every_call(bench: Bench) -> None:
    grant = bench.signed_in()
    bench.clock.advance(1800 - 100)
    bench.xero.faults = [not_sent(), not_sent()]
    assert bench.keeper.access_token(grant).generation == 1
    assert bench.xero.faults == []
    assert bench.keeper.access_token(grant).generation == 1
    assert bench.xero.presented == []
    bench.clock.advance(16)
    assert bench.keeper.access_token(grant).generation == 2


def test_a_wrong_app_ends_no_grant(bench: Bench) -> None:
    grant = bench.signed_in()
    bench.xero.faults = [refused("invalid_client")]
    with pytest.raises(SignInRejected):
        bench.keeper.access_token(grant, refused=1)
    assert bench.shelf.grants[grant].record.state is GrantState.ACTIVE
    assert bench.keeper.access_token(grant, refused=1).generation == 2


def test_a_wall_clock_set_forward_costs_one_refresh_and_set_back_none(bench: Bench) -> None:
    grant = bench.signed_in()
    bench.clock.jump_wall(86400)
    assert bench.keeper.access_token(grant).generation == 2
    assert bench.keeper.access_token(grant).generation == 2
    bench.clock.jump_wall(-60 * 86400)
    assert bench.keeper.access_token(grant).generation == 2
    assert bench.keeper.access_token(grant, refused=2).generation == 3
    assert bench.keeper.access_token(grant).generation == 3


def test_no_secret_stands_in_what_the_keeper_shows(bench: Bench) -> None:
    grant = bench.signed_in()
    token = bench.keeper.access_token(grant)
    shown = repr((bench.keeper, bench.keeper.record(grant), token, bench.steps))
    assert canary("access 0") not in shown
    assert canary("refresh 0") not in shown
