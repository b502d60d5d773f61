import io
import logging
import subprocess
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest
import requests

from hostspec.connections import HttpSession
from hostspec.errors import ConnectionProblem, ProviderUnavailable, SignInNeeded, TenantMismatch
from tests.canaries import assert_no_leaks
from tests.plugin.session_builders import (
    TENANT,
    CountingTokens,
    WatchedCompany,
    accepting,
    bearer,
    gateway_error,
    session_to,
)
from tests.plugin.small_server import Said, SmallServer

SECRETS = {"first token": bearer(1), "second token": bearer(2)}


def test_a_session_is_what_the_contract_calls_an_http_session() -> None:
    with session_to("https://api.example/api.xro/2.0") as session:
        assert isinstance(session, HttpSession)
        assert session.base_url == "https://api.example/api.xro/2.0/"
        assert session.tenant_name == "Bakehouse Ltd"
        assert session.connection.connection_id == "c1"


def test_a_request_carries_the_bearer_the_tenant_and_our_name() -> None:
    with SmallServer() as server, session_to(f"{server.origin}/api/") as session:
        assert session.http.get(f"{session.base_url}Contacts").json() == {}
    [call] = server.calls
    assert call.headers["authorization"] == f"Bearer {bearer(1)}"
    assert call.headers["xero-tenant-id"] == TENANT
    assert call.headers["accept"] == "application/json"
    assert call.headers["user-agent"].startswith("xero-connections-plugin")


def test_relative_addresses_extend_the_base_url() -> None:
    with SmallServer() as server, session_to(f"{server.origin}/api.xro/2.0/") as session:
        session.http.get("Invoices/4711", params={"page": "2"})
    assert server.calls[0].path == "/api.xro/2.0/Invoices/4711?page=2"


def test_a_caller_may_ask_for_another_kind_of_answer() -> None:
    with SmallServer() as server, session_to(server.origin) as session:
        session.http.get("Invoices/4711", headers={"Accept": "application/pdf"})
    assert server.calls[0].headers["accept"] == "application/pdf"


@pytest.mark.parametrize(
    "address",
    [
        "http://localhost:{other}/Contacts",
        "https://localhost:{port}/Contacts",
        "http://127.0.0.1:{port}/Contacts",
        "http://localhost.:{port}/Contacts",
        "http://localhost/Contacts",
        "//127.0.0.1:{port}/Contacts",
        "http://user:word@localhost:{port}/Contacts",
        "http://localhost:{port}@evil.example/Contacts",
        "http://evil.example\\@localhost:{port}/Contacts",
    ],
)
def test_other_origins_are_refused_before_a_token_is_asked_for(address: str) -> None:
    tokens = CountingTokens()
    with SmallServer() as server, session_to(server.origin, tokens=tokens) as session:
        with pytest.raises(ValueError):
            session.http.get(address.format(port=server.port, other=server.port + 1))
        assert server.calls == []
        assert tokens.asked == 0


def test_a_request_prepared_elsewhere_is_held_to_the_same_origin() -> None:
    with SmallServer() as other, SmallServer() as server, session_to(server.origin) as session:
        foreign = requests.Request("GET", other.origin).prepare()
        with pytest.raises(ValueError, match="another origin"):
            session.http.send(foreign)
        session.http.send(requests.Request("GET", f"{server.origin}/Contacts").prepare())
        assert other.calls == []
        assert server.calls[0].headers["authorization"] == f"Bearer {bearer(1)}"
        assert server.calls[0].headers["accept"] == "application/json"


def test_the_tenant_cannot_be_changed() -> None:
    with SmallServer() as server, session_to(server.origin) as session:
        with pytest.raises(ValueError, match="pinned"):
            session.http.get("Contacts", headers={"Xero-Tenant-Id": "another"})
        assert server.calls == []


def test_certificates_cannot_be_left_unchecked(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    with SmallServer() as server, session_to(server.origin) as session:
        with pytest.raises(ValueError, match="certificates"):
            session.http.get("Contacts", verify=False)
        session.http.verify = False
        with pytest.raises(ValueError, match="certificates"):
            session.http.send(session.http.prepare_request(requests.Request("GET", "Contacts")))
        assert server.calls == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_redirect_elsewhere_is_refused_and_never_sees_the_token(status: int, method: str) -> None:
    with SmallServer() as elsewhere:
        moved = Said(status, headers={"Location": f"{elsewhere.origin}/api"})
        with SmallServer(moved) as server, session_to(server.origin) as session:
            with pytest.raises(ProviderUnavailable, match="refused") as caught:
                session.http.request(method, "Contacts", allow_redirects=True)
            assert caught.value.code == "XERO_DOWN"
            assert len(server.calls) == 1
        assert elsewhere.calls == []


@pytest.mark.parametrize("location", ["//evil.example/", "http://[", "ftp://localhost/", "https://localhost/"])
def test_odd_redirects_are_refused(location: str) -> None:
    with SmallServer(Said(302, headers={"Location": location})) as server, session_to(server.origin) as session:
        with pytest.raises(ProviderUnavailable):
            session.http.get("Contacts")
        assert len(server.calls) == 1


def test_a_redirect_within_the_api_is_followed_by_reads_with_the_same_authorization(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _netrc_with_default(tmp_path, monkeypatch)
    with (
        SmallServer(Said(302, headers={"Location": "/there"}), Said()) as server,
        session_to(server.origin) as session,
    ):
        assert session.http.get("here").ok
    assert [call.path for call in server.calls] == ["/here", "/there"]
    assert {call.headers["authorization"] for call in server.calls} == {f"Bearer {bearer(1)}"}


def test_redirects_in_a_circle_are_an_outage() -> None:
    with (
        SmallServer(Said(302, headers={"Location": "/"})) as server,
        session_to(server.origin) as session,
        pytest.raises(ProviderUnavailable, match="circles"),
    ):
        session.http.get("/")


def test_the_users_netrc_never_replaces_the_bearer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _netrc_with_default(tmp_path, monkeypatch)
    with SmallServer() as server, session_to(server.origin) as session:
        session.http.get("Contacts")
    assert server.calls[0].headers["authorization"] == f"Bearer {bearer(1)}"


def test_loopback_is_reached_past_the_proxy_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "")
    with SmallServer() as server, session_to(server.origin) as session:
        assert session.http.get("Contacts").ok
        assert session.http.send(requests.Request("GET", server.origin).prepare()).ok


def test_an_old_token_is_renewed_once_and_the_request_repeated() -> None:
    tokens = CountingTokens()
    with SmallServer(accepting(2)) as server, session_to(server.origin, tokens=tokens) as session:
        assert session.http.post("Invoices", json={"Type": "ACCPAY"}).json() == {"Status": "OK"}
    assert tokens.refreshes == 1
    assert [call.body for call in server.calls] == [b'{"Type": "ACCPAY"}'] * 2


def test_a_file_is_sent_again_from_where_it_stood() -> None:
    file = io.BytesIO(b"headerPDF")
    file.seek(6)
    with SmallServer(accepting(2)) as server, session_to(server.origin) as session:
        assert session.http.put("Invoices/1/Attachments/a.pdf", data=file).ok
    assert [call.body for call in server.calls] == [b"PDF", b"PDF"]


def test_a_body_that_can_be_read_once_is_never_sent_again_empty() -> None:
    tokens = CountingTokens()

    def pieces() -> Iterator[bytes]:
        yield b"PD"
        yield b"F"

    with SmallServer(accepting(2)) as server, session_to(server.origin, tokens=tokens) as session:
        with pytest.raises(ProviderUnavailable, match="send it again") as caught:
            session.http.put("Invoices/1/Attachments/a.pdf", data=pieces())
        assert caught.value.retry_after == 0
        assert [call.body for call in server.calls] == [b"PDF"]
        assert session.http.put("Invoices/1/Attachments/a.pdf", data=pieces()).ok
    assert tokens.refreshes == 1


def test_a_token_refused_right_after_its_renewal_ends_in_sign_in_needed() -> None:
    tokens = CountingTokens()
    with SmallServer(accepting(99)) as server, session_to(server.origin, tokens=tokens) as session:
        with pytest.raises(SignInNeeded, match="Edit, then Authorize"):
            session.http.get("Contacts")
        assert len(server.calls) == 2
    assert tokens.refreshes == 1


def test_what_the_keeper_raises_reaches_the_caller() -> None:
    class DeadTokens(CountingTokens):
        def __call__(self, *, refused: int | None = None) -> NoReturn:
            raise SignInNeeded("Idle for too long.", code="IDLE_TOO_LONG")

    with SmallServer() as server, session_to(server.origin, tokens=DeadTokens()) as session:
        with pytest.raises(SignInNeeded) as caught:
            session.http.get("Contacts")
        assert caught.value.code == "IDLE_TOO_LONG"
        assert server.calls == []


@pytest.mark.parametrize("status", [400, 404, 412])
def test_ordinary_refusals_are_returned(status: int) -> None:
    with SmallServer(Said(status, b'{"Type":"ValidationException"}')) as server, session_to(server.origin) as session:
        answer = session.http.put("Invoices", json={})
        assert (answer.status_code, answer.json()) == (status, {"Type": "ValidationException"})


def test_another_403_in_xeros_words_is_returned_with_its_body() -> None:
    with SmallServer(gateway_error(403, "NotEnoughRights")) as server, session_to(server.origin) as session:
        answer = session.http.get("Users", stream=True)
        assert answer.json()["Detail"] == "NotEnoughRights"
        assert b"".join(answer.iter_content(4)) == answer.content


def test_the_auth_object_authorizes_requests_for_other_clients() -> None:
    with session_to("https://api.example/api.xro/2.0/") as session:
        prepared = session.http.prepare_request(requests.Request("GET", session.base_url))
    assert prepared.headers["Authorization"] == f"Bearer {bearer(1)}"
    assert prepared.headers["Xero-Tenant-Id"] == TENANT
    assert_no_leaks(repr(prepared.headers) + repr(dict(prepared.headers)), SECRETS)


def test_the_tenant_is_verified_once_before_the_first_write() -> None:
    verified: list[int] = []
    with (
        SmallServer() as server,
        session_to(server.origin, company=WatchedCompany(lambda: verified.append(len(server.calls)))) as session,
    ):
        session.http.get("Contacts")
        assert verified == []
        session.http.put("Invoices", json={})
        session.http.put("Invoices", json={})
        assert verified == [1]


def test_nothing_is_written_while_another_company_answers() -> None:
    def verify() -> None:
        raise TenantMismatch("Another company answers.", expected="Bakehouse Ltd", found="Harbour Coffee")

    with SmallServer() as server, session_to(server.origin, company=WatchedCompany(verify)) as session:
        for _ in range(2):
            with pytest.raises(TenantMismatch):
                session.http.put("Invoices", json={})
        assert server.calls == []


@pytest.mark.parametrize(
    "said",
    [
        Said(hangs_up=True),
        Said(503),
        Said(429, headers={"X-Rate-Limit-Problem": "day", "Retry-After": "9000"}),
        gateway_error(403, "AuthenticationUnsuccessful"),
        gateway_error(401, "AuthorizationUnsuccessful"),
        gateway_error(401, "TokenExpired"),
        Said(302, headers={"Location": "http://evil.example/"}),
        Said(missing=10),
    ],
    ids=["hang-up", "down", "day limit", "withdrawn", "scope", "expired", "redirect", "cut off"],
)
def test_no_failure_shows_a_token_not_even_with_the_locals_of_its_traceback(
    said: Said, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with SmallServer(said) as server, session_to(server.origin) as session:
        with pytest.raises(ConnectionProblem) as caught:
            session.http.put("Invoices", json={})
        shown = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
        assert_no_leaks("".join(shown.format()), SECRETS)
        assert_no_leaks(caplog.text + repr(session) + repr(vars(session)) + repr(session.http.auth), SECRETS)
        assert caught.value.__context__ is None
        assert caught.value.__cause__ is None
        assert len(str(caught.value)) < 300


def test_importing_the_gateways_loads_no_http_library() -> None:
    code = (
        "import sys\n"
        "from xero_connections_plugin.gateways.xero_calls import authorized_session, call_limiter, tenants_api\n"
        "sys.exit(', '.join({'requests', 'urllib3', 'http.client'} & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def _netrc_with_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login somebody password something\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))


@pytest.mark.parametrize("verify", [False, 0, ""])
def test_certificates_cannot_be_left_unchecked_in_any_way(verify: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        # With one of these, requests overrules the session's own setting: certificates are checked all the same.
        monkeypatch.delenv(name, raising=False)
    with SmallServer() as server, session_to(server.origin) as session:
        prepared = session.http.prepare_request(requests.Request("GET", server.origin))
        with pytest.raises(ValueError, match="certificates"):
            session.http.get("Contacts", verify=verify)
        with pytest.raises(ValueError, match="certificates"):
            session.http.send(prepared, verify=verify, proxies={})
        session.http.verify = verify
        with pytest.raises(ValueError, match="certificates"):
            session.http.get("Contacts")
        with pytest.raises(ValueError, match="certificates"):
            session.http.send(prepared)
        assert server.calls == []
