"""How requests leave: limits, secrets, redirects, and what is known when they fail."""

import gzip
import threading
from collections.abc import Callable
from pathlib import Path
from socket import socket

import pytest
from pydantic import SecretStr

from tests.canaries import assert_no_leaks, canary
from tests.plugin.raw_server import RawServer, closed_port, drip, read_request, reset
from tests.plugin.small_server import Said, SmallServer
from xero_connections_plugin.gateways.network.bounded_transport import OutboundSession, is_loopback_address
from xero_connections_plugin.gateways.network.outbound_http import Limits, Reply, send
from xero_connections_plugin.oauth.oauth_errors import OutcomeUnknown, RequestNotSent, TokenRequestFailed

Talk = Callable[[socket, threading.Event], None]
SECRETS = {"token": canary("token"), "bearer": canary("bearer")}
QUICK = Limits(connect=2, read=2, total=0.4)
PATIENT = Limits(connect=5, read=5, total=10)


def post(url: str, limits: Limits = PATIENT) -> Reply:
    form: dict[str, str | SecretStr] = {"token": SecretStr(SECRETS["token"]), "client_id": "ü & co"}
    return send("POST", url, limits=limits, form=form, bearer=SecretStr(SECRETS["bearer"]))


def failure_of(url: str, limits: Limits = PATIENT) -> TokenRequestFailed:
    with pytest.raises(TokenRequestFailed) as failure:
        post(url, limits)
    assert failure.value.__context__ is None, "the context would carry the request with its secrets"
    assert_no_leaks(f"{failure.value!r} {failure.value.problem}", SECRETS)
    return failure.value


def failure_at(talk: Talk, limits: Limits = PATIENT) -> TokenRequestFailed:
    with RawServer(talk) as server:
        return failure_of(f"http://localhost:{server.port}/token", limits)


def test_a_form_leaves_in_utf_8_with_our_name_and_the_answer_comes_back_whole() -> None:
    with SmallServer(Said(status=201, body=b"hello", headers={"X-Answer": "yes"})) as server:
        reply = post(f"{server.origin}/token")

    [call] = server.calls
    assert call.body == f"token={SECRETS['token']}&client_id=%C3%BC+%26+co".encode()
    assert call.headers["content-type"] == "application/x-www-form-urlencoded"
    assert call.headers["authorization"] == f"Bearer {SECRETS['bearer']}"
    assert call.headers["user-agent"].startswith("xero-connections-plugin")
    assert (reply.status, reply.body, reply.headers["x-answer"]) == (201, b"hello", "yes")
    assert "hello" not in repr(reply)


def test_a_request_without_a_bearer_has_no_authorization_even_with_a_netrc(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login somebody password hidden\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))

    with SmallServer() as server:
        send("POST", f"{server.origin}/token", limits=PATIENT, form={"a": "b"})
        with OutboundSession() as session:
            session.get(f"{server.origin}/other", timeout=5)

    assert all("authorization" not in call.headers for call in server.calls)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(status: int) -> None:
    with SmallServer() as elsewhere, SmallServer(Said(status, headers={"Location": elsewhere.origin})) as server:
        assert post(f"{server.origin}/token").status == status
        with OutboundSession() as session:
            assert session.post(server.origin, data={"token": "x"}, timeout=5).status_code == status

    assert elsewhere.calls == []


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nX-Long: ",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n",
    ],
    ids=["status line", "header", "announced body", "endless body"],
)
def test_one_byte_at_a_time_is_cut_at_the_total_limit(head: bytes) -> None:
    def talk(connection: socket, ended: threading.Event) -> None:
        read_request(connection)
        drip(connection, ended, head)

    failure = failure_at(talk, QUICK)

    assert isinstance(failure, OutcomeUnknown)
    assert failure.problem.code == "XERO_DOWN"
    assert "in time" in str(failure.problem)


def test_silence_is_cut_at_the_limit() -> None:
    def talk(connection: socket, ended: threading.Event) -> None:
        read_request(connection)
        ended.wait(10)

    assert isinstance(failure_at(talk, QUICK), OutcomeUnknown)
    assert isinstance(failure_at(talk, Limits(connect=2, read=0.2, total=10)), OutcomeUnknown)


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip bomb"])
def test_a_body_beyond_the_cap_is_refused(packed: bool) -> None:
    body = b"x" * 5_000_000
    said = Said(body=gzip.compress(body), headers={"Content-Encoding": "gzip"}) if packed else Said(body=body)

    with SmallServer(said) as server:
        failure = failure_of(f"{server.origin}/token")

    assert isinstance(failure, OutcomeUnknown)
    assert failure.problem.code == "XERO_DOWN"


def test_a_packed_body_within_the_cap_is_unpacked() -> None:
    said = Said(body=gzip.compress(b"hello"), headers={"Content-Encoding": "gzip"})
    with SmallServer(said) as server:
        assert post(f"{server.origin}/token").body == b"hello"


def test_a_body_that_cannot_be_unpacked_is_an_unknown_outcome() -> None:
    with SmallServer(Said(body=b"no gzip", headers={"Content-Encoding": "gzip"})) as server:
        assert isinstance(failure_of(f"{server.origin}/token"), OutcomeUnknown)


def _reset_after_request(connection: socket, _: threading.Event) -> None:
    read_request(connection)
    reset(connection)


def _hang_up_after_request(connection: socket, _: threading.Event) -> None:
    read_request(connection)


def _half_an_answer(connection: socket, _: threading.Event) -> None:
    read_request(connection)
    connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"access')


def _no_http(connection: socket, _: threading.Event) -> None:
    read_request(connection)
    connection.sendall(b"220 mail.example ESMTP\r\n\r\n")


@pytest.mark.parametrize("talk", [_reset_after_request, _hang_up_after_request, _half_an_answer, _no_http])
def test_what_breaks_after_the_request_left_is_an_unknown_outcome(talk: Talk) -> None:
    failure = failure_at(talk)

    assert isinstance(failure, OutcomeUnknown)
    assert failure.problem.code == "XERO_DOWN"


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_refused_connection_means_nothing_was_sent(scheme: str) -> None:
    failure = failure_of(f"{scheme}://localhost:{closed_port()}/token")

    assert isinstance(failure, RequestNotSent)
    assert failure.problem.code == "OFFLINE"


def test_a_name_that_cannot_be_found_means_nothing_was_sent() -> None:
    failure = failure_of("https://no-such-host.invalid/token")

    assert isinstance(failure, RequestNotSent)
    assert failure.problem.code == "OFFLINE"


def test_loopback_is_reached_past_every_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{closed_port()}")
    monkeypatch.delenv("no_proxy", raising=False)

    with SmallServer(Said(body=b"direct")) as server, OutboundSession() as session:
        assert post(f"{server.origin}/token").body == b"direct"
        assert session.get(server.origin, timeout=5).text == "direct"


def test_certificates_cannot_be_ignored() -> None:
    with OutboundSession() as session, pytest.raises(ValueError, match="certificates"):
        session.get(f"https://localhost:{closed_port()}", verify=False, timeout=5)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://localhost:8900/a", True),
        ("http://127.0.0.1/", True),
        ("http://[::1]:8900/", True),
        ("https://identity.xero.com/", False),
        ("https://localhost.example.com/", False),
        ("https://10.0.0.1/", False),
        ("nonsense", False),
    ],
)
def test_loopback_is_told_by_name_and_number(url: str, expected: bool) -> None:
    assert is_loopback_address(url) is expected


def test_no_thread_is_left_behind() -> None:
    def talk(connection: socket, ended: threading.Event) -> None:
        read_request(connection)
        drip(connection, ended)

    before = threading.active_count()
    failure_at(talk, QUICK)

    assert threading.active_count() == before
