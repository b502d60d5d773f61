"""What strangers may ask of the port while a sign-in is waited for: nothing of it changes anything.

Through real sockets, with a whole sign-in: after each attempt the wait goes on, and the true answer still succeeds.
"""

from __future__ import annotations

from urllib.parse import parse_qsl, quote, urlencode

import pytest

from sample_host.xero_simulator.faults import EditCallback
from tests.plugin.loopback_client import Seen, has_ipv6
from tests.plugin.sign_in_office import Office
from xero_connections_plugin.oauth.sign_in import SignInPhase


@pytest.fixture
def office(office: Office) -> Office:
    """Somebody who has pressed Authorize."""
    office.authorize()
    return office


def parameters(target: str) -> dict[str, str]:
    return dict(parse_qsl(target.partition("?")[2]))


def callback(**wanted: str) -> str:
    return f"/callback?{urlencode(wanted)}"


def asked(office: Office, target: str, *, method: str = "GET", hosts: tuple[str, ...] | None = None) -> Seen:
    """The answer to one request with these Host headers; the right one unless others are given."""
    named = (f"localhost:{office.port}",) if hosts is None else hosts
    return office.raw(f"{method} {target} HTTP/1.1\r\n" + "".join(f"Host: {host}\r\n" for host in named) + "\r\n")


def kept_waiting_then_done(office: Office, *answers: Seen, statuses: set[int], true_answer: str) -> None:
    assert {answer.status for answer in answers} <= statuses
    for answer in answers:
        office.was_kept_waiting(answer)
    office.succeeds(true_answer)


def test_a1_a_wrong_state_is_ignored_and_the_true_answer_succeeds(office: Office) -> None:
    right = office.consent()
    state, code = parameters(right)["state"], parameters(right)["code"]
    wrong = ["x", state[:-1], state + "x", state.swapcase(), f" {state}", f"{state}\x00", "ü", "\udcff"]

    answers = [office.visit(callback(code=code, state=quote(one, errors="surrogateescape"))) for one in wrong]
    answers += [
        office.visit(f"/callback?code={code}&state={quote(one, safe='', errors='surrogateescape')}") for one in wrong
    ]

    kept_waiting_then_done(office, *answers, statuses={400}, true_answer=right)


def test_a1_the_state_of_an_earlier_attempt_is_ignored(office: Office) -> None:
    earlier = office.consent()
    office.desk.cancel("draft")
    office.authorize()

    kept_waiting_then_done(office, office.visit(earlier), statuses={400}, true_answer=office.consent())


def test_a2_an_answer_without_state_is_ignored(office: Office) -> None:
    right = office.consent()
    code = parameters(right)["code"]

    answers = [office.visit(callback(code=code)), office.visit(callback(code=code, state=""))]

    kept_waiting_then_done(office, *answers, statuses={400}, true_answer=right)


@pytest.mark.parametrize("rest", [{}, {"code": ""}, {"error": ""}, {"code": "", "error": ""}, {"other": "x"}])
def test_a3_the_right_state_alone_is_no_answer(office: Office, rest: dict[str, str]) -> None:
    right = office.consent()

    answer = office.visit(callback(state=parameters(right)["state"], **rest))

    kept_waiting_then_done(office, answer, statuses={400}, true_answer=right)


def test_a5_a_code_that_is_there_twice_is_ignored(office: Office) -> None:
    right = office.consent()
    code = parameters(right)["code"]

    answers = [
        office.visit(f"{right}&code={code}"),
        office.visit(f"{right}&code=other"),
        office.visit(f"{right}&code="),
        office.visit(f"{right}&c%6Fde={code}"),
        office.visit(f"{right}&state={parameters(right)['state']}"),
        office.visit(f"{right}&error=access_denied"),
    ]

    kept_waiting_then_done(office, *answers, statuses={400}, true_answer=right)


def test_a9_a_denial_without_the_right_state_cannot_cancel_the_sign_in(office: Office) -> None:
    right = office.consent()
    state = parameters(right)["state"]

    answers = [
        office.visit(callback(error="access_denied")),
        office.visit(callback(error="access_denied", state="")),
        office.visit(callback(error="access_denied", state=state[:-1])),
        office.visit(callback(error="server_error", error_description="Nothing works.", state="x")),
    ]

    kept_waiting_then_done(office, *answers, statuses={400}, true_answer=right)


@pytest.mark.parametrize("iss", ["https://evil.example", "http://localhost", "HTTPS://IDENTITY.XERO.COM", "%00"])
def test_a13_the_answer_of_another_issuer_ends_the_sign_in_before_any_token_request(office: Office, iss: str) -> None:
    page = office.browse(f"{office.consent()}&iss={iss}")

    assert page.status == 200
    assert "The sign-in did not succeed" in page.body
    code, text = office.problem()
    assert code == "APP_CONFIG"
    assert "names another sign-in server" in text
    assert (office.token_requests, len(office.kept)) == (0, 0)


def test_a13_a_denial_of_another_issuer_is_not_passed_on_as_the_word_of_xero(office: Office) -> None:
    state = parameters(office.consent())["state"]

    office.browse(callback(error="access_denied", state=state, iss="https://evil.example"))

    assert office.problem()[0] == "APP_CONFIG"
    assert "did not allow" not in office.problem()[1]


def test_a13_an_issuer_that_is_there_twice_is_ignored(office: Office) -> None:
    right = office.consent()
    issuer = quote(office.xero.addresses.issuer, safe="")

    answer = office.visit(f"{right}&iss={issuer}&iss={issuer}")

    kept_waiting_then_done(office, answer, statuses={400}, true_answer=f"{right}&iss={issuer}")


@pytest.mark.parametrize(
    "path",
    [
        "/favicon.ico",
        "/robots.txt",
        "/apple-touch-icon.png",
        "/apple-touch-icon-precomposed.png",
        "/apple-touch-icon-120x120.png",
        "/.well-known/appspecific/com.chrome.devtools.json",
        "/manifest.json",
    ],
)
def test_a21_what_browsers_ask_for_by_themselves_is_not_found(office: Office, path: str) -> None:
    kept_waiting_then_done(office, office.visit(path), statuses={404}, true_answer=office.consent())


def test_a22_a_link_scanner_that_asks_for_the_head_consumes_no_code(office: Office) -> None:
    right = office.consent()

    answer = office.visit(right, "HEAD")

    assert (answer.headers["Allow"], answer.body) == ("GET", "")
    kept_waiting_then_done(office, answer, statuses={405}, true_answer=right)


def test_a23_a_posted_answer_is_refused_in_form_and_in_query(office: Office) -> None:
    right = office.consent()
    query = right.partition("?")[2]

    answers = [
        office.visit("/callback", "POST", query),
        office.visit(right, "POST"),
        office.visit(right, "POST", query),
    ]

    assert {answer.headers["Allow"] for answer in answers} == {"GET"}
    kept_waiting_then_done(office, *answers, statuses={405}, true_answer=right)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "CONNECT", "BREW", "get", "GET\x00"])
def test_a23_no_other_method_is_accepted_either(office: Office, method: str) -> None:
    right = office.consent()

    kept_waiting_then_done(office, asked(office, right, method=method), statuses={400, 405}, true_answer=right)


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "",
        "//callback",
        "/callback/",
        "/callback//",
        "/./callback",
        "/callback/.",
        "/x/../callback",
        "/callback/../callback",
        "/Callback",
        "/CALLBACK",
        "/c%61llback",
        "/%63%61%6c%6c%62%61%63%6b",
        "%2Fcallback",
        "/callback%3F",
        "/callback%00",
        "/callback;a",
        "/callback#",
        "\\callback",
        "callback",
        "*",
        "http://localhost:{port}/callback",
        "/callback/done",
        "/callback/denied",
        "/callback/failed",
    ],
)
def test_a25_right_parameters_on_another_path_are_not_found(office: Office, path: str) -> None:
    right = office.consent()
    query = right.partition("?")[2]

    answer = asked(office, f"{path.format(port=office.port)}?{query}")

    kept_waiting_then_done(office, answer, statuses={404, 400} if path == "" else {404}, true_answer=right)


@pytest.mark.parametrize(
    ("hosts", "status"),
    [
        ((), 400),
        (("localhost:{port}", "localhost:{port}"), 400),
        (("localhost:{port}", "evil.example"), 400),
        (("evil.example:{port}",), 421),
        (("evil.example",), 421),
        (("localhost",), 421),
        (("localhost:1",), 421),
        (("localhost:{port}0",), 421),
        (("localhost:0{port}",), 421),
        (("localhost.:{port}",), 421),
        (("localhost.evil.example:{port}",), 421),
        (("evil.localhost:{port}",), 421),
        (("127.0.0.1:{port}",), 421),
        (("[::1]:{port}",), 421),
        (("ada@localhost:{port}",), 421),
        (("localhost:{port}, localhost:{port}",), 421),
        (("localhost:{port}\r\n evil.example",), 421),
        (("",), 421),
    ],
)
def test_a26_another_host_is_refused(office: Office, hosts: tuple[str, ...], status: int) -> None:
    right = office.consent()

    answer = asked(office, right, hosts=tuple(host.format(port=office.port) for host in hosts))

    kept_waiting_then_done(office, answer, statuses={status}, true_answer=right)


@pytest.mark.parametrize("line", ["Host : evil.example", "Host evil.example", ": x", "\x00: x"])
def test_a26_a_line_that_is_no_header_hides_no_second_host(office: Office, line: str) -> None:
    right = office.consent()

    answer = office.raw(f"GET {right} HTTP/1.1\r\nHost: localhost:{office.port}\r\n{line}\r\n\r\n")

    kept_waiting_then_done(office, answer, statuses={400}, true_answer=right)


@pytest.mark.parametrize(
    "line",
    [
        "GET {} HTTP/0.9",
        "GET {} HTTP/2.0",
        "GET {} HTTP/1.2",
        "GET {} http/1.1",
        "GET {}",
        "GET  {} HTTP/1.1",
        "GET\t{}\tHTTP/1.1",
        "GET\x1c{}\x85HTTP/1.1",
        "GET {} x HTTP/1.1",
        " GET {} HTTP/1.1",
        "GET {}\xe9 HTTP/1.1",
    ],
)
def test_a25_a_request_line_that_is_not_exactly_one_is_refused(office: Office, line: str) -> None:
    right = office.consent()

    answer = office.raw(f"{line.format(right)}\r\nHost: localhost:{office.port}\r\n\r\n")

    kept_waiting_then_done(office, answer, statuses={400}, true_answer=right)


def test_a29_the_answer_is_taken_by_either_family(office: Office) -> None:
    for host in ("127.0.0.1", "::1") if has_ipv6() else ("127.0.0.1",):
        assert office.visit("/callback", host=host).status == 400
        right = office.consent()
        assert office.visit(right, host=host).status == 303
        assert "Access was received" in office.visit("/callback/done", host=host).body
        assert office.end().phase is SignInPhase.DONE
        office.desk.discard("draft")
        office.authorize()
    assert len(office.kept) == (2 if has_ipv6() else 1)


def test_a1_a_server_that_confuses_the_state_leaves_the_wait_as_it_is(office: Office) -> None:
    office.xero.control.set_fault(EditCallback(set={"state": "another"}))

    kept_waiting_then_done(office, office.visit(office.consent()), statuses={400}, true_answer=office.consent())
