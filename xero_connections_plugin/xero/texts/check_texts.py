"""The sentences about a test of a Xero entry: what was looked at, and what was found."""

from __future__ import annotations

from typing import Final

SIGN_IN: Final = "Sign-in"
COMPANY: Final = "Company"
SCOPES: Final = "Scopes"
READING: Final = "Reading"
CLOCK: Final = "Clock"

SIGN_IN_WORKS: Final = "Xero accepts it."
SCOPES_GRANTED: Final = "All that the definition asks for are granted."
NOT_TRIED: Final = "Not tried."


def linked(name: str) -> str:
    return f"{name} is linked to the app."


def read_as(name: str) -> str:
    return f"The company was read: {name}."


def passed(name: str) -> str:
    return f"Everything works: the sign-in, the link to {name}, its scopes, and reading from it."


def not_linked(name: str) -> str:
    return (
        f"{name} is no longer linked to the app at Xero. The sign-in is kept. Choose Edit, then Authorize, and allow "
        "access to it again."
    )


def scopes_missing(scopes: tuple[str, ...]) -> str:
    named = ", ".join(scopes[:3]) + (f" and {len(scopes) - 3} more" if len(scopes) > 3 else "")
    return (
        f"The sign-in lacks {named}, which the definition asks for. Everything else works. Choose Edit, then "
        "Authorize, to allow it."
    )


def odd_answer(status: int) -> str:
    return (
        f"Xero answered something else than the company (status {status}). Nothing was changed, and the sign-in is "
        "kept; try again later."
    )


NO_COMPANY: Final = "No company is chosen for this connection. Choose Edit, then Authorize, and choose one."
