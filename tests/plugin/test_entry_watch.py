"""People hear of what they should know although nobody looks, each event once."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import cast

import pytest

from hostspec.connections import ConnectionStatus
from hostspec.errors import StoreUnavailable
from hostspec.messages import Notification
from hostspec.providers import Connection, ConnectionSummary, SavedConnection
from hostspec.testing import FakeClock
from hostspec.ui import Action
from hostspec.value import ConnectionId, Remedy, Tone, TypeId
from tests.plugin.memory_notices import MemoryNoticeStore
from xero_connections_plugin.connections.deleted_entries import DeletedEntry
from xero_connections_plugin.connections.listing import ListedEntry, Listing
from xero_connections_plugin.connections.notices import Notices
from xero_connections_plugin.connections.reachability import Outage, Reachability
from xero_connections_plugin.ui.deletion_news import DeletionNews
from xero_connections_plugin.ui.entry_watch import MOST_AT_ONCE, EntryWatch

DAY = 86_400.0
READY = ConnectionStatus.READY
NEEDS = ConnectionStatus.NEEDS_SIGN_IN
WITHDRAWN = ConnectionStatus.ACCESS_WITHDRAWN
RENEW = Action(action_id="test", label="Renew now")
SIGN_IN = Action(action_id="edit", label="Authorize again")


@dataclass
class Entry:
    """An entry, as the list shows it."""

    name: str
    sign_in: str | None
    expires: datetime | None
    status: ConnectionStatus = READY
    cause: str = ""

    def listed(self, now: datetime) -> ListedEntry:
        bad = self.status in {NEEDS, WITHDRAWN}
        summary = ConnectionSummary(
            status=self.status,
            status_text=self.status.value,
            tone=Tone.BAD if bad else Tone.GOOD,
            cause=self.cause,
            repair=SIGN_IN if bad else RENEW,
            expires=None if self.status is NEEDS else self.expires,
        )
        saved = SavedConnection(settings={}, sign_in=self.sign_in)
        connection = Connection(
            connection_id=ConnectionId(f"id-{self.name}"),
            type_id=TypeId("xero"),
            display_name=self.name,
            saved=saved,
            created_at=now,
            changed_at=now,
        )
        return ListedEntry(connection, summary)


@dataclass
class Office:
    """A list, and hosts that are told."""

    clock: FakeClock = field(default_factory=FakeClock)
    store: MemoryNoticeStore = field(default_factory=MemoryNoticeStore)
    entries: list[Entry] = field(default_factory=list)
    heard: list[Notification] = field(default_factory=list)
    slow: float = 0.0
    bin: dict[ConnectionId, DeletedEntry] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.reach = Reachability(self.clock, lambda: None)
        self.watch = self.host("host-a")

    def everything(self) -> Iterator[ListedEntry]:
        self.clock.advance(self.slow)
        return iter([entry.listed(self.clock.now()) for entry in self.entries])

    def many(self, wanted: Sequence[ConnectionId]) -> tuple[Connection, ...]:
        listed = (entry.listed(self.clock.now()).connection for entry in self.entries)
        return tuple(connection for connection in listed if connection.connection_id in wanted)

    def delete(self, entry: Entry, *, kept: bool = True) -> ConnectionId:
        """Out of the list; it can be taken back, or is wiped at once."""
        connection = entry.listed(self.clock.now()).connection
        self.entries.remove(entry)
        if kept:
            deleted = DeletedEntry(connection=connection, removed_at=self.clock.now(), removed_by="Ada Admin")
            self.bin[connection.connection_id] = deleted
        return connection.connection_id

    def host(self, host_id: str) -> EntryWatch:
        notices = Notices(self.store, host_id=host_id, notify=self.heard.append, clock=self.clock)
        self.news = DeletionNews(self.many, lambda connection_id: self.bin.get(connection_id), notices, self.clock)
        return EntryWatch(
            cast(Listing, self),
            notices,
            self.news.tell,
            self.reach.outage,
            self.reach.anything_works,
            self.clock,
        )

    def add(self, name: str, sign_in: str | None = "ada", *, ends_in: float = 60.0) -> Entry:
        self.entries.append(Entry(name, sign_in, self.clock.now() + timedelta(days=ends_in)))
        return self.entries[-1]

    def replaced(self) -> list[str]:
        """The notices whose place the latest one takes."""
        return list(self.heard[-1].replaces)

    def look(self, *, forecast: bool = True) -> list[str]:
        """The titles of what is new."""
        before = len(self.heard)
        self.watch.look(forecast=forecast)
        return [notice.title for notice in self.heard[before:]]


def test_nothing_is_told_while_all_is_well() -> None:
    office = Office()
    office.add("Head office")
    office.add("Bakery", None)
    assert office.look() == []


def test_the_end_of_a_sign_in_is_told_fourteen_seven_three_and_one_day_before() -> None:
    office = Office()
    office.add("Head office")
    told: dict[float, list[str]] = {}
    for hour in range(60 * 24 + 1):
        titles = office.look()
        if titles:
            told[60 - hour / 24] = titles
        office.clock.advance(3600)
    assert told == {
        14.0: ["The sign-in of Head office ends in 14 days"],
        7.0: ["The sign-in of Head office ends in 7 days"],
        3.0: ["The sign-in of Head office ends in 3 days"],
        1.0: ["The sign-in of Head office ends tomorrow"],
    }
    assert len({notice.notification_id for notice in office.heard}) == 4


def test_the_end_is_told_with_its_date_and_what_to_do() -> None:
    office = Office()
    office.add("Head office", ends_in=7)
    office.look()
    (notice,) = office.heard
    assert notice.text == (
        "It ends on 12 Jan 2026, in 7 days, unless it is used before. "
        "To keep it, select it on the Connections tab and choose “Renew now”."
    )
    assert (notice.tone, notice.remedy) == (Tone.WARNING, Remedy.NOTHING)
    assert notice.subject is not None
    assert notice.subject.subject_id == "id-Head office"


def test_entries_that_share_a_sign_in_are_told_of_together() -> None:
    office = Office()
    for name in ("Head office", "bakery", "Attic", "Depot"):
        office.add(name, ends_in=3)
    office.add("Kiosk", "ben", ends_in=3)
    assert office.look() == [
        "The sign-in of Attic, bakery, Depot and 1 more ends in 3 days",
        "The sign-in of Kiosk ends in 3 days",
    ]
    assert "4 connections share it." in office.heard[0].text
    assert office.look() == []


def test_a_host_that_was_off_hears_the_most_urgent_only() -> None:
    office = Office()
    office.add("Head office", ends_in=14)
    assert office.look() == ["The sign-in of Head office ends in 14 days"]
    office.clock.advance(12 * DAY)
    assert office.look() == ["The sign-in of Head office ends in 2 days"]
    office.clock.advance(0.5 * DAY)
    assert office.look() == []


def test_after_a_renewal_the_series_starts_anew() -> None:
    office = Office()
    entry = office.add("Head office", ends_in=14)
    assert len(office.look()) == 1
    entry.expires = office.clock.now() + timedelta(days=60)
    assert office.look() == []
    assert office.store.told("host-a", "") == frozenset()
    office.clock.advance(46 * DAY)
    assert office.look() == ["The sign-in of Head office ends in 14 days"]


def test_renewed_between_two_looks_it_is_another_event() -> None:
    office = Office()
    entry = office.add("Head office", ends_in=6)
    assert len(office.look()) == 1
    office.clock.advance(60 * DAY)
    entry.expires = office.clock.now() + timedelta(days=6)
    assert len(office.look()) == 1


def test_what_is_about_to_be_renewed_is_not_told() -> None:
    office = Office()
    office.add("Head office", ends_in=2)
    assert office.look(forecast=False) == []
    assert len(office.look()) == 1


def test_each_host_hears_for_itself_and_nothing_twice_after_a_restart() -> None:
    office = Office()
    office.add("Head office", ends_in=2)
    office.look()
    office.host("host-a").look()
    assert len(office.heard) == 1
    office.host("host-b").look()
    assert len(office.heard) == 2


def test_many_sign_ins_that_end_are_one_notice() -> None:
    office = Office()
    for number in range(MOST_AT_ONCE + 1):
        office.add(f"Shop {number}", f"person {number}", ends_in=5 + number)
    assert office.look() == ["6 sign-ins end within 10 days"]
    assert office.heard[0].text.startswith("Shop 0, Shop 1, Shop 2 and 3 more.")
    office.clock.advance(2 * DAY)
    assert len(office.look()) == 3


def test_a_break_is_told_with_its_cause_and_its_end_with_all_who_work_again() -> None:
    office = Office()
    one, two = office.add("Head office"), office.add("Bakery")
    office.add("Kiosk", "ben")
    for entry in (one, two):
        entry.status, entry.cause = NEEDS, "The sign-in was revoked at Xero."
    assert office.look() == ["Bakery and Head office need a new sign-in"]
    (notice,) = office.heard
    assert notice.text == (
        "The sign-in was revoked at Xero. On the Connections tab, select it and choose “Authorize again”."
    )
    assert (notice.tone, notice.remedy) == (Tone.BAD, Remedy.SIGN_IN_AGAIN)
    assert office.look() == []
    one.status, two.status = READY, ConnectionStatus.UNTESTED
    assert office.look() == ["Bakery and Head office work again"]
    assert office.heard[-1].tone is Tone.GOOD
    assert office.replaced() == [notice.notification_id]
    assert office.look() == []


def test_a_notice_about_several_is_taken_down_with_the_last_that_works_again() -> None:
    office = Office()
    one, two = office.add("Head office"), office.add("Bakery")
    one.status = two.status = NEEDS
    office.look()
    one.status = READY
    office.look()
    assert office.replaced() == []
    office.clock.advance(60)
    two.status = READY
    office.look()
    assert office.heard[-1].title == "Bakery works again"
    assert office.replaced() == [office.heard[0].notification_id]
    assert office.store.told("host-a", "") == frozenset()


class Forgetful(MemoryNoticeStore):
    """One whose disk is full, or that is away, whenever it is to say which notice is about what."""

    def note(self, host_id: str, events: Collection[str], told_at: datetime) -> frozenset[str]:
        self._refuse(*events)
        return super().note(host_id, events, told_at)

    def told(self, host_id: str, prefix: str) -> frozenset[str]:
        self._refuse(prefix)
        return super().told(host_id, prefix)

    def _refuse(self, *names: str) -> None:
        if any(name.startswith("stands|") for name in names):
            raise StoreUnavailable("The disk is full.", code="DISK_FULL")


def test_where_it_is_not_known_what_a_notice_is_about_the_news_is_told_all_the_same() -> None:
    office = Office(store=Forgetful())
    entry = office.add("Head office")
    entry.status = NEEDS
    assert office.look() == ["Head office needs a new sign-in"]
    entry.status = READY
    assert office.look() == ["Head office works again"]
    assert office.replaced() == []


def test_the_same_may_break_again() -> None:
    office = Office()
    entry = office.add("Head office")
    for _ in range(2):
        entry.status = WITHDRAWN
        assert office.look() == ["Head office can no longer reach its company"]
        entry.status = READY
        assert office.look() == ["Head office works again"]
        office.clock.advance(60)
    assert len({notice.notification_id for notice in office.heard}) == 4


@pytest.mark.parametrize(
    ("status", "title"),
    [
        (NEEDS, "Head office needs a new sign-in"),
        (WITHDRAWN, "Head office can no longer reach its company"),
        (ConnectionStatus.SCOPE_MISSING, "Head office lacks a permission"),
    ],
)
def test_every_lasting_trouble_has_its_sentence(status: ConnectionStatus, title: str) -> None:
    office = Office()
    office.add("Head office").status = status
    assert office.look() == [title]


@pytest.mark.parametrize(
    "status", [ConnectionStatus.UNREACHABLE, ConnectionStatus.KEY_MISSING, ConnectionStatus.SIGNING_IN]
)
def test_what_passes_by_itself_is_neither_a_break_nor_a_recovery(status: ConnectionStatus) -> None:
    office = Office()
    entry = office.add("Head office")
    entry.status = status
    assert office.look() == []
    entry.status = NEEDS
    assert len(office.look()) == 1
    entry.status = status
    assert office.look() == []
    entry.status = NEEDS
    assert office.look() == []


def test_one_trouble_after_another_is_no_recovery() -> None:
    office = Office()
    entry = office.add("Head office")
    entry.status = NEEDS
    office.look()
    office.clock.advance(60)
    entry.status = WITHDRAWN
    assert office.look() == ["Head office can no longer reach its company"]
    assert office.heard[1].replaces == (office.heard[0].notification_id,)
    entry.status = READY
    assert office.look() == ["Head office works again"]
    assert office.heard[2].replaces == (office.heard[1].notification_id,)


def test_what_was_deleted_neither_recovers_nor_leaves_anything_behind() -> None:
    office = Office()
    office.add("Head office").status = NEEDS
    office.add("Bakery", "ben", ends_in=3)
    office.look()
    office.entries.clear()
    assert office.look() == ["A connection was deleted"]
    assert office.store.told("host-a", "") == frozenset()
    assert office.look() == []


def test_what_never_had_a_sign_in_did_not_break() -> None:
    office = Office()
    office.add("Imported", None).status = NEEDS
    assert office.look() == []


def test_many_breaks_at_once_are_one_notice_and_so_is_their_end() -> None:
    office = Office()
    for number in range(40):
        office.add(f"Shop {number:02}", f"person {number}").status = NEEDS
    assert office.look() == ["40 connections need a new sign-in"]
    for entry in office.entries:
        entry.status = READY
    assert office.look() == ["Shop 00, Shop 01, Shop 02 and 37 more work again"]


def test_an_outage_is_told_after_an_hour_and_so_is_its_end() -> None:
    office = Office()
    office.add("Head office")
    head_office = ConnectionId("id-Head office")
    office.reach.failed(head_office, "Xero cannot be reached.")
    office.clock.advance(3599)
    office.reach.failed(head_office, "Xero cannot be reached.")
    assert office.look() == []
    office.clock.advance(10 * DAY)
    assert office.look() == [], "nobody tried meanwhile"
    office.reach.failed(ConnectionId("id-other"), "Xero is out of order.")
    assert office.look() == ["No connection can be reached"]
    assert office.heard[-1].text == (
        "Nothing that was tried since 09:00 UTC got through. Xero is out of order. "
        "Nothing is lost; it is tried again by itself."
    )
    office.clock.advance(DAY)
    office.reach.failed(head_office, "Xero cannot be reached.")
    assert office.look() == []
    office.reach.worked(head_office)
    assert office.look() == ["Connections can be reached again"]
    assert office.replaced() == [office.heard[-2].notification_id]
    assert office.look() == []


def test_an_hour_is_long_enough() -> None:
    office = Office()
    office.reach.failed(ConnectionId("one"), "Xero cannot be reached.")
    office.clock.advance(3600)
    office.reach.failed(ConnectionId("one"), "Xero cannot be reached.")
    assert office.look() == ["No connection can be reached"]


def test_a_host_that_starts_during_an_outage_does_not_take_it_for_over() -> None:
    office = Office()
    office.reach.failed(ConnectionId("one"), "Xero cannot be reached.")
    office.clock.advance(3600)
    office.reach.failed(ConnectionId("one"), "Xero cannot be reached.")
    office.look()
    office.reach = Reachability(office.clock, lambda: None)
    office.watch = office.host("host-a")
    assert office.look() == []
    office.reach.failed(ConnectionId("one"), "Xero cannot be reached.")
    assert office.look() == []
    office.reach.worked(ConnectionId("one"))
    assert office.look() == ["Connections can be reached again"]


def test_one_connection_that_works_is_no_outage() -> None:
    office = Office()
    for _ in range(10):
        office.reach.failed(ConnectionId("one"), "Xero cannot be reached.")
        office.clock.advance(3000)
        office.reach.worked(ConnectionId("two"))
    assert office.look() == []


def test_a_short_interruption_is_never_told_of_not_even_as_over() -> None:
    office = Office()
    office.reach.failed(ConnectionId("one"), "Xero cannot be reached.")
    office.look()
    office.reach.worked(ConnectionId("one"))
    assert office.look() == []


def test_where_the_store_fails_nothing_is_told_and_nothing_is_lost() -> None:
    office = Office()
    office.add("Head office").status = NEEDS
    office.store.trouble.append(StoreUnavailable("The disk is full.", code="DISK_FULL"))
    with pytest.raises(StoreUnavailable):
        office.look()
    assert office.heard == []
    assert office.look() == ["Head office needs a new sign-in"]


def test_a_long_look_is_not_repeated_soon() -> None:
    office = Office(slow=2.0)
    office.add("Head office")
    assert office.look() == []
    office.entries[0].status = NEEDS
    office.clock.advance(39)
    assert office.look() == []
    office.clock.advance(1)
    assert office.look() == ["Head office needs a new sign-in"]


def test_old_events_are_pruned_now_and_then() -> None:
    office = Office()
    office.store.note("host-b", ["broken|gone long ago"], office.clock.now() - timedelta(days=401))
    office.look()
    assert office.store.told("host-b", "") == frozenset()


def test_long_and_odd_names_of_sign_ins_fit_into_the_store() -> None:
    office = Office()
    for sign_in in ("x" * 5000, "a|b|c"):
        office.add(f"Of {sign_in[:3]}", sign_in, ends_in=3)
    assert len(office.look()) == 2
    assert office.look() == []
    assert all(len(event) <= 256 for event in office.store.told("host-a", ""))


def test_the_length_of_an_outage_is_that_between_failures() -> None:
    clock = FakeClock()
    reach = Reachability(clock, lambda: None)
    assert reach.outage() is None
    assert not reach.anything_works()
    reach.failed(ConnectionId("one"), "first")
    clock.advance(60)
    reach.failed(ConnectionId("two"), "second")
    clock.advance(60)
    assert reach.outage() == Outage(clock.now() - timedelta(seconds=120), "second", clock.monotonic() - 120, 60.0)
    reach.worked(ConnectionId("one"))
    assert reach.outage() is None
    assert reach.anything_works()
    reach.failed(ConnectionId("two"), "third")
    assert not reach.anything_works()
