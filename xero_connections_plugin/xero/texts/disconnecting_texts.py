"""The sentences about what happens at Xero when a connection is deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import datetime

UNLINK: Final = "Unlink this company at Xero"
REVOKE: Final = "Revoke the whole sign-in"
REMOVE_BY_HAND: Final = "You can do it in Xero, under Settings, Connected apps."

_MOST_NAMES: Final = 5


def names(many: tuple[str, ...]) -> str:
    """A few by name, the rest by number."""
    more = len(many) - _MOST_NAMES
    shown = ", ".join(many[:_MOST_NAMES])
    return f"{shown} and {more} more" if more > 0 else shown


def _day(moment: datetime) -> str:
    return f"{moment.day} {moment:%b %Y}"


def _by(name: str) -> str:
    return f" by {name}" if name else ""


def _of(account: str) -> str:
    return f" of {account}" if account else ""


def unlink_hint(tenant: str, others: tuple[str, ...]) -> str:
    """Whom else unlinking cuts off."""
    if others:
        return f"Also cuts off {names(others)}: the same sign-in and company."
    return f"Also cuts off any other program that reaches {tenant} with the same app and user."


def revoke_hint(others: tuple[str, ...]) -> str:
    """Whom else revoking cuts off."""
    everywhere = "every company of this Xero user, in any other program that uses the same app"
    if others:
        return f"Also ends the sign-in of {names(others)}, and cuts off {everywhere}."
    return f"Also cuts off {everywhere}."


def unlink_failed(problem: str) -> str:
    return f"The company could not be unlinked at Xero: {problem}"


UNLINK_GONE: Final = "The company was not linked at Xero any more."


def unlink_later(tenant: str) -> str:
    return (
        f"Xero cannot be reached right now or is busy. {tenant} is unlinked as soon as Xero answers, while this "
        "program runs or at its next start."
    )


def unlinking(tenant: str, since: datetime, problem: str) -> str:
    """What still waits, with what keeps it."""
    if not problem:
        return f"Unlinking {tenant} at Xero: under way."
    # The rest of a sentence from elsewhere says what to do; here nothing is to be done.
    cause = problem.split(". ")[0].rstrip(".")
    return f"Unlinking {tenant} at Xero: waiting since {_day(since)}, {since:%H:%M} UTC. {cause}. It goes on by itself."


def unlinked_here(by: str, moment: datetime) -> str:
    return f"The company was unlinked at Xero{_by(by)} on {_day(moment)}, when a connection was deleted."


UNLINKED_TITLE: Final = "Company unlinked"
NOT_UNLINKED_TITLE: Final = "Company not unlinked"


def unlinked_late(tenant: str) -> str:
    return f"{tenant}, the company of a deleted connection, has now been unlinked at Xero."


def unlink_cancelled(tenant: str, users: tuple[str, ...]) -> str:
    return f"{tenant} stays linked at Xero, because {names(users)} uses it by now. It was to be unlinked."


def not_unlinked_late(tenant: str, problem: str) -> str:
    return f"{tenant} could not be unlinked at Xero. {problem} {REMOVE_BY_HAND}"


def revoke_failed(problem: str) -> str:
    return f"The sign-in could not be revoked at Xero: {problem}"


REVOKE_GONE: Final = "The sign-in could not be revoked at Xero, because it was removed here before."
REVOKE_SOON: Final = (
    "Another program is renewing this sign-in right now. What comes of that is revoked too, in about a minute, or at "
    "the next start of this program."
)
REVOKE_UNWANTED: Final = (
    "The sign-in was not revoked, because somebody has signed in again or taken the connection back. It goes on "
    "working."
)
REVOKE_LATER: Final = (
    "Xero cannot be reached right now or is busy. The sign-in stays sealed here and is revoked as soon as Xero "
    "answers, while this program runs or at its next start."
)


def revoking(account: str, since: datetime | None) -> str:
    """What still waits; since when is not known of one that an older program noted."""
    waiting = "until Xero answers" if since is None else f"since {_day(since)}, {since:%H:%M} UTC"
    return f"Revoking the sign-in{_of(account)} at Xero: waiting {waiting}. It goes on by itself."


def revoked_here(by: str, moment: datetime) -> str:
    return f"The sign-in was revoked here{_by(by)} on {_day(moment)}, when a connection was deleted."


REVOKED_TITLE: Final = "Sign-in revoked"
NOT_REVOKED_TITLE: Final = "Sign-in not revoked"


def revoked_late(account: str) -> str:
    return f"The sign-in{_of(account)} of a deleted connection has now been revoked at Xero."


def not_revoked_late(account: str, problem: str) -> str:
    return f"The sign-in{_of(account)} of a deleted connection could not be revoked. {problem} {REMOVE_BY_HAND}"
