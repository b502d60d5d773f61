"""The token endpoint and the revocation endpoint, as strict as the real ones."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from typing import assert_never
from urllib.parse import unquote_plus

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sample_host.xero_simulator.control_messages import token_digest
from sample_host.xero_simulator.request_gate import read_form
from sample_host.xero_simulator.simulated_world import AuthorizationCode, Grant, RegisteredApp, TokenPlace
from sample_host.xero_simulator.simulated_xero import SimulatedXero
from sample_host.xero_simulator.token_rotation import NewSuccessor, Refusal, SameSuccessor, TokenFamily, apply, decide

# RFC 7636 section 4.1: 43 to 128 unreserved characters.
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")
_CAREFUL_MARGIN_SECONDS = 300
_NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}


class OAuthError(Exception):
    """An error of RFC 6749 section 5.2, answered with the one key "error"."""

    def __init__(self, error: str, status: int = 400) -> None:
        super().__init__(error)
        self.error = error
        self.status = status

    def response(self) -> Response:
        return JSONResponse({"error": self.error}, self.status, _NO_STORE)


async def token_places(request: Request) -> Sequence[str]:
    """The places of a token request: in general, and by its grant type."""
    fields = dict(await read_form(request) or [])
    grant_type = fields.get("grant_type")
    if grant_type in ("authorization_code", "refresh_token"):
        return ("token", f"token:{grant_type}")
    return ("token",)


async def answer_token_request(simulator: SimulatedXero, request: Request) -> Response:
    """Exchange a code or rotate a refresh token."""
    try:
        fields = await _fields(request)
        app = _authenticated_app(simulator, request, fields)
        match fields.get("grant_type"):
            case "authorization_code":
                return _exchange(simulator, app, fields)
            case "refresh_token":
                return _refresh(simulator, app, fields)
            case None:
                raise OAuthError("invalid_request")
            case "client_credentials" | "password":
                raise OAuthError("unauthorized_client")
            case _:
                raise OAuthError("unsupported_grant_type")
    except OAuthError as error:
        return error.response()


async def answer_revocation(simulator: SimulatedXero, request: Request) -> Response:
    """Revoke the grant of a refresh token; unknown tokens are fine (RFC 7009 section 2.2)."""
    try:
        fields = await _fields(request)
        app = _authenticated_app(simulator, request, fields)
        token = fields.get("token")
        if not token:
            raise OAuthError("invalid_request")
        if fields.get("token_type_hint") not in (None, "refresh_token", "access_token"):
            raise OAuthError("unsupported_token_type")
    except OAuthError as error:
        return error.response()
    place = simulator.world.token_places.get(token_digest(token))
    if place:
        grant = simulator.world.grants[place.grant_key]
        if grant.client_id == app.client_id and not grant.families[place.family_id].revoked:
            simulator.world.revoke(grant)
    return Response(status_code=200, headers=_NO_STORE)


def _exchange(simulator: SimulatedXero, app: RegisteredApp, fields: Mapping[str, str]) -> Response:
    code = simulator.world.codes.get(token_digest(fields.get("code", "")))
    if code is None or code.client_id != app.client_id or code.used:
        raise OAuthError("invalid_grant")
    # A code is spent by being presented, whatever comes of it.
    code.used = True
    if simulator.now() - code.issued_at > simulator.world.settings.code_seconds:
        raise OAuthError("invalid_grant")
    if fields.get("redirect_uri") != code.redirect_uri:
        raise OAuthError("invalid_grant")
    if not _verifier_fits(code.challenge, fields.get("code_verifier")):
        raise OAuthError("invalid_grant")
    grant = simulator.world.grant(code.client_id, code.user_id)
    allowed = [scope for scope in code.scopes if scope != simulator.world.settings.withheld_scope]
    grant.scopes = list(dict.fromkeys([*grant.scopes, *allowed]))
    family = simulator.begin_family(grant, code.event_id)
    refresh_token = simulator.first_token(grant, family) if "offline_access" in code.scopes else None
    return _tokens(simulator, grant, family, refresh_token, code)


def _refresh(simulator: SimulatedXero, app: RegisteredApp, fields: Mapping[str, str]) -> Response:
    token = fields.get("refresh_token")
    if not token:
        raise OAuthError("invalid_request")
    count = simulator.token_count(token)
    count.presented += 1
    place = simulator.world.token_places.get(token_digest(token))
    grant = simulator.world.grants[place.grant_key] if place else None
    if place is None or grant is None or grant.client_id != app.client_id:
        count.refused += 1
        raise OAuthError("invalid_grant")
    if not set(grant.scopes).issuperset(fields.get("scope", "").split()):
        raise OAuthError("invalid_scope")
    family = grant.families[place.family_id]
    is_early = _is_early(simulator, family)
    successor = _rotate(simulator, grant, place)
    if successor is None:
        count.refused += 1
        raise OAuthError("invalid_grant")
    count.rotated += 1
    simulator.world.early_refreshes += is_early
    return _tokens(simulator, grant, family, successor, None)


def _is_early(simulator: SimulatedXero, family: TokenFamily) -> bool:
    """Whether the newest access token has more of its life left than a careful client would leave."""
    world = simulator.world
    newest = world.access_tokens.get(family.newest_access or "")
    if newest is None or newest.expired_early or family.faults_before != world.fault_strikes:
        return False
    margin = min(_CAREFUL_MARGIN_SECONDS, world.settings.access_token_seconds / 2)
    return newest.expires_at - simulator.now() > margin


def _rotate(simulator: SimulatedXero, grant: Grant, place: TokenPlace) -> str | None:
    family, now = grant.families[place.family_id], simulator.now()
    decision = decide(family, place.serial, now, simulator.world.settings.rotation_rules())
    serial = apply(family, place.serial, decision, now)
    match decision:
        case Refusal():
            return None
        case NewSuccessor() | SameSuccessor():
            return None if serial is None else simulator.token_for(grant, family, serial)
        case _:
            assert_never(decision)


def _tokens(
    simulator: SimulatedXero,
    grant: Grant,
    family: TokenFamily,
    refresh_token: str | None,
    code: AuthorizationCode | None,
) -> Response:
    now = simulator.now()
    token_id = simulator.entropy(16).hex().upper()
    access_token = simulator.signer.access_token(grant, family.event_id, family.family_id, token_id, now)
    family.newest_access, family.faults_before = token_id, simulator.world.fault_strikes
    answer: dict[str, object] = {
        "access_token": access_token,
        "expires_in": simulator.world.settings.access_token_seconds,
        "token_type": "Bearer",
        "scope": " ".join(grant.scopes),
    }
    if refresh_token is not None:
        answer["refresh_token"] = refresh_token
    if code is not None and "openid" in code.scopes:
        answer["id_token"] = simulator.signer.id_token(code, simulator.world.users[code.user_id], access_token, now)
    return JSONResponse(answer, 200, _NO_STORE)


async def _fields(request: Request) -> dict[str, str]:
    if request.url.query:
        raise OAuthError("invalid_request")
    pairs = await read_form(request)
    if pairs is None or len(dict(pairs)) != len(pairs):
        raise OAuthError("invalid_request")
    # RFC 6749 section 3.2: parameters without a value are treated as if they were missing.
    return {name: value for name, value in pairs if value}


def _authenticated_app(simulator: SimulatedXero, request: Request, fields: Mapping[str, str]) -> RegisteredApp:
    client_id, secret = fields.get("client_id"), fields.get("client_secret")
    authorization = request.headers.get("authorization")
    if authorization is not None:
        if secret is not None:
            raise OAuthError("invalid_request")
        client_id, secret = _basic(authorization)
    app = simulator.world.apps.get(client_id or "")
    if app is None:
        raise OAuthError("invalid_client")
    if app.client_secret is None and (secret is not None or authorization is not None):
        raise OAuthError("invalid_client")
    if app.client_secret is not None and not hmac.compare_digest(app.client_secret.encode(), (secret or "").encode()):
        raise OAuthError("invalid_client")
    return app


def _basic(authorization: str) -> tuple[str, str]:
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        raise OAuthError("invalid_client")
    try:
        client_id, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise OAuthError("invalid_client") from None
    return unquote_plus(client_id), unquote_plus(secret)


def _verifier_fits(challenge: str | None, verifier: str | None) -> bool:
    if challenge is None:
        return verifier is None
    if verifier is None or not _VERIFIER.fullmatch(verifier):
        return False
    digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode("ascii")).digest()).rstrip(b"=").decode()
    return hmac.compare_digest(digest, challenge)
