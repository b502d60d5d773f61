"""A host is told each event once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hostspec.errors import StoreUnavailable
from hostspec.messages import Notification
from hostspec.testing import FakeClock
from hostspec.value import Tone
from tests.plugin.memory_notices import MemoryNoticeStore
from xero_connections_plugin.connections.notices import REMEMBERED, Notices


def notice(name: str, text: str = "It happened.") -> Notification:
    return Notification(notification_id=name, title="Something happened", text=text, tone=Tone.WARNING)


class Desk:
    """Two hosts on one store."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.store = MemoryNoticeStore()
        self.heard: list[str] = []
        self.notices = self.of("host-a")

    def of(self, host_id: str) -> Notices:
        def notify(notification: Notification) -> None:
            self.heard.append(f"{host_id}: {notification.notification_id}")

        return Notices(self.store, host_id=host_id, notify=notify, clock=self.clock)


def test_the_same_event_is_told_once_even_after_a_restart() -> None:
    desk = Desk()
    assert desk.notices.tell_once(notice("one"))
    assert not desk.notices.tell_once(notice("one", "In other words."))
    assert not desk.of("host-a").tell_once(notice("one"))
    assert desk.of("host-b").tell_once(notice("one"))
    assert desk.heard == ["host-a: one", "host-b: one"]


def test_an_event_has_a_name_beside_the_id_of_its_notice() -> None:
    desk = Desk()
    assert desk.notices.tell_once(notice("monday"), event="outage")
    assert not desk.notices.tell_once(notice("tuesday"), event="outage")
    assert desk.notices.tell_once(notice("outage-of-the-year"), event="outage 2")
    assert desk.notices.forget("outage")
    assert desk.notices.tell_once(notice("friday"), event="outage")
    assert desk.heard == ["host-a: monday", "host-a: outage-of-the-year", "host-a: friday"]


def test_what_cannot_be_noted_is_not_told_and_due_again() -> None:
    desk = Desk()
    desk.store.trouble.append(StoreUnavailable("The disk is full.", code="DISK_FULL"))
    assert not desk.notices.tell_once(notice("one"))
    assert desk.heard == []
    assert desk.notices.tell_once(notice("one"))


def test_forgetting_that_fails_forgets_nothing() -> None:
    desk = Desk()
    desk.notices.tell_once(notice("one"))
    desk.store.trouble.append(StoreUnavailable("The disk is full.", code="DISK_FULL"))
    assert not desk.notices.forget("one")
    assert not desk.notices.tell_once(notice("one"))
    assert desk.notices.forget("on")
    assert not desk.notices.forget("on")


def test_many_events_are_claimed_and_given_up_at_once() -> None:
    desk = Desk()
    assert desk.notices.claim({"a", "b"}) == {"a", "b"}
    assert desk.notices.claim({"b", "c"}) == {"c"}
    assert desk.notices.told("") == {"a", "b", "c"}
    assert desk.notices.give_up({"a", "d"}) == {"a"}
    assert desk.notices.claim({"a"}) == {"a"}


def test_claiming_nothing_needs_no_store() -> None:
    desk = Desk()
    desk.store.trouble.append(StoreUnavailable("The disk is full.", code="DISK_FULL"))
    assert desk.notices.claim(()) == frozenset()
    assert desk.notices.give_up(()) == frozenset()


def test_a_claim_that_cannot_be_kept_is_said() -> None:
    desk = Desk()
    desk.store.trouble.append(StoreUnavailable("The disk is full.", code="DISK_FULL"))
    with pytest.raises(StoreUnavailable):
        desk.notices.claim({"a"})
    assert desk.notices.claim({"a"}) == {"a"}


def test_what_is_remembered_for_more_than_a_year_is_forgotten() -> None:
    desk = Desk()
    desk.notices.tell_once(notice("one"))
    desk.clock.advance(REMEMBERED.total_seconds())
    assert desk.notices.prune() == 0
    desk.clock.advance(timedelta(seconds=1).total_seconds())
    assert desk.notices.prune() == 1
    assert desk.notices.tell_once(notice("one"))
