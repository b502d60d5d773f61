import json
import logging
import traceback

import pytest
from pydantic import SecretStr

from hostspec.errors import ConnectionProblem, ProviderUnavailable, SignInNeeded
from hostspec.testing.fake_clock import FakeClock
from tests.canaries import assert_no_leaks, canary
from tests.plugin.session_builders import gateway_error
from tests.plugin.small_server import Said, SmallServer
from xero_connections_plugin.gateways.xero_calls.tenants_api import XeroTenantsApi

TOKEN = SecretStr(canary("access-token"))
SECRETS = {"access token": canary("access-token")}


def api(server: SmallServer, clock: FakeClock | None = None) -> XeroTenantsApi:
    return XeroTenantsApi(f"{server.origin}/connections", clock=clock or FakeClock(auto_advance=True))


def test_the_list_is_asked_for_with_the_bearer_alone() -> None:
    with SmallServer(Said(body=b"[]")) as server:
        assert api(server).links(TOKEN) == ()
    [call] = server.calls
    assert (call.method, call.path) == ("GET", "/connections")
    assert call.headers["authorization"] == f"Bearer {TOKEN.get_secret_value()}"
    assert call.headers["accept"] == "application/json"
    assert "xero-tenant-id" not in call.headers


def test_five_thousand_tenants_with_long_names_are_listed() -> None:
    links = [
        {"id": f"link-{number}", "tenantId": f"tenant-{number}", "tenantName": "é" * 255} for number in range(5000)
    ]
    with SmallServer(Said(body=json.dumps(links).encode())) as server:
        found = api(server).links(TOKEN)
    assert len(found) == 5000
    assert found[4999].tenant_id == "tenant-4999"


def test_an_endless_list_is_not_read_to_its_end() -> None:
    with (
        SmallServer(Said(body=b"[" + b" " * (17 * 1024 * 1024) + b"]")) as server,
        pytest.raises(ProviderUnavailable) as caught,
    ):
        api(server).links(TOKEN)
    assert caught.value.code == "XERO_DOWN"


@pytest.mark.parametrize("body", [b"<html>Please accept the terms</html>", b"{}", b"", b"[{]"])
def test_what_is_no_list_is_no_empty_list(body: bytes) -> None:
    with SmallServer(Said(body=body)) as server, pytest.raises(ProviderUnavailable, match="list of companies"):
        api(server).links(TOKEN)


def test_a_redirect_is_not_followed() -> None:
    with SmallServer(Said(body=b"[]")) as elsewhere:
        moved = Said(302, headers={"Location": elsewhere.origin})
        with SmallServer(moved) as server, pytest.raises(ProviderUnavailable):
            api(server).links(TOKEN)
        assert elsewhere.calls == []


def test_outages_are_tried_again_within_the_thirty_seconds() -> None:
    clock = FakeClock(auto_advance=True)
    with SmallServer(Said(503), Said(hangs_up=True), Said(body=b"[]")) as server:
        assert api(server, clock).links(TOKEN) == ()
    assert clock.waits == [0.5, 1.0]


def test_an_outage_that_lasts_is_surfaced() -> None:
    with SmallServer(Said(503, b"down for maintenance")) as server:
        with pytest.raises(ProviderUnavailable) as caught:
            api(server).links(TOKEN)
        assert len(server.calls) == 3
    assert caught.value.code == "XERO_DOWN"


def test_a_limit_is_waited_for_when_it_ends_in_time_and_surfaced_otherwise() -> None:
    clock = FakeClock(auto_advance=True)
    limited = Said(429, headers={"X-Rate-Limit-Problem": "minute", "Retry-After": "20"})
    with SmallServer(limited, Said(body=b"[]")) as server:
        assert api(server, clock).links(TOKEN) == ()
    assert clock.waits == [20.0]
    with SmallServer(limited) as server:
        with pytest.raises(ProviderUnavailable) as caught:
            api(server, clock).links(TOKEN)
        assert len(server.calls) == 2
    assert (caught.value.code, caught.value.retry_after) == ("RATE_LIMITED", 20.0)


def test_nobody_there_is_offline() -> None:
    with SmallServer() as server:
        gone = api(server)
    with pytest.raises(ProviderUnavailable) as caught:
        gone.links(TOKEN)
    assert caught.value.code == "OFFLINE"


@pytest.mark.parametrize(
    "refused",
    [
        gateway_error(401, "TokenExpired"),
        gateway_error(401, "AuthorizationUnsuccessful"),
        gateway_error(403, "AuthenticationUnsuccessful"),
    ],
)
def test_a_refused_token_is_not_tried_again(refused: Said) -> None:
    with SmallServer(refused) as server:
        with pytest.raises(SignInNeeded, match="Edit, then Authorize"):
            api(server).links(TOKEN)
        assert len(server.calls) == 1


def test_an_edge_servers_403_does_not_end_a_sign_in() -> None:
    with SmallServer(Said(403, b"<html>Forbidden</html>")) as server, pytest.raises(ProviderUnavailable):
        api(server).links(TOKEN)


@pytest.mark.parametrize("status", [200, 204, 404])
def test_a_link_that_is_gone_is_removed(status: int) -> None:
    with SmallServer(Said(status, b"")) as server:
        api(server).unlink(TOKEN, "link-1")
    assert [(call.method, call.path) for call in server.calls] == [("DELETE", "/connections/link-1")]


def test_a_link_id_is_never_more_than_one_part_of_the_path() -> None:
    with SmallServer(Said(204, b"")) as server:
        api(server).unlink(TOKEN, "../connect/revocation?x=1")
    assert server.calls[0].path == "/connections/..%2Fconnect%2Frevocation%3Fx%3D1"


@pytest.mark.parametrize("refused", [gateway_error(403, "AuthenticationUnsuccessful"), Said(400, b"{}")])
def test_a_refused_removal_says_how_to_unlink_in_xero(refused: Said) -> None:
    with SmallServer(refused) as server, pytest.raises(ConnectionProblem, match="Connected apps") as caught:
        api(server).unlink(TOKEN, "link-1")
    assert caught.value.code == "UNLINK_REFUSED"


@pytest.mark.parametrize("said", [Said(hangs_up=True), Said(503), gateway_error(401, "TokenExpired"), Said(missing=9)])
def test_no_failure_shows_the_token(said: Said, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with SmallServer(said) as server, pytest.raises(ConnectionProblem) as caught:
        api(server).links(TOKEN)
    shown = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    assert_no_leaks("".join(shown.format()) + caplog.text, SECRETS)
    assert caught.value.__context__ is None
