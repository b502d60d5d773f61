"""How many days are left? As people count them: by the date, whatever the hour."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


def days_left(moment: datetime, now: datetime) -> int:
    """Days from today's date to that of a moment, both in UTC; negative when it has passed."""
    return (moment.date() - now.date()).days
