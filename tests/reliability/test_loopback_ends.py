"""How a sign-in ends: told by Xero or by the clock, with or without a browser, exactly once. Through real sockets."""

from __future__ import annotations

import threading
import time
from urllib.parse import quote

import pytest

from hostspec.errors import SignInRunning
from hostspec.testing import FakeBrowser
from sample_host.xero_simulator.faults import Slow
from sample_host.xero_simulator.server import SimulatorServer
from tests.plugin.loopback_client import is_open, read_answer, read_to_end, visit
from tests.plugin.sign_in_office import PATIENCE, Office
from xero_connections_plugin.gateways.sign_in.callback_pages import SECURITY_HEADERS
from xero_connections_plugin.gateways.sign_in.callback_server import ListenerLimits
from xero_connections_plugin.oauth.sign_in import SignInPhase

SCRIPT = "</title></p></script><script>document.title='taken'</script><img src=x onerror=\"alert('x')\">"


def with_error(office: Office, error: str, description: str = "") -> str:
    """An answer of Xero's without a code."""
    state = office.consent(allow=False).rpartition("state=")[2].partition("&")[0]
    return f"/callback?error={quote(error)}&error_description={quote(description)}&state={state}"


def test_a8_a_denial_ends_the_sign_in_and_changes_nothing(office: Office) -> None:
    office.authorize()

    page = office.browse(office.consent(allow=False))

    assert "Access was not allowed" in page.body
    assert office.problem() == ("SIGN_IN_DENIED", "You did not allow access. Nothing was changed.")
    assert (office.token_requests, len(office.kept)) == (0, 0)
    office.port_is_free()


@pytest.mark.exempt(I7="what the sign-in page said is quoted, as plain text")
@pytest.mark.parametrize("place", ["error", "error_description", "error_uri", "both"])
def test_a10_a_hostile_error_ends_the_sign_in_as_cut_and_cleaned_text(office: Office, place: str) -> None:
    office.authorize()
    hostile = SCRIPT + "\u202e\r\nSet-Cookie: a=b\r\n" + "x" * 10_000
    target = with_error(office, hostile if place in {"error", "both"} else "odd_error", hostile)
    if place == "error_uri":
        target += f"&error_uri={quote('javascript:alert(1)//' + hostile)}"

    sent_on = office.visit(target)
    page = office.visit(str(sent_on.headers["Location"]))

    assert (sent_on.status, sent_on.headers["Location"], page.status) == (303, "/callback/failed", 200)
    for seen in (sent_on, page):
        assert {name: seen.headers[name] for name, _ in SECURITY_HEADERS} == dict(SECURITY_HEADERS)
        assert seen.headers["Set-Cookie"] is None
        assert "<script" not in seen.body
        assert "taken" not in seen.body, "nothing of Xero's text reaches the page"
    code, text = office.problem()
    assert code == "APP_CONFIG"
    assert len(text) <= 300
    assert text.isprintable()
    assert office.token_requests == 0


@pytest.mark.parametrize("error", ["server_error", "temporarily_unavailable"])
def test_a10_trouble_at_xero_is_told_as_trouble_at_xero(office: Office, error: str) -> None:
    office.authorize()

    office.browse(with_error(office, error))

    assert office.problem()[0] == "XERO_DOWN"


def test_a37_the_answer_may_come_before_the_browser_call_returns(office: Office) -> None:
    returned = threading.Event()

    def open_at_once(address: str) -> None:
        office.allow(address)
        assert office.end().phase is SignInPhase.DONE
        returned.set()

    office.browser.on_open = open_at_once
    office.authorize()

    assert office.end().phase is SignInPhase.DONE
    assert returned.wait(PATIENCE)
    office.has_tokens_once()


def test_a37_the_port_accepts_connections_before_the_browser_is_started(office: Office) -> None:
    was_open: list[bool] = []
    office.browser.on_open = lambda _: was_open.append(is_open(office.port))
    office.authorize()
    office.browser.wait_for_address()
    office.succeeds()
    office.tasks.join(PATIENCE)
    assert was_open == [True]


@pytest.mark.parametrize("times", [1, 5])
def test_a38_a_second_identical_answer_gets_a_friendly_page_and_no_second_exchange(
    xero: SimulatorServer, times: int
) -> None:
    xero.control.reset()
    # The port's last second is made longer, so that a busy machine gets all its visits in.
    with Office(xero, limits=ListenerLimits(linger_seconds=30)) as office:
        office.authorize()
        right = office.consent()
        assert office.visit(right).status == 303
        for _ in range(times):
            again = office.visit(right)
            assert (again.status, "This answer was received before" in again.body) == (200, True)
        other = office.visit(right.replace("code=", "code=x"))
        assert (other.status, "Nothing to see here" in other.body) == (400, True)
        assert "Access was received" in office.visit("/callback/done").body
        assert office.end().phase is SignInPhase.DONE
        office.has_tokens_once()


def test_a38_many_tabs_at_once_lead_to_one_exchange(xero: SimulatorServer) -> None:
    xero.control.reset()
    with Office(xero, limits=ListenerLimits(linger_seconds=30)) as office:
        office.authorize()
        right = office.consent()
        everyone = threading.Barrier(12)
        statuses: list[int] = []

        def answer() -> None:
            everyone.wait(PATIENCE)
            statuses.append(office.visit(right).status)

        threads = [threading.Thread(target=answer) for _ in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(statuses) == [*[200] * 11, 303]
        assert office.end().phase is SignInPhase.DONE
        office.desk.discard("draft")
        assert (office.token_requests, len(office.kept)) == (1, 1)


def test_a38_the_port_is_gone_a_second_after_the_answer(office: Office) -> None:
    office.authorize()
    begun = time.monotonic()
    assert office.visit(office.consent()).status == 303
    office.end()
    office.port_is_free()
    assert time.monotonic() - begun < 5


def test_a40_two_sign_ins_for_one_connection_are_one_and_open_one_tab(office: Office) -> None:
    office.authorize("first", subject_id="entry", owner="Ada")

    with pytest.raises(SignInRunning, match="Ada is signing in for this connection right now") as refusal:
        office.authorize("second", subject_id="entry", owner="Ben")

    assert refusal.value.code == "SIGN_IN_RUNNING"
    office.browse(office.consent("first"))
    assert office.end("first").phase is SignInPhase.DONE
    assert len(office.browser.addresses) == 1
    office.has_tokens_once()


@pytest.mark.parametrize("same_draft", [True, False])
def test_a40_of_many_that_authorize_in_one_moment_one_runs(office: Office, same_draft: bool) -> None:
    everyone = threading.Barrier(8)
    refused: list[str] = []
    began: list[str] = []

    def authorize(number: int) -> None:
        draft_id = "draft" if same_draft else f"draft-{number}"
        everyone.wait(PATIENCE)
        try:
            office.authorize(draft_id, subject_id="entry")
        except SignInRunning as refusal:
            refused.append(refusal.code)
        else:
            began.append(draft_id)

    threads = [threading.Thread(target=authorize, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert refused == ["SIGN_IN_RUNNING"] * 7
    [runs] = began
    office.browse(office.consent(runs))
    assert office.end(runs).phase is SignInPhase.DONE
    assert len(office.browser.addresses) == 1
    office.has_tokens_once()


@pytest.mark.parametrize(
    "make",
    [lambda: FakeBrowser(answer=False), lambda: FakeBrowser(error=OSError("no browser")), FakeBrowser],
    ids=["says no", "raises", "says yes and shows nothing"],
)
def test_a42_without_a_browser_the_address_can_be_opened_by_hand(
    xero: SimulatorServer, make: type[FakeBrowser]
) -> None:
    xero.control.reset()
    with Office(xero, browser=make()) as office:
        office.authorize()
        office.browser.wait_for_address()
        office.clock.advance(89.0)
        assert office.progress().phase is SignInPhase.WAITING
        office.succeeds(office.target(office.progress().address))


@pytest.mark.parametrize("how", ["says no", "raises", "blocks"])
def test_a42_without_a_browser_only_the_limit_ends_the_wait(xero: SimulatorServer, how: str) -> None:
    browser = FakeBrowser(answer=False, error=OSError("none") if how == "raises" else None, blocked=how == "blocks")
    with Office(xero, browser=browser) as office:
        office.authorize()
        browser.wait_for_address()
        office.clock.advance(90.0)
        assert office.progress().phase is SignInPhase.WAITING
        office.clock.advance(0.1)
        assert office.problem()[0] == "SIGN_IN_TIMEOUT"


def test_a42_a_launcher_that_blocks_for_a_minute_holds_nothing_up(xero: SimulatorServer) -> None:
    xero.control.reset()
    with Office(xero, browser=FakeBrowser(blocked=True)) as office:
        office.authorize()
        office.browser.wait_for_address()
        office.clock.advance(60.0)
        assert office.progress().browser_opened is None
        office.succeeds()


def test_a43_a_closed_tab_ends_by_the_limit_with_the_offer_to_try_again(office: Office) -> None:
    office.authorize()
    office.clock.advance(90.0)
    assert office.progress().phase is SignInPhase.WAITING
    office.clock.advance(0.01)

    code, text = office.problem()

    assert code == "SIGN_IN_TIMEOUT"
    assert "within 90 seconds" in text
    assert "try again" in text
    assert "Nothing was changed" in text
    office.port_is_free()
    office.authorize()
    office.succeeds()


@pytest.mark.parametrize("seconds", [0.0, 89.0, 89.9, 90.0])
def test_a44_an_answer_up_to_the_limit_is_taken_though_the_exchange_ends_later(office: Office, seconds: float) -> None:
    office.xero.control.set_fault(Slow(at="token", seconds=0.3))
    office.authorize()
    right = office.consent()
    office.clock.advance(seconds)

    assert office.visit(right).status == 303
    office.clock.advance(30.0)
    assert "Access was received" in office.visit("/callback/done").body

    assert office.end().phase is SignInPhase.DONE
    office.has_tokens_once()


@pytest.mark.parametrize("seconds", [90.000_1, 90.1, 95.0])
def test_a44_an_answer_after_the_limit_gets_the_page_that_says_so(office: Office, seconds: float) -> None:
    office.authorize()
    right = office.consent()
    office.clock.advance(seconds)

    late = office.visit(right)

    assert (late.status, late.headers["Location"]) == (303, "/callback/expired")
    assert office.visit(right).headers["Location"] == "/callback/expired"
    page = office.visit("/callback/expired")
    assert (page.status, "It was cancelled or took too long" in page.body) == (200, True)
    assert office.problem()[0] == "SIGN_IN_TIMEOUT"
    assert (office.token_requests, len(office.kept)) == (0, 0)
    office.port_is_free()


@pytest.mark.parametrize("seconds", [89.9, 90.0, 90.1])
def test_a44_a_request_that_began_before_the_limit_is_judged_when_it_is_whole(office: Office, seconds: float) -> None:
    office.authorize()
    right = office.consent()
    office.clock.advance(89.0)
    with office.connect() as slow:
        slow.sendall(f"GET {right} HTTP/1.1\r\n".encode())
        office.clock.advance(seconds - 89.0)
        slow.sendall(f"Host: localhost:{office.port}\r\n\r\n".encode())
        answer = read_answer(read_to_end(slow))

    assert answer.headers["Location"] == ("/callback/expired" if seconds > 90 else "/callback/done")
    assert office.end().phase is (SignInPhase.FAILED if seconds > 90 else SignInPhase.DONE)
    assert len(office.kept) == office.token_requests == (0 if seconds > 90 else 1)


@pytest.mark.parametrize("jump", [86_400.0, -86_400.0, 3600.0, -3600.0])
def test_a45_the_wall_clock_may_jump_during_the_wait(office: Office, jump: float) -> None:
    office.authorize()
    office.clock.advance(60.0)
    office.clock.jump_wall(jump)
    assert office.progress().seconds_left == pytest.approx(30.0)
    office.succeeds()


@pytest.mark.parametrize("jump", [86_400.0, -86_400.0, 3600.0, -3600.0])
def test_a45_a_jump_of_the_wall_clock_neither_shortens_nor_lengthens_the_wait(office: Office, jump: float) -> None:
    office.authorize()
    office.clock.jump_wall(jump)
    office.clock.advance(90.0)
    assert office.progress().phase is SignInPhase.WAITING
    office.clock.advance(0.1)

    assert office.problem()[0] == "SIGN_IN_TIMEOUT"


def test_a44_the_port_of_a_late_answer_is_free_for_the_next_attempt_at_once(office: Office) -> None:
    office.authorize()
    office.clock.advance(90.1)
    assert office.problem()[0] == "SIGN_IN_TIMEOUT"

    office.authorize()

    assert visit(office.port, "/callback").status == 400
    office.succeeds()
