"""Sentences about Xero's limits: calls that are left, and links between apps and companies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from xero_connections_plugin.xero.texts.company_texts import listed, short

if TYPE_CHECKING:
    from datetime import datetime

STATUS_WAITING: Final = "Waiting"


def day_used_up(company: str, ends_at: datetime | None) -> str:
    until = f"from {clock_time(ends_at)}" if ends_at is not None else "tomorrow at the latest"
    return (
        f"Xero’s calls of today for {short(company)} are used up. Nothing is wrong with the connection; it works again "
        f"{until}."
    )


def clock_time(moment: datetime) -> str:
    return f"{moment.day} {moment:%b, %H:%M} UTC"


CALLS: Final = "Calls left"
COLUMN_COMPANY: Final = "Company"
COLUMN_CONNECTIONS: Final = "Connections"
COLUMN_MINUTE: Final = "This minute"
COLUMN_DAY: Final = "Today"
COLUMN_SEEN: Final = "As of"
NOT_SEEN: Final = "not known yet"
NO_CALLS: Final = "No connection to Xero is in the list."
CALLS_NOTE: Final = (
    "Xero allows 60 calls a minute and 5 at once for each company, and 1,000 or 5,000 a day. It says how many are left "
    "with each answer; what is shown is what this program heard since it was started."
)
USED_UP: Final = "used up"


def resets(moment: datetime) -> str:
    return f"used up until {clock_time(moment)}"


ABOUT: Final = "About these limits"
APP_CALLS: Final = "Calls left this minute, all companies together"
PLAN_FULL: Final = "The plan of the Xero app is full: unlink a company before another one is added."


LINKS: Final = "Companies that are open to the app and used by no connection"
COLUMN_LINKED_BY: Final = "Opened by"
COLUMN_SINCE: Final = "Since"
COLUMN_APP: Final = "App"
UNKNOWN_PERSON: Final = "not known"
NO_STALE_LINKS: Final = "Every company that is open to the app is used by a connection."
LINKS_NOTE: Final = (
    "Each company that is open to the app counts against its plan: 5 with Starter, 50 with Core, 1,000 with Plus. "
    "Counted is what the sign-ins kept here can see. A company may be open to two uncertified apps at most."
)
UNLINK: Final = "Unlink"
LINK_IN_USE: Final = "A connection uses this company by now, so it was not unlinked. Nothing was changed."
LINK_UNKNOWN: Final = "This company is not listed any more. Open “Calls and links” again."


def app(client_id: str) -> str:
    return f"App {client_id[:8]}…"


def links_used(used: int, plan: int | None) -> str:
    if plan is not None:
        return f"{used:,} of {plan:,} links used"
    return "One company is open to it" if used == 1 else f"{used:,} companies are open to it"


def not_asked(account: str, problem: str) -> str:
    return f"{account or 'One sign-in'} could not be asked: {problem}"


def more_not_asked(number: int) -> str:
    return f"{number:,} more sign-ins were not asked. Select a connection first to see the companies of its app."


def unlink_question(company: str, account: str) -> str:
    by = f" by the consent of {short(account)}" if account else ""
    return (
        f"{short(company)} will no longer be open to this app{by}. No connection here uses it; another installation "
        "with the same app may. It can be opened again with Authorize."
    )


def unlinked(company: str) -> str:
    return f"{short(company)} is no longer open to this app."


def used_by(names: tuple[str, ...]) -> str:
    return listed(names, 2)
