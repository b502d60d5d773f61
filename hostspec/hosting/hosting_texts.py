"""Every sentence that the ready-made parts of a host say to people."""

from collections.abc import Iterable
from typing import Final

BROKEN: Final = "Something went wrong"
NOT_ALLOWED: Final = "Not allowed"
NOT_POSSIBLE: Final = "Not possible"
TRY_LATER: Final = "Try again later"
SIGN_IN_NEEDED: Final = "Sign-in needed"
CHOOSE_ANOTHER: Final = "Choose another one"
SETTINGS: Final = "Settings need attention"

SHOW: Final = "Show"

USED_BY: Final = "Used by"
PROFILE: Final = "Profile"
STEP: Final = "Step"
WHERE: Final = "Where"
HERE: Final = "Here"
SWITCH_TO: Final = "Switch to"
SWITCH: Final = "Switch"
SWITCH_ANYWAY: Final = "Switch all the same"
CANCEL: Final = "Cancel"
CLOSE: Final = "Close"
UNUSED: Final = "No profile uses it."
NO_TARGET: Final = "There is nothing else to switch to. Add another one first."
NOT_SEEN: Final = "Your user may not see who uses this. An administrator can."
NOT_SWITCHED: Final = "Your user may see usages and not switch them. An administrator can."
CHOOSE_BOTH: Final = "Tick at least one profile, and choose what it is to use."
POINTS_ELSEWHERE: Final = "It points to something else by now."
SURE: Final = "Switch all the same?"


def broken(title: str) -> str:
    """A plugin made a mistake."""
    who = title or "A plugin"
    return f"{who} could not do this; everything else goes on. Try again, or tell support: the log names the place."


def failed(kind: str) -> str:
    """A question of the host's own failed."""
    return f"This failed ({kind}). Try again, or tell support."


def incomplete(names: Iterable[str]) -> str:
    """Somebody did not answer, so nobody knows everything; empty where all did."""
    missing = _all_of(names)
    return f"{missing} did not answer, so the list may be incomplete. Nothing can be switched now." if missing else ""


def damaged(file_name: str) -> str:
    """A file of the host's own cannot be understood."""
    return f"{file_name} cannot be understood, and was left as it is. Put a backup in its place, or move it away."


def usage_of(label: str) -> str:
    """The title of the usage dialog."""
    return f"Usage of {label}" if label else "Usage"


def switched(count: int, label: str, why_not: Iterable[str], silent: Iterable[str]) -> str:
    """What a switch came to; who is silent may have switched some, so nobody says then that nothing was."""
    missing = _all_of(silent)
    unsure = f"{missing} did not answer; look at the list again." if missing else ""
    if count:
        told = f"{count} {'profile uses' if count == 1 else 'profiles use'} {label} now."
    else:
        told = "" if unsure else "Nothing was switched."
    return " ".join(filter(None, dict.fromkeys((told, *why_not, unsure))))


def rows_shown(first: int, last: int, total: int) -> str:
    """Which part of a list is shown."""
    return f"{first}–{last} of {total}"


def _all_of(names: Iterable[str]) -> str:
    return " and ".join(dict.fromkeys(names))
