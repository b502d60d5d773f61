"""What does a host send with? A requests session of ours. Imported on first use only."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urljoin

import requests

from hostspec.errors import ProviderUnavailable
from xero_connections_plugin.gateways.network.bounded_transport import OutboundSession
from xero_connections_plugin.gateways.network.outbound_http import user_agent

if TYPE_CHECKING:
    from xero_connections_plugin.gateways.xero_calls.api_adapter import ApiAdapter
    from xero_connections_plugin.gateways.xero_calls.tenant_auth import TenantAuth


_MOST_REDIRECTS: Final = 5
"""Each has the time of a request of its own."""


class AuthorizedHttp(OutboundSession):
    """Sends to the API of one tenant, for one thread; everything else is refused with ``ValueError``.

    Args:
        base_url: What relative addresses extend.
        auth: Puts the bearer token and the tenant on each request.
        adapter: Sends.
    """

    def __init__(self, base_url: str, *, auth: TenantAuth, adapter: ApiAdapter) -> None:
        super().__init__()
        self._base_url = base_url
        self.auth = auth
        self.max_redirects = _MOST_REDIRECTS
        self.headers.update({"User-Agent": user_agent(), "Accept": "application/json"})
        self.mount("https://", adapter)
        self.mount("http://", adapter)

    def prepare_request(self, request: requests.Request) -> requests.PreparedRequest:
        """As requests has it; the address may be relative."""
        absolute = copy.copy(request)
        absolute.url = urljoin(self._base_url, str(request.url))
        return super().prepare_request(absolute)

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        """As requests has it, with the proxies and CA bundle of the environment for prepared requests too."""
        if "proxies" not in options:
            given = {name: options.get(name) for name in ("stream", "verify", "cert")}
            options.update(self.merge_environment_settings(request.url, {}, **given))
        try:
            return super().send(request, **options)
        except requests.TooManyRedirects:
            pass
        raise ProviderUnavailable(
            "Xero's address sends the request round in circles. The sign-in is kept; please try again later.",
            code="XERO_DOWN",
        )
