"""With which code does the program end? Documented in docs/command-line.md, so that monitoring can rely on it."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, assert_never

from hostspec.errors import CaptureError, ConnectionInUse, ConnectionNotFound, NotAllowed, SignInCancelled
from hostspec.value import Remedy

if TYPE_CHECKING:
    from collections.abc import Iterable


class ExitCode(IntEnum):
    """What became of the command."""

    FINE = 0
    NOT_DONE = 1
    WRONG_USAGE = 2
    SIGN_IN_NEEDED = 3
    TRY_LATER = 4
    NOT_FOUND = 5
    IN_USE = 6
    NOT_ALLOWED = 7
    FIX_SETTINGS = 8
    CANCELED = 130


MEANINGS = {
    ExitCode.FINE: "Done, or nothing was wrong.",
    ExitCode.NOT_DONE: "Not done; the message says why.",
    ExitCode.WRONG_USAGE: "The command was not understood, its file is there already, or it asks something and there "
    "is no terminal to answer at.",
    ExitCode.SIGN_IN_NEEDED: "A person has to sign in, or to grant access again.",
    ExitCode.TRY_LATER: "Xero cannot be reached at the moment, or asks for patience; it passes by itself.",
    ExitCode.NOT_FOUND: "There is no such connection, or several are meant by the name.",
    ExitCode.IN_USE: "Refused, because profiles use the connection.",
    ExitCode.NOT_ALLOWED: "The user may not do this here.",
    ExitCode.FIX_SETTINGS: "A setting, the key, the database, a port or the app at Xero has to be put right first.",
    ExitCode.CANCELED: "Canceled with Ctrl-C, or answered with no.",
}
"""What each code tells whoever reads it."""


def code_of(problem: CaptureError) -> ExitCode:
    """The code for a problem that ended a command."""
    match problem:
        case SignInCancelled():
            return ExitCode.CANCELED
        case ConnectionNotFound():
            return ExitCode.NOT_FOUND
        case ConnectionInUse():
            return ExitCode.IN_USE
        case CaptureError(code="BACKUP_EXISTS" | "KEY_FILE_EXISTS"):
            # The command has to be given in another way; nothing of the installation is to be put right.
            return ExitCode.WRONG_USAGE
        case NotAllowed():
            return ExitCode.NOT_ALLOWED
        case _:
            return code_for(problem.remedy)


def code_for(remedy: Remedy) -> ExitCode:
    """The code for what has to be done about something that does not work."""
    match remedy:
        case Remedy.SIGN_IN_AGAIN:
            return ExitCode.SIGN_IN_NEEDED
        case Remedy.RETRY_LATER:
            return ExitCode.TRY_LATER
        case Remedy.FIX_SETTINGS:
            return ExitCode.FIX_SETTINGS
        case Remedy.NOTHING | Remedy.CHOOSE_ANOTHER | Remedy.TELL_SUPPORT:
            return ExitCode.NOT_DONE
        case _:
            assert_never(remedy)


def code_of_status(status: str | None) -> ExitCode:
    """The code for how a connection stands; ``FINE`` where nobody has to do anything about it."""
    match status:
        case "needs_sign_in" | "access_withdrawn" | "scope_missing" | "expiring":
            return ExitCode.SIGN_IN_NEEDED
        case "key_missing":
            return ExitCode.FIX_SETTINGS
        case "unreachable":
            return ExitCode.TRY_LATER
        case _:
            return ExitCode.FINE


def worst(codes: Iterable[ExitCode]) -> ExitCode:
    """The one to end with where several things were done: what a person has to mend goes before what passes."""
    order = (
        ExitCode.CANCELED,
        ExitCode.FIX_SETTINGS,
        ExitCode.SIGN_IN_NEEDED,
        ExitCode.NOT_ALLOWED,
        ExitCode.NOT_FOUND,
        ExitCode.IN_USE,
        ExitCode.NOT_DONE,
        ExitCode.TRY_LATER,
    )
    found = frozenset(codes)
    return next((code for code in order if code in found), ExitCode.FINE)
