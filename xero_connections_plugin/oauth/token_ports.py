"""What the sign-in, the token keeper and sessions need from each other and the world."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pydantic import SecretStr

    from xero_connections_plugin.oauth.grant import AccessToken, TokenAnswer


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


class TokenSource(Protocol):
    """Where a session's bearer tokens come from: ``TokenKeeper.access_token`` for one grant."""

    def __call__(self, *, refused: int | None = None) -> AccessToken:
        """The token to use now; with ``refused``, a newer one than the generation that Xero refused.

        Raises:
            ConnectionProblem: There is none.
        """
