"""What becomes of a sign-in when the token endpoint refuses: b1, b2, b3, b4, b6."""

from pathlib import Path

import pytest

from hostspec.connections import HttpSession
from hostspec.errors import ProviderUnavailable, SignInNeeded, SignInRejected
from hostspec.value import Remedy
from sample_host.xero_simulator.faults import RateLimited, TokenError
from tests.canaries import canary
from tests.plugin.grant_builders import Bench
from tests.plugin.small_server import Call
from tests.reliability.relay import Relay
from tests.reliability.trouble import NAME, Office
from xero_connections_plugin.oauth.grant import GrantState, SignInCause

REFUSED = TokenError(at="token", times=None)


def test_b1_a_refused_sign_in_needs_a_new_one_and_nothing_is_deleted(
    tmp_path: Path, store_settings: dict[str, str]
) -> None:
    with Office(tmp_path, store_settings) as site:
        before, asked = site.stored(), site.requests()
        site.xero.control.set_fault(REFUSED)
        site.age_token()
        site.told("REVOKED", Remedy.SIGN_IN_AGAIN)
        assert site.requests() == asked + 1
        after = site.stored()
        assert (after.record.state, after.record.cause) == (GrantState.NEEDS_SIGN_IN, SignInCause.REVOKED)
        assert (after.sealed, after.record.generation) == (before.sealed, before.record.generation)

        site.told("REVOKED", Remedy.SIGN_IN_AGAIN)
        assert site.requests() == asked + 1, "a refused token is not presented again"
        tab = site.tab()
        assert tab.cell(NAME, "Status") == "Needs sign-in"

        site.xero.control.clear()
        tab.row(NAME)
        tab.press("Edit")
        site.authorize(tab)
        tab.press("OK")
        tab.press("Save")
        assert site.trouble() is None


def test_b1_every_token_that_is_kept_is_tried_before_anybody_is_asked_to_sign_in() -> None:
    bench = Bench()
    grant = bench.signed_in()
    other = bench.another("two")

    def overtake() -> None:
        bench.xero.during = lambda: None
        # The first process has lost its lease by the time of its answer, which stays a candidate.
        bench.clock.advance(60)
        other.access_token(grant, refused=1)

    bench.xero.during = overtake
    bench.keeper.access_token(grant, refused=1)
    stored = bench.shelf.grants[grant]
    assert (len(stored.candidates), stored.predecessor is not None) == (1, True)

    bench.xero.end_grants()
    bench.xero.presented.clear()
    with pytest.raises(SignInNeeded) as caught:
        other.access_token(grant, refused=stored.record.generation)
    assert bench.xero.presented == [canary("refresh 2"), canary("refresh 1"), canary("refresh 0")]
    assert caught.value.code == "REVOKED"
    after = bench.shelf.grants[grant]
    assert (after.sealed, after.candidates, after.predecessor) == (stored.sealed, stored.candidates, stored.predecessor)


def test_b2_a_refusal_because_another_process_has_rotated_is_noticed_by_nobody(
    tmp_path: Path, store_settings: dict[str, str]
) -> None:
    with Office(tmp_path, store_settings) as site, Relay(site.xero.addresses) as relay:
        site.leave_unchecked("I4", "two processes present the same token on purpose, with no fault at Xero")
        site.xero.control.change(grace_seconds=0)
        site.age_token()

        def rotate_meanwhile(call: Call) -> None:
            relay.instead = lambda _: None
            # The slow process has lost its lease, with its request still on the way.
            site.end_leases()
            assert site.trouble() is None
            site.xero.control.advance(1)

        with (
            site.make_host("host-b", settings=relay.settings("token_url")) as slow,
            slow.hooks.open_session(site.connection_id) as session,
        ):
            assert isinstance(session, HttpSession)
            relay.instead = rotate_meanwhile
            assert session.http.get("Organisation").status_code == 200
        assert [count.refused for count in site.xero.control.state().tokens.values() if count.refused] == [1]
        assert site.refreshes() == 1
        assert site.stored().record.state is GrantState.ACTIVE


def test_b3_a_code_that_is_refused_ends_the_sign_in_with_what_to_do(
    tmp_path: Path, store_settings: dict[str, str]
) -> None:
    with Office(tmp_path, store_settings) as site:
        before, asked = site.stored(), site.requests()
        tab = site.edit()
        site.xero.control.set_fault(REFUSED)
        assert site.sign_in_fails(tab) == "The sign-in took too long or was used twice. Please try again."
        assert site.requests() == asked + 1, "a code is posted once"
        tab.press("Cancel")
        site.assert_kept(before)
        site.works_again()


APP_REFUSALS = {
    "invalid_client 401": TokenError(at="token", error="invalid_client", status=401, times=None),
    "invalid_client 400": TokenError(at="token", error="invalid_client", times=None),
    "unauthorized_client": TokenError(at="token", error="unauthorized_client", times=None),
}


@pytest.mark.parametrize("fault", APP_REFUSALS.values(), ids=APP_REFUSALS)
def test_b4_an_app_that_is_refused_keeps_its_tokens_and_is_not_tried_again(
    tmp_path: Path, store_settings: dict[str, str], fault: TokenError
) -> None:
    with Office(tmp_path, store_settings) as site:
        before, asked = site.stored(), site.requests()
        site.xero.control.set_fault(fault)
        site.age_token()
        problem = site.told("APP_CONFIG", Remedy.FIX_SETTINGS)
        assert isinstance(problem, SignInRejected)
        assert "Check the client id" in str(problem)
        assert site.requests() == asked + 1
        site.assert_kept(before)
        site.works_again()


@pytest.mark.parametrize("fault", APP_REFUSALS.values(), ids=APP_REFUSALS)
def test_b4_a_sign_in_for_an_app_that_is_refused_says_to_check_the_client_id(tmp_path: Path, fault: TokenError) -> None:
    with Office(tmp_path) as site:
        before, asked = site.stored(), site.requests()
        tab = site.edit()
        site.xero.control.set_fault(fault)
        assert "Check the client id" in site.sign_in_fails(tab)
        assert "Check the client id" in tab.field("Xero Client ID").error
        assert site.requests() == asked + 1
        tab.press("Cancel")
        site.assert_kept(before)
        site.works_again()


def test_b6_a_short_wait_that_is_asked_for_is_waited_and_nobody_notices(
    tmp_path: Path, store_settings: dict[str, str]
) -> None:
    with Office(tmp_path, store_settings) as site:
        site.xero.control.set_fault(RateLimited(at="token", retry_after=5))
        site.age_token()
        began = site.host.clock.monotonic()
        assert site.trouble() is None
        assert 5 <= site.host.clock.monotonic() - began <= 65
        assert site.refreshes() == 1
        assert site.stored().intent is None


def test_b6_a_wait_beyond_the_budget_is_told_with_its_time(tmp_path: Path, store_settings: dict[str, str]) -> None:
    with Office(tmp_path, store_settings) as site:
        before, asked = site.stored(), site.requests()
        site.xero.control.set_fault(RateLimited(at="token", times=None, retry_after=600))
        site.age_token()
        began = site.host.clock.monotonic()
        problem = site.told("RATE_LIMITED")
        assert isinstance(problem, ProviderUnavailable)
        assert problem.retry_after == 600
        assert "in 600 seconds" in str(problem)
        assert site.requests() == asked + 1
        assert site.host.clock.monotonic() - began <= 65
        site.assert_kept(before)
        site.works_again()


def test_b6_a_limit_that_never_ends_is_told_within_the_budget(tmp_path: Path) -> None:
    with Office(tmp_path) as site:
        asked = site.requests()
        site.xero.control.set_fault(RateLimited(at="token", times=None, retry_after=5))
        site.age_token()
        began = site.host.clock.monotonic()
        site.told("RATE_LIMITED")
        assert site.host.clock.monotonic() - began <= 65
        assert site.requests() - asked <= 4
        site.works_again()


def test_b6_a_limit_during_a_sign_in_ends_it_with_the_time(tmp_path: Path) -> None:
    with Office(tmp_path) as site:
        before = site.stored()
        tab = site.edit()
        site.xero.control.set_fault(RateLimited(at="token", times=None, retry_after=600))
        assert "in 600 seconds" in site.sign_in_fails(tab)
        tab.press("Cancel")
        site.assert_kept(before)
        site.works_again()
