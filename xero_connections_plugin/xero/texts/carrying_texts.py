"""What a person reads about Xero entries that came from a file, or go into one."""

from __future__ import annotations

from typing import Final

UNSIGNED: Final = "Nobody has signed in for this connection here yet."
SIGN_IN_FIRST: Final = "Nothing was sent. Edit the connection, then choose Authorize."


def setting_unknown(name: str) -> str:
    return f"Its setting “{name}” is not known to this program."


def setting_missing(name: str) -> str:
    return f"Its setting “{name}” is missing."


def setting_wrong(name: str) -> str:
    return f"Its setting “{name}” cannot be read."


def setting_refused(name: str, why: str) -> str:
    return f"Its setting “{name}” cannot be used. {why}"


TENANT_ID_WRONG: Final = "A tenant id has 36 characters, such as 01234567-89ab-cdef-0123-456789abcdef."


def company_fixed(name: str, source: str) -> str:
    return f"This connection is configured for {name} in {source}. Authorize as a user who reaches that company."


def signed_in_with_others(account: str) -> str:
    return f"Signed in as {account}, together with another connection." if account else "Signed in with another one."


def imported_unsigned(day: str) -> str:
    return f"This connection was imported on {day}; nobody has signed in for it here yet."


def configured_unsigned(source: str) -> str:
    return f"This connection is configured in {source}; nobody has signed in for it here yet."
