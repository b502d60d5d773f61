"""Every fault that can be switched on looks on the wire as it should, strikes where it should, and goes away again."""

from __future__ import annotations

import http.client
import json
import socket
import struct
import time

import httpx
import pytest

from sample_host.xero_simulator.accounting_resources import RESOURCES as ANSWERED
from sample_host.xero_simulator.addresses import DEMO_CLIENT_ID
from sample_host.xero_simulator.control_client import ControlFailed
from sample_host.xero_simulator.fault_places import PLACES, RESOURCES
from sample_host.xero_simulator.fault_presets import (
    captive_portal,
    down,
    edge_forbidden,
    empty_body,
    redirect,
    server_error,
)
from sample_host.xero_simulator.faults import (
    Answer,
    CutOff,
    Drip,
    EditAnswer,
    FaultBoard,
    Huge,
    Reset,
    Slow,
    Stage,
    TokenError,
    Truncated,
)
from sample_host.xero_simulator.server import SimulatorServer
from tests.simulator.signed_in_client import SignedIn, bill, exchange, refresh, refreshed


def test_a_reset_before_handling_leaves_the_token_unspent(xero: SimulatorServer) -> None:
    client = SignedIn(xero)
    xero.control.set_fault(Reset(at="token"))

    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        refresh(xero, client.refresh_token)

    assert xero.control.state().refreshes == 0
    assert refresh(xero, client.refresh_token).status_code == 200


def test_a_reset_after_handling_has_rotated(xero: SimulatorServer) -> None:
    client = SignedIn(xero)
    xero.control.set_fault(Reset(at="token:refresh_token", stage=Stage.AFTER))

    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        refresh(xero, client.refresh_token)

    assert xero.control.state().refreshes == 1
    refreshed(xero, client.refresh_token)


def test_a_reset_is_a_reset_and_no_orderly_end(xero: SimulatorServer) -> None:
    xero.control.set_fault(Reset(at="jwks"))
    with socket.create_connection(("127.0.0.1", xero.port)) as connection:
        connection.sendall(
            f"GET /.well-known/openid-configuration/jwks HTTP/1.1\r\nHost: localhost:{xero.port}\r\n\r\n".encode()
        )
        with pytest.raises(ConnectionResetError):
            connection.recv(1024)


def test_a_cut_off_answer_has_sent_a_part(xero: SimulatorServer) -> None:
    client = SignedIn(xero)
    xero.control.set_fault(CutOff(at="token"))
    connection = http.client.HTTPConnection("127.0.0.1", xero.port, timeout=5)
    form = f"grant_type=refresh_token&client_id={DEMO_CLIENT_ID}&refresh_token={client.refresh_token}"
    connection.request("POST", "/connect/token", form, {"Content-Type": "application/x-www-form-urlencoded"})
    response = connection.getresponse()

    assert response.status == 200
    with pytest.raises((http.client.IncompleteRead, ConnectionResetError)):
        response.read()
    connection.close()
    assert xero.control.state().refreshes == 1


def test_truncated_json_is_a_whole_message_after_a_rotation(xero: SimulatorServer) -> None:
    client = SignedIn(xero)
    xero.control.set_fault(Truncated(at="token"))

    answer = refresh(xero, client.refresh_token)

    assert answer.status_code == 200
    with pytest.raises(json.JSONDecodeError):
        answer.json()
    assert xero.control.state().refreshes == 1


def test_presets_look_like_what_stands_in_front_of_xero(xero: SimulatorServer) -> None:
    url = xero.addresses.jwks_url
    for fault, status, kind, part in (
        (down("jwks", times=1), 503, "text/plain", "unavailable"),
        (server_error("jwks"), 500, "text/plain", "Title"),
        (edge_forbidden("jwks"), 403, "text/html", "403 Forbidden"),
        (captive_portal("jwks"), 200, "text/html", "guest network"),
        (empty_body("jwks"), 200, "application/json", ""),
    ):
        xero.control.set_fault(fault)
        answer = httpx.get(url)
        assert answer.status_code == status
        assert answer.headers["content-type"].startswith(kind)
        assert part in answer.text
    assert "keys" in httpx.get(url).json()


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_points_elsewhere(xero: SimulatorServer, status: int) -> None:
    xero.control.set_fault(redirect("token", "http://127.0.0.1:9/steal", status))

    answer = refresh(xero, "whatever")

    assert (answer.status_code, answer.headers["location"]) == (status, "http://127.0.0.1:9/steal")


def test_token_errors_have_one_key_unless_a_text_is_wanted(xero: SimulatorServer) -> None:
    xero.control.set_fault(TokenError(at="token"))
    xero.control.set_fault(TokenError(at="token", error="invalid_client", description="<b>hostile</b>"))

    assert refresh(xero, "x").json() == {"error": "invalid_grant"}
    assert refresh(xero, "x").json() == {"error": "invalid_client", "error_description": "<b>hostile</b>"}


@pytest.mark.parametrize("value", [0, -5, "1800", "soon", True, 1e30, 1800.5, None])
def test_a_lifetime_may_be_anything(xero: SimulatorServer, value: object) -> None:
    client = SignedIn(xero)
    xero.control.set_fault(EditAnswer(at="token", set={"expires_in": value}))

    assert refresh(xero, client.refresh_token).json()["expires_in"] == value


def test_members_may_be_missing_from_an_answer_and_from_every_item_of_a_list(xero: SimulatorServer) -> None:
    client = SignedIn(xero, organisation="harbour")
    SignedIn(xero, organisation="bakehouse")
    xero.control.set_fault(EditAnswer(at="token", remove=["refresh_token", "scope"]))
    xero.control.set_fault(EditAnswer(at="connections", set={"tenantName": None}, remove=["authEventId"]))

    assert set(refresh(xero, client.refresh_token).json()) == {"access_token", "expires_in", "token_type"}
    assert [(link["tenantName"], "authEventId" in link) for link in client.links()] == [(None, False)] * 2


def test_the_list_of_tenants_may_be_empty(xero: SimulatorServer) -> None:
    client = SignedIn(xero)
    xero.control.set_fault(Answer(at="connections", body="[]", content_type="application/json"))

    assert client.links() == []
    assert len(client.links()) == 1


def test_a_slow_answer_takes_its_time_and_may_have_rotated_before(xero: SimulatorServer) -> None:
    client = SignedIn(xero)
    xero.control.set_fault(Slow(at="token", seconds=10.0, stage=Stage.AFTER))

    # Nobody waits for it: whoever gives up is cut off at once, however busy the machine is.
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(
            xero.addresses.token_url,
            data={"grant_type": "refresh_token", "client_id": DEMO_CLIENT_ID, "refresh_token": client.refresh_token},
            timeout=0.1,
        )

    assert xero.control.state().refreshes == 1


def test_a_delay_and_another_fault_strike_together(xero: SimulatorServer) -> None:
    xero.control.set_fault(Slow(at="jwks", seconds=0.2))
    xero.control.set_fault(down("jwks", times=1))
    begin = time.perf_counter()

    assert httpx.get(xero.addresses.jwks_url).status_code == 503
    assert time.perf_counter() - begin >= 0.2
    assert httpx.get(xero.addresses.jwks_url).status_code == 200


def test_a_huge_answer_has_the_asked_size_plain_or_packed(xero: SimulatorServer) -> None:
    xero.control.set_fault(Huge(at="jwks", size=3_000_000))
    xero.control.set_fault(Huge(at="jwks", size=3_000_000, gzip=True))

    assert len(httpx.get(xero.addresses.jwks_url).content) == 3_000_000
    with httpx.stream("GET", xero.addresses.jwks_url) as packed:
        assert len(b"".join(packed.iter_raw())) < 10_000


def test_a_dripping_answer_comes_byte_by_byte(xero: SimulatorServer) -> None:
    client = SignedIn(xero, user="cy")
    xero.control.set_fault(Drip(at="connections", seconds_per_byte=0.05))
    with httpx.stream("GET", xero.addresses.connections_url, headers=client.bearer()) as response:
        assert list(response.iter_raw()) == [b"[", b"]"]


def test_a_fault_after_handling_hides_that_the_bill_was_booked(xero: SimulatorServer) -> None:
    client = SignedIn(xero)
    xero.control.set_fault(
        Answer(at="accounting:Invoices", method="PUT", status=503, body="unavailable", stage=Stage.AFTER)
    )

    assert client.call("GET", "Invoices").status_code == 200
    assert client.call("PUT", "Invoices", json=bill("B-7")).status_code == 503
    assert [invoice.invoice_number for invoice in xero.control.state().invoices] == ["B-7"]


def test_a_fault_of_one_place_leaves_the_others_alone(xero: SimulatorServer) -> None:
    xero.control.set_fault(down("token:refresh_token"))

    tokens = exchange(xero)

    assert refresh(xero, tokens["refresh_token"]).status_code == 503
    assert refresh(xero, tokens["refresh_token"]).status_code == 503
    xero.control.clear()
    assert refresh(xero, tokens["refresh_token"]).status_code == 200


def test_faults_are_used_up_in_the_order_they_were_set() -> None:
    board = FaultBoard()
    board.add(TokenError(at="token", error="first", times=2))
    board.add(TokenError(at="token", error="second"))

    taken = [board.take_http(("token",), "POST") for _ in range(4)]

    assert [[fault.error for fault in one if isinstance(fault, TokenError)] for one in taken] == [
        ["first"],
        ["first"],
        ["second"],
        [],
    ]


def test_a_fault_that_makes_no_sense_is_refused_with_a_reason(xero: SimulatorServer) -> None:
    answer = httpx.post(f"{xero.addresses.control_url}faults", json={"kind": "slow", "at": "token", "seconds": -1})

    assert answer.status_code == 422
    assert "seconds" in answer.json()["message"]


@pytest.mark.parametrize("place", ["api", "accounting:Bills", "Token", ""])
def test_a_fault_at_an_unknown_place_is_refused_with_the_places_that_are_known(
    xero: SimulatorServer, place: str
) -> None:
    answer = httpx.post(f"{xero.addresses.control_url}faults", json={"kind": "slow", "at": place, "seconds": 1})

    assert answer.status_code == 422
    assert f"There is no place “{place}”; there are authorize, consent, token" in answer.json()["message"]
    assert all(known in answer.json()["message"] for known in PLACES)
    assert xero.control.state().faults == []
    with pytest.raises(ValueError, match="There is no place"):
        Slow(at=place, seconds=1)


def test_every_resource_of_the_accounting_interface_is_a_place() -> None:
    assert set(ANSWERED) == set(RESOURCES)
    assert {f"accounting:{resource}" for resource in ANSWERED} <= set(PLACES)


def test_commands_about_unknown_persons_and_things_are_refused(xero: SimulatorServer) -> None:
    for command in (
        lambda: xero.control.revoke(user="nobody"),
        lambda: xero.control.unlink("nothing"),
        lambda: xero.control.add_organisation("x", user="nobody"),
        lambda: xero.control.add_redirect_uri("0" * 32, "http://localhost:1/"),
    ):
        with pytest.raises(ControlFailed, match="There is no"):
            command()


def test_pages_of_other_sites_reach_no_command(xero: SimulatorServer) -> None:
    url = f"{xero.addresses.control_url}reset"
    json_type = {"Content-Type": "application/json"}

    assert httpx.post(url, content="{}", headers={"Content-Type": "text/plain"}).status_code == 415
    assert httpx.post(url, content="{}", headers={**json_type, "Origin": "https://evil.example"}).status_code == 403
    assert httpx.post(url, content="{}", headers={**json_type, "Origin": "null"}).status_code == 403
    assert httpx.get(url).status_code == 404
    assert httpx.post(url, content="{}", headers=json_type).status_code == 200


def test_everything_is_as_new_after_a_reset(xero: SimulatorServer) -> None:
    client = SignedIn(xero)
    client.call("PUT", "Invoices", json=bill())
    xero.control.set_fault(down("token"))
    xero.control.advance(3600)

    xero.control.reset()

    state = xero.control.state()
    assert (state.invoices, state.links, state.grants, state.faults, state.refreshes) == ([], [], [], [], 0)
    assert client.call("GET", "Contacts").status_code == 401
    assert SignedIn(xero).call("GET", "Contacts").status_code == 200


def test_a_client_that_hangs_up_in_the_middle_harms_nothing(xero: SimulatorServer) -> None:
    with socket.create_connection(("127.0.0.1", xero.port)) as connection:
        connection.sendall(b"POST /connect/token HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nhalf")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    assert httpx.get(xero.origin).status_code == 200
