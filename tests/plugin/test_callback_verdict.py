"""Which requests may end the wait. KEEP means: a neutral answer, and the attempt goes on."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from tests.canaries import assert_no_leaks, canary
from xero_connections_plugin.oauth.authorization import Attempt
from xero_connections_plugin.oauth.callback_verdict import (
    CodeReceived,
    ErrorReceived,
    ForeignAnswer,
    IncomingRequest,
    Page,
    Refusal,
    Taken,
    Verdict,
    explain_paste,
    judge,
    judge_pasted,
)

STATE = canary("state")
CODE = canary("code")
ISSUER = "https://identity.xero.com"
ATTEMPT = Attempt("http://localhost:8888/callback", SecretStr(STATE), ISSUER)
GOOD = f"/callback?code={CODE}&state={STATE}"
HOST = ("localhost:8888",)


def judged(target: str, *, method: str = "GET", hosts: tuple[str, ...] = HOST, taken: Taken | None = None) -> Verdict:
    return judge(ATTEMPT, IncomingRequest(method, target, hosts), taken)


def is_keep(verdict: Verdict) -> bool:
    return (
        verdict.outcome is None
        and 400 <= verdict.status < 500
        and verdict.page is Page.NEUTRAL
        and verdict.location is None
        and verdict.refusal is not None
    )


def test_the_right_answer_is_taken_and_the_browser_sent_to_a_clean_page() -> None:
    verdict = judged(GOOD)

    assert verdict.outcome == CodeReceived(SecretStr(CODE))
    assert (verdict.status, verdict.location) == (303, "/callback/done")


def test_unknown_parameters_and_empty_ones_are_ignored() -> None:
    assert judged(f"{GOOD}&session_state=x&session_state=y&error=&iss=").outcome == CodeReceived(SecretStr(CODE))


@pytest.mark.parametrize("method", ["HEAD", "POST", "PUT", "OPTIONS", "get"])
def test_a23_only_get_is_accepted(method: str) -> None:
    verdict = judged(GOOD, method=method)

    assert is_keep(verdict)
    assert verdict.status == 405


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "//callback",
        "/callback/",
        "/./callback",
        "/x/../callback",
        "/Callback",
        "/c%61llback",
        "/callback%20",
        "/callback;a",
        "callback",
        "",
        "http://localhost:8888/callback",
        "/favicon.ico",
        "/robots.txt",
        "/apple-touch-icon.png",
        "/callback/done",
        "/callback/denied",
    ],
)
def test_a25_only_the_exact_path_is_accepted(path: str) -> None:
    verdict = judged(f"{path}?code={CODE}&state={STATE}")

    assert is_keep(verdict)
    assert verdict.status == 404


@pytest.mark.parametrize(
    "hosts",
    [
        (),
        ("localhost:8888", "localhost:8888"),
        ("evil.example:8888",),
        ("localhost",),
        ("localhost:8889",),
        ("localhost.:8888",),
        ("127.0.0.1:8888",),
        ("",),
    ],
)
def test_a26_only_the_exact_host_is_accepted(hosts: tuple[str, ...]) -> None:
    verdict = judged(GOOD, hosts=hosts)

    assert is_keep(verdict)
    assert verdict.status in {400, 421}


def test_the_default_port_may_be_left_out_of_the_host() -> None:
    attempt = Attempt("http://localhost:80/callback", SecretStr(STATE), ISSUER)

    for host in ("localhost", "localhost:80", "LOCALHOST"):
        verdict = judge(attempt, IncomingRequest("GET", GOOD, (host,)), None)
        assert isinstance(verdict.outcome, CodeReceived)


@pytest.mark.parametrize(
    "query",
    [
        f"code={CODE}&state=wrong",
        f"code={CODE}",
        f"code={CODE}&state=",
        f"state={STATE}",
        f"state={STATE}&code=",
        f"state={STATE}&code=&error=",
        f"state={STATE}&code={CODE}&error=access_denied",
        f"state={STATE}&code={CODE}&code={CODE}",
        f"state={STATE}&code={CODE}&code=other",
        f"state={STATE}&code={CODE}&code=",
        f"state={STATE}&state={STATE}&code={CODE}",
        f"state={STATE}&error=a&error=b",
        f"state={STATE}&code={CODE}&iss={ISSUER}&iss={ISSUER}",
        f"state={STATE}&code=a%00b",
        f"state={STATE}&code=%C3%BC",
        f"state={STATE}&code=%FF",
        f"state=%ED%A0%80&code={CODE}",
        f"STATE={STATE}&CODE={CODE}",
        "error=access_denied",
        "error=access_denied&state=wrong",
        f"error=access_denied&state={STATE[:-1]}",
        f"state={STATE}&code={CODE}" + "&x=1" * 60,
        "",
    ],
)
def test_an_answer_that_is_not_exactly_right_changes_nothing(query: str) -> None:
    assert is_keep(judged(f"/callback?{query}"))


@pytest.mark.parametrize(
    ("query", "why"),
    [
        (f"code={CODE}&state=wrong", Refusal.OTHER_SIGN_IN),
        (f"code={CODE}&state=", Refusal.NO_ANSWER),
        (f"state={STATE}", Refusal.NO_ANSWER),
        (f"state={STATE}&code={CODE}&error=access_denied", Refusal.NO_ANSWER),
        (f"state={STATE}&code={CODE}&code={CODE}", Refusal.MALFORMED),
        (f"state={STATE}&code=%C3%BC", Refusal.MALFORMED),
        (f"state={STATE}&code={CODE}&x=%FF", Refusal.MALFORMED),
        (f"state={STATE}&code={CODE}" + "&x=1" * 49, Refusal.MALFORMED),
    ],
)
def test_what_is_wrong_with_an_answer_is_known_and_its_status_is_400(query: str, why: Refusal) -> None:
    verdict = judged(f"/callback?{query}")

    assert (verdict.status, verdict.page, verdict.refusal) == (400, Page.NEUTRAL, why)


def test_fifty_parameters_are_not_too_many() -> None:
    assert judged(GOOD + "&x=1" * 48).outcome == CodeReceived(SecretStr(CODE))


@pytest.mark.parametrize("target", ["", "/callback\x7f", "/callback?\u00e9", f"{GOOD} ", f"{GOOD}\n", f"{GOOD}\ud800"])
def test_a25_a_target_that_no_browser_sends_is_refused(target: str) -> None:
    assert judged(target) == Verdict(400, Page.NEUTRAL, refusal=Refusal.MALFORMED)


def test_what_is_wrong_with_a_request_is_known() -> None:
    assert judged(GOOD, hosts=()).refusal is Refusal.MALFORMED
    assert judged(GOOD, hosts=("evil.example",)).refusal is Refusal.ELSEWHERE
    assert judged("/other").refusal is Refusal.ELSEWHERE
    assert judged(GOOD, method="POST").refusal is Refusal.METHOD


def test_a8_a_denial_with_the_right_state_ends_the_attempt() -> None:
    verdict = judged(f"/callback?error=access_denied&state={STATE}")

    assert verdict.outcome == ErrorReceived("access_denied")
    assert (verdict.status, verdict.location) == (303, "/callback/denied")


def test_a10_a_hostile_error_is_cut_and_cleaned() -> None:
    verdict = judged(f"/callback?error=%3Cscript%3E%22%0A{'x' * 10_000}&state={STATE}")

    assert isinstance(verdict.outcome, ErrorReceived)
    assert verdict.outcome.error.startswith("<script>xxx")
    assert len(verdict.outcome.error) == 60
    assert verdict.location == "/callback/failed"


def test_an_error_of_forbidden_characters_only_still_ends_the_attempt() -> None:
    assert judged(f"/callback?error=%E2%80%AE&state={STATE}").outcome == ErrorReceived("unknown_error")


def test_the_right_issuer_is_accepted() -> None:
    assert judged(f"{GOOD}&iss=https%3A%2F%2Fidentity.xero.com").outcome == CodeReceived(SecretStr(CODE))


@pytest.mark.parametrize("iss", ["https://evil.example", ISSUER + "/", ISSUER.upper()])
@pytest.mark.parametrize("kind", [f"code={CODE}", "error=access_denied"])
def test_a13_another_issuer_is_refused_without_a_code_for_errors_too(iss: str, kind: str) -> None:
    verdict = judged(f"/callback?{kind}&state={STATE}&iss={iss}")

    assert verdict.outcome == ForeignAnswer()
    assert verdict.location == "/callback/failed"


def test_a38_after_the_answer_the_same_one_gets_a_friendly_page_and_never_counts_again() -> None:
    taken = Taken(SecretStr(GOOD), Page.RECEIVED)

    again = judged(GOOD, taken=taken)
    assert (again.status, again.page, again.outcome) == (200, Page.ALREADY, None)
    assert again.refusal is Refusal.ALREADY_TAKEN
    other = judged(f"/callback?code=other&state={STATE}", taken=taken)
    assert other == Verdict(400, Page.NEUTRAL, refusal=Refusal.ALREADY_TAKEN)


def test_only_the_clean_page_of_the_answer_that_was_taken_exists() -> None:
    taken = Taken(SecretStr(GOOD), Page.RECEIVED)

    assert judged("/callback/done", taken=taken) == Verdict(200, Page.RECEIVED)
    assert judged("/callback/denied", taken=taken).status == 404
    assert judged("/callback/done", method="HEAD", taken=taken) == Verdict(405, Page.NEUTRAL, refusal=Refusal.METHOD)
    assert judged("/callback/done", hosts=("evil.example",), taken=taken).status == 421


def test_a44_an_answer_that_came_too_late_leads_to_its_own_clean_page_and_never_counts() -> None:
    taken = Taken(SecretStr(GOOD), Page.EXPIRED)

    again = judged(GOOD, taken=taken)
    assert (again.status, again.location, again.outcome) == (303, "/callback/expired", None)
    assert judged("/callback/expired", taken=taken) == Verdict(200, Page.EXPIRED, refusal=Refusal.TOO_LATE)
    assert judged("/callback/expired").status == 404
    assert judged("/callback/done", taken=taken).status == 404
    assert is_keep(judged(f"/callback?code=other&state={STATE}", taken=taken))


def test_secrets_do_not_show_in_printed_requests_verdicts_and_attempts() -> None:
    request = IncomingRequest("GET", GOOD, HOST)

    text = f"{request} {judge(ATTEMPT, request, None)} {ATTEMPT} {Taken(SecretStr(GOOD), Page.RECEIVED)}"
    assert_no_leaks(text, {"code": CODE, "state": STATE})


PIECES = st.sampled_from(
    ["code", "state", "error", "iss", "=", "&", "%", "+", "?", "#", "/", ";", CODE, STATE, ISSUER, "x", "é", "\x00"]
)
TARGETS = st.builds(
    lambda path, pieces: f"{path}?{''.join(pieces)}",
    st.sampled_from(["/callback", "/", "/callback/"]),
    st.lists(PIECES),
)


@given(
    method=st.sampled_from(["GET", "HEAD", "POST", "TRACE"]),
    target=TARGETS | st.text(),
    hosts=st.lists(st.sampled_from(["localhost:8888", "evil.example", "localhost"]) | st.text(max_size=10), max_size=2),
)
def test_only_an_exact_request_ever_changes_anything(method: str, target: str, hosts: list[str]) -> None:
    verdict = judged(target, method=method, hosts=tuple(hosts))

    if verdict.outcome is None:
        assert is_keep(verdict)
    else:
        assert (method, hosts) == ("GET", ["localhost:8888"])
        assert target.startswith("/callback?")
        assert target.count(STATE) >= 1


@given(st.text() | TARGETS.map(lambda target: f"http://localhost:8888{target}"))
def test_any_text_can_be_pasted(text: str) -> None:
    verdict = judge_pasted(ATTEMPT, text, None)

    explained = explain_paste(verdict, ATTEMPT.redirect_uri)
    assert (explained == "") == (verdict.outcome is not None)


@pytest.mark.parametrize(
    "pasted",
    [
        f"http://localhost:8888{GOOD}",
        f"  http://localhost:8888{GOOD}\n",
        f'"http://localhost:8888{GOOD}"',
        f"<http://localhost:8888{GOOD}>",
        f"localhost:8888{GOOD}",
        f"http://localhost:8888{GOOD}#fragment",
        f"HTTP://LOCALHOST:8888{GOOD}",
    ],
)
def test_the_address_of_the_error_page_can_be_pasted_as_browsers_show_it(pasted: str) -> None:
    assert judge_pasted(ATTEMPT, pasted, None).outcome == CodeReceived(SecretStr(CODE))


@pytest.mark.parametrize(
    ("pasted", "hint"),
    [
        ("", "begins with http://localhost:8888/callback?code="),
        ("https://login.xero.com/identity/connect/authorize?state=" + STATE, "begins with"),
        (f"https://localhost:8888{GOOD}", "begins with"),
        (f"http://localhost:9999{GOOD}", "begins with"),
        (f"http://localhost:8888/other?code={CODE}&state={STATE}", "begins with"),
        ("http://[half", "begins with"),
        (f"http://localhost:8888{GOOD}{'x' * 70_000}", "begins with"),
        (f"http://localhost:8888/callback?code={CODE}&state=earlier", "another sign-in"),
        (f"http://localhost:8888/callback?code={CODE}", "to its very end"),
        (f"http://localhost:8888/callback?state={STATE}", "to its very end"),
    ],
)
def test_a_wrong_address_is_explained_without_repeating_it(pasted: str, hint: str) -> None:
    verdict = judge_pasted(ATTEMPT, pasted, None)

    explained = explain_paste(verdict, ATTEMPT.redirect_uri)
    assert is_keep(verdict)
    assert verdict.outcome is None
    assert hint in explained
    assert_no_leaks(explained, {"code": CODE, "state": STATE})


@pytest.mark.parametrize(
    ("pasted", "status", "why"),
    [
        ("http://[half", 400, Refusal.MALFORMED),
        (f"http://localhost:8888{GOOD}\u00e9", 400, Refusal.MALFORMED),
        (f"http://localhost:8888/callback?co\nde={CODE}&state={STATE}", 400, Refusal.MALFORMED),
        (f"https://localhost:8888{GOOD}", 404, Refusal.ELSEWHERE),
        (f"http://localhost:8888{GOOD}XX", 400, Refusal.OTHER_SIGN_IN),
        ("XX", 421, Refusal.ELSEWHERE),
    ],
)
def test_what_is_wrong_with_a_pasted_address_is_known(pasted: str, status: int, why: Refusal) -> None:
    assert judge_pasted(ATTEMPT, pasted, None) == Verdict(status, Page.NEUTRAL, refusal=why)


def test_a_pasted_address_may_be_as_long_as_a_request_line() -> None:
    address = f"http://localhost:8888/callback?state={STATE}&code="
    longest = address + "c" * (64 * 1024 - len(address))

    assert judge_pasted(ATTEMPT, longest, None).outcome is not None
    assert judge_pasted(ATTEMPT, f"{longest}c", None).refusal is Refusal.MALFORMED


def test_a38_an_address_that_is_pasted_after_the_answer_counts_no_more() -> None:
    taken = Taken(SecretStr(GOOD), Page.RECEIVED)

    again = judge_pasted(ATTEMPT, f"http://localhost:8888{GOOD}", taken)

    assert (again.outcome, again.refusal) == (None, Refusal.ALREADY_TAKEN)
    assert explain_paste(again, ATTEMPT.redirect_uri) == "The answer to this sign-in was received already."


def test_an_accepted_address_needs_no_explanation() -> None:
    assert explain_paste(judged(GOOD), ATTEMPT.redirect_uri) == ""


def test_every_refusal_is_explained() -> None:
    for refusal in Refusal:
        assert explain_paste(Verdict(400, Page.NEUTRAL, refusal=refusal), ATTEMPT.redirect_uri).endswith(".")
