"""Requests that never end by themselves are ended from outside, and nothing of them leaves afterwards."""

import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from socket import socket, socketpair

import pytest

from hostspec.errors import ProviderUnavailable
from tests.plugin.raw_server import RawServer, drip, read_request
from tests.plugin.session_builders import session_to
from xero_connections_plugin.gateways.network.transport_guard import TransportGuard
from xero_connections_plugin.gateways.xero_calls.call_limiter import TenantCallLimiter

NO_TIME = 0.4
"""Seconds; servers here would take for ever."""

LOOKUP_THAT_HANGS = """
import sys, threading

sys.addaudithook(lambda event, _: threading.Event().wait() if event == "socket.getaddrinfo" else None)

from xero_connections_plugin.gateways.network.outbound_http import Limits, send
from xero_connections_plugin.oauth.oauth_errors import RequestNotSent
from tests.plugin.session_builders import session_to

try:
    send("POST", "https://identity.example/token", limits=Limits(total=0.2), form={"token": "t"})
except RequestNotSent as failure:
    print(failure.problem.code)
with session_to("https://api.example/", total_seconds=0.2) as session:
    try:
        session.http.put("Invoices", json={})
    except Exception as problem:
        print(problem.code, "Nothing was changed" in str(problem))
"""


def test_work_in_time_gives_what_it_gives() -> None:
    with TransportGuard() as guard:
        assert guard.run(lambda: 7, 30) == 7
        assert not guard.is_cut


def test_what_the_work_raises_reaches_the_caller() -> None:
    def fail() -> None:
        raise LookupError("as it is")

    with TransportGuard() as guard, pytest.raises(LookupError, match="as it is"):
        guard.run(fail, 30)


def test_work_that_cannot_be_ended_is_left_behind_unable_to_connect_or_to_send() -> None:
    looked_up = threading.Event()
    tried = threading.Event()
    took: list[str] = []
    here, there = socketpair()

    def connect_and_send() -> None:
        looked_up.wait(30)
        with suppress(TimeoutError):
            guard.watch(here)
            took.append("a connection")
        with suppress(TimeoutError):
            guard.request_leaves()
            took.append("a request")
        tried.set()

    with TransportGuard() as guard:
        with pytest.raises(TimeoutError):
            guard.run(connect_and_send, 0)
        assert guard.is_cut
        assert not guard.may_have_left
    looked_up.set()
    assert tried.wait(30)
    here.close()
    there.close()
    assert took == []
    assert not guard.may_have_left


def test_a_name_lookup_that_hangs_keeps_neither_the_caller_nor_the_end_of_the_program_waiting() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", LOOKUP_THAT_HANGS], capture_output=True, text=True, timeout=60, check=False
    )
    assert (ended.stdout.split(), ended.stderr) == (["OFFLINE", "OFFLINE", "True"], "")


def _drip_head(connection: socket, ended: threading.Event) -> None:
    read_request(connection)
    drip(connection, ended, b"HTTP/1.1 200 OK\r\nX-Long: ")


def _drip_body(connection: socket, ended: threading.Event) -> None:
    read_request(connection)
    drip(connection, ended, b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")


def _drip_without_an_end(connection: socket, ended: threading.Event) -> None:
    read_request(connection)
    drip(connection, ended, b"HTTP/1.1 200 OK\r\n\r\n")


def _drip_a_refusal(connection: socket, ended: threading.Event) -> None:
    read_request(connection)
    drip(connection, ended, b"HTTP/1.1 403 Forbidden\r\nContent-Length: 1000000\r\n\r\n")


@pytest.mark.parametrize("talk", [_drip_head, _drip_body, _drip_without_an_end, _drip_a_refusal])
def test_a_session_cuts_an_answer_that_comes_byte_by_byte(talk: Callable[[socket, threading.Event], None]) -> None:
    limiter = TenantCallLimiter(limit=1, patience=0)
    with RawServer(talk) as server:
        origin = f"http://localhost:{server.port}"
        with session_to(origin, limiter=limiter, total_seconds=NO_TIME) as session:
            for _ in range(2):
                with pytest.raises(ProviderUnavailable, match="not known whether Xero took") as caught:
                    session.http.put("Invoices", json={}, timeout=(0.2, NO_TIME))
                assert caught.value.code == "XERO_DOWN"
    assert [thread.name for thread in threading.enumerate() if thread.name == "outbound request"] == []


def test_a_session_waits_longer_where_the_caller_allows_it() -> None:
    def slow(connection: socket, ended: threading.Event) -> None:
        read_request(connection)
        ended.wait(NO_TIME)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

    with RawServer(slow) as server, session_to(f"http://localhost:{server.port}", total_seconds=0.01) as session:
        assert session.http.get("Contacts", timeout=30).ok


@pytest.mark.parametrize(("size", "arrives"), [(10, False), (2_000_000, True)])
def test_a_large_body_is_given_time_to_leave(size: int, arrives: bool) -> None:
    def slow(connection: socket, ended: threading.Event) -> None:
        read_request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n")
        for _ in range(10):
            ended.wait(0.1)
            connection.sendall(b" ")

    with RawServer(slow) as server, session_to(f"http://localhost:{server.port}", total_seconds=0.01) as session:
        try:
            # Half a second between two bytes; the whole answer takes twice as long.
            assert session.http.put("Invoices/1/Attachments/a.pdf", data=b"x" * size, timeout=0.5).ok is arrives
        except ProviderUnavailable:
            assert not arrives


def test_a_session_closed_by_another_thread_ends_the_call_under_way() -> None:
    arrived = threading.Event()

    def silent(connection: socket, ended: threading.Event) -> None:
        read_request(connection)
        arrived.set()
        ended.wait(30)

    problems: list[BaseException] = []
    with RawServer(silent) as server, session_to(f"http://localhost:{server.port}") as session:

        def call() -> None:
            try:
                session.http.put("Invoices", json={})
            except ProviderUnavailable as problem:
                problems.append(problem)

        caller = threading.Thread(target=call)
        caller.start()
        assert arrived.wait(30)
        session.close()
        caller.join(30)
    assert [str(problem)[:34] for problem in problems] == ["The connection to Xero broke off. "[:34]]


def test_connections_are_kept_alive_and_each_request_on_them_is_watched() -> None:
    silent = threading.Event()

    def talk(connection: socket, ended: threading.Event) -> None:
        for _ in range(2):
            read_request(connection)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
        read_request(connection)
        silent.set()
        ended.wait(30)

    with (
        RawServer(talk) as server,
        session_to(f"http://localhost:{server.port}", total_seconds=NO_TIME) as session,
    ):
        assert session.http.get("Contacts").ok
        assert session.http.get("Contacts").ok
        with pytest.raises(ProviderUnavailable, match="not known"):
            session.http.put("Invoices", json={}, timeout=(0.2, NO_TIME))
        assert silent.is_set()
        assert server.connections == 1
