"""Is this ID token about this sign-in, from this server, and current? (OpenID Connect Core 1.0 section 3.1.3.7)"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, Protocol

from hostspec.errors import SignInRejected

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import SecretStr

OPENID: Final = "openid"
ALGORITHM: Final = "RS256"
LONGEST_ID_TOKEN: Final = 32 * 1024
"""Characters; real ones are about a thousand (R78)."""
_LEEWAY: Final = timedelta(minutes=5)
_PLAUSIBLE_AGE: Final = timedelta(minutes=10)
_TEXT_LIMIT: Final = 200
_NOT_SHOWN: Final = frozenset({"nonce", "at_hash", "c_hash", "sid", "jti"})


@dataclass(frozen=True)
class IdTokenClaims:
    """Who signed in, as the server vouches for it. Identity is issuer and subject, never the e-mail (R75)."""

    issuer: str
    subject: str
    email: str = ""
    name: str = ""
    texts: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Every other claim that is a short text, by its name; hostile until shown as plain text."""


@dataclass(frozen=True)
class ExpectedIdToken:
    """What the claims must agree with."""

    issuer: str
    client_id: str
    nonce: SecretStr
    access_token: SecretStr
    now: datetime
    """This machine's clock when the answer came, aware."""
    server_date: datetime | None
    """The answer's own clock, which goes first: a machine whose clock is off can still sign in (R72)."""


class SignatureCheck(Protocol):
    """Opens an ID token with the keys that the server publishes."""

    def verified_claims(self, id_token: SecretStr) -> Mapping[str, object]:
        """The claims, once the signature has been found good.

        Raises:
            SignInRejected: Code ``ID_TOKEN``; not a token, or not signed by the server.
            ProviderUnavailable: The keys cannot be had.
        """


def refused_id_token(why: str) -> SignInRejected:
    """The error for every check that fails; all tokens of that answer are discarded (R73)."""
    return SignInRejected(
        f"The proof of who signed in could not be accepted: {why}. Nothing was changed; please try again.",
        code="ID_TOKEN",
    )


def check_claims(claims: Mapping[str, object], expected: ExpectedIdToken) -> IdTokenClaims:
    """The checks of R67 and R69 to R77 on claims whose signature is good.

    Raises:
        SignInRejected: Code ``ID_TOKEN``.
    """
    checked = _checked(claims, expected)
    # Crash reports show the locals of the frames that an error passes, and the nonce is one of the claims.
    del claims
    if isinstance(checked, str):
        raise refused_id_token(checked)
    return checked


def _checked(claims: Mapping[str, object], expected: ExpectedIdToken) -> IdTokenClaims | str:
    """Who signed in, or why the claims are refused."""
    issuer, subject = claims.get("iss"), claims.get("sub")
    if issuer != expected.issuer:
        return "it comes from another server than the one asked"
    if not isinstance(subject, str) or not subject or len(subject) > 255:
        return "it names no user"
    audience = claims.get("aud")
    if audience not in (expected.client_id, [expected.client_id]):
        return "it is meant for another app"
    if "azp" in claims and claims["azp"] != expected.client_id:
        return "it was made for another app"
    nonce = claims.get("nonce")
    if not isinstance(nonce, str) or not _same(nonce, expected.nonce.get_secret_value()):
        return "it belongs to another sign-in"
    at_hash = claims.get("at_hash")
    if at_hash is not None and not (isinstance(at_hash, str) and _same(at_hash, _at_hash(expected.access_token))):
        return "it does not belong to the access token beside it"
    untimely = _wrong_time(claims, expected)
    if untimely is not None:
        return untimely
    texts = {
        name: said[:_TEXT_LIMIT] for name, said in claims.items() if isinstance(said, str) and name not in _NOT_SHOWN
    }
    return IdTokenClaims(expected.issuer, subject, texts.get("email", ""), texts.get("name", ""), texts)


def _wrong_time(claims: Mapping[str, object], expected: ExpectedIdToken) -> str | None:
    expires, issued = _moment(claims.get("exp")), _moment(claims.get("iat"))
    if expires is None or issued is None:
        return "it does not say until when it is valid"
    now = expected.server_date or expected.now
    not_before = _moment(claims.get("nbf")) if "nbf" in claims else issued
    if not_before is None:
        return "it does not say from when it is valid"
    if expires + _LEEWAY > now and abs(now - issued) <= _PLAUSIBLE_AGE and not_before - _LEEWAY <= now:
        return None
    # The server has just issued it, so its own time of issue is as good a clock as there is.
    off = expected.now - (expected.server_date or issued)
    if abs(off) >= _LEEWAY:
        minutes = round(abs(off).total_seconds() / 60)
        side = "ahead" if off > timedelta(0) else "behind"
        return f"please check your clock, which seems to be {_size(minutes)} {side}"
    return "it has expired or is not valid yet"


def _size(minutes: int) -> str:
    if minutes < 120:
        return f"{minutes} minutes"
    return f"{round(minutes / 60)} hours" if minutes < 48 * 60 else f"{round(minutes / 1440)} days"


def _moment(said: object) -> datetime | None:
    if isinstance(said, bool) or not isinstance(said, int | float):
        return None
    try:
        return datetime.fromtimestamp(said, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _same(left: str, right: str) -> bool:
    return hmac.compare_digest(left.encode("utf-8", "surrogatepass"), right.encode("utf-8", "surrogatepass"))


def _at_hash(access_token: SecretStr) -> str:
    digest = hashlib.sha256(access_token.get_secret_value().encode("utf-8")).digest()
    return base64.urlsafe_b64encode(digest[: len(digest) // 2]).decode("ascii").rstrip("=")
