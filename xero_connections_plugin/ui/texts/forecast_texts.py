"""The sentences about when sign-ins end."""

from __future__ import annotations


def date_with_days(day: str, days: int) -> str:
    """A date with how far away it is, such as "19 Jan 2027, in 59 days"."""
    if days < 0:
        return f"{day}, passed"
    return f"{day}, {in_days(days)}"


def in_days(days: int) -> str:
    if days <= 0:
        return "today"
    return "tomorrow" if days == 1 else f"in {days} days"
