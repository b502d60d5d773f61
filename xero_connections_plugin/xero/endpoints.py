"""Where is Xero? Constants, since no discovery is done at run time; an installation may point all of them elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from xero_connections_plugin.settings import Settings

DEVELOPER_SITE: Final = "https://developer.xero.com/app/manage"


@dataclass(frozen=True)
class Endpoints:
    """One issuer with everything that belongs to it (R28)."""

    issuer: str = "https://identity.xero.com"
    authorize_url: str = "https://login.xero.com/identity/connect/authorize"
    token_url: str = "https://identity.xero.com/connect/token"
    revocation_url: str = "https://identity.xero.com/connect/revocation"
    jwks_url: str = "https://identity.xero.com/.well-known/openid-configuration/jwks"
    connections_url: str = "https://api.xero.com/connections"
    api_url: str = "https://api.xero.com/api.xro/2.0/"


def endpoints_from(settings: Settings) -> Endpoints:
    """Xero's own, or those that the settings give; they are given together or not at all."""
    if settings.issuer is None:
        return Endpoints()
    api_url = settings.api_url or ""
    return Endpoints(
        issuer=settings.issuer,
        authorize_url=settings.authorize_url or "",
        token_url=settings.token_url or "",
        revocation_url=settings.revocation_url or "",
        jwks_url=settings.jwks_url or "",
        connections_url=settings.connections_url or "",
        api_url=api_url if api_url.endswith("/") else api_url + "/",
    )
