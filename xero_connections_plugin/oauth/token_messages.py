"""What do the messages of the token endpoint say? Forms out, answers in, read field by field.

Never with a validating model: its errors quote what they were given, and what they were given are tokens.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final

from pydantic import SecretStr

from xero_connections_plugin.oauth.grant import TokenAnswer

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

_LONGEST_LIFETIME: Final = 10 * 365 * 24 * 3600.0
_ERROR_LIMIT: Final = 60
_NOT_IN_ERRORS: Final = re.compile(r"[^\x20-\x21\x23-\x5b\x5d-\x7e]")
"""RFC 6749 section 5.2 allows printable ASCII without the quotation mark and the backslash."""
_SCOPE: Final = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,200}")
"""A scope token by RFC 6749 appendix A.4; the cap is ours."""
_NOT_IN_HEADERS: Final = re.compile(r"[^\x21-\x7e]")


@dataclass(frozen=True)
class OAuthError:
    """The server's refusal (RFC 6749 section 5.2); the text is cut and holds allowed characters only (R47)."""

    error: str


@dataclass(frozen=True)
class Unreadable:
    """Not an answer of a token endpoint: a gateway's page, half a message, or something else entirely."""

    looks_like_page: bool


def exchange_form(
    *, client_id: str, code: SecretStr, redirect_uri: str, verifier: SecretStr
) -> dict[str, str | SecretStr]:
    """Fields that trade a code (RFC 6749 section 4.1.3, RFC 7636 section 4.5)."""
    return {
        "grant_type": "authorization_code",
        "client_id": client_id,
        "code": code,
        "redirect_uri": redirect_uri,
        "code_verifier": verifier,
    }


def refresh_form(*, client_id: str, refresh_token: SecretStr) -> dict[str, str | SecretStr]:
    """Fields that trade a refresh token (RFC 6749 section 6)."""
    return {"grant_type": "refresh_token", "client_id": client_id, "refresh_token": refresh_token}


def revocation_form(*, client_id: str, refresh_token: SecretStr) -> dict[str, str | SecretStr]:
    """Fields that end a grant (RFC 7009 section 2.1)."""
    return {"token": refresh_token, "token_type_hint": "refresh_token", "client_id": client_id}


def read_token_answer(body: bytes, *, asked_at: datetime, server_date: datetime | None) -> TokenAnswer | Unreadable:
    """The body of an answer with status 200; unknown members are ignored (R46).

    A lifetime in any odd form becomes ``None`` and costs nothing else: the refresh token beside it is already
    the only one that works (R51).

    Args:
        body: As received.
        asked_at: When the request was about to be sent.
        server_date: The answer's Date header.
    """
    fields = _read_object(body)
    if fields is None:
        return Unreadable(_looks_like_page(body))
    access_token, token_type = _token(fields, "access_token"), fields.get("token_type")
    if access_token is None or not isinstance(token_type, str) or token_type.lower() != "bearer":
        return Unreadable(looks_like_page=False)
    return TokenAnswer(
        access_token=access_token,
        refresh_token=_token(fields, "refresh_token"),
        expires_in=_lifetime(fields.get("expires_in")),
        scopes=_scopes(fields.get("scope")),
        id_token=_token(fields, "id_token"),
        asked_at=asked_at,
        server_date=server_date,
    )


def read_error(body: bytes) -> OAuthError | Unreadable:
    """The body of an answer with an error status."""
    fields = _read_object(body)
    if fields is None:
        return Unreadable(_looks_like_page(body))
    error = clean_error(fields.get("error"))
    return OAuthError(error) if error else Unreadable(looks_like_page=False)


def clean_error(said: object) -> str:
    """An error code with allowed characters only, cut; empty when it is none."""
    return _NOT_IN_ERRORS.sub("", said).strip()[:_ERROR_LIMIT] if isinstance(said, str) else ""


def read_date(header: str | None) -> datetime | None:
    """A Date header, aware; ``None`` when missing or odd."""
    if not header:
        return None
    try:
        said = parsedate_to_datetime(header)
    except (ValueError, OverflowError):
        return None
    return said if said.tzinfo else None


def read_retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait, from either form of ``Retry-After``; a date counts from the server's own Date."""
    said = headers.get("Retry-After", "").strip()
    if said.isascii() and said.isdigit() and len(said) <= len("1000000000"):
        return float(said)
    then, now = read_date(said), read_date(headers.get("Date"))
    return max(0.0, (then - now).total_seconds()) if then and now else None


def _read_object(body: bytes) -> dict[str, object] | None:
    try:
        found: object = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _looks_like_page(body: bytes) -> bool:
    return body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")


def _token(fields: Mapping[str, object], name: str) -> SecretStr | None:
    said = fields.get(name)
    # What cannot stand in a header or a form could never be presented again (RFC 6749 appendix A.12, A.17).
    return SecretStr(said) if isinstance(said, str) and said and not _NOT_IN_HEADERS.search(said) else None


def _lifetime(said: object) -> float | None:
    match said:
        case bool():
            return None
        case int() | float():
            pass
        case str() if said.isascii() and said.isdigit() and len(said) <= len("315360000"):
            said = int(said)
        case _:
            return None
    # Compared before it is converted: JSON knows integers that no float can hold; NaN fails every comparison.
    return float(said) if 0 < said <= _LONGEST_LIFETIME else None


def _scopes(said: object) -> tuple[str, ...] | None:
    # Some servers answer with an array; an empty value counts as absent (R45).
    parts = said.split() if isinstance(said, str) else said if isinstance(said, list) else []
    return tuple(part for part in parts if isinstance(part, str) and _SCOPE.fullmatch(part)) or None
