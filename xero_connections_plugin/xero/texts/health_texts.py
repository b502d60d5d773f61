"""The sentences about the state of a Xero entry: why it is what it is, and what mends it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import datetime

STATUS_UNREACHABLE: Final = "Unreachable"
STATUS_UNTESTED: Final = "Untested"

REPAIR_KEY: Final = "How to get the key"
REPAIR_APP: Final = "Check the app"
RENEW: Final = "Renew now"
TEST_NOW: Final = "Test now"
TEST_AGAIN: Final = "Test again"

UNTESTED: Final = "Nobody has used or tested this connection since it was set up."
WRONG_APP: Final = (
    "Xero does not know this client id for a sign-in without a secret. The app must be registered as “Mobile or "
    "desktop app”; a “Web app” does not work."
)


def unreachable_since(since: datetime, said: str) -> str:
    """Why an entry cannot be reached, with the day and the time (UTC) since when."""
    return f"Xero has not been reached since {since.day} {since:%b, %H:%M} UTC. {said}"
