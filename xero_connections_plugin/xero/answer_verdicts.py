"""What does an answer of Xero's API mean for the session that asked? Pure: told from status, headers and body."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

STATUSES_TOLD_BY_BODY: Final = frozenset({401, 403})
"""Only for these does the body decide; all others are told from status and headers."""


class LimitKind(StrEnum):
    """Which of Xero's limits was reached; the variants for the whole app count as their kind."""

    MINUTE = "minute"
    DAY = "day"
    CONCURRENT = "concurrent"


@dataclass(frozen=True)
class Ordinary:
    """An answer for whoever asked, validation errors included."""

    correlation_id: str = ""


@dataclass(frozen=True)
class TokenRejected:
    """The access token is too old or otherwise not accepted; a newer one may be."""

    correlation_id: str = ""


@dataclass(frozen=True)
class ScopeLacking:
    """The sign-in lacks a scope, or its user the permission; a newer token would not help."""

    scope: str
    """The scope that the request needs; empty when it is not known."""
    correlation_id: str = ""


@dataclass(frozen=True)
class TenantRefused:
    """The tenant is no longer linked to the app."""

    correlation_id: str = ""


@dataclass(frozen=True)
class LimitReached:
    """Refused before anything was done, because there were too many calls."""

    kind: LimitKind
    retry_after: float | None
    """Seconds, where Xero said so."""
    correlation_id: str = ""


@dataclass(frozen=True)
class Outage:
    """Xero, one of its gateways, or this organisation is out of order."""

    status: int
    retry_after: float | None
    """Seconds, where Xero said so."""
    correlation_id: str = ""


Verdict: TypeAlias = Ordinary | TokenRejected | ScopeLacking | TenantRefused | LimitReached | Outage


def classify(*, method: str, path: str, status: int, headers: Mapping[str, str], body: bytes | None) -> Verdict:
    """What an answer means.

    Args:
        method: Of the request.
        path: Of the request's address, to name the scope it needs.
        status: HTTP status.
        headers: Names in any case.
        body: Only looked at for ``STATUSES_TOLD_BY_BODY``; ``None`` when it was too long to be one of Xero's errors.
    """
    known = {name.lower(): value for name, value in headers.items()}
    correlation_id = _correlation_id(known)
    retry_after = _retry_after(known)
    if status == 429:
        return LimitReached(_limit_kind(known, retry_after), retry_after, correlation_id)
    if status >= 500:
        return Outage(status, retry_after, correlation_id)
    if status not in STATUSES_TOLD_BY_BODY:
        return Ordinary(correlation_id)

    detail = _gateway_detail(body)
    if detail is not None and "authorizationunsuccessful" in detail:
        return ScopeLacking(scope_needed(method, path), correlation_id)
    if status == 401:
        return TokenRejected(correlation_id)
    if detail is None:
        # Not one of Xero's own refusals: an edge server's page. It says nothing about the tenant.
        return Outage(status, retry_after, correlation_id)
    if "authenticationunsuccessful" in detail:
        return TenantRefused(correlation_id)
    return Ordinary(correlation_id)


_SETTINGS: Final = frozenset(
    {
        "organisation",
        "organisations",
        "accounts",
        "taxrates",
        "trackingcategories",
        "currencies",
        "users",
        "items",
        "brandingthemes",
    }
)
_SCOPES: Final = {
    "contacts": "accounting.contacts",
    "contactgroups": "accounting.contacts",
    "invoices": "accounting.invoices",
    "creditnotes": "accounting.invoices",
    "banktransactions": "accounting.banktransactions",
}
_READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})


def scope_needed(method: str, path: str) -> str:
    """The scope that a request needs, by method and path; empty for paths we do not know."""
    parts = [part for part in path.lower().split("/") if part]
    if "files.xro" in parts:
        return "files"
    if "attachments" in parts:
        return "accounting.attachments"
    for part in parts:
        if part in _SETTINGS:
            return "accounting.settings.read" if method.upper() in _READING else "accounting.settings"
        if scope := _SCOPES.get(part):
            reads = scope == "accounting.contacts" and method.upper() in _READING
            return f"{scope}.read" if reads else scope
    return ""


def _gateway_detail(body: bytes | None) -> str | None:
    """The detail of a gateway error in lower case, ``""`` where it has none; ``None`` for anything but JSON objects."""
    if not body:
        return None
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(answer, dict):
        return None
    for key in ("Detail", "detail"):
        detail = answer.get(key)
        if isinstance(detail, str):
            return detail.lower()
    return ""


def _limit_kind(headers: Mapping[str, str], retry_after: float | None) -> LimitKind:
    problem = headers.get("x-rate-limit-problem", "").lower()
    if "day" in problem or "dai" in problem:
        return LimitKind.DAY
    if "conc" in problem:
        return LimitKind.CONCURRENT
    if "min" in problem:
        return LimitKind.MINUTE
    if headers.get("x-daylimit-remaining", "").strip() == "0":
        return LimitKind.DAY
    # Minute and day limits say how long they last; only the limit on calls at once does not.
    if retry_after is None:
        return LimitKind.CONCURRENT
    return LimitKind.MINUTE if retry_after <= 60 else LimitKind.DAY


def _retry_after(headers: Mapping[str, str]) -> float | None:
    said = headers.get("retry-after", "").strip()
    if not said:
        return None
    try:
        seconds = float(said)
    except ValueError:
        until, sent = _http_date(said), _http_date(headers.get("date", ""))
        if until is None or sent is None:
            return None
        # Against the server's own clock: ours may be wrong.
        seconds = (until - sent).total_seconds()
    return seconds if math.isfinite(seconds) and seconds >= 0 else None


def _http_date(text: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, IndexError, TypeError, OverflowError):
        return None
    return date if date.tzinfo is not None else None


_CORRELATION_ID: Final = re.compile(r"[0-9A-Za-z._:-]{1,40}")


def _correlation_id(headers: Mapping[str, str]) -> str:
    said = headers.get("xero-correlation-id", "").strip()
    return said if _CORRELATION_ID.fullmatch(said) else ""
