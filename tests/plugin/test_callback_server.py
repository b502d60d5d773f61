"""The listener on real sockets, with visitors of every kind."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress

import pytest
from pydantic import SecretStr

from tests.canaries import assert_no_leaks, canary
from tests.free_ports import free_port
from tests.plugin.loopback_client import Seen, has_ipv6, is_open, read_to_end, visit, visit_raw
from xero_connections_plugin.gateways.sign_in.callback_server import ListenerLimits, LoopbackListener, LoopbackListeners
from xero_connections_plugin.oauth.authorization import Attempt
from xero_connections_plugin.oauth.callback_verdict import IncomingRequest, Page, Taken, Verdict, judge
from xero_connections_plugin.oauth.listening import PortTaken

STATE = canary("state")
CODE = canary("code")
GOOD = f"/callback?code={CODE}&state={STATE}"


class Pending:
    """An attempt on a held port."""

    def __init__(self, limits: ListenerLimits | None = None, app_label: str = "Bakery <b>&amp;</b>") -> None:
        self.port = free_port()
        self._attempt = Attempt(f"http://localhost:{self.port}/callback", SecretStr(STATE), "https://issuer.example")
        self._lock = threading.Lock()
        self.taken: Taken | None = None
        listeners = LoopbackListeners(time.monotonic, limits)
        self.listener: LoopbackListener = listeners.open(
            self.port, answer=self._answer, app_label=app_label, host_name="Capture"
        )

    def _answer(self, request: IncomingRequest) -> Verdict:
        with self._lock:
            verdict = judge(self._attempt, request, self.taken)
            if verdict.outcome is not None:
                self.taken = Taken(SecretStr(request.target), verdict.page)
            return verdict

    def visit(self, target: str, method: str = "GET", body: str | None = None) -> Seen:
        return visit(self.port, target, method=method, body=body)

    def raw(self, request: str) -> bytes:
        return visit_raw(self.port, request.encode("latin-1"))

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=10)


@pytest.fixture
def pending() -> Iterator[Pending]:
    made = Pending()
    yield made
    made.listener.close()


def test_the_answer_is_followed_by_a_clean_page_that_names_app_and_host(pending: Pending) -> None:
    sent_on = pending.visit(GOOD)
    page = pending.visit(sent_on.headers["Location"])

    assert (sent_on.status, sent_on.headers["Location"]) == (303, "/callback/done")
    assert page.status == 200
    assert "Access was received for Bakery &lt;b&gt;&amp;amp;&lt;/b&gt;." in page.body
    assert "The result is shown in Capture; you may close this page." in page.body
    assert_no_leaks(sent_on.body + page.body + str(page.headers), {"code": CODE, "state": STATE})


def test_a_denial_has_a_clean_page_of_its_own(pending: Pending) -> None:
    sent_on = pending.visit(f"/callback?error=access_denied&state={STATE}")

    assert "Access was not allowed" in pending.visit(sent_on.headers["Location"]).body


@pytest.mark.parametrize("target", [GOOD, "/callback", "/favicon.ico", f"{GOOD}&code=twice"])
def test_every_page_loads_nothing_runs_nothing_and_is_kept_nowhere(pending: Pending, target: str) -> None:
    page = pending.visit(target)

    policy = page.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert page.headers["X-Frame-Options"] == "DENY"
    assert "Server" not in page.headers
    assert "<script" not in page.body
    assert "http" not in page.body
    assert "href" not in page.body


@pytest.mark.parametrize("method", ["HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
def test_a22_no_other_method_consumes_the_code(pending: Pending, method: str) -> None:
    body = f"code={CODE}&state={STATE}" if method == "POST" else None
    refused = pending.visit(GOOD, method, body)

    assert (refused.status, refused.headers["Allow"]) == (405, "GET")
    assert pending.visit(GOOD).status == 303


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "BREW", "get"])
def test_a23_methods_that_nobody_expects_are_refused_too(pending: Pending, method: str) -> None:
    assert pending.visit(GOOD, method).status in {405, 501}
    assert pending.taken is None


def test_a25_the_path_is_compared_as_it_stands_on_the_wire(pending: Pending) -> None:
    for path in ("//callback", "/./callback", "/callback/", "/CALLBACK", "/c%61llback"):
        assert pending.visit(f"{path}?code={CODE}&state={STATE}").status == 404
    assert pending.taken is None


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ("", 400),
        ("Host: localhost:{port}\r\nHost: localhost:{port}\r\n", 400),
        ("Host: evil.example:{port}\r\n", 421),
        ("Host: localhost.:{port}\r\n", 421),
        ("Host: localhost:1\r\n", 421),
        ("Host: 127.0.0.1:{port}\r\n", 421),
    ],
)
def test_a26_a_host_that_is_not_the_registered_one_is_refused(pending: Pending, headers: str, status: int) -> None:
    answer = pending.raw(f"GET {GOOD} HTTP/1.1\r\n{headers.format(port=pending.port)}\r\n")

    assert answer.split()[1] == str(status).encode()
    assert pending.taken is None


def test_a14_a_request_line_of_seventy_thousand_bytes_is_too_long(pending: Pending) -> None:
    answer = pending.raw(f"GET /callback?x={'x' * 70_000} HTTP/1.1\r\nHost: localhost\r\n\r\n")

    assert answer.split()[1] == b"414"
    assert pending.visit(GOOD).status == 303


def test_a_code_of_many_thousand_characters_is_fine(pending: Pending) -> None:
    assert pending.visit(f"/callback?code={'c' * 60_000}&state={STATE}").status == 303


@pytest.mark.parametrize(
    "request_line",
    ["", "\r\n\r\n", "\x00\xff\x16\x03\x01", "GET\r\n\r\n", "GET /callback HTTP/9.9\r\n\r\n", "A B C D\r\n\r\n"],
)
def test_nonsense_is_answered_or_dropped_and_the_wait_goes_on(pending: Pending, request_line: str) -> None:
    with pending.connect() as connection:
        connection.sendall(request_line.encode("latin-1"))
        connection.shutdown(socket.SHUT_WR)
        answer = read_to_end(connection)

    assert b"Traceback" not in answer
    assert pending.visit(GOOD).status == 303


def test_a_hundred_headers_too_many_are_refused(pending: Pending) -> None:
    answer = pending.raw(f"GET {GOOD} HTTP/1.1\r\n" + "X: y\r\n" * 200 + "\r\n")

    assert answer.split()[1] == b"431"
    assert pending.taken is None


def test_a18_silent_connections_do_not_hold_up_the_answer(pending: Pending) -> None:
    with ExitStack() as stack:
        for _ in range(100):
            stack.enter_context(pending.connect())
        begun = time.monotonic()
        assert pending.visit(GOOD).status == 303
        assert time.monotonic() - begun < 1


def test_a17_a_visitor_that_sends_one_byte_at_a_time_is_dropped_at_the_limit() -> None:
    pending = Pending(ListenerLimits(connection_seconds=0.3))
    stop = threading.Event()
    try:
        with pending.connect() as slow:

            def trickle() -> None:
                while not stop.wait(0.02):
                    try:
                        slow.sendall(b"G")
                    except OSError:
                        return

            thread = threading.Thread(target=trickle)
            thread.start()
            assert pending.visit("/callback").status == 400, "others are served meanwhile"
            slow.settimeout(5)
            try:
                ended = read_to_end(slow) == b""
            except ConnectionResetError:
                ended = True
            stop.set()
            thread.join()
        assert ended
        assert pending.visit(GOOD).status == 303
    finally:
        stop.set()
        pending.listener.close()


def test_a29_both_loopback_families_answer(pending: Pending) -> None:
    assert visit(pending.port, "/callback", host="127.0.0.1").status == 400
    if has_ipv6():
        assert visit(pending.port, GOOD, host="::1").status == 303


def test_a36_addresses_beyond_loopback_are_not_listened_on(pending: Pending) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        # Sends nothing: it only asks the system which address it would use.
        probe.connect(("192.0.2.1", 9))
        own_address = probe.getsockname()[0]

    assert own_address.startswith("127.") or not is_open(pending.port, own_address)


@pytest.mark.parametrize(("family", "host"), [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")])
def test_a_port_that_another_program_has_on_one_family_is_taken(family: socket.AddressFamily, host: str) -> None:
    if family == socket.AF_INET6 and not has_ipv6():
        host, family = "127.0.0.1", socket.AF_INET
    port = free_port()

    with socket.create_server((host, port), family=family):
        listeners = LoopbackListeners(time.monotonic)
        with pytest.raises(PortTaken):
            listeners.open(port, answer=nothing, app_label="A", host_name="H")
        other = "::1" if host == "127.0.0.1" else "127.0.0.1"
        assert not is_open(port, other), "nothing is left listening on the other family"


def nothing(_: IncomingRequest) -> Verdict:
    return Verdict(404, Page.NEUTRAL)


@pytest.mark.parametrize(
    "families",
    [
        ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "2001:db8::1")),
        ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET, "127.0.0.1")),
    ],
    ids=["without IPv6", "without IPv4"],
)
def test_a_machine_with_one_family_only_still_works(families: tuple[tuple[socket.AddressFamily, str], ...]) -> None:
    port = free_port()
    listener = LoopbackListeners(time.monotonic, None, families).open(
        port, answer=nothing, app_label="A", host_name="H"
    )
    try:
        assert visit(port, "/callback").status == 404
    finally:
        listener.close()


def test_a_machine_without_any_loopback_cannot_hold_a_port() -> None:
    listeners = LoopbackListeners(time.monotonic, None, ((socket.AF_INET, "192.0.2.1"),))

    with pytest.raises(PortTaken):
        listeners.open(free_port(), answer=nothing, app_label="A", host_name="H")


def listen_on(intruder: socket.socket, port: int) -> None:
    intruder.bind(("127.0.0.1", port))
    intruder.listen()


def test_nobody_else_can_listen_on_the_port_meanwhile(pending: Pending) -> None:
    for options in ((socket.SO_REUSEADDR,), (socket.SO_REUSEADDR, socket.SO_REUSEPORT)):
        with socket.socket() as intruder:
            for option in options:
                intruder.setsockopt(socket.SOL_SOCKET, option, 1)
            with pytest.raises(OSError, match="in use"):
                listen_on(intruder, pending.port)


def test_the_port_can_be_held_again_right_after_connections_were_served() -> None:
    pending = Pending()
    for _ in range(20):
        pending.visit("/callback")
    pending.listener.close()
    again = LoopbackListeners(time.monotonic).open(pending.port, answer=nothing, app_label="A", host_name="H")
    try:
        assert is_open(pending.port)
    finally:
        again.close()


def test_closing_ends_open_connections_and_threads() -> None:
    before = set(threading.enumerate())
    pending = Pending()
    with pending.connect() as silent:
        pending.visit("/callback")
        pending.listener.close()
        silent.settimeout(5)
        with suppress(ConnectionResetError):
            assert read_to_end(silent) == b""

    left = set(threading.enumerate()) - before
    for thread in left:
        thread.join(5)
    assert not any(thread.is_alive() for thread in left)


def test_nothing_is_written_to_the_terminal(pending: Pending, capfd: pytest.CaptureFixture[str]) -> None:
    pending.visit("/callback?x")
    pending.raw("nonsense\r\n\r\n")
    pending.visit(GOOD)

    assert capfd.readouterr() == ("", "")
