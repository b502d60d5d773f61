"""The sentences of deleting connections, and of taking them back."""

from __future__ import annotations

from typing import Final

DELETE: Final = "Delete"
CANCEL: Final = "Cancel"
OK: Final = "OK"
CLOSE: Final = "Close"

TITLE: Final = "Delete connection?"


def question(name: str, days: int) -> str:
    """What deleting comes to."""
    if days == 0:
        return (
            f"{name} is removed for good, and its stored sign-in too unless another connection uses it. "
            "No profile uses this connection."
        )
    return (
        f"{name} disappears from every list; no profile uses it. For {_days(days)} it can be taken back (More, "
        "Deleted connections). Then it is wiped, and its stored sign-in too unless another connection uses it."
    )


def _days(days: int) -> str:
    return "one day" if days == 1 else f"{days} days"


CHOICE: Final = "At the other side"
HERE_ONLY: Final = "Remove here only"
HERE_ONLY_HINT: Final = "Nothing changes there; other programs go on."


def stops(name: str, profiles: str) -> str:
    """An entry that is cut off although somebody uses it."""
    return f"{name} stops working. Used by {profiles}."


CUT_OFF_TITLE: Final = "Stop connections in use?"


def cut_off_question(choice: str, stopped: tuple[str, ...], most: int = 5) -> str:
    """Asks once more before others are stopped."""
    more = len(stopped) - most
    shown = " ".join(stopped[:most])
    rest = f" And {more} more." if more > 0 else ""
    return f"“{choice}” reaches further than this connection. {shown}{rest} They fail until somebody signs in again."


DELETE_ALL_THE_SAME: Final = "Delete and stop them"

REFUSED_TITLE: Final = "This connection is in use"
SWITCH: Final = "Switch…"
DELETED_TITLE: Final = "Connection deleted"
NOT_DELETED_TITLE: Final = "Connection not deleted"
DELETING_TITLE: Final = "Deleting the connection"
LEAVE: Final = "Close"
DELETE_FAILED: Final = (
    "The connection could not be deleted because of a fault in a plugin. What had begun is finished at the next start; "
    "tell support if it stays."
)


def deleting(name: str) -> str:
    return f"{name} is being deleted, and what you chose is being done. You may close this window; it goes on."


def deleted_with_remarks(name: str, remarks: tuple[str, ...]) -> str:
    return f"{name} was deleted here. " + " ".join(remarks)


BIN: Final = "Deleted connections"
BIN_TABLE: Final = "Deleted connections that can be taken back"
BIN_EMPTY: Final = "There is nothing to take back."
COLUMN_NAME: Final = "Name"
COLUMN_BY: Final = "Deleted by"
COLUMN_ON: Final = "Deleted on"
COLUMN_WIPED: Final = "Wiped on"
NOTHING_KNOWN: Final = "–"
RECOVER: Final = "Recover"
WIPE: Final = "Wipe now"
WIPE_TICKED: Final = "Wipe ticked now"
WIPE_NONE: Final = "Tick the connections to wipe first."
WIPE_TITLE: Final = "Wipe for good?"


def bin_intro(days: int, shown: int) -> str:
    """What stands in the dialog."""
    if days == 0:
        return "Deleted connections are wiped at once here; this installation is set up so."
    kept = f"Deleted connections can be taken back for {_days(days)}. They keep their id, so profiles find them again."
    return f"{kept} The newest {shown} are shown." if shown else kept


def wipe_question(names: tuple[str, ...], most: int = 3) -> str:
    """Asks before entries are wiped."""
    more = len(names) - most
    shown = ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")
    return (
        f"{shown}: nobody can take this back any more. The stored sign-in goes too, unless another connection uses it. "
        "Nothing changes at the other side."
    )


RECOVER_TITLE: Final = "Recover under another name"
DISPLAY_NAME: Final = "Display name"


def name_taken(name: str) -> str:
    return f"There is a connection named “{name}” by now. Choose another name."


def other_name(name: str) -> str:
    """A name to begin with."""
    return f"{name} (recovered)"


def pending(sentences: tuple[str, ...]) -> str:
    """What still waits at the other side, in a line above the list."""
    more = len(sentences) - 1
    return f"{sentences[0]} And {more} more." if more > 0 else sentences[0]


SHOW_PENDING: Final = "Show"
