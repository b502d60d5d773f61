"""What is said in a terminal about deleting, testing, moving and carrying connections."""

from __future__ import annotations

from shlex import quote
from typing import Final

NOT_DELETED: Final = "It was not deleted."
UNUSED: Final = (
    "Only hosts that told of their profiles lately could be asked whether they use it. Is it certain that no other "
    "profile does?"
)
NOT_TAKEN_BACK: Final = "It was not taken back."
NAME_IT: Final = "Give it another name with --as."
NOTHING_TESTED: Final = "There is nothing to test."
NAME_OR_ALL: Final = "Name one connection, or --all."
NO_EVENTS: Final = "Nothing is recorded that fits."
FILE_EXISTS: Final = "Replace it?"
DRY_RUN: Final = "Nothing was changed. Run the command again with --apply to do it."
UNKNOWN_USAGES: Final = "The list may be incomplete, because these did not answer: "
NOTHING_USES: Final = "No profile uses it."
MAY_NOT_SEE: Final = "You may not see who uses this. Ask an administrator for access."
TARGET_MISSING: Final = "Name the connection to switch to."

THIS_HOST: Final = "this host"
NOTHING_KNOWN: Final = "–"
USAGE_HEADINGS: Final = ("Profile", "Step", "Runs", "Host", "Last used", "Id")
PLAN_HEADINGS: Final = ("Profile", "Step", "Host", "What happens")


def deleted(name: str) -> str:
    """It is gone."""
    return f"Deleted: {name}"


def how_to_take_back(name: str) -> str:
    """What a person can do who deleted the wrong one."""
    return f"Take it back with: xero-connections recover {quote(name)}"


def taken_back(name: str, connection_id: str) -> str:
    """A deleted connection is on the list again."""
    return f"Taken back: {name} ({connection_id})"


def not_deleted(name: str, deleted: tuple[str, ...]) -> str:
    """No deleted connection of that name."""
    there = f" There are: {', '.join(deleted)}." if deleted else " There is nothing to take back."
    return f'No deleted connection is called "{name}".{there}'


def sign_in_with(name: str) -> str:
    """What mends a connection that needs a sign-in."""
    return f"Sign in with: xero-connections authorize {quote(name)}"


def no_such_choice(wanted: str, offered: tuple[str, ...]) -> str:
    """Something that cannot be done at Xero."""
    there = f" There are: {', '.join(offered)}." if offered else " Nothing is offered for this connection."
    return f'"{wanted}" cannot be done at Xero.{there}'


def written(file: str) -> str:
    """A file was written."""
    return f"Written: {file}"


def exists(file: str) -> str:
    """A file is there already."""
    return f"{file} is there already. {FILE_EXISTS}"


def unreadable(file: str, why: str) -> str:
    """A file that cannot be read or written."""
    return f"{file} could not be used: {why}."


def incomplete(failed: tuple[str, ...]) -> str:
    """Somebody did not answer."""
    return f"{UNKNOWN_USAGES}{', '.join(failed)}."


def switches(source: str, target: str) -> str:
    """What is planned."""
    return f"From {source} to {target}:"


def no_usage(usage_id: str) -> str:
    """A usage that is not there."""
    return f'"{usage_id}" does not use this connection. See the ids with: usage NAME'


def no_conflict(name: str) -> str:
    """A conflict that is not in the plan."""
    return f'The file has no conflict called "{name}".'


def no_conflict_choice(choice: str, offered: tuple[str, ...]) -> str:
    """A choice that is not offered."""
    return f'"{choice}" is not offered; there are {", ".join(offered)}.'
