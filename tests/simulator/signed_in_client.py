"""A careful client of the simulator: signs in with PKCE, refreshes, calls the API, as a test wants it."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx

from sample_host.xero_simulator.addresses import DEMO_CLIENT_ID
from sample_host.xero_simulator.server import SimulatorServer

REDIRECT_URI = "http://localhost:8888/callback"
SCOPES = (
    "offline_access accounting.settings.read accounting.contacts accounting.invoices "
    "accounting.banktransactions accounting.attachments"
)


@dataclass(frozen=True)
class Asked:
    """An authorization request and the verifier that belongs to it."""

    address: str
    verifier: str


def ask(
    xero: SimulatorServer,
    *,
    client_id: str = DEMO_CLIENT_ID,
    scope: str = SCOPES,
    without: tuple[str, ...] = (),
    more: Mapping[str, str] | None = None,
    **changes: str,
) -> Asked:
    """A right authorization request, with parameters changed or left out."""
    verifier = secrets.token_urlsafe(48)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    parameters = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": REDIRECT_URI,
        "scope": scope,
        "state": "the-state",
        "code_challenge": challenge,
        "code_challenge_method": "S256",
        **changes,
        **(more or {}),
    }
    query = urlencode({name: value for name, value in parameters.items() if name not in without})
    return Asked(f"{xero.addresses.authorize_url}?{query}", verifier)


def callback_parameters(address: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


def code_fields(code: str, verifier: str, **changes: str) -> dict[str, str]:
    """The form of a right code exchange, with fields changed."""
    return {
        "grant_type": "authorization_code",
        "client_id": DEMO_CLIENT_ID,
        "code": code,
        "redirect_uri": REDIRECT_URI,
        "code_verifier": verifier,
        **changes,
    }


def exchange(
    xero: SimulatorServer,
    *,
    user: str = "ada",
    organisation: str | None = None,
    client_id: str = DEMO_CLIENT_ID,
    scope: str = SCOPES,
    **more: str,
) -> dict[str, Any]:
    """Sign a user in; answers the token answer."""
    asked = ask(xero, client_id=client_id, scope=scope)
    code = callback_parameters(xero.approve(asked.address, user=user, organisation=organisation))["code"]
    fields = code_fields(code, asked.verifier, client_id=client_id, **more)
    answer = httpx.post(xero.addresses.token_url, data=fields)
    assert answer.status_code == 200, answer.text
    tokens: dict[str, Any] = answer.json()
    return tokens


def refresh(xero: SimulatorServer, refresh_token: str, client_id: str = DEMO_CLIENT_ID, **more: str) -> httpx.Response:
    fields = {"grant_type": "refresh_token", "client_id": client_id, "refresh_token": refresh_token, **more}
    return httpx.post(xero.addresses.token_url, data=fields)


def refreshed(xero: SimulatorServer, refresh_token: str) -> str:
    """A refresh that must work; answers the successor."""
    answer = refresh(xero, refresh_token)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["refresh_token"])


class SignedIn:
    """A client with tokens of its own and one organisation."""

    def __init__(
        self, xero: SimulatorServer, *, user: str = "ada", organisation: str | None = None, scope: str = SCOPES
    ):
        self.xero = xero
        self.tokens = exchange(xero, user=user, organisation=organisation, scope=scope)
        linked = self.links()
        self.tenant_id = linked[-1]["tenantId"] if linked else ""

    @property
    def refresh_token(self) -> str:
        return str(self.tokens["refresh_token"])

    def links(self, **query: str) -> list[dict[str, Any]]:
        answer = httpx.get(self.xero.addresses.connections_url, params=query, headers=self.bearer())
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()
        return found

    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.tokens['access_token']}"}

    def call(
        self,
        method: str,
        path: str,
        *,
        json: object = None,
        content: bytes | None = None,
        headers: dict[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        **query: str,
    ) -> httpx.Response:
        """Call the accounting API with right headers, unless others are given."""
        right = {**self.bearer(), "Xero-Tenant-Id": self.tenant_id, "Accept": "application/json", **(headers or {})}
        address = f"{self.xero.addresses.api_url}{path}"
        return httpx.request(
            method, address, json=json, content=content, headers=right, params={**query, **(params or {})}
        )


def bill(number: str = "B-1", **changes: object) -> dict[str, object]:
    """A right draft bill, with members changed."""
    line = {"Description": "Flour", "Quantity": 2, "UnitAmount": "9.99", "AccountCode": "429"}
    return {
        "Type": "ACCPAY",
        "Contact": {"Name": "Kauri Freight"},
        "LineItems": [line],
        "InvoiceNumber": number,
        **changes,
    }
