"""Notices about deleted entries are taken down, in every host that shows them, and nobody else hears of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

import pytest

from hostspec.connections import ChangeKind, ConnectionsChange
from hostspec.errors import StoreUnavailable
from hostspec.providers import Connection
from hostspec.value import ConnectionId, Tone
from tests.plugin.memory_notices import MemoryNoticeStore
from tests.plugin.test_entry_watch import NEEDS, READY, Entry, Office
from xero_connections_plugin.connections.notices import Notices
from xero_connections_plugin.ui.deletion_news import MOST_NAMED, DeletionNews


@pytest.fixture
def office() -> Office:
    return Office()


def broken(office: Office, *names: str, sign_in: str = "ada") -> list[Entry]:
    entries = [office.add(name, sign_in) for name in names]
    for entry in entries:
        entry.status = NEEDS
    return entries


def hear(office: Office, *connection_ids: ConnectionId, kind: ChangeKind = ChangeKind.REMOVED) -> list[str]:
    """The titles of what is told at a change."""
    before = len(office.heard)
    office.news.hear(ConnectionsChange(kind=kind, connection_ids=connection_ids))
    return [notice.title for notice in office.heard[before:]]


def test_a_deletion_takes_the_place_of_the_notice_that_the_entry_is_broken(office: Office) -> None:
    (entry,) = broken(office, "Head office")
    office.look()
    deleted = office.delete(entry)
    assert hear(office, deleted) == ["Head office was deleted"]
    assert office.replaced() == [office.heard[0].notification_id]
    assert (office.heard[-1].tone, office.heard[-1].subject) == (Tone.NEUTRAL, None)
    assert (hear(office, deleted), office.look()) == ([], [])
    assert office.store.told("host-a", "") == frozenset()


def test_each_other_host_takes_its_own_notice_down_when_it_looks(office: Office) -> None:
    (entry,) = broken(office, "Head office")
    first, other = office.watch, office.host("host-b")
    for watch in (first, other):
        watch.look()
    shown = [notice.notification_id for notice in office.heard]
    office.delete(entry)
    for watch in (first, other, first, other):
        watch.look()
    assert [(notice.title, list(notice.replaces)) for notice in office.heard[2:]] == [
        ("Head office was deleted", [one]) for one in shown
    ]


def test_of_what_was_not_told_before_no_deletion_is_told(office: Office) -> None:
    fine = office.add("Head office")
    office.look()
    assert hear(office, office.delete(fine)) == []
    assert office.look() == []


def test_a_change_of_another_kind_is_no_deletion(office: Office) -> None:
    (entry,) = broken(office, "Head office")
    office.look()
    connection_id = office.delete(entry)
    assert hear(office, connection_id, kind=ChangeKind.CHANGED) == []
    assert hear(office, connection_id) != []


def test_what_is_still_there_was_not_deleted(office: Office) -> None:
    (entry,) = broken(office, "Head office")
    office.look()
    assert hear(office, ConnectionId("id-Head office")) == []
    entry.status = READY
    assert office.look() == ["Head office works again"]


def test_a_notice_about_several_stays_until_the_last_is_deleted(office: Office) -> None:
    one, two = broken(office, "Head office", "Bakery")
    office.look()
    assert hear(office, office.delete(one)) == []
    assert hear(office, office.delete(two)) == ["Bakery was deleted"]
    assert office.replaced() == [office.heard[0].notification_id]


def test_one_that_is_taken_back_as_broken_as_it_was_is_told_of_anew(office: Office) -> None:
    (entry,) = broken(office, "Head office")
    office.look()
    hear(office, office.delete(entry))
    office.clock.advance(60)
    office.entries.append(entry)
    assert office.look() == ["Head office needs a new sign-in"]
    entry.status = READY
    assert office.look() == ["Head office works again"]


def test_an_entry_without_a_sign_in_is_there_all_the_same(office: Office) -> None:
    (entry,) = broken(office, "Head office")
    office.look()
    entry.sign_in = None
    assert office.look() == []
    entry.sign_in, entry.status = "ben", READY
    assert office.look() == ["Head office works again"]
    assert office.replaced() == [office.heard[0].notification_id]


@pytest.mark.parametrize(
    ("count", "kept", "title"),
    [
        (1, False, "A connection was deleted"),
        (2, True, "Shop 0 and Shop 1 were deleted"),
        (2, False, "2 connections were deleted"),
        (MOST_NAMED + 1, True, f"{MOST_NAMED + 1} connections were deleted"),
    ],
)
def test_many_at_once_are_one_notice(office: Office, count: int, kept: bool, title: str) -> None:
    for number in range(count):
        broken(office, f"Shop {number}", sign_in=f"person {number}")
    office.look()
    shown = {notice.notification_id for notice in office.heard}
    for entry in list(office.entries):
        office.delete(entry, kept=kept)
    assert office.look() == [title]
    assert set(office.replaced()) == shown


def test_where_the_store_fails_the_next_look_takes_it_down(office: Office) -> None:
    (entry,) = broken(office, "Head office")
    office.look()
    notices = Notices(office.store, host_id="host-a", notify=office.heard.append, clock=office.clock)
    away = DeletionNews(_away, lambda _: None, notices, office.clock)
    deleted = office.delete(entry)
    away.hear(ConnectionsChange(kind=ChangeKind.REMOVED, connection_ids=(deleted,)))
    assert len(office.heard) == 1
    assert office.look() == ["Head office was deleted"]


def _away(_wanted: Sequence[ConnectionId]) -> tuple[Connection, ...]:
    raise StoreUnavailable("The database cannot be reached.", code="STORE_UNREACHABLE")


class Unsteady(MemoryNoticeStore):
    """One that fails at a single call, and where others are at work between two calls."""

    def __init__(self) -> None:
        super().__init__()
        self.fails_at = ""
        """The call that fails, once: what is done, the beginning of the events, and which such call it is."""
        self.after: dict[str, Callable[[], object]] = {}
        """What happens right after a call, once."""
        self._calls: list[str] = []

    def told(self, host_id: str, prefix: str) -> frozenset[str]:
        call = self._begin(f"told {prefix}")
        answer = super().told(host_id, prefix)
        self.after.pop(call, lambda: None)()
        return answer

    def forget(self, host_id: str, events: Collection[str]) -> frozenset[str]:
        call = self._begin(f"forget {min(events).partition('|')[0]}|")
        answer = super().forget(host_id, events)
        self.after.pop(call, lambda: None)()
        return answer

    def start(self) -> None:
        """Count the calls from here."""
        self._calls.clear()

    def _begin(self, what: str) -> str:
        self._calls.append(what)
        call = f"{what} {self._calls.count(what)}"
        if call == self.fails_at:
            self.fails_at = ""
            raise StoreUnavailable("The database is busy.", code="STORE_BUSY")
        return call


@pytest.mark.parametrize(
    "call", ["told stands| 1", "forget stands| 1", "told stands| 2", "told broken| 1", "forget broken| 1"]
)
def test_at_whichever_call_the_store_fails_the_notice_is_taken_down_once(call: str) -> None:
    store = Unsteady()
    office = Office(store=store)
    (entry,) = broken(office, "Head office")
    office.look()
    deleted = office.delete(entry)
    store.start()
    store.fails_at = call
    assert [*hear(office, deleted), *office.look()] == ["Head office was deleted"]
    assert not store.fails_at, "the store did not fail"
    assert office.replaced() == [office.heard[0].notification_id]
    assert office.store.told("host-a", "") == frozenset()


@pytest.mark.parametrize("moment", ["told stands| 1", "forget stands| 1"])
def test_of_two_who_delete_one_each_at_the_same_time_somebody_takes_their_notice_down(moment: str) -> None:
    store = Unsteady()
    office = Office(store=store)
    one, two = broken(office, "Head office", "Bakery")
    office.look()
    first, second = office.delete(one), office.delete(two)
    store.start()
    store.after[moment] = lambda: hear(office, second)
    assert hear(office, first) != []
    assert not store.after, "nobody came in between"
    # Both may find that nothing is left: rather twice than never.
    assert {notice.replaces for notice in office.heard[1:]} == {(office.heard[0].notification_id,)}
    assert (office.look(), office.store.told("host-a", "")) == ([], frozenset())
