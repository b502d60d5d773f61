"""Where can a fault strike? The names of all that the simulator answers, for faults and for counters."""

from __future__ import annotations

from typing import Final

ACCOUNTING: Final = "accounting"
RESOURCES: Final = (
    "Organisation",
    "Accounts",
    "TaxRates",
    "TrackingCategories",
    "Currencies",
    "Users",
    "Contacts",
    "Invoices",
    "Attachments",
)
"""Each of them is a place of its own: ``accounting:Invoices``."""

PLACES: Final = (
    "authorize",
    "consent",
    "token",
    "token:authorization_code",
    "token:refresh_token",
    "revocation",
    "jwks",
    "connections",
    ACCOUNTING,
    *(f"{ACCOUNTING}:{resource}" for resource in RESOURCES),
    "pages",
    "control",
)


def known_place(place: str) -> str:
    """The same place.

    Raises:
        ValueError: Nothing is answered under that name; lists the names that are.
    """
    if place not in PLACES:
        raise ValueError(f"There is no place “{place}”; there are {', '.join(PLACES)}.")
    return place
