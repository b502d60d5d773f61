"""Which connections are on the list, and which one is meant by a name?"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Final

from hostspec.connections import ChoiceQuery
from hostspec.errors import ConnectionNotFound
from hostspec.ui import TableQuery
from xero_connections_plugin.cli.texts import console_texts as texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hostspec.ui import Cell, Row
    from xero_connections_plugin.cli.console_host import OpenHost
    from xero_connections_plugin.cli.console_output import Json

_PAGE: Final = 200
_MOST_STATUSES: Final = 10_000
_MOST_CANDIDATES: Final = 5
COLUMNS: Final = ("name", "subtitle", "status", "account", "last_sign_in", "expires")


def rows(
    host: OpenHost, *, search: str = "", filter_id: str = "", sort: str = "", descending: bool = False
) -> Iterator[Row]:
    """The rows of the tab's table, page after page.

    Raises:
        CaptureError: The list cannot be read, or may not be seen.
    """
    offset = 0
    while True:
        query = TableQuery(
            search=search, filter_id=filter_id, sort=sort, descending=descending, offset=offset, limit=_PAGE
        )
        table = host.controller.view(host.origin, query).table
        if table is None or table.query.offset < offset:
            return
        yield from table.rows
        offset += _PAGE
        if offset >= table.total:
            return


def filters(host: OpenHost) -> dict[str, str]:
    """The parts of the list that can be asked for, with what they are called."""
    view = host.controller.view(host.origin, TableQuery(limit=1))
    return {one.filter_id: one.label for one in view.filters if one.filter_id}


def find_row(host: OpenHost, name: str, *, is_id: bool = False) -> Row:
    """The row that a person means: by its whole name, by the only one that differs in case, or by its id.

    Raises:
        ConnectionNotFound: There is none, or there are several; names those that may be meant.
    """
    if is_id:
        found = [row for row in rows(host) if row.row_id == name]
    else:
        close = list(rows(host, search=name))
        found = [row for row in close if row.label == name] or [
            row for row in close if row.label.casefold() == name.strip().casefold()
        ]
    if len(found) == 1:
        return found[0]
    if found:
        raise ConnectionNotFound(texts.ambiguous(name, _named(found)))
    everything = list(rows(host))
    by_id = next((row for row in everything if row.row_id == name), None)
    if by_id is not None:
        return by_id
    part = [row.label for row in everything if name.strip().casefold() in row.label.casefold()]
    like = part or difflib.get_close_matches(name, [row.label for row in everything], n=_MOST_CANDIDATES)
    folder = None if everything else str(host.services.data_dir or "")
    raise ConnectionNotFound(texts.not_found(name, tuple(like[:_MOST_CANDIDATES]), empty_folder=folder))


def statuses(host: OpenHost) -> dict[str, str]:
    """The status of each connection as a word for programs, by id."""
    found = host.services.hooks.connection_choices(ChoiceQuery(limit=_MOST_STATUSES))
    return {one.connection_id: one.status.value for one in found}


def as_json(row: Row, status: str | None) -> dict[str, Json]:
    """A row for programs."""
    name, subtitle, shown, account, last_sign_in, expires = row.cells
    return {
        "id": row.row_id,
        "name": name.text,
        "configured": bool(name.mark),
        "company": known(subtitle),
        "status": status,
        "status_text": shown.text,
        "state": shown.tone.value if shown.tone is not None else "neutral",
        "problem": row.problem or None,
        "repair": row.repair.action_id if row.repair is not None else None,
        "account": known(account),
        "last_sign_in": moment(last_sign_in),
        "expires": moment(expires),
    }


def known(cell: Cell) -> str | None:
    """What a cell says, unless it says that nothing is known."""
    return cell.text if cell.text not in {"", "–", "—", "-"} else None


def moment(cell: Cell) -> str | None:
    """The exact moment of a cell as programs write it (RFC 3339, UTC)."""
    # "2026-01-05 09:00:00 UTC" on the tab.
    return cell.exact.replace(" UTC", "Z").replace(" ", "T") if cell.exact else None


def _named(found: list[Row]) -> tuple[str, ...]:
    return tuple(f"{row.label} ({row.row_id})" for row in found[:_MOST_CANDIDATES])
