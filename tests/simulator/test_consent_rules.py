"""The consent page: what it refuses by itself, what it sends back, whom it lets choose."""

from __future__ import annotations

from urllib.parse import urlsplit

import httpx
import pytest

from sample_host.xero_simulator.addresses import LEGACY_CLIENT_ID, SECOND_CLIENT_ID, WEB_CLIENT_ID
from sample_host.xero_simulator.faults import Deny, EditCallback
from sample_host.xero_simulator.server import ConsentRefused, SimulatorServer
from tests.simulator.signed_in_client import REDIRECT_URI, SCOPES, SignedIn, ask, callback_parameters


def test_allowing_access_comes_back_with_code_and_state(xero: SimulatorServer) -> None:
    back = xero.approve(ask(xero).address, user="Ada Keeper", organisation="Harbour Coffee")

    assert back.startswith(f"{REDIRECT_URI}?code=")
    assert callback_parameters(back)["state"] == "the-state"
    assert [link.organisation for link in xero.control.state().links] == ["harbour"]


def test_cancel_comes_back_with_access_denied_and_links_nothing(xero: SimulatorServer) -> None:
    back = xero.deny(ask(xero).address)

    assert callback_parameters(back) == {"error": "access_denied", "state": "the-state"}
    assert xero.control.state().links == []


@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        ({"redirect_uri": "http://localhost:8888/callback/"}, "unauthorized_client : Invalid redirect_uri"),
        ({"redirect_uri": "http://127.0.0.1:8888/callback"}, "unauthorized_client : Invalid redirect_uri"),
        ({"redirect_uri": "http://localhost:9999/callback"}, "unauthorized_client : Invalid redirect_uri"),
        ({"client_id": "F" * 32}, "Unknown client"),
        ({"scope": "offline_access accounting.everything"}, "Invalid scope for client"),
        ({"scope": "offline_access accounting.transactions"}, "Invalid scope for client"),
        ({"scope": ""}, "Scope is missing"),
        ({"code_challenge": ""}, "Invalid code_challenge"),
        ({"code_challenge": "short"}, "Invalid code_challenge"),
        ({"code_challenge_method": "plain"}, "Transform algorithm"),
        ({"response_type": "token"}, "response_type"),
        ({"response_mode": "form_post"}, "response_mode"),
    ],
)
def test_a_wrong_request_is_shown_and_never_comes_back(
    xero: SimulatorServer, changes: dict[str, str], shown: str
) -> None:
    with pytest.raises(ConsentRefused, match=shown):
        xero.approve(ask(xero, more=changes).address)


def test_a_pkce_app_without_a_challenge_is_refused(xero: SimulatorServer) -> None:
    with pytest.raises(ConsentRefused, match="code challenge required"):
        xero.approve(ask(xero, without=("code_challenge", "code_challenge_method")).address)


def test_a_parameter_given_twice_is_refused(xero: SimulatorServer) -> None:
    with pytest.raises(ConsentRefused, match="twice"):
        xero.approve(ask(xero).address + "&state=other")


def test_an_older_app_may_ask_for_broad_scopes(xero: SimulatorServer) -> None:
    asked = ask(xero, client_id=LEGACY_CLIENT_ID, scope="offline_access accounting.transactions")

    assert "code" in callback_parameters(xero.approve(asked.address))


def test_a_web_app_needs_no_pkce(xero: SimulatorServer) -> None:
    asked = ask(xero, client_id=WEB_CLIENT_ID, without=("code_challenge", "code_challenge_method"))

    assert "code" in callback_parameters(xero.approve(asked.address))


def test_a_user_without_organisations_signs_in_and_reaches_none(xero: SimulatorServer) -> None:
    assert SignedIn(xero, user="cy").links() == []


def test_an_organisation_of_somebody_else_is_not_offered(xero: SimulatorServer) -> None:
    with pytest.raises(ConsentRefused, match="does not offer 'demo'"):
        xero.approve(ask(xero).address, user="ada", organisation="demo")


def consent_form(xero: SimulatorServer) -> dict[str, str]:
    page = httpx.get(ask(xero).address).text
    consent_id = page.split('name="consent" value="')[1].split('"')[0]
    user_id = page.split('<option value="')[1].split('"')[0]
    tenant_id = page.split("<optgroup")[1].split('<option value="')[1].split('"')[0]
    return {"consent": consent_id, "answer": "allow", "user": user_id, "organisation": tenant_id}


def test_a_form_of_another_site_is_refused_and_the_sign_in_stays_open(xero: SimulatorServer) -> None:
    form, address = consent_form(xero), f"{xero.origin}/identity/connect/consent"

    for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {}, {"Origin": "http://localhost:1"}):
        refused = httpx.post(address, data=form, headers=headers)
        assert refused.status_code == 403
        assert f"sends the header Origin: {xero.origin}." in refused.text
    crossed = {"Origin": xero.origin, "Sec-Fetch-Site": "cross-site"}
    assert httpx.post(address, data=form, headers=crossed).status_code == 403

    assert httpx.post(address, data=form, headers={"Origin": xero.origin}).status_code == 303


def test_a_sign_in_is_answered_once(xero: SimulatorServer) -> None:
    form, address = consent_form(xero), f"{xero.origin}/identity/connect/consent"
    httpx.post(address, data=form, headers={"Origin": xero.origin})

    again = httpx.post(address, data=form, headers={"Origin": xero.origin})

    assert again.status_code == 400
    assert "This sign-in is over" in again.text


def test_a_tenant_that_the_user_does_not_have_is_refused_even_when_posted(xero: SimulatorServer) -> None:
    form = {**consent_form(xero), "organisation": "11111111-1111-1111-1111-111111111111"}

    answer = httpx.post(f"{xero.origin}/identity/connect/consent", data=form, headers={"Origin": xero.origin})

    assert answer.status_code == 400
    assert xero.control.state().links == []


def test_an_organisation_takes_two_uncertified_apps_at_most(xero: SimulatorServer) -> None:
    xero.control.register_app("A" * 32, [REDIRECT_URI], certified=False)
    for client_id in (SECOND_CLIENT_ID, "A" * 32):
        xero.approve(ask(xero, client_id=client_id).address)

    with pytest.raises(ConsentRefused, match="two apps that are not certified"):
        xero.approve(ask(xero).address)


def test_registered_addresses_are_accepted_from_then_on(xero: SimulatorServer) -> None:
    address = "http://localhost:50123/callback"
    xero.control.add_redirect_uri("DE30C0FFEE0123456789ABCDEF012345", address)

    back = xero.approve(ask(xero, redirect_uri=address).address)

    assert urlsplit(back).port == 50123


def test_the_next_sign_in_can_be_made_to_come_back_cancelled(xero: SimulatorServer) -> None:
    xero.control.set_fault(Deny())

    assert callback_parameters(xero.approve(ask(xero).address))["error"] == "access_denied"
    assert "code" in callback_parameters(xero.approve(ask(xero).address))


def test_the_callback_can_be_spoiled(xero: SimulatorServer) -> None:
    xero.control.set_fault(EditCallback(set={"state": "wrong", "error": "<b>"}, remove=["code"]))

    parameters = callback_parameters(xero.approve(ask(xero).address))

    assert (parameters["state"], parameters["error"], "code" in parameters) == ("wrong", "<b>", False)


def test_the_issuer_comes_back_when_switched_on(xero: SimulatorServer) -> None:
    xero.control.change(callback_issuer=True)

    assert callback_parameters(xero.approve(ask(xero).address))["iss"] == xero.origin


def test_pages_forbid_framing_and_scripts_of_others_but_let_the_form_come_back(xero: SimulatorServer) -> None:
    for address in (ask(xero).address, ask(xero, scope="no.such").address, f"{xero.origin}/today"):
        policy = httpx.get(address).headers["content-security-policy"]
        assert "frame-ancestors 'none'" in policy
        assert "form-action 'self' http://localhost:*" in policy
        assert "unsafe-inline" not in policy


def test_other_host_names_are_refused_everywhere(xero: SimulatorServer) -> None:
    for path in ("/", "/today", "/control/state", "/connections", "/connect/token", "/static/simulator.css"):
        for host in ("evil.example", f"evil.example:{xero.port}", "localhost:1", "localhost.evil.example", ""):
            assert httpx.get(xero.origin + path, headers={"Host": host}).status_code in (400, 421), (path, host)


def test_scopes_of_the_request_are_shown_as_text(xero: SimulatorServer) -> None:
    page = httpx.get(ask(xero, state="<script>alert(1)</script>", scope=SCOPES).address).text

    assert "<script>alert" not in page
    assert "accounting.attachments" in page
