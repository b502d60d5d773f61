"""Where the simulator answers, and the apps that are registered from the start."""

from __future__ import annotations

from dataclasses import dataclass

DEMO_CLIENT_ID = "DE30C0FFEE0123456789ABCDEF012345"
SECOND_CLIENT_ID = "5EC0ED0123456789ABCDEF0123456789"
LEGACY_CLIENT_ID = "01D5C09E0123456789ABCDEF01234567"
WEB_CLIENT_ID = "0EBA990123456789ABCDEF0123456789"
WEB_CLIENT_SECRET = "simulated-secret-of-the-web-app-0123456789ab"

DEFAULT_PORT = 8900
DEMO_REDIRECT_URIS = (
    "http://localhost:8888/callback",
    "http://localhost:8889/callback",
    "http://localhost:8890/callback",
)


@dataclass(frozen=True)
class SimulatorAddresses:
    """Every address of one simulator, all on one origin."""

    issuer: str
    authorize_url: str
    token_url: str
    revocation_url: str
    jwks_url: str
    connections_url: str
    api_url: str
    today_url: str
    bookkeeping_url: str
    control_url: str

    @classmethod
    def at(cls, origin: str) -> SimulatorAddresses:
        """Addresses for an origin such as ``http://localhost:8900``; a trailing slash is ignored."""
        origin = origin.rstrip("/")
        return cls(
            issuer=origin,
            authorize_url=f"{origin}/identity/connect/authorize",
            token_url=f"{origin}/connect/token",
            revocation_url=f"{origin}/connect/revocation",
            jwks_url=f"{origin}/.well-known/openid-configuration/jwks",
            connections_url=f"{origin}/connections",
            api_url=f"{origin}/api.xro/2.0/",
            today_url=f"{origin}/today",
            bookkeeping_url=f"{origin}/bookkeeping",
            control_url=f"{origin}/control/",
        )
