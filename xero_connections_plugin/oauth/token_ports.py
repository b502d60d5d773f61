"""What the sign-in and the token keeper need from the world; ``gateways`` performs it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pydantic import SecretStr

    from xero_connections_plugin.oauth.grant import TokenAnswer


class TokenEndpoint(Protocol):
    """Form posts of a public client: no secret, no ``Authorization`` header, no redirects, 30 s for the whole
    request, answers of at most 1 MiB (R9, R49, R57).

    Raises:
        RequestNotSent, OutcomeUnknown, TokenRefused, Throttled: From every method.
    """

    def exchange(self, *, client_id: str, code: SecretStr, redirect_uri: str, verifier: SecretStr) -> TokenAnswer:
        """Trade an authorization code, once (RFC 6749 section 4.1.3, RFC 7636 section 4.5)."""

    def refresh(self, *, client_id: str, refresh_token: SecretStr) -> TokenAnswer:
        """Trade a refresh token for its successor (RFC 6749 section 6)."""

    def revoke(self, *, client_id: str, refresh_token: SecretStr) -> None:
        """End the grant at the server (RFC 7009); an unknown token counts as done (R63)."""
