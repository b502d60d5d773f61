"""Which companies does a sign-in reach? Names to show, and which were just approved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar

from hostspec.errors import SignInNeeded

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from pydantic import SecretStr

    from xero_connections_plugin.oauth.grant import AccessToken, GrantId

T = TypeVar("T")


@dataclass(frozen=True)
class TenantLink:
    """Xero's record that this app may use this tenant; Xero calls it a connection."""

    link_id: str
    tenant_id: str
    tenant_type: str
    """``ORGANISATION``, ``PRACTICE``, ``PRACTICEMANAGER``, or one that Xero invents later."""
    tenant_name: str | None
    """May be missing, and is not unique."""
    event_id: str | None
    """The consent it was made or renewed in; may be missing."""
    created_at: datetime | None
    updated_at: datetime | None


class TenantsApi(Protocol):
    """Xero's list of tenant links.

    Raises (from every method):
        ProviderUnavailable: Network, outage, limits.
        SignInNeeded: Xero refuses the token.
    """

    def links(self, token: SecretStr) -> tuple[TenantLink, ...]:
        """Every link of the sign-in; an empty one is a normal answer."""

    def unlink(self, token: SecretStr, link_id: str) -> None:
        """Remove one link; one that is gone already counts as removed."""


class AccessTokens(Protocol):
    """Where bearer tokens come from."""

    def access_token(self, grant_id: GrantId, *, refused: int | None = None) -> AccessToken: ...


def asked_with_token(tokens: AccessTokens, grant_id: GrantId, ask: Callable[[SecretStr], T]) -> T:
    """What Xero answers; it is asked once more, with a newer token, when it refuses the stored one (R59).

    A stored token can be older than this machine's clock says, or have been ended by somebody else.

    Raises:
        ConnectionProblem: What ``ask`` or the token keeper raise.
    """
    token = tokens.access_token(grant_id)
    try:
        return ask(token.value)
    except SignInNeeded:
        newer = tokens.access_token(grant_id, refused=token.generation)
    return ask(newer.value)


@dataclass(frozen=True)
class TenantOption:
    """A tenant as a dropdown shows it."""

    tenant_id: str
    link_id: str
    label: str
    """Equal names are told apart, missing ones are type and short id."""
    name: str
    """As Xero has it, or the label where it has none."""
    tenant_type: str
    just_approved: bool


def tenant_options(links: Sequence[TenantLink], event_id: str) -> tuple[TenantOption, ...]:
    """Tenants to choose from: just-approved ones first, then by name.

    The event id marks and never filters: Xero's own filter comes back empty when the tenant was linked before.
    """
    names = [_plain_name(link) for link in links]
    options = [
        TenantOption(
            tenant_id=link.tenant_id,
            link_id=link.link_id,
            label=f"{name} ({_short(link.tenant_id)})" if link.tenant_name and names.count(name) > 1 else name,
            name=name,
            tenant_type=link.tenant_type,
            just_approved=bool(event_id) and link.event_id == event_id,
        )
        for link, name in zip(links, names, strict=True)
    ]
    return tuple(
        sorted(options, key=lambda option: (not option.just_approved, option.label.casefold(), option.tenant_id))
    )


def _plain_name(link: TenantLink) -> str:
    if link.tenant_name and link.tenant_name.strip():
        return link.tenant_name.strip()
    return f"{link.tenant_type.capitalize() or 'Tenant'} {_short(link.tenant_id)}"


def _short(tenant_id: str) -> str:
    return tenant_id[:8]
