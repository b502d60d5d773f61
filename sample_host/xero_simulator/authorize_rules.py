"""Which authorization requests Xero accepts: the checks alone, in the order in which Xero makes them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sample_host.xero_simulator.simulated_world import RegisteredApp

_IDENTITY_SCOPES = frozenset({"openid", "profile", "email", "offline_access"})
_GRANULAR_SCOPES = frozenset(
    scope
    for name in (
        *("accounting.settings", "accounting.contacts", "accounting.invoices", "accounting.banktransactions"),
        *("accounting.payments", "accounting.manualjournals", "accounting.attachments", "files", "assets", "projects"),
    )
    for scope in (name, f"{name}.read")
) | {
    "accounting.journals.read",
    "accounting.budgets.read",
    *(
        f"accounting.reports.{report}.read"
        for report in ("aged", "balancesheet", "profitandloss", "trialbalance", "tenninetynine")
    ),
}
_BROAD_SCOPES = frozenset({"accounting.transactions", "accounting.transactions.read", "accounting.reports.read"})
# RFC 7636 section 4.2: the S256 challenge is 32 bytes in unpadded base64url.
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True)
class AuthorizationRequest:
    """A request that may be shown to a person."""

    client_id: str
    redirect_uri: str
    scopes: tuple[str, ...]
    state: str | None
    challenge: str | None
    nonce: str | None


@dataclass(frozen=True)
class AuthorizationRefused:
    """An error that Xero shows itself and never sends back to the callback."""

    error: str
    text: str


def allowed_scopes(app: RegisteredApp) -> frozenset[str]:
    """Apps made since March 2026 get granular scopes only; older ones the broad ones too."""
    scopes = _IDENTITY_SCOPES | _GRANULAR_SCOPES
    return scopes | _BROAD_SCOPES if app.legacy_scopes else scopes


def read_authorization(
    parameters: Sequence[tuple[str, str]], apps: Mapping[str, RegisteredApp]
) -> AuthorizationRequest | AuthorizationRefused:
    """Check the query of an authorization request; never raises for what a client may send."""
    values = dict(parameters)
    if len(values) != len(parameters):
        return AuthorizationRefused("invalid_request", "A parameter is given twice.")
    app = apps.get(values.get("client_id", ""))
    if app is None:
        return AuthorizationRefused("unauthorized_client", "Unknown client or client not enabled")
    if values.get("redirect_uri") not in app.redirect_uris:
        return AuthorizationRefused("unauthorized_client", "Invalid redirect_uri")
    if values.get("response_type") != "code":
        return AuthorizationRefused("unsupported_response_type", "response_type must be code")
    if values.get("response_mode", "query") != "query":
        return AuthorizationRefused("invalid_request", "Invalid response_mode")
    scopes = tuple(dict.fromkeys(values.get("scope", "").split(" ")))
    if "" in scopes:
        return AuthorizationRefused("invalid_scope", "Scope is missing")
    if not allowed_scopes(app).issuperset(scopes):
        return AuthorizationRefused("invalid_scope", "Invalid scope for client")
    if {"profile", "email"}.intersection(scopes) and "openid" not in scopes:
        return AuthorizationRefused("invalid_scope", "Identity scopes need openid")
    challenge = values.get("code_challenge")
    if challenge is None and app.client_secret is None:
        return AuthorizationRefused("invalid_request", "code challenge required")
    if challenge is not None:
        if values.get("code_challenge_method") != "S256":
            return AuthorizationRefused("invalid_request", "Transform algorithm not supported")
        if not _CHALLENGE.fullmatch(challenge):
            return AuthorizationRefused("invalid_request", "Invalid code_challenge")
    return AuthorizationRequest(
        client_id=app.client_id,
        redirect_uri=values["redirect_uri"],
        scopes=scopes,
        state=values.get("state"),
        challenge=challenge,
        nonce=values.get("nonce"),
    )
