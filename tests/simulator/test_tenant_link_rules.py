"""Tenant links: listing, the event filter, unlinking from both sides."""

from __future__ import annotations

import re

import httpx
import pytest

from sample_host.xero_simulator.server import SimulatorServer
from tests.simulator.signed_in_client import SignedIn


def delete(client: SignedIn, link_id: str) -> httpx.Response:
    return httpx.delete(f"{client.xero.addresses.connections_url}/{link_id}", headers=client.bearer())


def test_a_link_is_described_with_a_zoneless_date_of_seven_decimals(xero: SimulatorServer) -> None:
    (link,) = SignedIn(xero, user="ben", organisation="practice").links()

    assert set(link) == {
        "id", "authEventId", "tenantId", "tenantType", "tenantName", "createdDateUtc", "updatedDateUtc",
    }  # fmt: skip
    assert (link["tenantType"], link["tenantName"]) == ("PRACTICE", "Tidewater Accountants")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}", link["createdDateUtc"])


def test_a_name_may_be_null_and_two_names_equal(xero: SimulatorServer) -> None:
    assert SignedIn(xero, user="ben", organisation="unnamed").links()[0]["tenantName"] is None
    SignedIn(xero, organisation="bakehouse")
    both = SignedIn(xero, organisation="bakehouse-2").links()

    assert [link["tenantName"] for link in both] == ["Bakehouse Ltd"] * 2
    assert both[0]["tenantId"] != both[1]["tenantId"]


def test_the_event_filter_finds_what_was_just_approved_but_not_what_was_linked_before(xero: SimulatorServer) -> None:
    SignedIn(xero, organisation="harbour")
    fresh = SignedIn(xero, organisation="bakehouse")
    (approved,) = fresh.links(authEventId=fresh.links()[-1]["authEventId"])
    assert approved["tenantName"] == "Bakehouse Ltd"

    again = SignedIn(xero, organisation="bakehouse")
    events = {link["authEventId"] for link in again.links()}

    assert len(again.links()) == 2
    assert again.links(authEventId=event_of(again)) == []
    assert event_of(again) not in events


def event_of(client: SignedIn) -> str:
    import jwt

    claims = jwt.decode(client.tokens["access_token"], options={"verify_signature": False})
    return str(claims["authentication_event_id"])


def test_event_ids_may_be_missing(xero: SimulatorServer) -> None:
    xero.control.change(event_ids=False)

    assert "authEventId" not in SignedIn(xero).links()[0]


def test_a_link_is_removed_by_its_own_id_only(xero: SimulatorServer) -> None:
    client, other = SignedIn(xero), SignedIn(xero, user="ben")
    (link,) = client.links()

    assert delete(client, link["tenantId"]).status_code == 403
    assert delete(client, "00000000-0000-0000-0000-000000000000").status_code == 404
    assert delete(other, link["id"]).status_code == 404
    assert delete(client, link["id"]).status_code == 204
    assert delete(client, link["id"]).status_code == 404
    assert client.links() == []


def test_an_unlinked_organisation_answers_403_and_the_list_shrinks(xero: SimulatorServer) -> None:
    client = SignedIn(xero, organisation="harbour")
    assert client.call("GET", "Organisation").status_code == 200

    assert xero.control.unlink("harbour") == 1

    refused = client.call("GET", "Organisation")
    assert refused.status_code == 403
    assert refused.json()["Detail"] == "AuthenticationUnsuccessful"
    assert client.links() == []


def test_a_revocation_from_xeros_side_kills_tokens_at_once(xero: SimulatorServer) -> None:
    client = SignedIn(xero)

    assert xero.control.revoke(user="ada") == 1
    assert xero.control.revoke(user="ada") == 0

    answer = client.call("GET", "Organisation")
    assert answer.status_code == 401
    assert answer.json()["Detail"].startswith("TokenExpired")


@pytest.mark.parametrize("value", ["", "Bearer", "Bearer nonsense", "Basic eHg6eHg=", "bearer x"])
def test_links_need_a_right_bearer(xero: SimulatorServer, value: str) -> None:
    answer = httpx.get(xero.addresses.connections_url, headers={"Authorization": value})

    assert answer.status_code == 401
    assert set(answer.json()) == {"Type", "Title", "Status", "Detail", "Instance", "Extensions"}


def test_gateway_errors_may_come_in_lower_case(xero: SimulatorServer) -> None:
    xero.control.change(lowercase_errors=True)

    assert httpx.get(xero.addresses.connections_url).json()["detail"] == "AuthenticationUnsuccessful"


def test_an_organisation_can_be_founded_for_a_test(xero: SimulatorServer) -> None:
    tenant_id = xero.control.add_organisation("Late & Co", user="cy", demo=True)

    client = SignedIn(xero, user="cy", organisation="Late & Co")

    assert client.tenant_id == tenant_id
    assert client.call("GET", "Organisation").json()["Organisations"][0]["IsDemoCompany"] is True
