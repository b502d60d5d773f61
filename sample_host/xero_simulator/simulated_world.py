"""Who and what exists at the simulated Xero: users, organisations, apps, grants, tenant links."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from sample_host.xero_simulator.simulated_ledger import Ledger
from sample_host.xero_simulator.token_rotation import GraceReading, RotationRules, TokenFamily


@dataclass
class XeroUser:
    key: str
    user_id: str
    given_name: str
    family_name: str
    email: str
    organisations: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        return f"{self.given_name} {self.family_name}"


@dataclass
class Organisation:
    key: str
    tenant_id: str
    name: str | None
    tenant_type: str = "ORGANISATION"
    demo_company: bool = False
    country: str = "NZ"
    currency: str = "NZD"

    @property
    def shown_name(self) -> str:
        return self.name or f"(no name) · {self.tenant_id[:4]}"


@dataclass
class RegisteredApp:
    """An app of the developer portal; one with a secret is a "Web app", one without is "Mobile or desktop" (PKCE)."""

    client_id: str
    name: str
    redirect_uris: list[str]
    client_secret: str | None = None
    legacy_scopes: bool = False
    certified: bool = False
    link_limit: int = 50
    day_limit: int = 5000


@dataclass
class Grant:
    """What one user allowed one app; scopes add up, every sign-in begins a family of tokens."""

    client_id: str
    user_id: str
    scopes: list[str] = field(default_factory=list)
    families: dict[str, TokenFamily] = field(default_factory=dict)
    revoked: bool = False


@dataclass
class TenantLink:
    link_id: str
    client_id: str
    user_id: str
    tenant_id: str
    event_id: str
    created_at: float
    updated_at: float


@dataclass
class AuthorizationCode:
    client_id: str
    user_id: str
    redirect_uri: str
    challenge: str | None
    scopes: list[str]
    nonce: str | None
    event_id: str
    issued_at: float
    used: bool = False


@dataclass
class AccessRecord:
    """What is remembered of an access token, by its ``jti``."""

    client_id: str
    user_id: str
    expires_at: float
    expired_early: bool = False


@dataclass
class TokenPlace:
    grant_key: str
    family_id: str
    serial: int


@dataclass
class TokenCount:
    presented: int = 0
    rotated: int = 0
    refused: int = 0


@dataclass
class RememberedAnswer:
    """The answer kept for an idempotency key."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"ser_json_bytes": "base64", "val_json_bytes": "base64"}

    request_digest: str
    status: int
    body: bytes
    kept_at: float


@dataclass
class Settings:
    """What can be switched while the simulator runs; durations in seconds."""

    grace_reading: GraceReading = GraceReading.EVERY_SUCCESSOR
    access_token_seconds: int = 1800
    code_seconds: int = 300
    grace_seconds: int = 30 * 60
    idle_seconds: int = 60 * 24 * 3600
    minute_limit: int = 60
    app_minute_limit: int = 10_000
    day_limit: int | None = None
    concurrent_limit: int = 5
    event_ids: bool = True
    lowercase_errors: bool = False
    callback_issuer: bool = False
    withheld_scope: str = ""
    """Not granted, although it is asked for: the server may grant less (RFC 6749 section 3.3)."""

    def rotation_rules(self) -> RotationRules:
        return RotationRules(self.grace_reading, self.grace_seconds, self.idle_seconds)


@dataclass
class World:
    """Everything that outlives a restart of the simulator."""

    token_secret: str
    signing_key: str | None = None
    clock_offset: float = 0.0
    settings: Settings = field(default_factory=Settings)
    users: dict[str, XeroUser] = field(default_factory=dict)
    organisations: dict[str, Organisation] = field(default_factory=dict)
    apps: dict[str, RegisteredApp] = field(default_factory=dict)
    grants: dict[str, Grant] = field(default_factory=dict)
    links: dict[str, TenantLink] = field(default_factory=dict)
    codes: dict[str, AuthorizationCode] = field(default_factory=dict)
    token_places: dict[str, TokenPlace] = field(default_factory=dict)
    access_tokens: dict[str, AccessRecord] = field(default_factory=dict)
    ledgers: dict[str, Ledger] = field(default_factory=dict)
    remembered: dict[str, RememberedAnswer] = field(default_factory=dict)
    token_counts: dict[str, TokenCount] = field(default_factory=dict)
    request_counts: dict[str, int] = field(default_factory=dict)
    fault_strikes: int = 0
    early_refreshes: int = 0

    def find_user(self, wanted: str) -> XeroUser | None:
        """A user by key, id, e-mail address or name."""
        return next((u for u in self.users.values() if wanted in (u.key, u.user_id, u.email, u.name)), None)

    def find_organisation(self, wanted: str) -> Organisation | None:
        """An organisation by key, tenant id or name; of equal names the first."""
        candidates = list(self.organisations.values())
        exact = (o for o in candidates if wanted in (o.key, o.tenant_id))
        named = (o for o in candidates if wanted in (o.name, o.shown_name))
        return next(exact, None) or next(named, None)

    def organisations_of(self, user: XeroUser) -> list[Organisation]:
        return [self.organisations[tenant_id] for tenant_id in user.organisations]

    def links_of(self, client_id: str, user_id: str) -> list[TenantLink]:
        return [link for link in self.links.values() if (link.client_id, link.user_id) == (client_id, user_id)]

    def link(self, client_id: str, user_id: str, tenant_id: str) -> TenantLink | None:
        return next((link for link in self.links_of(client_id, user_id) if link.tenant_id == tenant_id), None)

    def grant(self, client_id: str, user_id: str) -> Grant:
        """The grant of this user and app; a fresh one when there is none or it was revoked."""
        key = f"{client_id}:{user_id}"
        grant = self.grants.setdefault(key, Grant(client_id, user_id))
        if grant.revoked:
            grant.revoked = False
            grant.scopes = []
        return grant

    def revoke(self, grant: Grant) -> None:
        """End every sign-in of this user with this app, and drop all of the user's links to it."""
        grant.revoked = True
        for family in grant.families.values():
            family.revoked = True
        for link in self.links_of(grant.client_id, grant.user_id):
            del self.links[link.link_id]

    def expire_access_tokens(self, client_id: str | None, user_id: str | None) -> int:
        """Make the access tokens of an app, a user or everybody old before their time; answers how many."""
        records = [
            record
            for record in self.access_tokens.values()
            if client_id in (None, record.client_id) and user_id in (None, record.user_id) and not record.expired_early
        ]
        for record in records:
            record.expired_early = True
        return len(records)

    def ledger(self, tenant_id: str) -> Ledger:
        return self.ledgers.setdefault(tenant_id, Ledger())

    @staticmethod
    def labels(organisations: list[Organisation]) -> dict[str, str]:
        """Names to choose from, by tenant id: equal ones told apart by the start of the tenant id."""
        names = [organisation.name for organisation in organisations]
        return {
            o.tenant_id: f"{o.name} · {o.tenant_id[:4]}" if o.name and names.count(o.name) > 1 else o.shown_name
            for o in organisations
        }
