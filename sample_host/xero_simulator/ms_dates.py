"""Dates as the accounting API writes and reads them: ``/Date(1518685950940+0000)/`` beside plain ISO days."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

_MS_DATE = re.compile(r"/Date\((-?\d{1,16})(?:[+-]\d{4})?\)/")


def to_ms_date(seconds: float) -> str:
    """A moment (seconds since the epoch, UTC) in .NET's JSON form."""
    return f"/Date({int(seconds * 1000)}+0000)/"


def day_to_ms_date(day: date) -> str:
    return to_ms_date(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())


def to_zoneless(seconds: float) -> str:
    """A moment as the tenant-link endpoint writes it: UTC with seven decimals and no zone."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f") + "0"


def read_day(value: object) -> date | None:
    """A day from any form that Xero takes; None when it is not a date."""
    if not isinstance(value, str):
        return None
    if match := _MS_DATE.fullmatch(value):
        try:
            return datetime.fromtimestamp(int(match[1]) / 1000, UTC).date()
        except (ValueError, OverflowError, OSError):
            return None
    try:
        return datetime.fromisoformat(value).date()
    except ValueError:
        return None
