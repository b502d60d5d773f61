"""The sentences that people hear although nobody looks at the list."""

from __future__ import annotations

from typing import Final

from hostspec.connections import ConnectionStatus
from xero_connections_plugin.ui.texts.forecast_texts import in_days

_NAMED: Final = 3


def listed(names: tuple[str, ...]) -> str:
    """Names as a sentence has them; of many the first few."""
    if len(names) == 1:
        return names[0]
    if len(names) <= _NAMED:
        return f"{', '.join(names[:-1])} and {names[-1]}"
    return f"{', '.join(names[:_NAMED])} and {len(names) - _NAMED} more"


_BROKEN: Final = {
    ConnectionStatus.NEEDS_SIGN_IN: ("needs a new sign-in", "need a new sign-in"),
    ConnectionStatus.ACCESS_WITHDRAWN: ("can no longer reach its company", "can no longer reach their company"),
    ConnectionStatus.SCOPE_MISSING: ("lacks a permission", "lack a permission"),
}


def broken_title(status: ConnectionStatus, names: tuple[str, ...]) -> str:
    one, several = _BROKEN[status]
    return f"{listed(names)} {one if len(names) == 1 else several}"


def many_broken_title(status: ConnectionStatus, count: int) -> str:
    return f"{count:,} connections {_BROKEN[status][1]}"


def broken(cause: str, repair: str) -> str:
    return f"{cause} On the Connections tab, select it and choose “{repair}”." if repair else cause


def many(names: tuple[str, ...]) -> str:
    return f"{listed(names)}. The Connections tab shows all of them and what to do."


def recovered_title(names: tuple[str, ...]) -> str:
    return f"{listed(names)} {'works' if len(names) == 1 else 'work'} again"


RECOVERED: Final = "Profiles can use it again; nothing else needs to be done here."


def deleted_title(names: tuple[str, ...], count: int) -> str:
    """Of entries that were deleted; without names where they have none any more."""
    if names:
        return f"{listed(names)} {'was' if count == 1 else 'were'} deleted"
    return "A connection was deleted" if count == 1 else f"{count:,} connections were deleted"


DELETED: Final = "Earlier notices about what was deleted are over; nothing needs to be done."


def ending_title(names: tuple[str, ...], days: int) -> str:
    return f"The sign-in of {listed(names)} ends {in_days(days)}"


def ending(names: tuple[str, ...], date: str, days: int, repair: str) -> str:
    shared = f" {len(names)} connections share it." if len(names) > 1 else ""
    todo = f"select it on the Connections tab and choose “{repair}”" if repair else "use the connection once"
    return f"It ends on {date}, {in_days(days)}, unless it is used before.{shared} To keep it, {todo}."


def many_ending_title(count: int, days: int) -> str:
    return f"{count:,} sign-ins end within {days} days" if days > 1 else f"{count:,} sign-ins end {in_days(days)}"


OUTAGE_TITLE: Final = "No connection can be reached"


def outage(since: str, problem: str) -> str:
    return f"Nothing that was tried since {since} got through. {problem} Nothing is lost; it is tried again by itself."


OUTAGE_OVER_TITLE: Final = "Connections can be reached again"
OUTAGE_OVER: Final = "The interruption is over. What waited goes on by itself."


def kept_alive(names: tuple[str, ...]) -> str:
    return f"Nobody used the sign-in of {listed(names)} lately, so it was renewed to keep it."
