"""What the token keeper promises to whoever asks for a token."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from hostspec.errors import (
    ProviderUnavailable,
    SecretStoreUnavailable,
    SignInNeeded,
    SignInRejected,
    StoreUnavailable,
)
from tests.canaries import canary
from tests.plugin.grant_builders import (
    ADA,
    CLIENT,
    SCOPES,
    Bench,
    answer,
    not_sent,
    refused,
    throttled,
    unanswered,
)
from xero_connections_plugin.oauth.grant import GrantId, GrantState, Identity, SignInCause
from xero_connections_plugin.oauth.rotation_words import Place


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


def test_a_refused_grant_needs_a_sign_in_and_nothing_is_deleted(bench: Bench) -> None:
    grant = bench.signed_in()
    bench.keeper.access_token(grant, refused=1)
    bench.xero.end_grants()
    with pytest.raises(SignInNeeded) as caught:
        bench.keeper.access_token(grant, refused=2)
    assert caught.value.code == "REVOKED"
    assert "Edit the connection" in str(caught.value)
    stored = bench.shelf.grants[grant]
    assert (stored.record.state, stored.record.cause) == (GrantState.NEEDS_SIGN_IN, SignInCause.REVOKED)
    assert stored.sealed
    assert stored.predecessor is not None
    assert bench.xero.presented[-2:] == [canary("refresh 1"), canary("refresh 0")]


def test_a_grant_that_needs_a_sign_in_is_not_tried_again(bench: Bench) -> None:
    grant = bench.signed_in()
    bench.xero.end_grants()
    for _ in range(3):
        with pytest.raises(SignInNeeded):
            bench.keeper.access_token(grant, refused=1)
    assert len(bench.xero.presented) == 1


def test_a_grant_unused_for_more_than_sixty_days_says_so(bench: Bench) -> None:
    grant = bench.signed_in()
    bench.clock.advance(61 * 86400)
    bench.xero.end_grants()
    with pytest.raises(SignInNeeded) as caught:
        bench.keeper.access_token(grant)
    assert caught.value.code == "IDLE_TOO_LONG"


def test_an_answer_lost_for_longer_than_the_grace_is_named_superseded(bench: Bench) -> None:
    grant = bench.signed_in()
    bench.xero.lost_answers = [unanswered() for _ in range(4)]
    with pytest.raises(ProviderUnavailable):
        bench.keeper.access_token(grant, refused=1)
    bench.clock.advance(31 * 60)
    with pytest.raises(SignInNeeded) as caught:
        bench.keeper.access_token(grant, refused=1)
    assert caught.value.code == "SUPERSEDED"


def test_the_predecessor_is_presented_when_the_current_token_is_refused(bench: Bench) -> None:
    grant = bench.signed_in()
    bench.keeper.access_token(grant, refused=1)
    bench.xero.kill(canary("refresh 1"))
    bench.clock.advance(27 * 60)
    token = bench.keeper.access_token(grant, refused=2)
    assert token.generation == 3
    assert bench.xero.presented[-2:] == [canary("refresh 1"), canary("refresh 0")]


def test_a_predecessor_first_presented_28_minutes_ago_is_left_alone(bench: Bench) -> None:
    grant = bench.signed_in()
    bench.keeper.access_token(grant, refused=1)
    bench.xero.kill(canary("refresh 1"))
    bench.clock.advance(28 * 60)
    with pytest.raises(SignInNeeded):
        bench.keeper.access_token(grant, refused=2)
    assert bench.xero.presented[-1] == canary("refresh 1")


def test_a_damaged_row_needs_a_sign_in_and_is_kept(bench: Bench) -> None:
    grant = bench.signed_in()
    bench.shelf.grants[grant] = replace(bench.shelf.grants[grant], sealed=b"rubbish")
    with pytest.raises(SignInNeeded) as caught:
        bench.another("two").access_token(grant)
    assert caught.value.code == "GRANT_DAMAGED"
    assert bench.shelf.grants[grant].sealed == b"rubbish"
    assert bench.xero.presented == []


def test_a_damaged_row_falls_back_to_the_predecessor(bench: Bench) -> None:
    grant = bench.signed_in()
    bench.keeper.access_token(grant, refused=1)
    bench.shelf.grants[grant] = replace(bench.shelf.grants[grant], sealed=b"rubbish")
    assert bench.another("two").access_token(grant).generation == 3


def test_a_missing_key_is_told_and_written_nowhere(bench: Bench) -> None:
    grant = bench.signed_in()
    before = bench.shelf.grants[grant]
    bench.box.trouble = [SecretStoreUnavailable("The key is missing.", code="KEY_MISSING")]
    with pytest.raises(SecretStoreUnavailable):
        bench.another("two").access_token(grant)
    assert bench.shelf.grants[grant] == before


def test_a_key_that_vanishes_during_a_refresh_leaves_a_replayable_intent_and_a_free_lease(bench: Bench) -> None:
    grant = bench.signed_in()
    bench.box.trouble = [SecretStoreUnavailable("The key is missing.", code="KEY_MISSING")]
    with pytest.raises(SecretStoreUnavailable):
        bench.keeper.access_token(grant, refused=1)
    assert not bench.store.is_held(grant)
    assert bench.xero.presented == []
    assert bench.keeper.access_token(grant, refused=1).generation == 2


def test_a_grant_that_is_gone_needs_a_sign_in(bench: Bench) -> None:
    with pytest.raises(SignInNeeded):
        bench.keeper.access_token(GrantId("nowhere"))


def test_a_store_that_is_away_does_not_matter_while_the_token_in_memory_is_valid(bench: Bench) -> None:
    grant = bench.signed_in()
    bench.clock.advance(1800 - 60)
    bench.store.trouble["read"] = [StoreUnavailable("Away.", code="STORE_UNREACHABLE")] * 2
    assert bench.keeper.access_token(grant).generation == 1
    with pytest.raises(StoreUnavailable):
        bench.keeper.access_token(grant, refused=1)


def test_a_disk_that_is_full_for_a_moment_loses_nothing(bench: Bench) -> None:
    grant = bench.signed_in()
    bench.store.trouble["append_candidate"] = [StoreUnavailable("Full.", code="DISK_FULL")] * 2
    bench.store.trouble["commit"] = [StoreUnavailable("Full.", code="DISK_FULL")]
    assert bench.keeper.access_token(grant, refused=1).generation == 2
    assert bench.xero.rotations == 1


@pytest.mark.parametrize("step", ["append_candidate", "commit"])
def test_a_renewal_that_cannot_be_saved_is_no_success_and_is_saved_later_without_the_server(
    bench: Bench, step: str
) -> None:
    grant = bench.signed_in()
    bench.store.trouble[step] = [StoreUnavailable("Full.", code="DISK_FULL")] * 4
    with pytest.raises(StoreUnavailable) as caught:
        bench.keeper.access_token(grant, refused=1)
    assert caught.value.code == "DISK_FULL"
    assert "not be saved yet" in str(caught.value)
    assert bench.shelf.grants[grant].record.generation == 1
    token = bench.keeper.access_token(grant, refused=1)
    assert (token.generation, token.value.get_secret_value()) == (2, canary("access 1"))
    assert bench.xero.rotations == 1


def test_an_unsaved_renewal_is_saved_by_recover_too(bench: Bench) -> None:
    grant = bench.signed_in()
    bench.store.trouble["append_candidate"] = [StoreUnavailable("Full.", code="DISK_FULL")] * 4
    with pytest.raises(StoreUnavailable):
        bench.keeper.access_token(grant, refused=1)
    bench.keeper.recover()
    assert bench.shelf.grants[grant].record.generation == 2
    assert bench.xero.rotations == 1


def test_a_sign_in_of_the_same_user_and_app_goes_into_the_existing_grant(bench: Bench) -> None:
    grant = bench.signed_in()
    again = bench.xero.gave(answer("again", bench.clock))
    record = bench.keeper.adopt(again, client_id=CLIENT, identity=ADA, requested_scopes=SCOPES)
    assert (record.grant_id, record.generation) == (grant, 2)
    kept = bench.shelf.grants[grant].predecessor
    assert kept is not None
    assert (kept.token.place, kept.token.generation, kept.since) == (Place.PREDECESSOR, 1, None)
    assert bench.keeper.access_token(grant).value.get_secret_value() == canary("access again")


def test_another_user_or_app_gets_another_grant(bench: Bench) -> None:
    grant = bench.signed_in()
    for client, who in ((CLIENT, Identity("ben")), ("F" * 32, ADA)):
        record = bench.keeper.adopt(answer("b", bench.clock), client_id=client, identity=who, requested_scopes=SCOPES)
        assert (record.grant_id != grant, record.generation) == (True, 1)
    assert bench.shelf.grants[grant].record.generation == 1


def test_a_sign_in_repairs_a_dead_grant(bench: Bench) -> None:
    grant = bench.signed_in()
    bench.xero.end_grants()
    with pytest.raises(SignInNeeded):
        bench.keeper.access_token(grant, refused=1)
    bench.signed_in("again")
    record = bench.keeper.record(grant)
    assert record is not None
    assert (record.state, record.cause, record.generation) == (GrantState.ACTIVE, None, 2)
    assert bench.keeper.access_token(grant).generation == 2


def test_a_sign_in_without_lasting_access_names_the_missing_scope(bench: Bench) -> None:
    without = answer("0", bench.clock, refresh=False)
    with pytest.raises(SignInRejected, match="offline_access"):
        bench.keeper.adopt(without, client_id=CLIENT, identity=ADA, requested_scopes=SCOPES)
    assert bench.shelf.grants == {}


def test_revoking_posts_the_current_refresh_token_and_the_grant_needs_a_sign_in(bench: Bench) -> None:
    grant = bench.signed_in()
    bench.keeper.access_token(grant, refused=1)
    bench.keeper.revoke(grant)
    assert bench.xero.revoked == [canary("refresh 1")]
    with pytest.raises(SignInNeeded) as caught:
        bench.keeper.access_token(grant)
    assert caught.value.code == "REVOKED"


def test_a_revocation_that_fails_changes_nothing(bench: Bench) -> None:
    grant = bench.signed_in()
    bench.xero.faults = [unanswered()]
    with pytest.raises(ProviderUnavailable):
        bench.keeper.revoke(grant)
    assert bench.keeper.access_token(grant).generation == 1


def test_a_forgotten_grant_leaves_nothing_in_memory_either(bench: Bench) -> None:
    grant = bench.signed_in()
    bench.keeper.forget(grant)
    bench.keeper.forget(grant)
    with pytest.raises(SignInNeeded):
        bench.keeper.access_token(grant)
    assert bench.keeper.records([grant]) == {}


def test_only_old_grants_that_nobody_bound_are_wiped_and_never_revoked(bench: Bench) -> None:
    grants = [
        bench.keeper.adopt(
            answer(name, bench.clock), client_id=CLIENT, identity=Identity(name), requested_scopes=SCOPES
        ).grant_id
        for name in ("bound", "named", "left")
    ]
    bench.clock.advance(86400 + 1)
    young = bench.signed_in("young")
    bench.shelf.bound = {grants[1]}
    assert bench.keeper.wipe_unreferenced(lambda: {grants[0]}) == 1
    assert set(bench.shelf.grants) == {grants[0], grants[1], young}
    assert bench.keeper.wipe_unreferenced({grants[0], grants[1]}, timedelta(0)) == 0
    assert bench.xero.revoked == []


def test_an_intent_of_a_killed_process_is_replayed_by_recover_at_once(bench: Bench) -> None:
    grant = bench.signed_in()
    killed = bench.another("killed")
    bench.xero.lost_answers = [KeyboardInterrupt()]  # type: ignore[list-item]  # ends the caller like a kill
    with pytest.raises(KeyboardInterrupt):
        killed.access_token(grant, refused=1)
    bench.shelf.dead.add("killed")
    bench.keeper.recover()
    assert bench.shelf.grants[grant].record.generation == 2
    assert bench.xero.presented == [canary("refresh 0")] * 2


def test_recover_leaves_a_living_owner_alone_and_survives_trouble(bench: Bench) -> None:
    grant = bench.signed_in()
    bench.xero.lost_answers = [KeyboardInterrupt()]  # type: ignore[list-item]
    with pytest.raises(KeyboardInterrupt):
        bench.another("alive").access_token(grant, refused=1)
    bench.keeper.recover()
    assert bench.xero.presented == [canary("refresh 0")]
    bench.shelf.dead.add("alive")
    bench.xero.faults = [not_sent(), not_sent()]
    bench.keeper.recover()
    assert bench.shelf.grants[grant].record.generation == 1


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
