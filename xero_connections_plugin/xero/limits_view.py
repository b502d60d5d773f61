"""How many calls and links are left, as a person reads it? Tables of what was heard and found. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hostspec.forms import Fact, FactsField, Form, NoteField, Section, TableField
from hostspec.rows import Action, Cell, Column, Row
from hostspec.value import Tone
from xero_connections_plugin.xero.texts import company_texts
from xero_connections_plugin.xero.texts import limit_texts as texts

if TYPE_CHECKING:
    from datetime import datetime

    from hostspec.forms import Field
    from xero_connections_plugin.xero.call_meter import CallsLeft

END_ACT: Final = "end_link"
MOST_ROWS: Final = 200


@dataclass(frozen=True)
class CompanyCalls:
    """What is known of one app at one company."""

    company: str
    is_demo: bool
    connections: tuple[str, ...]
    left: CallsLeft | None


@dataclass(frozen=True)
class StaleLink:
    """A company that is open to an app and used by no entry."""

    row_id: str
    company: str
    account: str
    since: datetime | None
    app: str


@dataclass(frozen=True)
class AppLinks:
    """What the sign-ins of one app reach."""

    app: str
    links: int
    app_minute: int | None = None


@dataclass(frozen=True)
class Found:
    """All that there is to show."""

    calls: tuple[CompanyCalls, ...]
    apps: tuple[AppLinks, ...]
    stale: tuple[StaleLink, ...]
    unasked: tuple[str, ...] = ()
    """Sentences about sign-ins that could not be asked."""


def limits_form(found: Found, now: datetime, plan_links: int | None) -> Form:
    """The dialog's fields."""
    # Those that are known, then by name.
    calls = sorted(found.calls, key=lambda one: (one.left is None, one.company.casefold(), one.connections))
    fields: list[Field] = [
        TableField(
            field_id="calls",
            label=texts.CALLS,
            columns=(
                Column(column_id="company", label=texts.COLUMN_COMPANY),
                Column(column_id="connections", label=texts.COLUMN_CONNECTIONS),
                Column(column_id="minute", label=texts.COLUMN_MINUTE),
                Column(column_id="day", label=texts.COLUMN_DAY),
                Column(column_id="seen", label=texts.COLUMN_SEEN),
            ),
            rows=tuple(_calls_row(number, one, now) for number, one in enumerate(calls[:MOST_ROWS])),
            empty=texts.NO_CALLS,
        ),
    ]
    if found.apps:
        facts = tuple(fact for app in found.apps for fact in _app_facts(app, plan_links))
        fields.append(FactsField(field_id="apps", facts=facts))
    if any(plan_links is not None and app.links >= plan_links for app in found.apps):
        fields.append(NoteField(text=texts.PLAN_FULL, tone=Tone.WARNING))
    fields += [NoteField(text=sentence, tone=Tone.WARNING) for sentence in found.unasked]
    fields += [
        TableField(
            field_id="links",
            label=texts.LINKS,
            columns=(
                Column(column_id="company", label=texts.COLUMN_COMPANY),
                Column(column_id="account", label=texts.COLUMN_LINKED_BY),
                Column(column_id="since", label=texts.COLUMN_SINCE),
                Column(column_id="app", label=texts.COLUMN_APP),
            ),
            rows=tuple(_link_row(link) for link in found.stale[:MOST_ROWS]),
            empty=texts.NO_STALE_LINKS,
        ),
        Section(
            section_id="about",
            label=texts.ABOUT,
            fields=(NoteField(text=texts.CALLS_NOTE), NoteField(text=texts.LINKS_NOTE)),
        ),
    ]
    return Form(fields=tuple(fields))


def _app_facts(app: AppLinks, plan_links: int | None) -> tuple[Fact, ...]:
    links = Fact(label=app.app, text=texts.links_used(app.links, plan_links))
    return (links, Fact(label=texts.APP_CALLS, text=f"{app.app_minute:,}")) if app.app_minute is not None else (links,)


def _calls_row(number: int, calls: CompanyCalls, now: datetime) -> Row:
    left = calls.left
    return Row(
        row_id=f"calls-{number}",
        label=calls.company,
        cells=(
            Cell(text=calls.company, mark=company_texts.DEMO_MARK if calls.is_demo else ""),
            Cell(text=texts.used_by(calls.connections)),
            _minute(left, now),
            _day(left, now),
            _seen(left.seen_at, now) if left is not None and left.seen_at is not None else Cell(text=texts.NOT_SEEN),
        ),
    )


def _minute(left: CallsLeft | None, now: datetime) -> Cell:
    is_past = left is None or left.seen_at is None or (now - left.seen_at).total_seconds() >= 60
    return Cell(text=texts.NOT_SEEN) if left is None or is_past else _number(left.minute)


def _day(left: CallsLeft | None, now: datetime) -> Cell:
    if left is None:
        return Cell(text=texts.NOT_SEEN)
    if left.is_day_used_up and (left.day_ends_at is None or now < left.day_ends_at):
        return Cell(
            text=texts.resets(left.day_ends_at) if left.day_ends_at is not None else texts.USED_UP, tone=Tone.WAITING
        )
    is_past = left.seen_at is None or (now - left.seen_at).total_seconds() >= 24 * 3600
    return Cell(text=texts.NOT_SEEN) if is_past or left.is_day_used_up else _number(left.day)


def _number(value: int | None) -> Cell:
    return Cell(text=texts.NOT_SEEN) if value is None else Cell(text=f"{value:,}")


def _seen(moment: datetime, now: datetime) -> Cell:
    is_today = moment.date() == now.date()
    return Cell(
        text=f"{moment:%H:%M} UTC" if is_today else texts.clock_time(moment), exact=f"{moment:%Y-%m-%d %H:%M:%S} UTC"
    )


def _link_row(link: StaleLink) -> Row:
    since = link.since
    return Row(
        row_id=link.row_id,
        label=link.company,
        cells=(
            Cell(text=link.company),
            Cell(text=link.account or texts.UNKNOWN_PERSON),
            Cell(text=f"{since.day} {since:%b %Y}", exact=f"{since:%Y-%m-%d %H:%M:%S} UTC")
            if since is not None
            else Cell(text=texts.UNKNOWN_PERSON),
            Cell(text=link.app),
        ),
        repair=Action(action_id=END_ACT, label=texts.UNLINK, destructive=True),
    )
