"""Who is calling: the bearer token, the tenant, and the scope that a call needs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from starlette.requests import Request

from sample_host.xero_simulator.gateway_errors import GatewayError
from sample_host.xero_simulator.simulated_xero import SimulatedXero


@dataclass(frozen=True)
class Caller:
    client_id: str
    user_id: str
    scopes: frozenset[str]


def check_bearer(simulator: SimulatedXero, request: Request) -> Caller:
    """The caller of a request with a valid access token.

    Raises:
        GatewayError: 401, with "TokenExpired" when the token is old.
    """
    values = request.headers.getlist("authorization")
    scheme, _, token = values[0].partition(" ") if len(values) == 1 else ("", "", "")
    claims = simulator.signer.read(token) if scheme == "Bearer" and token else None
    if claims is None:
        raise GatewayError(401, "AuthenticationUnsuccessful", {"WWW-Authenticate": "Bearer"})
    record = simulator.world.access_tokens.get(claims["jti"])
    if claims["exp"] <= simulator.now() or record is None or record.expired_early:
        moment = datetime.fromtimestamp(claims["exp"], UTC).strftime("%m/%d/%Y %H:%M:%S")
        headers = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
        raise GatewayError(401, f"TokenExpired: token expired at {moment}", headers)
    return Caller(claims["client_id"], claims["xero_userid"], frozenset(claims["scope"]))


def check_tenant(simulator: SimulatedXero, request: Request, caller: Caller) -> str:
    """The tenant id of a call that is linked to the caller's app.

    Raises:
        GatewayError: 403, when the header is missing, wrong, or names a tenant that is not linked.
    """
    values = request.headers.getlist("xero-tenant-id")
    link = simulator.world.link(caller.client_id, caller.user_id, values[0].lower()) if len(values) == 1 else None
    if link is None:
        raise GatewayError(403, "AuthenticationUnsuccessful")
    return link.tenant_id


def check_scope(caller: Caller, any_of: Iterable[str]) -> None:
    """Whether one of the scopes was granted.

    Raises:
        GatewayError: 401 "AuthorizationUnsuccessful".
    """
    if not caller.scopes.intersection(any_of):
        raise GatewayError(401, "AuthorizationUnsuccessful", {"WWW-Authenticate": "insufficient_scope"})
