"""What does a company say about itself? Xero's ``Organisation``, asked once and shortly."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from xero_connections_plugin.gateways.network.outbound_http import Limits, send
from xero_connections_plugin.oauth.oauth_errors import TokenRequestFailed
from xero_connections_plugin.xero.company_facts import read_company

if TYPE_CHECKING:
    from pydantic import SecretStr

    from xero_connections_plugin.gateways.xero_calls.call_limiter import TenantCallLimiter
    from xero_connections_plugin.xero.company_facts import Company

_SECONDS: Final = 6.0
"""Somebody waits for it: a person who has just signed in, or a write."""


class XeroCompaniesApi:
    """A ``xero.company_facts.CompaniesApi``. Any thread may call.

    Args:
        api_url: Of the accounting API.
        limiter: The calls that this process has under way; where all are taken, nothing is asked.
    """

    def __init__(self, api_url: str, limiter: TenantCallLimiter) -> None:
        self._url = f"{api_url.rstrip('/')}/Organisation"
        self._limiter = limiter

    def company(self, token: SecretStr, tenant_id: str) -> Company | None:
        """See ``CompaniesApi``."""
        slot = self._limiter.take(tenant_id, patience=0.0)
        if slot is None:
            return None
        headers = {"Accept": "application/json", "Xero-Tenant-Id": tenant_id}
        limits = Limits(connect=_SECONDS, read=_SECONDS, total=_SECONDS)
        try:
            reply = send("GET", self._url, limits=limits, headers=headers, bearer=token)
        except TokenRequestFailed:
            return None
        finally:
            slot.release()
        return read_company(reply.body) if reply.status == HTTPStatus.OK else None
