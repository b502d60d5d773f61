"""What a test says about this machine's clock."""

from __future__ import annotations


def remark(minutes: int) -> str:
    """How far the clock is off; empty while it is right.

    Args:
        minutes: Ahead of Xero's clock; negative: behind.
    """
    if minutes == 0:
        return ""
    return f"This computer’s clock is {in_words(abs(minutes))} {'ahead of' if minutes > 0 else 'behind'} Xero’s."


def in_words(minutes: int) -> str:
    """A length of time in its largest fitting unit."""
    for size, one, many in ((24 * 60, "a day", "days"), (60, "an hour", "hours")):
        count = round(minutes / size)
        if minutes >= 2 * size:
            return f"{count} {many}"
        if minutes >= size:
            return f"about {one}"
    return "a minute" if minutes == 1 else f"{minutes} minutes"
