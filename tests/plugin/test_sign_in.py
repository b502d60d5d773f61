"""How a sign-in goes, from Authorize to its end."""

import base64
import hashlib
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic import SecretStr

from hostspec.errors import (
    CallbackPortBusy,
    NotAllowed,
    NoTenant,
    ProviderUnavailable,
    SignInFailed,
    SignInRejected,
    SignInRunning,
    StoreUnavailable,
)
from hostspec.testing import FakeBrowser
from tests.plugin.sign_in_site import CLIENT_ID, ISSUER, PATIENCE, SignInSite
from xero_connections_plugin.oauth.callback_verdict import Page
from xero_connections_plugin.oauth.grant import TokenAnswer
from xero_connections_plugin.oauth.oauth_errors import OutcomeUnknown, RequestNotSent, Throttled
from xero_connections_plugin.oauth.sign_in import SignInPhase, SignInRequest


def test_allowing_access_ends_in_adopted_tokens() -> None:
    with SignInSite() as site:
        site.start()
        waiting = site.progress()
        assert (waiting.phase, waiting.seconds_left, waiting.seconds_total) == (SignInPhase.WAITING, 90, 90)
        assert site.browser.wait_for_address() == waiting.address

        assert site.listeners.browse(site.allow()).page is Page.RECEIVED

        done = site.end()
        assert (done.phase, done.result, done.problem) == (SignInPhase.DONE, "three companies", None)
        assert len(site.adopted) == 1
        assert site.tokens.posts == ["exchange"]


def test_the_address_asks_for_a_code_with_proof_and_nothing_else() -> None:
    with SignInSite() as site:
        site.start(scopes=("offline_access", "accounting.contacts"))

        asked = site.asked()
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT_ID
        assert asked["redirect_uri"] == site.progress().redirect_uri == "http://localhost:8888/callback"
        assert asked["scope"] == "offline_access accounting.contacts"
        assert asked["code_challenge_method"] == "S256"
        assert "nonce" not in asked
        assert asked["state"] not in repr(site.progress())


def test_every_attempt_draws_new_secrets() -> None:
    with SignInSite() as site:
        seen = []
        for _ in range(3):
            site.start()
            seen.append((site.asked()["state"], site.asked()["code_challenge"]))
            site.desk.cancel("draft")

        assert len({state for state, _ in seen}) == 3
        assert len({challenge for _, challenge in seen}) == 3


def test_a37_an_answer_may_come_before_the_browser_call_returns() -> None:
    browser = FakeBrowser()
    with SignInSite(browser) as site:
        browser.on_open = lambda _: [site.listeners.browse(site.allow())].clear()
        site.start()

        assert site.end().phase is SignInPhase.DONE


@pytest.mark.parametrize("browser", [FakeBrowser(answer=False), FakeBrowser(error=OSError("no browser"))])
def test_a42_without_a_browser_the_address_can_still_be_opened_by_hand(browser: FakeBrowser) -> None:
    with SignInSite(browser) as site:
        site.start()
        browser.wait_for_address()

        site.listeners.browse(site.allow())

        assert site.end().phase is SignInPhase.DONE
        site.tasks.join(PATIENCE)
        assert site.progress().browser_opened is False


def test_a42_a_browser_that_blocks_holds_nothing_up() -> None:
    browser = FakeBrowser(blocked=True)
    with SignInSite(browser) as site:
        site.start()
        browser.wait_for_address()

        site.listeners.browse(site.allow())

        assert site.end().phase is SignInPhase.DONE
        assert site.progress().browser_opened is None
        browser.release()
        site.tasks.join(PATIENCE)
        assert site.progress().browser_opened is True


def test_no_browser_is_opened_for_somebody_who_sits_elsewhere() -> None:
    with SignInSite() as site:
        site.start(open_browser=False)
        site.desk.cancel("draft")
        site.end()
        site.tasks.join(PATIENCE)

        assert len(site.browser.addresses) == 0


def test_a8_a_denial_changes_nothing_and_says_so() -> None:
    with SignInSite() as site:
        site.start()
        assert site.listeners.browse(site.deny()).page is Page.DENIED

        assert site.problem() == ("SIGN_IN_DENIED", "You did not allow access. Nothing was changed.")
        assert site.tokens.posts == []


@pytest.mark.parametrize(
    ("error", "code"),
    [
        ("server_error", "XERO_DOWN"),
        ("temporarily_unavailable", "XERO_DOWN"),
        ("invalid_scope", "SCOPES"),
        ("unauthorized_client", "APP_CONFIG"),
        ("<script>" * 2000, "APP_CONFIG"),
    ],
)
def test_other_errors_of_the_sign_in_page_say_what_to_do(error: str, code: str) -> None:
    with SignInSite() as site:
        site.start()
        assert site.listeners.browse(site.deny(error=error)).page is Page.FAILED

        assert site.problem()[0] == code


def test_a13_the_answer_of_another_issuer_goes_nowhere() -> None:
    with SignInSite() as site:
        site.start()
        site.listeners.browse(f"{site.allow()}&iss=https://evil.example")

        code, text = site.problem()
        assert code == "APP_CONFIG"
        assert "another sign-in server" in text
        assert site.tokens.posts == []


def test_requests_that_are_no_answer_leave_the_wait_as_it_is() -> None:
    with SignInSite() as site:
        site.start()
        right = site.allow()
        for wrong in (
            right.replace("state=", "state=x"),
            right.replace("code=", "kode="),
            f"{right}&code=again",
            f"{right}&error=access_denied",
            "http://localhost:8888/callback?error=access_denied",
            "http://localhost:8888/favicon.ico",
        ):
            assert site.listeners.visit(wrong).status in {400, 404}
        assert site.listeners.visit(right, "POST").status == 405
        assert site.progress().phase is SignInPhase.WAITING

        site.listeners.browse(right)
        assert site.end().phase is SignInPhase.DONE


def test_a38_a_second_identical_answer_never_leads_to_a_second_exchange() -> None:
    with SignInSite() as site:
        site.start()
        right = site.allow()
        site.listeners.visit(right)
        assert site.listeners.visit(right).page is Page.ALREADY

        site.end()
        assert site.tokens.posts == ["exchange"]


@pytest.mark.parametrize("draft", ["first", "second"])
def test_two_sign_ins_on_two_ports_do_not_disturb_each_other(draft: str) -> None:
    with SignInSite() as site:
        site.start("first", ports=(8888, 8889))
        site.start("second", ports=(8888, 8889))
        assert site.progress("second").redirect_uri == "http://localhost:8889/callback"
        assert site.asked("second")["redirect_uri"] == "http://localhost:8889/callback"

        site.listeners.browse(site.allow(draft))

        assert site.end(draft).phase is SignInPhase.DONE
        other = "second" if draft == "first" else "first"
        assert site.progress(other).phase is SignInPhase.WAITING


def test_whoever_wants_a_port_in_use_here_is_told_who_signs_in() -> None:
    with SignInSite() as site:
        site.start("first", owner="Ada")

        with pytest.raises(SignInRunning, match="Ada is signing in"):
            site.start("second", owner="Ben")

        assert site.desk.progress("second") is None
        site.desk.cancel("first")
        site.start("second", owner="Ben")


def test_a40_one_entry_is_signed_in_once_at_a_time() -> None:
    with SignInSite() as site:
        site.start("first", subject_id="entry", owner="Ada")

        with pytest.raises(SignInRunning, match="Ada is signing in for this connection"):
            site.start("second", subject_id="entry", ports=(9999,))
        with pytest.raises(SignInRunning):
            site.start("first", ports=(9999,))
        assert site.listeners.opened == [8888]


def test_a33_a_busy_port_gives_way_to_the_next_registered_one() -> None:
    with SignInSite() as site:
        site.listeners.taken = {8888}
        site.start(ports=(8888, 8889))
        assert site.asked()["redirect_uri"] == "http://localhost:8889/callback"

        site.listeners.browse(site.allow())

        assert site.end().phase is SignInPhase.DONE


def test_a32_when_all_ports_are_busy_they_are_named_and_no_browser_opens() -> None:
    with SignInSite() as site:
        site.listeners.taken = {8888, 8889}
        with pytest.raises(CallbackPortBusy, match="8888, 8889") as busy:
            site.start(ports=(8888, 8889))

        assert busy.value.code == "PORT_BUSY"
        assert site.desk.progress("draft") is None
        site.tasks.join(PATIENCE)
        assert len(site.browser.addresses) == 0


def test_what_the_preflight_finds_comes_before_port_and_browser() -> None:
    with SignInSite() as site:

        def preflight(request: SignInRequest) -> None:
            raise StoreUnavailable("The list cannot be written.", code="STORE_READONLY")

        site.preflight = preflight
        with pytest.raises(StoreUnavailable):
            site.start()

        assert site.listeners.opened == []
        assert site.tasks.started == []


def test_a_definition_that_cannot_be_used_is_refused_at_once() -> None:
    with SignInSite() as site:
        with pytest.raises(SignInRejected, match="http://localhost"):
            site.start(application_url="https://example.com")

        assert site.listeners.opened == []


def test_a_used_code_is_explained() -> None:
    with SignInSite() as site:
        site.start()
        site.listeners.browse(site.allow().replace("code=code", "code=used"))

        assert site.problem() == (
            "CODE_REFUSED",
            "The sign-in took too long or was used twice. Please try again.",
        )
        assert len(site.adopted) == 0


@pytest.mark.parametrize(
    "failure",
    [
        OutcomeUnknown(ProviderUnavailable("Down.", code="XERO_DOWN")),
        Throttled(ProviderUnavailable("Wait.", code="RATE_LIMITED"), retry_after=5),
        RequestNotSent(ProviderUnavailable("Proxy.", code="PROXY")),
        RequestNotSent(ProviderUnavailable("Trust.", code="TLS_UNTRUSTED")),
    ],
)
def test_a_code_that_may_have_been_seen_is_never_posted_again(failure: OutcomeUnknown) -> None:
    with SignInSite(auto_advance=True) as site:
        site.tokens.failures = [failure]
        site.start()
        site.listeners.browse(site.allow())

        assert site.problem()[0] == failure.problem.code
        assert site.tokens.posts == ["exchange"]


def test_a_code_that_never_left_is_posted_again() -> None:
    with SignInSite(auto_advance=True) as site:
        offline = RequestNotSent(ProviderUnavailable("Offline.", code="OFFLINE"))
        site.tokens.failures = [offline, offline]
        site.start()
        site.listeners.browse(site.allow())

        assert site.end().phase is SignInPhase.DONE
        assert site.tokens.posts == ["exchange"] * 3


def test_a_server_that_stays_away_ends_the_sign_in_after_three_tries() -> None:
    with SignInSite(auto_advance=True) as site:
        site.tokens.failures = [RequestNotSent(ProviderUnavailable("Offline.", code="OFFLINE"))] * 5
        site.start()
        site.listeners.browse(site.allow())

        assert site.problem()[0] == "OFFLINE"
        assert len(site.tokens.posts) == 3


def test_tokens_that_cannot_be_refreshed_are_refused_by_the_name_of_the_missing_scope() -> None:
    with SignInSite() as site:
        site.tokens.edit = lambda answer: replace(answer, refresh_token=None)
        site.start(scopes=("accounting.contacts",))
        site.listeners.browse(site.allow())

        code, text = site.problem()
        assert code == "SCOPES"
        assert text == (
            "The sign-in came without permission to stay signed in. Add the scope offline_access under Advanced, then "
            "Authorize again. Nothing was changed."
        )
        assert len(site.adopted) == 0


def _with_id_token(answer: TokenAnswer) -> TokenAnswer:
    return replace(answer, id_token=SecretStr("a.b.c"))


def _claims(site: SignInSite, **changes: object) -> Callable[[], dict[str, object]]:
    seconds = int(site.clock.now().timestamp())
    right = {"iss": ISSUER, "sub": "user-1", "aud": CLIENT_ID, "iat": seconds, "exp": seconds + 300}
    return lambda: {**right, "nonce": site.asked()["nonce"], **changes}


def test_with_openid_the_checked_claims_come_with_the_tokens() -> None:
    with SignInSite() as site:
        site.tokens.edit = _with_id_token
        site.signatures.claims = _claims(site, email="ada@example.com")
        site.start(scopes=("openid", "offline_access"))
        site.listeners.browse(site.allow())

        assert site.end().phase is SignInPhase.DONE
        [(_, claims)] = site.adopted
        assert claims is not None
        assert (claims.subject, claims.email) == ("user-1", "ada@example.com")


@pytest.mark.parametrize(
    ("ours", "theirs"), [(0.0, None), (0.0, 0.0), (-7200.0, 7200.0)], ids=["no date", "same clock", "our clock is off"]
)
def test_with_openid_times_are_judged_by_the_clock_of_the_server_where_it_tells(
    ours: float, theirs: float | None
) -> None:
    with SignInSite() as site:
        right = site.clock.now()
        site.signatures.claims = _claims(site)
        site.start(scopes=("openid", "offline_access"))
        site.signatures.claims = _claims(site, iat=int(right.timestamp()), exp=int(right.timestamp()) + 300)
        site.clock.jump_wall(ours)
        date = None if theirs is None else site.clock.now() + timedelta(seconds=theirs)
        site.tokens.edit = lambda answer: replace(_with_id_token(answer), server_date=date)
        site.listeners.browse(site.allow())

        assert site.end().phase is SignInPhase.DONE


def test_with_openid_the_hash_of_the_access_token_must_fit() -> None:
    for right in (True, False):
        with SignInSite() as site:
            site.tokens.edit = lambda answer: replace(_with_id_token(answer), access_token=SecretStr("access"))
            digest = hashlib.sha256(b"access" if right else b"other").digest()[:16]
            site.signatures.claims = _claims(site, at_hash=base64.urlsafe_b64encode(digest).decode().rstrip("="))
            site.start(scopes=("openid", "offline_access"))
            site.listeners.browse(site.allow())

            assert site.end().phase is (SignInPhase.DONE if right else SignInPhase.FAILED)


@pytest.mark.parametrize("change", [{"nonce": "another"}, {"iss": "https://evil.example"}, {"aud": "another"}])
def test_with_openid_tokens_are_dropped_when_the_proof_does_not_fit(change: dict[str, object]) -> None:
    with SignInSite() as site:
        site.tokens.edit = _with_id_token
        site.signatures.claims = _claims(site, **change)
        site.start(scopes=("openid", "offline_access"))
        site.listeners.browse(site.allow())

        assert site.problem()[0] == "ID_TOKEN"
        assert len(site.adopted) == 0


def test_with_openid_a_missing_proof_is_an_error() -> None:
    with SignInSite() as site:
        site.start(scopes=("openid", "offline_access"))
        site.listeners.browse(site.allow())

        assert site.problem() == (
            "ID_TOKEN",
            "The proof of who signed in could not be accepted: it is missing. Nothing was changed; please try again.",
        )


def test_without_openid_an_id_token_is_left_alone() -> None:
    with SignInSite() as site:
        site.tokens.edit = _with_id_token
        site.start()
        site.listeners.browse(site.allow())

        assert site.end().phase is SignInPhase.DONE
        assert site.signatures.seen == []


@pytest.mark.parametrize(
    ("error", "code"), [(NoTenant("No company."), "NO_TENANT"), (NotAllowed("Not yours."), "NOT_ALLOWED")]
)
def test_what_keeping_the_tokens_runs_into_is_shown(error: Exception, code: str) -> None:
    with SignInSite() as site:

        def adopt(answer: TokenAnswer, claims: object) -> str:
            raise error

        site.adopt = adopt
        site.start()
        site.listeners.browse(site.allow())

        assert site.problem() == (code, str(error))


def test_a_fault_of_ours_ends_the_sign_in_and_reaches_the_log_of_the_host() -> None:
    with SignInSite() as site:

        def adopt(answer: TokenAnswer, claims: object) -> str:
            raise ZeroDivisionError

        site.adopt = adopt
        site.start()
        site.listeners.browse(site.allow())

        assert site.problem()[0] == "SIGN_IN_FAILED"
        site.tasks.join(PATIENCE)
        assert [type(error) for _, error in site.tasks.failures] == [ZeroDivisionError]
        site.tasks.failures.clear()


def test_a_listener_for_news_that_raises_or_blocks_does_no_harm() -> None:
    released = threading.Event()
    with SignInSite() as site:
        site.changed = lambda: [released.wait(PATIENCE)].clear()
        site.start()
        site.listeners.browse(site.allow())
        assert site.end().phase is SignInPhase.DONE

        def broken() -> None:
            raise ZeroDivisionError

        site.changed = broken
        site.start("second")
        site.listeners.browse(site.allow("second"))
        assert site.end("second").phase is SignInPhase.DONE

        released.set()
        site.tasks.join(PATIENCE)
        assert {name for name, _ in site.tasks.failures} == {"sign-in news"}
        site.tasks.failures.clear()


def test_a_host_that_cannot_start_tasks_leaves_no_port_behind() -> None:
    with SignInSite() as site:

        def refuse(name: str, work: object) -> None:
            raise RuntimeError("the host is closing")

        site.tasks.start = refuse  # type: ignore[method-assign,assignment]  # a host in trouble
        with pytest.raises(RuntimeError):
            site.start()

        assert site.listeners.held() == {}
        assert site.desk.progress("draft") is None


def test_after_shutdown_nothing_starts_and_no_port_is_held() -> None:
    with SignInSite() as site:
        site.start("first", ports=(8888,))
        site.start("second", ports=(8889,))
        site.listeners.visit(site.allow("second"))

        site.desk.shutdown()

        assert site.listeners.held() == {}
        assert site.problem("first")[0] == "SIGN_IN_CANCELLED"
        with pytest.raises(SignInFailed, match="closing"):
            site.start("third", ports=(8890,))
