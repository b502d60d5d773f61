"""What stands on the tab: the list, its buttons, and what to do when it is empty."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hostspec.ui import Action, Cell, Column, EmptyState, Row, Table, View
from xero_connections_plugin.connections.days_left import days_left
from xero_connections_plugin.connections.entries import EntryQuery
from xero_connections_plugin.ui.list_filters import idle_since, nothing_like_this
from xero_connections_plugin.ui.reached_word import reached_word
from xero_connections_plugin.ui.texts import configured_texts, forecast_texts
from xero_connections_plugin.ui.texts import tab_texts as texts

if TYPE_CHECKING:
    from datetime import datetime

    from hostspec.providers import ConnectionType
    from hostspec.ui import Filter, TableQuery
    from xero_connections_plugin.connections.listing import ListedEntry, ListedPage
    from xero_connections_plugin.ui.tab_parts import Offered

TABLE_ID: Final = "connections"

COLUMNS: Final = (
    Column(column_id="name", label=texts.COLUMN_NAME, sortable=True),
    Column(column_id="subtitle", label=texts.COLUMN_REACHES, sortable=True),
    Column(column_id="status", label=texts.COLUMN_STATUS, sortable=True),
    Column(column_id="account", label=texts.COLUMN_ACCOUNT, sortable=True),
    Column(column_id="last_sign_in", label=texts.COLUMN_LAST_SIGN_IN, sortable=True),
    Column(column_id="expires", label=texts.COLUMN_EXPIRES, sortable=True),
)
_SORTS: Final = frozenset(column.column_id for column in COLUMNS)


def entry_query(query: TableQuery, now: datetime) -> EntryQuery:
    """The list's own terms for what a table asks for; an unknown column sorts by name."""
    return EntryQuery(
        idle_since=idle_since(query.filter_id, now),
        search=query.search.strip(),
        sort=query.sort if query.sort in _SORTS else "name",
        descending=query.descending,
        offset=query.offset,
        limit=query.limit,
    )


def list_view(
    page: ListedPage,
    query: TableQuery,
    now: datetime,
    *,
    types: tuple[ConnectionType, ...],
    may_manage: bool,
    filters: tuple[Filter, ...] = (),
    offered: tuple[Offered, ...] = (),
) -> View:
    """The whole tab, with what its parts add."""
    return View(
        title=texts.TAB_TITLE,
        intro=texts.INTRO,
        actions=(*_buttons(types, may_manage=may_manage), *(one for part in offered for one in part.buttons)),
        more=tuple(one for part in offered for one in part.more),
        notices=tuple(one for part in offered for one in part.notices),
        filters=filters,
        search_label=texts.SEARCH,
        table=Table(
            table_id=TABLE_ID,
            label=texts.TAB_TITLE,
            columns=_columns(types),
            rows=tuple(_row(entry, now, may_manage=may_manage) for entry in page.entries),
            total=page.total,
            query=query.model_copy(update={"offset": page.offset}),
        ),
        empty=_empty(query, types, may_manage=may_manage) if page.total == 0 else None,
    )


def _columns(types: tuple[ConnectionType, ...]) -> tuple[Column, ...]:
    word = reached_word(types)
    return tuple(
        column.model_copy(update={"label": word}) if column.column_id == "subtitle" else column for column in COLUMNS
    )


def _buttons(types: tuple[ConnectionType, ...], *, may_manage: bool) -> tuple[Action, ...]:
    may_not = "" if may_manage else texts.MAY_NOT_MANAGE
    no_types = "" if types else texts.NO_TYPES_TEXT
    return (
        Action(action_id="add", label=texts.ADD, primary=True, disabled_reason=may_not or no_types),
        Action(action_id="edit", label=texts.EDIT, needs_row=texts.SELECT_FIRST, disabled_reason=may_not),
        Action(
            action_id="delete",
            label=texts.DELETE,
            needs_row=texts.SELECT_FIRST,
            disabled_reason=may_not,
            destructive=True,
        ),
        Action(action_id="details", label=texts.DETAILS, needs_row=texts.SELECT_FIRST),
        Action(action_id="usage", label=texts.USAGE, needs_row=texts.SELECT_FIRST),
    )


def _empty(query: TableQuery, types: tuple[ConnectionType, ...], *, may_manage: bool) -> EmptyState:
    if query.search.strip():
        return EmptyState(title=texts.FOUND_NOTHING_TITLE, text=texts.found_nothing(query.search.strip()))
    if (none := nothing_like_this(query.filter_id)) is not None:
        return none
    if not types:
        return EmptyState(title=texts.EMPTY_TITLE, text=texts.NO_TYPES_TEXT)
    return EmptyState(
        title=texts.EMPTY_TITLE,
        text=texts.empty_text(tuple(found.label for found in types)),
        action=Action(
            action_id="add",
            label=texts.ADD,
            primary=True,
            disabled_reason="" if may_manage else texts.MAY_NOT_MANAGE,
        ),
        second_action=next((found.guide for found in types if found.guide is not None), None),
    )


def _row(entry: ListedEntry, now: datetime, *, may_manage: bool) -> Row:
    connection, summary = entry.connection, entry.summary
    repair = summary.repair
    if repair is not None and not may_manage:
        repair = repair.model_copy(update={"disabled_reason": texts.MAY_NOT_MANAGE})
    return Row(
        row_id=connection.connection_id,
        label=connection.display_name,
        cells=(
            Cell(text=connection.display_name, mark=configured_texts.MARK if connection.source else ""),
            Cell(text=summary.subtitle or texts.NOTHING_KNOWN, mark=summary.mark),
            Cell(text=summary.status_text, tone=summary.tone),
            Cell(text=summary.account or texts.NOTHING_KNOWN),
            _date(summary.last_sign_in),
            _forecast(summary.expires, now),
        ),
        problem=summary.cause,
        repair=repair,
    )


def _date(moment: datetime | None) -> Cell:
    if moment is None:
        return Cell(text=texts.NOTHING_KNOWN)
    return Cell(text=day(moment), exact=exact(moment))


def _forecast(moment: datetime | None, now: datetime) -> Cell:
    if moment is None:
        return Cell(text=texts.NOTHING_KNOWN)
    return Cell(text=forecast_texts.date_with_days(day(moment), days_left(moment, now)), exact=exact(moment))


def day(moment: datetime) -> str:
    """A date as people write it."""
    return f"{moment.day} {moment:%b %Y}"


def exact(moment: datetime) -> str:
    """A moment to the second, with its zone."""
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"
