"""Whom requests trust, and what stands in between: certificates and proxies."""

import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from socket import socket

import pytest

from tests.canaries import assert_no_leaks, canary
from tests.plugin.own_authority import OwnAuthority
from tests.plugin.raw_server import RawServer, closed_port, read_request
from xero_connections_plugin.gateways.network.outbound_http import Limits, Reply, send
from xero_connections_plugin.oauth.oauth_errors import RequestNotSent, TokenRequestFailed

LIMITS = Limits(connect=5, read=5, total=10)
PASSWORD = canary("proxy password")


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> OwnAuthority:
    return OwnAuthority(tmp_path_factory.mktemp("authority"), datetime.now(UTC))


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def greet(connection: socket, _: threading.Event) -> None:
    read_request(connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")


def get(url: str) -> Reply:
    return send("GET", url, limits=LIMITS)


def failure_of(url: str) -> TokenRequestFailed:
    with pytest.raises(TokenRequestFailed) as failure:
        get(url)
    assert_no_leaks(f"{failure.value!r} {failure.value.problem}", {"password": PASSWORD})
    return failure.value


def test_a_company_authority_is_trusted_once_its_bundle_is_set(
    authority: OwnAuthority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority.bundle))

    with RawServer(greet, authority.server()) as server:
        assert get(f"https://localhost:{server.port}/").body == b"hello"


@pytest.mark.parametrize("trouble", ["unknown authority", "expired", "wrong name", "old TLS", "no TLS", "no bundle"])
def test_a_server_that_cannot_be_trusted_is_sent_nothing(
    authority: OwnAuthority, monkeypatch: pytest.MonkeyPatch, trouble: str
) -> None:
    seen = threading.Event()

    def talk(connection: socket, ended: threading.Event) -> None:
        if trouble == "no TLS":
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        else:
            read_request(connection)
            seen.set()

    tls: ssl.SSLContext | None = authority.server(
        "elsewhere.example" if trouble == "wrong name" else "localhost", expired=trouble == "expired"
    )
    if trouble == "old TLS" and tls is not None:
        with pytest.warns(DeprecationWarning, match="TLS"):
            tls.minimum_version = ssl.TLSVersion.TLSv1
        with pytest.warns(DeprecationWarning, match="TLS"):
            tls.maximum_version = ssl.TLSVersion.TLSv1
    if trouble == "no TLS":
        tls = None
    if trouble != "unknown authority":
        bundle = "/no/such/bundle.pem" if trouble == "no bundle" else str(authority.bundle)
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", bundle)

    with RawServer(talk, tls) as server:
        failure = failure_of(f"https://localhost:{server.port}/")

    assert isinstance(failure, RequestNotSent)
    assert failure.problem.code == "TLS_UNTRUSTED"
    assert "REQUESTS_CA_BUNDLE" in str(failure.problem)
    assert not seen.is_set()


@pytest.mark.parametrize("rude", [False, True], ids=["hangs up", "resets"])
def test_a_handshake_that_breaks_off_is_weather_and_no_word_about_trust(rude: bool) -> None:
    def talk(connection: socket, _: threading.Event) -> None:
        connection.recv(1 if rude else 65536)

    with RawServer(talk) as server:
        failure = failure_of(f"https://localhost:{server.port}/")

    assert isinstance(failure, RequestNotSent)
    assert failure.problem.code == "XERO_DOWN"


PROXY_ANSWERS = {
    "answers with a page": b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>log in first</html>",
    "wants a password": b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n",
    "forbids": b"HTTP/1.1 403 Forbidden\r\n\r\n<html>not allowed</html>",
    "sends a page": b"<html>welcome</html>\r\n\r\n",
    "cuts off": b"",
}


@pytest.fixture(params=PROXY_ANSWERS)
def bad_proxy(request: pytest.FixtureRequest) -> Iterator[RawServer]:
    def talk(connection: socket, _: threading.Event) -> None:
        read_request(connection)
        connection.sendall(PROXY_ANSWERS[request.param])

    with RawServer(talk) as proxy:
        yield proxy


def test_a_proxy_that_does_not_let_through_is_named_without_its_password(
    bad_proxy: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("https_proxy", f"http://user:{PASSWORD}@127.0.0.1:{bad_proxy.port}")

    failure = failure_of("https://identity.example/token")

    assert isinstance(failure, RequestNotSent)
    assert failure.problem.code == "PROXY"
    assert bad_proxy.connections == 1


@pytest.mark.parametrize("address", ["http://user:{password}@127.0.0.1:{port}", "http://user:{password}@:none", "x:"])
def test_a_proxy_that_is_down_or_mistyped_is_named(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", address.format(password=PASSWORD, port=closed_port()))

    failure = failure_of("https://identity.example/token")

    assert isinstance(failure, RequestNotSent)
    assert failure.problem.code == "PROXY"


def test_certificates_are_checked_through_a_proxy_too(
    authority: OwnAuthority, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    tls = authority.server("identity.example")

    def tunnel(connection: socket, ended: threading.Event) -> None:
        read_request(connection)
        connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        with tls.wrap_socket(connection, server_side=True) as secured:
            greet(secured, ended)

    with RawServer(tunnel) as proxy:
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{proxy.port}")
        failure = failure_of("https://identity.example/token")
        assert failure.problem.code == "TLS_UNTRUSTED"

        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority.bundle))
        assert get("https://identity.example/token").body == b"hello"
