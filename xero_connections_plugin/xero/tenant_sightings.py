"""Which tenants was a sign-in seen to reach a moment ago? One list per sign-in serves all sessions for a while."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from xero_connections_plugin.own_locks import ProcessLock
from xero_connections_plugin.xero.tenants import asked_with_token

if TYPE_CHECKING:
    from hostspec.services import Clock
    from xero_connections_plugin.oauth.grant import GrantId
    from xero_connections_plugin.xero.tenants import AccessTokens, TenantLink, TenantsApi

SIGHTING_SECONDS: Final = 300.0
"""How long a tenant counts as seen. One that was unlinked since is refused by the API itself."""

_MOST: Final = 1_000


@dataclass
class _Seen:
    lock: ProcessLock = field(default_factory=ProcessLock)
    links: tuple[TenantLink, ...] = ()
    until: float = float("-inf")


class TenantSightings:
    """The tenant links of sign-ins, asked for once for all threads that need them at once.

    Args:
        tokens: Of the sign-ins.
        tenants: Xero's list.
        clock: Says how old a list is.
    """

    def __init__(self, tokens: AccessTokens, tenants: TenantsApi, clock: Clock) -> None:
        self._tokens = tokens
        self._tenants = tenants
        self._clock = clock
        self._lock = ProcessLock()
        self._seen: dict[GrantId, _Seen] = {}

    def link(self, grant_id: GrantId, tenant_id: str) -> tuple[TenantLink | None, tuple[TenantLink, ...]]:
        """The link to a tenant, and all that the sign-in reaches. Bad news is always fresh: it is asked for anew.

        Raises:
            ConnectionProblem: Xero could not be asked.
        """
        seen = self._of(grant_id)
        with seen.lock.own:
            found = _find(seen.links, tenant_id) if self._clock.monotonic() < seen.until else None
            if found is None:
                seen.links = asked_with_token(self._tokens, grant_id, self._tenants.links)
                seen.until = self._clock.monotonic() + SIGHTING_SECONDS
                found = _find(seen.links, tenant_id)
            return found, seen.links

    def _of(self, grant_id: GrantId) -> _Seen:
        with self._lock.own:
            if len(self._seen) >= _MOST and grant_id not in self._seen:
                self._seen.clear()
            return self._seen.setdefault(grant_id, _Seen())


def _find(links: tuple[TenantLink, ...], tenant_id: str) -> TenantLink | None:
    return next((link for link in links if link.tenant_id == tenant_id), None)
