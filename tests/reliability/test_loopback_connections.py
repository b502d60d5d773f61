"""Who else connects to the port: silent and slow peers, endless lines, crowds. The true answer passes."""

from __future__ import annotations

import ipaddress
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack

import psutil
import pytest

from hostspec.testing import FakeClock
from sample_host.xero_simulator.server import SimulatorServer
from tests.plugin.loopback_client import has_ipv6, is_open, read_answer, read_to_end
from tests.plugin.sign_in_office import Office
from tests.reliability.stated_figures import is_within
from xero_connections_plugin.gateways.sign_in.callback_server import ListenerLimits


@pytest.fixture
def clock() -> FakeClock:
    """What the limits of connections are measured by."""
    return FakeClock()


@pytest.fixture
def office(xero: SimulatorServer, clock: FakeClock) -> Iterator[Office]:
    xero.control.reset()
    with Office(xero, monotonic=clock.monotonic) as made:
        made.authorize()
        yield made


def accepted(office: Office) -> socket.socket:
    """A connection whose ten seconds have begun: whoever came later was served already."""
    connection = office.connect()
    assert office.visit("/favicon.ico").status == 404
    return connection


def was_dropped(connection: socket.socket) -> bool:
    try:
        return read_to_end(connection) == b""
    except ConnectionResetError:
        return True


def is_kept(connection: socket.socket, seconds: float = 0.3) -> bool:
    """Whether nothing came from the other side, not even its end, for that long (real time)."""
    connection.settimeout(seconds)
    try:
        connection.recv(1)
    except TimeoutError:
        return True
    except ConnectionResetError:
        pass
    return False


def test_a14_a_request_line_of_seventy_thousand_bytes_is_too_long(office: Office) -> None:
    right = office.consent()
    padded = f"GET {right}&x={'x' * (70_000 - len(right) - 18)} HTTP/1.1\r\n"
    assert len(padded) == 70_000

    answer = office.raw(f"{padded}Host: localhost:{office.port}\r\n\r\n")

    assert answer.status == 414
    office.was_kept_waiting(answer)
    office.succeeds(right)


def test_a14_a_line_without_end_is_cut_off(office: Office) -> None:
    with office.connect() as endless:
        endless.sendall(b"GET /callback?" + b"x" * 65_536)
        answer = read_answer(read_to_end(endless))

    assert answer.status == 414
    office.was_kept_waiting(answer)
    office.succeeds()


@pytest.mark.parametrize("headers", ["X: y\r\n" * 200, f"X: {'y' * 70_000}\r\n"], ids=["many", "long"])
def test_a14_headers_without_end_are_refused(office: Office, headers: str) -> None:
    right = office.consent()

    answer = office.raw(f"GET {right} HTTP/1.1\r\nHost: localhost:{office.port}\r\n{headers}\r\n")

    assert answer.status == 431
    office.was_kept_waiting(answer)
    office.succeeds(right)


def test_a14_a_code_of_many_thousand_characters_is_no_reason_to_refuse(office: Office) -> None:
    state = office.progress().address.partition("state=")[2].partition("&")[0]

    assert office.visit(f"/callback?code={'c' * 60_000}&state={state}").status == 303

    assert office.problem()[0] == "CODE_REFUSED"
    assert office.token_requests == 1


def test_a17_a_visitor_that_sends_one_byte_a_second_is_dropped_after_ten(office: Office, clock: FakeClock) -> None:
    with accepted(office) as slow:
        for byte in b"GET /call":
            slow.sendall(bytes([byte]))
            clock.advance(1.0)
        clock.advance(0.9)
        assert is_kept(slow), "not ten seconds yet"
        clock.advance(0.1)
        slow.settimeout(10)
        assert was_dropped(slow)
    office.succeeds()


def test_a17_meanwhile_the_true_answer_is_served(office: Office, clock: FakeClock) -> None:
    with accepted(office) as slow:
        for byte in b"GET /":
            slow.sendall(bytes([byte]))
            clock.advance(1.0)
        office.succeeds()


@pytest.mark.parametrize(
    "sent", [b"GET /callback HTTP/1.1\r\n", b"GET /callback HTTP/1.1\r\nHost: localhost\r\nX", b""]
)
def test_a17_a_visitor_that_stops_in_the_middle_is_dropped_after_ten_seconds(
    office: Office, clock: FakeClock, sent: bytes
) -> None:
    with accepted(office) as stuck:
        stuck.sendall(sent)
        clock.advance(9.9)
        assert is_kept(stuck)
        clock.advance(0.1)
        stuck.settimeout(10)
        assert was_dropped(stuck)
    office.succeeds()


@pytest.mark.parametrize("end", ["", "\r\n", "\r\nX: y"], ids=["in Host", "after Host", "after another"])
def test_a17_an_answer_whose_headers_break_off_is_no_answer(office: Office, end: str) -> None:
    right = office.consent()
    with office.connect() as broken:
        broken.sendall(f"GET {right} HTTP/1.1\r\nHost: localhost:{office.port}{end}".encode())
        broken.shutdown(socket.SHUT_WR)
        answer = read_answer(read_to_end(broken))

    assert answer.status == 400
    office.was_kept_waiting(answer)
    office.succeeds(right)


def test_a17_a_visitor_that_goes_on_sending_after_its_answer_holds_up_nothing(office: Office, clock: FakeClock) -> None:
    with office.connect() as talkative:
        talkative.sendall(b"GET /favicon.ico HTTP/1.1\r\n\r\n")
        answer = talkative.recv(65_536)
        assert answer.split()[1] == b"400"
        talkative.sendall(b"more")
        clock.advance(10.0)
        office.succeeds()


def test_a17_a_visitor_that_reads_nothing_holds_up_nothing(office: Office) -> None:
    with ExitStack() as stack:
        for _ in range(10):
            deaf = stack.enter_context(office.connect())
            deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
            deaf.sendall(b"GET /callback HTTP/1.1\r\n\r\n")
        office.succeeds()


@pytest.mark.parametrize("number", [1, 31, 32, 33, 100])
def test_a18_silent_connections_do_not_hold_up_the_true_answer(xero: SimulatorServer, number: int) -> None:
    def attempt() -> float:
        xero.control.reset()
        # The time of the connections stands still, so that none of them is dropped for its age.
        with Office(xero, monotonic=FakeClock().monotonic) as office, ExitStack() as stack:
            office.authorize()
            right = office.consent()
            for host in ("127.0.0.1", "::1") if has_ipv6() else ("127.0.0.1",):
                for _ in range(number):
                    stack.enter_context(office.connect(host))
            begun = time.monotonic()
            office.succeeds(right)
            return time.monotonic() - begun

    assert is_within(1.0, attempt)


def test_a18_the_oldest_connection_goes_when_there_are_too_many(xero: SimulatorServer) -> None:
    with Office(xero, limits=ListenerLimits(connections=3)) as office, ExitStack() as stack:
        office.authorize()
        first, *others = [stack.enter_context(office.connect()) for _ in range(4)]
        assert was_dropped(first)
        assert all(is_kept(other, 0.1) for other in others)
        office.desk.cancel("draft")


def test_a18_a_preconnection_may_be_used_late(office: Office, clock: FakeClock) -> None:
    right = office.consent()
    with accepted(office) as idle:
        clock.advance(9.0)
        idle.sendall(f"GET {right} HTTP/1.1\r\nHost: localhost:{office.port}\r\n\r\n".encode())
        assert read_answer(read_to_end(idle)).status == 303
    assert "Access was received" in office.visit("/callback/done").body
    office.end()
    office.has_tokens_once()


def test_a18_crowds_that_come_and_go_leave_no_thread_and_no_connection_behind(office: Office) -> None:
    before = threading.active_count()
    for _ in range(50):
        with office.connect() as visitor:
            visitor.sendall(b"GET /")
    office.succeeds()
    office.desk.discard("draft")
    assert threading.active_count() <= before


def own_addresses() -> list[str]:
    """Every address of this machine that others could reach it by."""
    found = [one.address for entries in psutil.net_if_addrs().values() for one in entries if one.family in FAMILIES]
    plain = [address for address in found if "%" not in address and not ipaddress.ip_address(address).is_loopback]
    # Link-local addresses need their interface beside them.
    return [*plain, *(address for address in found if "%" in address)]


FAMILIES = (socket.AF_INET, socket.AF_INET6)


def test_a36_the_port_cannot_be_reached_by_any_other_address_of_this_machine(office: Office) -> None:
    for address in own_addresses():
        assert not is_open(office.port, address), "somebody beyond this machine could connect"
    office.succeeds()


def test_a36_only_loopback_is_listened_on(office: Office) -> None:
    held = {
        one.laddr.ip
        for one in psutil.Process().net_connections("tcp")
        if one.status == psutil.CONN_LISTEN and one.laddr.port == office.port
    }
    assert held == ({"127.0.0.1", "::1"} if has_ipv6() else {"127.0.0.1"})
    office.desk.cancel("draft")
