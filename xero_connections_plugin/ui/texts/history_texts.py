"""The sentences of the history."""

from __future__ import annotations

from typing import Final

from hostspec.value import SERVICE_USER
from xero_connections_plugin.connections.history import EventKind

HISTORY: Final = "History"


def intro(days: int) -> str:
    return f"What was done and what happened, newest first. Events are kept for {days:,} days."


KINDS: Final[dict[EventKind, str]] = {
    EventKind.ADDED: "Added",
    EventKind.CHANGED: "Changed",
    EventKind.RENAMED: "Renamed",
    EventKind.DUPLICATED: "Duplicated",
    EventKind.IMPORTED: "Imported",
    EventKind.EXPORTED: "Exported",
    EventKind.PROVISIONED: "Configured from outside",
    EventKind.DELETED: "Deleted",
    EventKind.RECOVERED: "Recovered",
    EventKind.WIPED: "Wiped",
    EventKind.UNLINKED: "Company unlinked",
    EventKind.REVOKED: "Sign-in revoked",
    EventKind.SIGNED_IN: "Signed in",
    EventKind.SIGN_IN_FAILED: "Sign-in failed",
    EventKind.SIGN_IN_ENDED: "Sign-in ended",
    EventKind.REFRESHED: "Sign-in renewed",
    EventKind.REFRESH_FAILED: "Renewal failed",
    EventKind.KEPT_ALIVE: "Kept alive",
    EventKind.TESTED: "Tested",
    EventKind.TROUBLE: "Trouble found",
    EventKind.REPAIRED: "Trouble over",
    EventKind.TENANT_MISMATCH: "Wrong company",
    EventKind.SWITCHED: "Profiles switched",
    EventKind.RERUN: "Run again",
    EventKind.KEY_CHANGED: "Key changed",
    EventKind.KEY_EXPORTED: "Key handed on",
    EventKind.OTHER: "Something newer",
}

GROUPS: Final[dict[str, tuple[str, tuple[EventKind, ...]]]] = {
    "sign_ins": ("Sign-ins", (EventKind.SIGNED_IN, EventKind.SIGN_IN_FAILED, EventKind.SIGN_IN_ENDED)),
    "renewals": ("Renewals", (EventKind.REFRESHED, EventKind.REFRESH_FAILED, EventKind.KEPT_ALIVE)),
    "changes": (
        "Changes",
        (
            EventKind.ADDED,
            EventKind.CHANGED,
            EventKind.RENAMED,
            EventKind.DUPLICATED,
            EventKind.IMPORTED,
            EventKind.EXPORTED,
            EventKind.PROVISIONED,
        ),
    ),
    "deletions": (
        "Deletions",
        (EventKind.DELETED, EventKind.RECOVERED, EventKind.WIPED, EventKind.UNLINKED, EventKind.REVOKED),
    ),
    "tests": (
        "Tests and troubles",
        (EventKind.TESTED, EventKind.TROUBLE, EventKind.REPAIRED, EventKind.TENANT_MISMATCH),
    ),
    "profiles": ("Profiles", (EventKind.SWITCHED, EventKind.RERUN)),
    "keys": ("Keys", (EventKind.KEY_CHANGED, EventKind.KEY_EXPORTED)),
}
"""What may be asked for together, by the value of the choice."""

PERIODS: Final[dict[str, tuple[str, int]]] = {
    "1": ("The last 24 hours", 1),
    "7": ("The last 7 days", 7),
    "30": ("The last 30 days", 30),
    "90": ("The last 90 days", 90),
    "365": ("The last 12 months", 365),
}

FILTER: Final = "Filter"
CONNECTION: Final = "Connection"
ALL_CONNECTIONS: Final = "All connections"
KIND: Final = "What"
ALL_KINDS: Final = "Everything"
PERSON: Final = "Who"
ALL_PEOPLE: Final = "Everyone"
PERIOD: Final = "When"
ALL_TIME: Final = "The whole history"
SOMETHING: Final = "A connection without a name"

COLUMN_WHEN: Final = "When"
COLUMN_KIND: Final = "What"
COLUMN_CONNECTION: Final = "Connection"
COLUMN_WHO: Final = "Who"
COLUMN_ACCOUNT: Final = "Signed in as"
COLUMN_TEXT: Final = "What came of it"
NOTHING_KNOWN: Final = "–"

EMPTY: Final = "Nothing is recorded yet."
FOUND_NOTHING: Final = "Nothing matches. Choose another filter to see more."

OLDER: Final = "Older"
NEWER: Final = "Newer"
EXPORT: Final = "Export as CSV"
EXPORT_HINT: Final = "Everything that matches the filter, for a spreadsheet."
CLOSE: Final = "Close"
CANCEL: Final = "Cancel"

FACT_HISTORY: Final = "History"

EXPORTING_TITLE: Final = "Exporting the history"
EXPORT_FAILED: Final = "The history could not be exported because of a fault in the program. Try again; tell support."


def exporting(done: int, total: int) -> str:
    return f"{done:,} of {total:,} events are written."


def part_shown(first: int, last: int, total: int) -> str:
    return f"Events {first:,} to {last:,} of {total:,}."


def who(user_name: str, user_id: str) -> str:
    if user_id == SERVICE_USER:
        return "Unattended"
    return user_name or user_id


def who_and_where(person: str, host_name: str) -> str:
    return f"{person}, {host_name}" if host_name else person


def in_short(kind: str, person: str, text: str) -> str:
    """One event as a line of the details."""
    said = f"{kind} ({person})"
    return f"{said}: {text}" if text else said


CSV_HEADER: Final = (
    "Time (UTC)",
    "What",
    "Connection",
    "Connection id",
    "User",
    "User id",
    "Host",
    "Signed in as",
    "Outcome",
    "What came of it",
)
PASSED: Final = "well"
FAILED: Final = "failed"


def company_changed(before: str, after: str) -> str:
    return f"It reaches {after or 'nothing'} now; before, it reached {before or 'nothing'}."


ANOTHER_SIGN_IN: Final = "It uses another sign-in now."
NEW_SETTINGS: Final = "The definition was changed."


def renamed(before: str, after: str) -> str:
    return f"The name is {after} now; it was {before}."
