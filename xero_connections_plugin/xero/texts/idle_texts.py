"""The sentences about sign-ins that nobody uses: Xero ends them after 60 days."""

from __future__ import annotations


def dies_on(moment: str, days: int) -> str:
    """A moment with how far away it is."""
    return f"{moment}, passed" if days < 0 else f"{moment}, {_in_days(days)}"


def ends_in_days(days: int) -> str:
    return f"Nobody used this sign-in lately. Xero ends it {_in_days(days)}, 60 days after its last use. Renew it now."


def _in_days(days: int) -> str:
    return "today" if days <= 0 else "tomorrow" if days == 1 else f"in {days} days"
