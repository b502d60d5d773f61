"""What a grant is: the token set of one user and one app, and what is known about it without opening it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NewType

if TYPE_CHECKING:
    from datetime import datetime

    from pydantic import SecretStr

GrantId = NewType("GrantId", str)


class GrantState(StrEnum):
    """What is known about a grant; transient trouble never changes it."""

    ACTIVE = "active"
    NEEDS_SIGN_IN = "needs_sign_in"
    ENDING = "ending"
    """Nobody uses it any more: it is to be revoked as soon as the server can be reached. A new sign-in revives it."""


class SignInCause(StrEnum):
    """Why a grant needs a new sign-in. The values are the codes of ``SignInNeeded``."""

    SIGN_IN_NEEDED = "SIGN_IN_NEEDED"
    IDLE_TOO_LONG = "IDLE_TOO_LONG"
    SUPERSEDED = "SUPERSEDED"
    REVOKED = "REVOKED"
    GRANT_DAMAGED = "GRANT_DAMAGED"


@dataclass(frozen=True)
class Identity:
    """Who signed in, as the provider reads it from a token answer."""

    user_id: str
    account: str = ""
    """A name to show, when known."""
    event_id: str = ""
    """The provider's id of this consent, when known."""


@dataclass(frozen=True)
class TokenAnswer:
    """A successful answer of the token endpoint, read field by field (RFC 6749 section 5.1)."""

    access_token: SecretStr
    refresh_token: SecretStr | None
    expires_in: float | None
    """Seconds; ``None`` when missing or odd, so that a short default applies (R51)."""
    scopes: tuple[str, ...] | None
    """``None`` means as requested (R53)."""
    id_token: SecretStr | None
    asked_at: datetime
    """When the request was about to be sent, by this machine's clock: lifetimes count from here (R52)."""
    server_date: datetime | None
    """The answer's Date header, to tell a wrong clock from an expired token (R72)."""


@dataclass(frozen=True)
class TokenSet:
    """What is sealed: the secrets of one generation of a grant."""

    access_token: SecretStr
    refresh_token: SecretStr
    access_expires_at: datetime
    scopes: tuple[str, ...]


@dataclass(frozen=True)
class AccessToken:
    """A bearer token to use now."""

    value: SecretStr
    generation: int
    """Grows with every rotation; says which token was refused."""
    expires_at: datetime
    """By the clock of the store."""


@dataclass(frozen=True)
class GrantRecord:
    """What is known about a grant without its secrets. Times are UTC, by the clock of the store."""

    grant_id: GrantId
    client_id: str
    user_id: str
    account: str
    scopes: tuple[str, ...]
    state: GrantState
    cause: SignInCause | None
    generation: int
    key_id: str
    created_at: datetime
    authorized_at: datetime
    """When somebody last signed in."""
    refreshed_at: datetime
    """When the token endpoint last answered; an unused grant dies some time after this."""
    access_expires_at: datetime
    ending_since: datetime | None = None
    """Since when it is to end, where ``state`` says so."""
