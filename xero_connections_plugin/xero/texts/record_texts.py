"""The sentences that the history keeps about sign-ins and their renewal."""

from __future__ import annotations

from typing import Final

NEW_ENTRY: Final = "New connection"
WORKS_AGAIN: Final = "Renewing works again."


def signed_in(companies: tuple[str, ...]) -> str:
    return f"Access was allowed to {', '.join(companies)}." if companies else "Access was allowed."


def app(label: str, text: str) -> str:
    return f"For {label}{'' if label.endswith('…') else '.'} {text}"


def several(names: tuple[str, ...], most: int = 3) -> str:
    more = len(names) - most
    shown = ", ".join(names[:most])
    return f"{shown} and {more} more" if more > 0 else shown
