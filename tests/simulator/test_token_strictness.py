"""A client that does not follow the rules of the token endpoint must fail here, as it would at Xero."""

from __future__ import annotations

import httpx
import pytest

from sample_host.xero_simulator.addresses import (
    DEMO_CLIENT_ID,
    DEMO_REDIRECT_URIS,
    SECOND_CLIENT_ID,
    WEB_CLIENT_ID,
    WEB_CLIENT_SECRET,
)
from sample_host.xero_simulator.server import SimulatorServer
from tests.simulator.signed_in_client import SCOPES, ask, callback_parameters, code_fields, exchange, refresh


def approved(xero: SimulatorServer) -> dict[str, str]:
    """The fields of a right exchange for a fresh code."""
    asked = ask(xero)
    return code_fields(callback_parameters(xero.approve(asked.address))["code"], asked.verifier)


def post(xero: SimulatorServer, fields: dict[str, str]) -> httpx.Response:
    return httpx.post(xero.addresses.token_url, data=fields)


def test_a_right_exchange_answers_every_token_and_is_not_cached(xero: SimulatorServer) -> None:
    answer = post(xero, approved(xero))

    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    tokens = answer.json()
    assert set(tokens) == {"access_token", "refresh_token", "expires_in", "token_type", "scope"}
    assert tokens["expires_in"] == 1800
    assert tokens["scope"] == SCOPES


@pytest.mark.parametrize(
    "changes",
    [
        {"code_verifier": "x" * 42},
        {"code_verifier": "x" * 129},
        {"code_verifier": "x" * 64},
        {"code_verifier": ""},
        {"redirect_uri": DEMO_REDIRECT_URIS[1]},
        {"redirect_uri": DEMO_REDIRECT_URIS[0] + "/"},
        {"redirect_uri": ""},
        {"code": "no-such-code"},
    ],
)
def test_a_code_is_refused_with_a_wrong_verifier_address_or_code(
    xero: SimulatorServer, changes: dict[str, str]
) -> None:
    answer = post(xero, {**approved(xero), **changes})

    assert answer.status_code == 400
    assert answer.json() == {"error": "invalid_grant"}


def test_a_code_works_once_and_its_second_use_ends_nothing(xero: SimulatorServer) -> None:
    fields = approved(xero)
    tokens = post(xero, fields).json()

    assert post(xero, fields).json() == {"error": "invalid_grant"}
    assert refresh(xero, tokens["refresh_token"]).status_code == 200


def test_a_wrong_verifier_spends_the_code(xero: SimulatorServer) -> None:
    fields = approved(xero)
    post(xero, {**fields, "code_verifier": "y" * 64})

    assert post(xero, fields).json() == {"error": "invalid_grant"}


def test_a_code_lives_five_minutes(xero: SimulatorServer) -> None:
    in_time, too_late = approved(xero), approved(xero)
    xero.control.freeze()
    xero.control.advance(290)
    assert post(xero, in_time).status_code == 200
    xero.control.advance(15)

    assert post(xero, too_late).json() == {"error": "invalid_grant"}


def test_a_code_belongs_to_the_app_that_asked(xero: SimulatorServer) -> None:
    assert post(xero, {**approved(xero), "client_id": SECOND_CLIENT_ID}).json() == {"error": "invalid_grant"}


def test_a_pkce_app_must_not_send_a_secret_or_an_authorization_header(xero: SimulatorServer) -> None:
    fields = approved(xero)

    with_secret = post(xero, {**fields, "client_secret": "anything"})
    with_header = httpx.post(xero.addresses.token_url, data=fields, auth=(DEMO_CLIENT_ID, ""))
    with_bearer = httpx.post(xero.addresses.token_url, data=fields, headers={"Authorization": "Bearer x"})

    assert [answer.json() for answer in (with_secret, with_header, with_bearer)] == [{"error": "invalid_client"}] * 3
    assert post(xero, fields).status_code == 200


def test_a_web_app_without_its_secret_fails_at_the_token_step(xero: SimulatorServer) -> None:
    asked = ask(xero, client_id=WEB_CLIENT_ID)
    code = callback_parameters(xero.approve(asked.address))["code"]
    fields = code_fields(code, asked.verifier, client_id=WEB_CLIENT_ID)

    assert post(xero, fields).json() == {"error": "invalid_client"}
    assert post(xero, {**fields, "client_secret": WEB_CLIENT_SECRET}).status_code == 200


def test_a_web_app_may_send_its_secret_as_basic_authorization(xero: SimulatorServer) -> None:
    tokens = exchange(xero, client_id=WEB_CLIENT_ID, client_secret=WEB_CLIENT_SECRET)
    fields = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}

    right = httpx.post(xero.addresses.token_url, data=fields, auth=(WEB_CLIENT_ID, WEB_CLIENT_SECRET))
    wrong = httpx.post(xero.addresses.token_url, data=fields, auth=(WEB_CLIENT_ID, "wrong"))

    assert right.status_code == 200
    assert wrong.json() == {"error": "invalid_client"}


def test_only_form_posts_without_query_and_repetition_are_read(xero: SimulatorServer) -> None:
    fields = approved(xero)
    url = xero.addresses.token_url

    assert httpx.get(url, params=fields).status_code == 405
    assert httpx.post(url, json=fields).json() == {"error": "invalid_request"}
    assert httpx.post(url, params={"code": fields["code"]}, data=fields).json() == {"error": "invalid_request"}
    repeated = httpx.post(url, data={**fields, "code": [fields["code"], fields["code"]]})
    assert repeated.json() == {"error": "invalid_request"}
    assert post(xero, fields).status_code == 200


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"grant_type": ""}, "invalid_request"),
        ({"grant_type": "password"}, "unauthorized_client"),
        ({"grant_type": "client_credentials"}, "unauthorized_client"),
        ({"grant_type": "device"}, "unsupported_grant_type"),
        ({"client_id": "0" * 32}, "invalid_client"),
        ({"client_id": ""}, "invalid_client"),
    ],
)
def test_other_mistakes_have_their_own_error(xero: SimulatorServer, changes: dict[str, str], error: str) -> None:
    assert post(xero, {**approved(xero), **changes}).json() == {"error": error}


def test_without_offline_access_there_is_no_refresh_token(xero: SimulatorServer) -> None:
    tokens = exchange(xero, user="cy", scope="accounting.contacts")

    assert "refresh_token" not in tokens
    assert "id_token" not in tokens


def test_scopes_add_up_over_sign_ins_and_only_revoking_takes_them_away(xero: SimulatorServer) -> None:
    exchange(xero, scope="offline_access accounting.contacts")
    more = exchange(xero, scope="offline_access accounting.attachments")
    assert more["scope"].split() == ["offline_access", "accounting.contacts", "accounting.attachments"]

    xero.control.revoke(user="ada")

    assert exchange(xero, scope="offline_access files")["scope"] == "offline_access files"


def test_an_earlier_sign_in_of_the_same_user_and_app_stays_usable(xero: SimulatorServer) -> None:
    earlier = exchange(xero)
    exchange(xero)

    assert refresh(xero, earlier["refresh_token"]).status_code == 200


def test_a_refresh_cannot_ask_for_more_than_was_granted(xero: SimulatorServer) -> None:
    tokens = exchange(xero, scope="offline_access accounting.contacts")

    assert refresh(xero, tokens["refresh_token"], scope="files").json() == {"error": "invalid_scope"}
    assert refresh(xero, tokens["refresh_token"], scope="accounting.contacts").status_code == 200


def test_revoking_ends_every_token_and_link_of_this_user_and_app_only(xero: SimulatorServer) -> None:
    first, second = exchange(xero, organisation="harbour"), exchange(xero, organisation="bakehouse")
    bystander = exchange(xero, user="ben")
    fields = {"token": first["refresh_token"], "client_id": DEMO_CLIENT_ID}

    assert httpx.post(xero.addresses.revocation_url, data=fields).status_code == 200

    assert refresh(xero, first["refresh_token"]).json() == {"error": "invalid_grant"}
    assert refresh(xero, second["refresh_token"]).json() == {"error": "invalid_grant"}
    assert refresh(xero, bystander["refresh_token"]).status_code == 200
    assert [link.user for link in xero.control.state().links] == ["ben"]
    # The access token is a JWT and lives on; it reaches no organisation any more.
    bearer = {"Authorization": f"Bearer {first['access_token']}"}
    assert httpx.get(xero.addresses.connections_url, headers=bearer).json() == []


def test_revoking_an_unknown_token_is_fine_but_needs_the_app(xero: SimulatorServer) -> None:
    def revoke(**fields: str) -> httpx.Response:
        return httpx.post(xero.addresses.revocation_url, data=fields)

    assert revoke(token="unknown", client_id=DEMO_CLIENT_ID).status_code == 200
    assert revoke(client_id=DEMO_CLIENT_ID).json() == {"error": "invalid_request"}
    assert revoke(token="unknown", client_id="1" * 32).json() == {"error": "invalid_client"}


def test_a_sign_in_after_a_revocation_survives_the_revocation_of_the_dead_token(xero: SimulatorServer) -> None:
    old = exchange(xero)
    fields = {"token": old["refresh_token"], "client_id": DEMO_CLIENT_ID}
    httpx.post(xero.addresses.revocation_url, data=fields)
    new = exchange(xero)

    httpx.post(xero.addresses.revocation_url, data=fields)

    assert refresh(xero, new["refresh_token"]).status_code == 200
