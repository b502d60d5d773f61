"""Which sentence does a person read when Xero's API refuses? Pure."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, TypeAlias, assert_never

from hostspec.errors import AccessWithdrawn, ProviderUnavailable, ScopeMissing, SignInNeeded
from xero_connections_plugin.xero.answer_verdicts import (
    LimitKind,
    LimitReached,
    Outage,
    ScopeLacking,
    TenantRefused,
    TokenRejected,
)

if TYPE_CHECKING:
    from hostspec.errors import ConnectionProblem

Refusal: TypeAlias = TokenRejected | ScopeLacking | TenantRefused | LimitReached | Outage

_LONGEST_NAME: Final = 60
_LACKS: Final = "lacks the scope "


def problem_of(refusal: Refusal, *, tenant: str, writing: bool) -> ConnectionProblem:
    """The problem to raise for an answer that is none.

    Args:
        refusal: What the answer means.
        tenant: The tenant's name; it comes from outside and may be long.
        writing: Whether the request may have changed something at Xero.
    """
    problem = _problem_of(refusal, tenant=tenant, writing=writing)
    problem.reference = refusal.correlation_id
    return problem


def _problem_of(refusal: Refusal, *, tenant: str, writing: bool) -> ConnectionProblem:
    name = short_name(tenant)
    reference = f" Xero's reference: {refusal.correlation_id}." if refusal.correlation_id else ""
    match refusal:
        case TokenRejected():
            return SignInNeeded(
                f"Xero refuses the sign-in for {name} although it was just renewed. Nothing was changed. Choose Edit, "
                f"then Authorize.{reference}"
            )
        case ScopeLacking(scope=scope):
            lacks = f"{_LACKS}{scope}" if scope else "lacks a scope for this"
            return ScopeMissing(
                f"The sign-in for {name} {lacks}, or its user may not do this in Xero. Nothing was changed. "
                f"Choose Edit, check the scopes, then Authorize.{reference}",
                scope=scope,
            )
        case TenantRefused():
            return AccessWithdrawn(
                f"Xero no longer lets this app use {name}. Nothing was changed, and the sign-in is kept. Choose Edit, "
                f"then Authorize, and allow access to it again.{reference}"
            )
        case LimitReached(kind=kind, retry_after=retry_after):
            return ProviderUnavailable(
                f"{_limit_sentence(kind, name)} Nothing was changed; please try again {_when(retry_after)}.",
                code="RATE_LIMITED",
                retry_after=retry_after,
            )
        case Outage(status=status, retry_after=retry_after):
            lost = UNKNOWN_OUTCOME if writing else "The sign-in is kept; please try again in a few minutes."
            return ProviderUnavailable(
                f"Xero is out of order right now (status {status}). {lost}{reference}",
                code="XERO_DOWN",
                retry_after=retry_after,
            )
        case _:
            assert_never(refusal)


def still_lacking(cause: str, worked: str) -> bool:
    """Whether the cause of a missing scope stands although a call succeeded that needed the scope ``worked``."""
    return _LACKS in cause and f"{_LACKS}{worked}," not in cause


UNKNOWN_OUTCOME: Final = (
    "It is not known whether Xero took what was sent: look for it in Xero before it is sent again. The sign-in is kept."
)


def too_many_at_once(tenant: str) -> ProviderUnavailable:
    """No slot became free in this process."""
    sentence = _limit_sentence(LimitKind.CONCURRENT, short_name(tenant))
    return ProviderUnavailable(f"{sentence} Nothing was sent; please try again in a minute.", code="RATE_LIMITED")


def short_name(name: str) -> str:
    """A name from outside, on one line and short enough to leave room for the rest of the sentence."""
    plain = " ".join(name.split()) or "this company"
    return plain if len(plain) <= _LONGEST_NAME else plain[: _LONGEST_NAME - 1] + "…"


def _limit_sentence(kind: LimitKind, name: str) -> str:
    match kind:
        case LimitKind.MINUTE:
            return f"Xero's limit of calls per minute for {name} is reached."
        case LimitKind.DAY:
            return f"Xero's limit of calls per day for {name} is used up."
        case LimitKind.CONCURRENT:
            return f"Too many calls for {name} run at the same time."
        case _:
            assert_never(kind)


def _when(retry_after: float | None) -> str:
    if retry_after is None:
        return "in a minute"
    if retry_after < 120:
        return f"in {max(1, math.ceil(retry_after))} s"
    if retry_after < 7200:
        return f"in {math.ceil(retry_after / 60)} minutes"
    return f"in {math.ceil(retry_after / 3600)} hours"
