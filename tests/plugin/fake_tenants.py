"""A list of tenant links in memory, for tests of what uses one."""

from pydantic import SecretStr

from hostspec.errors import ConnectionProblem, SignInNeeded
from xero_connections_plugin.xero.tenants import TenantLink


class FakeTenantsApi:
    """A ``xero.tenants.TenantsApi``: links by token; tokens it was not given are refused."""

    def __init__(self) -> None:
        self.links_by_token: dict[str, list[TenantLink]] = {}
        self.problem: ConnectionProblem | None = None
        """Raised by every call while set."""

    def links(self, token: SecretStr) -> tuple[TenantLink, ...]:
        return tuple(self._of(token))

    def unlink(self, token: SecretStr, link_id: str) -> None:
        links = self._of(token)
        if any(link.tenant_id == link_id for link in links):
            raise ConnectionProblem("A tenant's id is no link's id.", code="UNLINK_REFUSED")
        links[:] = [link for link in links if link.link_id != link_id]

    def _of(self, token: SecretStr) -> list[TenantLink]:
        if self.problem is not None:
            raise self.problem
        found = self.links_by_token.get(token.get_secret_value())
        if found is None:
            raise SignInNeeded("Xero refuses the token.")
        return found
