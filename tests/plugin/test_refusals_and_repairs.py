"""What happens when the server refuses a grant, the key or the store is away, or a process was killed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from hostspec.errors import (
    ProviderUnavailable,
    SecretStoreUnavailable,
    SignInNeeded,
    StoreUnavailable,
)
from tests.canaries import canary
from tests.plugin.grant_builders import (
    Bench,
    not_sent,
    unanswered,
)
from xero_connections_plugin.oauth.grant import GrantId, GrantState, SignInCause


@pytest.fixture
def bench() -> Bench:
    return Bench()


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


def test_recover_does_not_renew_once_more_what_another_process_finishes_at_the_same_moment(bench: Bench) -> None:
    grant = bench.signed_in()
    bench.xero.lost_answers = [KeyboardInterrupt()]  # type: ignore[list-item]
    with pytest.raises(KeyboardInterrupt):
        bench.another("killed").access_token(grant, refused=1)
    bench.shelf.dead.add("killed")
    look = bench.store.with_intents

    def overtaken() -> Mapping[GrantId, int]:
        noted = look()
        bench.another("quicker").recover()
        return noted

    bench.store.with_intents = overtaken  # type: ignore[method-assign]  # another one acts right after the look
    bench.keeper.recover()
    assert bench.shelf.grants[grant].record.generation == 2


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
