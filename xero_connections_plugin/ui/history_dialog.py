"""How is the history shown: as a table with filters, as lines of the details, and as rows of a file?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from hostspec.forms import ActionField, ChoiceField, ChoiceOption, Fact, Form, NoteField, Section, TableField
from hostspec.ui import Action, Cell, Column, Dialog, Row, ShowDialog
from hostspec.value import ConnectionId, Tone, UserId
from xero_connections_plugin.connections.definition import clean_name
from xero_connections_plugin.connections.history import EventKind, HistoryQuery
from xero_connections_plugin.ui.list_view import exact
from xero_connections_plugin.ui.texts import history_texts as texts

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from hostspec.forms import Field, FieldValue
    from hostspec.providers import Connection, SavedConnection
    from xero_connections_plugin.connections.history import Actor, HistoryEvent, Mentioned

DIALOG_ID: Final = "history"
PAGE: Final = 200
"""Events shown at a time."""

FILTER_ACT: Final = "history_filter"
EXPORT_ACT: Final = "history_export"
PAGE_ACT: Final = "history_page:"
"""Begins the acts of Older and Newer; where the page begins follows."""

_CONNECTION: Final = "history_connection"
_KIND: Final = "history_kind"
_PERSON: Final = "history_person"
_PERIOD: Final = "history_period"

_ALL: Final = "all"
"""Chosen where nothing in particular is asked for; an empty value would mean that nothing was chosen."""

_COLUMNS: Final = (
    Column(column_id="when", label=texts.COLUMN_WHEN),
    Column(column_id="kind", label=texts.COLUMN_KIND),
    Column(column_id="connection", label=texts.COLUMN_CONNECTION),
    Column(column_id="who", label=texts.COLUMN_WHO),
    Column(column_id="account", label=texts.COLUMN_ACCOUNT),
    Column(column_id="text", label=texts.COLUMN_TEXT),
)


@dataclass(frozen=True)
class Asked:
    """What a person asked for, by the values of the filter's fields."""

    connection: str = ""
    kind: str = ""
    person: str = ""
    period: str = ""

    @classmethod
    def of(cls, values: Mapping[str, FieldValue]) -> Asked:
        """Read the fields; what is no text asks for all."""

        def text(field_id: str) -> str:
            value = values.get(field_id)
            return value if isinstance(value, str) and value != _ALL else ""

        kind, period = text(_KIND), text(_PERIOD)
        return cls(
            connection=text(_CONNECTION),
            kind=kind if kind in texts.GROUPS else "",
            person=text(_PERSON),
            period=period if period in texts.PERIODS else "",
        )

    def query(self, now: datetime) -> HistoryQuery:
        """The history's own terms."""
        return HistoryQuery(
            connection_id=ConnectionId(self.connection) if self.connection else None,
            kinds=texts.GROUPS[self.kind][1] if self.kind else (),
            user_id=UserId(self.person) if self.person else None,
            since=now - timedelta(days=texts.PERIODS[self.period][1]) if self.period else None,
        )


@dataclass(frozen=True)
class Shown:
    """A part of the history, and what may be chosen."""

    asked: Asked
    events: tuple[HistoryEvent, ...]
    offset: int
    total: int
    people: tuple[Actor, ...]
    entries: tuple[Mentioned, ...]
    days: int
    """How long events are kept."""
    is_first: bool
    """Whether the dialog is only being opened."""


def history_dialog(shown: Shown) -> ShowDialog:
    """The dialog "History"."""
    events, asked = shown.events, shown.asked
    last = shown.offset + len(events)
    fields: list[Field] = [
        Section(
            section_id="filter",
            label=texts.FILTER,
            fields=_filters(shown),
            # It never folds under somebody's hands.
            collapsed=shown.is_first and asked == Asked(),
        ),
        TableField(
            field_id="events",
            label=texts.HISTORY,
            label_shown=False,
            columns=_COLUMNS,
            rows=tuple(_row(event) for event in events),
            empty=texts.FOUND_NOTHING if asked != Asked() else texts.EMPTY,
        ),
    ]
    if events:
        fields.append(NoteField(text=texts.part_shown(shown.offset + 1, last, shown.total)))
    if shown.offset:
        fields.append(ActionField(action_id=f"{PAGE_ACT}{max(0, shown.offset - PAGE)}", label=texts.NEWER))
    if last < shown.total:
        fields.append(ActionField(action_id=f"{PAGE_ACT}{last}", label=texts.OLDER))
    if events:
        fields.append(ActionField(action_id=EXPORT_ACT, label=texts.EXPORT, text=texts.EXPORT_HINT))
    return ShowDialog(
        dialog=Dialog(
            dialog_id=DIALOG_ID,
            title=texts.HISTORY,
            intro=texts.intro(shown.days),
            form=Form(fields=tuple(fields)),
            primary=Action(action_id="dismiss", label=texts.CLOSE, primary=True),
        )
    )


def history_facts(events: tuple[HistoryEvent, ...]) -> tuple[Fact, ...]:
    """Events as lines of an entry's details."""
    return tuple(
        Fact(
            label=texts.FACT_HISTORY,
            text=f"{_minute(event.at)} – {texts.in_short(texts.KINDS[event.kind], _who(event), event.text)}",
            exact=f"{exact(event.at)} – {texts.in_short(texts.KINDS[event.kind], _who(event), event.text)}",
        )
        for event in events
    )


def what_changed(seen: Connection, name: str, saved: SavedConnection) -> str:
    """What a save changes, as far as it matters to somebody who reads the history."""
    told: list[str] = []
    if seen.saved.subtitle != saved.subtitle:
        told.append(texts.company_changed(seen.saved.subtitle, saved.subtitle))
    if seen.display_name != clean_name(name):
        told.append(texts.renamed(seen.display_name, clean_name(name)))
    if seen.saved.sign_in != saved.sign_in:
        told.append(texts.ANOTHER_SIGN_IN)
    is_new = seen.saved.settings != saved.settings or seen.saved.sealed != saved.sealed
    return " ".join(told) or (texts.NEW_SETTINGS if is_new else "")


def csv_row(event: HistoryEvent) -> tuple[str, ...]:
    """An event as a row under ``history_texts.CSV_HEADER``."""
    outcome = "" if event.passed is None else texts.PASSED if event.passed else texts.FAILED
    return (
        f"{event.at:%Y-%m-%d %H:%M:%S}",
        texts.KINDS[event.kind],
        event.label,
        event.connection_id or "",
        texts.who(event.actor.user_name, event.actor.user_id),
        event.actor.user_id,
        event.host_name,
        event.account,
        outcome,
        event.text,
    )


def _filters(shown: Shown) -> tuple[ChoiceField, ...]:
    asked = shown.asked
    entries = tuple(ChoiceOption(value=one.connection_id, label=one.label or texts.SOMETHING) for one in shown.entries)
    people = tuple(ChoiceOption(value=one.user_id, label=texts.who(one.user_name, one.user_id)) for one in shown.people)
    kinds = tuple(ChoiceOption(value=group, label=label) for group, (label, _) in texts.GROUPS.items())
    periods = tuple(ChoiceOption(value=period, label=label) for period, (label, _) in texts.PERIODS.items())
    return (
        _choice(_CONNECTION, texts.CONNECTION, asked.connection, texts.ALL_CONNECTIONS, entries),
        _choice(_KIND, texts.KIND, asked.kind, texts.ALL_KINDS, kinds),
        _choice(_PERSON, texts.PERSON, asked.person, texts.ALL_PEOPLE, people),
        _choice(_PERIOD, texts.PERIOD, asked.period, texts.ALL_TIME, periods),
    )


def _choice(field_id: str, label: str, value: str, all_label: str, options: tuple[ChoiceOption, ...]) -> ChoiceField:
    return ChoiceField(
        field_id=field_id,
        label=label,
        value=value or _ALL,
        options=(ChoiceOption(value=_ALL, label=all_label), *options),
        on_change=FILTER_ACT,
    )


def _row(event: HistoryEvent) -> Row:
    kind = texts.KINDS[event.kind]
    return Row(
        row_id=event.event_id,
        label=f"{kind}, {_minute(event.at)}",
        cells=(
            Cell(text=_minute(event.at), exact=exact(event.at)),
            Cell(text=kind, tone=_tone(event)),
            Cell(text=event.label or texts.NOTHING_KNOWN, exact=event.connection_id or ""),
            Cell(text=texts.who_and_where(_who(event), event.host_name), exact=event.actor.user_id),
            Cell(text=event.account or texts.NOTHING_KNOWN),
            Cell(text=event.text or texts.NOTHING_KNOWN),
        ),
    )


def _tone(event: HistoryEvent) -> Tone | None:
    if event.passed is None:
        return None
    if event.passed:
        return Tone.GOOD
    # A renewal that failed for a while says nothing about the sign-in.
    return Tone.WARNING if event.kind is EventKind.REFRESH_FAILED else Tone.BAD


def _who(event: HistoryEvent) -> str:
    return texts.who(event.actor.user_name, event.actor.user_id)


def _minute(moment: datetime) -> str:
    return f"{moment.day} {moment:%b %Y, %H:%M}"
