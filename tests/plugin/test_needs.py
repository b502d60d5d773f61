"""What profiles need: gathered beside the user interface, looked up without asking anybody."""

from __future__ import annotations

import logging

import pytest

from hostspec.errors import StoreUnavailable
from hostspec.testing import FakeHost, FakeTasks, TaskMode
from hostspec.usages import CONNECTION_KIND, Subject
from hostspec.value import ConnectionId
from xero_connections_plugin.connections.needs import Need, Needs

OFFICE = ConnectionId("office")
SUBJECT = Subject(kind=CONNECTION_KIND, subject_id=OFFICE)


class OtherHosts:
    """A ``PublishedNeeds`` that says what it is told to say."""

    def __init__(self, *needs: Need) -> None:
        self.needs = needs
        self.trouble: Exception | None = None
        self.asked_except: list[str] = []

    def of_others(self, except_host_id: str) -> tuple[Need, ...]:
        self.asked_except.append(except_host_id)
        if self.trouble is not None:
            raise self.trouble
        return self.needs


class Gathering:
    def __init__(self, others: OtherHosts | None = None, mode: TaskMode = TaskMode.INLINE) -> None:
        self.host = FakeHost(None, tasks=FakeTasks(mode))
        self.others = others or OtherHosts()
        self.changes = 0
        self.needs = Needs(self.host, self.others, self._changed)

    def _changed(self) -> None:
        self.changes += 1

    def use(self, profile: str, *needs: str, step: str = "To Xero", enabled: bool = True) -> None:
        self.host.profiles.use(SUBJECT, profile=profile, step=step, enabled=enabled, needs=needs)

    def found(self) -> dict[str, tuple[str, ...]]:
        return {need.profile: need.needs for need in self.needs.of(OFFICE)}


def test_nothing_is_needed_before_somebody_has_looked() -> None:
    gathering = Gathering()
    gathering.use("Invoices", "files")
    assert gathering.found() == {}


def test_what_the_profiles_need_is_known_after_a_look_and_everyone_is_told_that_it_changed() -> None:
    gathering = Gathering()
    gathering.use("Invoices", "files")
    gathering.use("Letters")
    gathering.needs.look_soon()
    assert gathering.found() == {"Invoices": ("files",)}
    assert gathering.changes == 1
    gathering.needs.look_soon()
    assert gathering.changes == 1


def test_steps_of_one_profile_are_one_need_each_scope_once() -> None:
    gathering = Gathering()
    gathering.use("Invoices", "files", "contacts", step="first")
    gathering.use("Invoices", "contacts", "invoices", step="second")
    gathering.needs.look_soon()
    assert gathering.found() == {"Invoices": ("files", "contacts", "invoices")}


def test_profiles_that_are_switched_off_need_nothing() -> None:
    gathering = Gathering()
    gathering.use("Invoices", "files", enabled=False)
    gathering.needs.look_soon()
    assert gathering.found() == {}


def test_what_other_hosts_need_counts_and_says_where() -> None:
    theirs = Need(connection_id=OFFICE, profile="Invoices", host="Workstation 2", needs=("files",))
    gathering = Gathering(OtherHosts(theirs))
    gathering.use("Invoices", "contacts")
    gathering.needs.look_soon()
    assert [(need.host, need.needs) for need in gathering.needs.of(OFFICE)] == [
        ("", ("contacts",)),
        ("Workstation 2", ("files",)),
    ]
    assert gathering.others.asked_except == [gathering.host.host_id]


@pytest.mark.parametrize("trouble", [StoreUnavailable("Busy.", code="STORE_BUSY"), RuntimeError("a secret")])
def test_what_was_known_stays_while_it_cannot_be_looked_up(
    trouble: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    gathering = Gathering()
    gathering.use("Invoices", "files")
    gathering.needs.look_soon()
    gathering.others.trouble = trouble
    with caplog.at_level(logging.WARNING):
        gathering.needs.look_soon()
    assert gathering.found() == {"Invoices": ("files",)}
    assert "secret" not in caplog.text
    gathering.others.trouble = None
    gathering.use("Invoices", "contacts")
    gathering.needs.look_soon()
    assert gathering.found() == {"Invoices": ("contacts",)}


def test_of_many_changes_at_once_one_task_sees_the_last() -> None:
    gathering = Gathering(mode=TaskMode.HELD)
    for scope in ("a", "b", "c"):
        gathering.use("Invoices", scope)
        gathering.needs.look_soon()
    assert len(gathering.host.tasks.started) == 1
    gathering.host.tasks.run_held()
    assert gathering.found() == {"Invoices": ("c",)}
