"""Where may the bearer token go? To one tenant at one origin. Imported on first use only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import SplitResult, urljoin, urlsplit

from requests.auth import AuthBase

if TYPE_CHECKING:
    import requests

    from xero_connections_plugin.oauth.grant import AccessToken
    from xero_connections_plugin.oauth.token_ports import TokenSource

TENANT_HEADER: Final = "Xero-Tenant-Id"
_PORTS: Final = {"https": 443, "http": 80}


class _Origin(NamedTuple):
    scheme: str
    host: str
    port: int | None


class _MaskedHeader(str):
    """A header that goes out as it is and is masked where a program prints its headers."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'Bearer **********'"


class TenantAuth(AuthBase):
    """Authorizes requests, prepared ones for other clients too.

    Args:
        tokens: Where the bearer token comes from.
        tenant_id: The only tenant.
        base_url: Its origin (scheme, host, port) is the only one that gets the token (R33).
    """

    def __init__(self, tokens: TokenSource, *, tenant_id: str, base_url: str) -> None:
        self._tokens = tokens
        self._origin = _origin_of(urlsplit(base_url))
        self.tenant_id = tenant_id

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Authorize a request that is being prepared.

        Raises:
            ValueError: It is for another origin or another tenant.
            ConnectionProblem: There is no token to be had.
        """
        self.check(request)
        self.put_on(request)
        return request

    def check(self, request: requests.PreparedRequest) -> None:
        """Refuse what must not get the token.

        Raises:
            ValueError: It is for another origin or another tenant.
        """
        if not self.is_ours(str(request.url)):
            raise ValueError("this session is for Xero's API only; the address is of another origin")
        if request.headers.get(TENANT_HEADER, self.tenant_id) != self.tenant_id:
            raise ValueError("this session is pinned to its connection's tenant; open another one for another tenant")

    def put_on(self, request: requests.PreparedRequest, *, refused: int | None = None) -> AccessToken:
        """Set the headers with the present token, or, with ``refused``, with a newer one than that generation.

        Raises:
            ConnectionProblem: There is no token to be had.
        """
        token = self._tokens(refused=refused)
        request.headers["Authorization"] = _MaskedHeader(f"Bearer {token.value.get_secret_value()}")
        request.headers[TENANT_HEADER] = self.tenant_id
        request.headers.setdefault("Accept", "application/json")
        return token

    def is_ours(self, url: str, *, relative_to: str = "") -> bool:
        """Whether the address is of the API's origin and names no user."""
        try:
            parts = urlsplit(urljoin(relative_to, url))
            return "@" not in parts.netloc and _origin_of(parts) == self._origin
        except ValueError:
            return False


def _origin_of(parts: SplitResult) -> _Origin:
    return _Origin(parts.scheme, parts.hostname or "", parts.port or _PORTS.get(parts.scheme))
