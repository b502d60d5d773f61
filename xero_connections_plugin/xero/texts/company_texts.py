"""Sentences about companies: whether the right one is reached, demo companies, and which entries use one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from hostspec.errors import CaptureError

_MOST_NAMES: Final = 3
_LONGEST_NAME: Final = 50
_LONGEST_REASON: Final = 150

DEMO_MARK: Final = "demo company"
NOT_IN_THE_LIST: Final = "Not in the list? Authorize once more: Xero opens one company with each consent."
KEEP_EARLIER: Final = "Keep the earlier sign-in"
SIGN_IN_CANNOT_SERVE: Final = (
    "The sign-in of this connection does not work, so no company can be added with it. Edit the connection, choose "
    "Authorize, then try again."
)
FACT_DEMO: Final = "Demo company"
FACT_DEMO_TEXT: Final = "Yes. Xero replaces it every 28 days; what is booked there is not kept."


def already_used(by: str) -> str:
    return f"already used by {short(by)}"


def repairs(names: tuple[str, ...]) -> str:
    return f"This also repairs: {listed(names)}."


def is_demo_company(name: str) -> str:
    return f"{short(name)} is a demo company; what is booked there is not kept."


def to_demo(before: str, after: str) -> str:
    return f"{short(after)} is a demo company and {short(before)} is not: what is booked there is not kept."


def from_demo(before: str, after: str) -> str:
    return f"{short(after)} is a real company, unlike {short(before)}, which is a demo company."


def person(account: str, user_id: str) -> str:
    """Who signed in, by name or else by the beginning of the Xero user id."""
    return short(account) if account.strip() else f"user {user_id[:8]}"


def short(name: str, limit: int = _LONGEST_NAME) -> str:
    """A name from outside, short enough to leave room for the rest of a sentence."""
    plain = " ".join(name.split()) or "this company"
    return plain if len(plain) <= limit else f"{plain[: limit - 1]}…"


def listed(names: tuple[str, ...], most: int = _MOST_NAMES) -> str:
    """A few names, the rest by number."""
    more = len(names) - most
    shown = ", ".join(short(name) for name in names[:most])
    return f"{shown} and {more} more" if more > 0 else shown


def not_verified(name: str, problem: CaptureError) -> str:
    return (
        f"Nothing was sent: Xero could not be asked whether this sign-in still reaches {short(name)}. "
        f"{_cut(str(problem))}"
    )


def _cut(sentence: str) -> str:
    return sentence if len(sentence) <= _LONGEST_REASON else f"{sentence[: _LONGEST_REASON - 1].rstrip()}…"


def no_company_reached(name: str) -> str:
    return (
        f"Nothing was sent: this sign-in reaches no company any more, so not {short(name)} either. The sign-in is "
        "kept. Choose Edit, then Authorize, and allow access to the company."
    )


def not_reached_any_more(name: str, reached: tuple[str, ...]) -> str:
    return (
        f"Nothing was sent: this sign-in no longer reaches {short(name)}, only {listed(reached, 2)}. The sign-in is "
        "kept. Choose Edit, then Authorize, and allow access again."
    )


def namesake(expected: str, found: str) -> str:
    return (
        f"Nothing was sent: {short(expected)} is gone at Xero, and another company of the same name is there: "
        f"{short(found)}. Demo companies are replaced every 28 days. Choose Edit, then Authorize, and choose it."
    )


def other_answered(expected: str, found: str) -> str:
    return (
        f"Documents are meant for {short(expected)}, but {short(found)} answered. Nothing was sent. Choose Edit, check "
        "the tenant and save."
    )


def mismatch_title(connection: str) -> str:
    return f"{short(connection)} reaches another company"


def renamed(before: str, after: str) -> str:
    return f"{short(before)} is called {short(after)} at Xero now."
