"""Access tokens and id tokens are JWTs that any OpenID Connect client can check."""

from __future__ import annotations

import base64
import hashlib

import httpx
import jwt
from jwt import PyJWK

from sample_host.xero_simulator.addresses import DEMO_CLIENT_ID
from sample_host.xero_simulator.server import SimulatorServer
from tests.simulator.signed_in_client import SCOPES, SignedIn, ask, callback_parameters, code_fields


def signing_key(xero: SimulatorServer) -> PyJWK:
    keys = httpx.get(xero.addresses.jwks_url).json()["keys"]
    assert len(keys) == 1
    return PyJWK(keys[0])


def test_an_access_token_carries_the_claims_that_clients_read(xero: SimulatorServer) -> None:
    client = SignedIn(xero)
    claims = jwt.decode(
        client.tokens["access_token"],
        signing_key(xero),
        algorithms=["RS256"],
        issuer=xero.origin,
        audience=f"{xero.origin}/resources",
    )

    assert claims["client_id"] == DEMO_CLIENT_ID
    assert claims["scope"] == SCOPES.split()
    assert claims["exp"] - claims["nbf"] == 1800
    assert claims["authentication_event_id"] == client.links()[0]["authEventId"]
    assert len(client.tokens["access_token"]) > 1_280, "too long for a Windows keychain item, as Xero's are"


def test_an_id_token_answers_the_nonce_and_speaks_of_the_user(xero: SimulatorServer) -> None:
    asked = ask(xero, scope=f"openid profile email {SCOPES}", nonce="the-nonce")
    code = callback_parameters(xero.approve(asked.address, user="ben"))["code"]
    tokens = httpx.post(xero.addresses.token_url, data=code_fields(code, asked.verifier)).json()

    claims = jwt.decode(
        tokens["id_token"], signing_key(xero), algorithms=["RS256"], issuer=xero.origin, audience=DEMO_CLIENT_ID
    )

    half = hashlib.sha256(tokens["access_token"].encode()).digest()[:16]
    assert claims["nonce"] == "the-nonce"
    assert claims["at_hash"] == base64.urlsafe_b64encode(half).rstrip(b"=").decode()
    assert claims["exp"] - claims["iat"] == 300
    assert (claims["name"], claims["email"]) == ("Ben Ledger", "ben@bakehouse.example")


def test_names_and_addresses_need_their_scopes(xero: SimulatorServer) -> None:
    asked = ask(xero, scope=f"openid {SCOPES}")
    code = callback_parameters(xero.approve(asked.address))["code"]
    tokens = httpx.post(xero.addresses.token_url, data=code_fields(code, asked.verifier)).json()

    claims = jwt.decode(tokens["id_token"], options={"verify_signature": False})

    assert not {"name", "email", "nonce", "preferred_username"}.intersection(claims)


def test_the_date_header_follows_the_moved_clock(xero: SimulatorServer) -> None:
    xero.control.freeze()
    xero.control.advance(1_800_000_000 - xero.control.state().now)

    assert httpx.get(xero.origin).headers["date"] == "Fri, 15 Jan 2027 08:00:00 GMT"
