"""What a person reads about Xero entries that came from a file, or go into one."""

from __future__ import annotations

from typing import Final

UNSIGNED: Final = "Nobody has signed in for this connection here yet."
SIGN_IN_FIRST: Final = "Nothing was sent. Edit the connection, then choose Authorize."


def imported_unsigned(day: str) -> str:
    return f"This connection was imported on {day}; nobody has signed in for it here yet."


def configured_unsigned(source: str) -> str:
    return f"This connection is configured in {source}; nobody has signed in for it here yet."
