"""How grants are adopted, revoked, forgotten and wiped."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hostspec.errors import (
    ProviderUnavailable,
    SignInNeeded,
    SignInRejected,
)
from tests.canaries import canary
from tests.plugin.grant_builders import (
    ADA,
    CLIENT,
    SCOPES,
    Bench,
    answer,
    unanswered,
)
from xero_connections_plugin.oauth.grant import GrantId, GrantState, Identity
from xero_connections_plugin.oauth.rotation_words import Place


@pytest.fixture
def bench() -> Bench:
    return Bench()


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


def test_what_is_dropped_from_memory_is_asked_of_the_store(bench: Bench) -> None:
    grant = bench.signed_in()
    assert bench.keeper.access_token(grant).generation == 1
    del bench.shelf.grants[grant]
    # What is held serves on until it is dropped.
    assert bench.keeper.access_token(grant).generation == 1
    bench.keeper.drop(grant)
    with pytest.raises(SignInNeeded):
        bench.keeper.access_token(grant)


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
    assert bench.keeper.revoke(grant)
    assert bench.xero.revoked == [canary("refresh 1")]
    with pytest.raises(SignInNeeded) as caught:
        bench.keeper.access_token(grant)
    assert caught.value.code == "REVOKED"


def test_a_grant_renewed_elsewhere_while_it_is_revoked_is_revoked_by_its_newest_token(bench: Bench) -> None:
    grant = bench.signed_in()
    other = bench.another("two")
    renewing = [True]

    def renew_once() -> None:
        if renewing:
            renewing.clear()
            other.access_token(grant, refused=1)

    bench.xero.during = renew_once
    bench.keeper.revoke(grant)
    assert bench.xero.revoked == [canary("refresh 0"), canary("refresh 1")]
    with pytest.raises(SignInNeeded):
        other.access_token(grant, refused=2)


@pytest.mark.parametrize("when", ["before", "meanwhile"])
def test_who_signs_in_again_keeps_that_sign_in_when_the_earlier_one_is_revoked(bench: Bench, when: str) -> None:
    grant = bench.signed_in()
    [record] = bench.keeper.records([grant]).values()
    waiting = [1]

    def sign_in_again() -> None:
        while waiting:
            waiting.pop()
            bench.clock.advance(1)
            bench.signed_in("again")

    if when == "before":
        sign_in_again()
    else:
        bench.xero.during = sign_in_again
    revoked = bench.another("two").revoke(grant, signed_in_at=record.authorized_at)
    assert revoked == (when == "meanwhile")
    assert bench.xero.revoked == ([canary("refresh 0")] if revoked else [])
    assert bench.another("three").access_token(grant).value.get_secret_value() == canary("access again")


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
    assert not bench.keeper.revoke(grant)
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
    assert bench.keeper.wipe_unreferenced(lambda: set(grants[:2]), timedelta(0)) == 0
    assert bench.xero.revoked == []


def test_a_sign_in_that_is_renewed_in_the_browser_while_old_ones_are_wiped_is_kept(bench: Bench) -> None:
    grant = bench.signed_in()
    bench.clock.advance(86400 + 1)

    def signs_in_meanwhile() -> set[GrantId]:
        assert bench.signed_in("anew") == grant
        return set()

    assert bench.keeper.wipe_unreferenced(signs_in_meanwhile) == 0
    assert bench.keeper.access_token(grant).generation == 2


def test_a_grant_that_another_entry_was_bound_to_meanwhile_is_not_forgotten(bench: Bench) -> None:
    grant = bench.signed_in()
    bench.shelf.bound = {grant}
    bench.keeper.forget(grant)
    assert bench.keeper.access_token(grant).generation == 1
