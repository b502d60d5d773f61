"""Workstations that change the same entry at the same moment."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
import sqlalchemy as sa

from hostspec.usages import CONNECTION_KIND, Subject, Usage
from hostspec.value import ConnectionId
from tests.reliability.racing_machines import GRANT, NOW, RECORD, MakeMachine, entry, save, together
from xero_connections_plugin.connections.entries import EntryChanged, EntryGone, EntryQuery, NameTaken
from xero_connections_plugin.gateways.records.connection_store import ConnectionStore
from xero_connections_plugin.gateways.store.tables import connections

pytestmark = pytest.mark.postgresql


def test_a_name_goes_to_one_of_those_who_save_it_at_once(machine: MakeMachine) -> None:
    stores = [machine().entries for _ in range(6)]
    answers = together(
        *(lambda n=n, s=s: s.add(entry(f"id-{n}", "Head office"), name_key="head office") for n, s in enumerate(stores))
    )
    assert sorted(type(answer).__name__ for answer in answers) == [*["NameTaken"] * 5, "NoneType"]
    assert NameTaken in {type(answer) for answer in answers}
    assert stores[0].count(EntryQuery()) == 1


def test_a_name_that_was_just_given_up_is_not_refused_nor_called_damage(machine: MakeMachine) -> None:
    one, two = machine().entries, machine().entries
    for number in range(15):
        one.add(entry(f"old-{number}", "Head office"), name_key="head office")
        gone, added = together(
            partial(one.begin_removal, ConnectionId(f"old-{number}")),
            partial(two.add, entry(f"new-{number}", "Head office"), name_key="head office"),
        )
        assert gone is None
        assert added is None or isinstance(added, NameTaken)
        two.begin_removal(ConnectionId(f"new-{number}"))


def test_of_edits_at_once_one_is_saved_and_the_others_are_told(machine: MakeMachine) -> None:
    stores = [machine().entries for _ in range(5)]
    stores[0].add(entry("id", "Head office"), name_key="Head office")
    answers = together(*(lambda n=n, s=s: save(s, f"By {n}", n) for n, s in enumerate(stores)))
    assert sum(answer is None for answer in answers) == 1
    assert sum(isinstance(answer, EntryChanged) for answer in answers) == 4
    winner = answers.index(None)
    found = stores[0].get(ConnectionId("id"))
    assert found is not None
    assert (found.display_name, found.saved.settings) == (f"By {winner}", {"by": winner})


def test_an_edit_that_is_being_saved_is_waited_for_and_then_respected(machine: MakeMachine) -> None:
    reached, go_on = threading.Event(), threading.Event()

    def hold(name: str) -> None:
        if name == "store:before-commit" and holds:
            reached.set()
            assert go_on.wait(30)

    holds = False
    slow, quick = machine(hold), machine().entries
    slow.entries.add(entry("id", "Head office"), name_key="Head office")
    holds = True
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(save, slow.entries, "First", 1)
        assert reached.wait(30)
        second = pool.submit(save, quick, "Second", 2)
        with pytest.raises(TimeoutError):
            second.result(0.3)
        go_on.set()
        first.result(30)
        with pytest.raises(EntryChanged):
            second.result(30)


def test_an_edit_never_brings_an_entry_back_that_is_being_removed(machine: MakeMachine) -> None:
    one, two = machine().entries, machine().entries
    for number in range(10):
        one.add(entry("id", "Head office"), name_key="Head office")
        removed, edited = together(
            lambda: one.begin_removal(ConnectionId("id")), partial(save, two, f"By {number}", number)
        )
        assert removed is None
        assert edited is None or isinstance(edited, EntryGone)
        assert two.get(ConnectionId("id")) is None
        one.finish_removal(ConnectionId("id"))


@pytest.mark.parametrize("first", ["the binding", "the wiping"])
def test_a_sign_in_is_never_wiped_while_an_entry_is_being_bound_to_it(machine: MakeMachine, first: str) -> None:
    reached, go_on = threading.Event(), threading.Event()

    def hold(name: str) -> None:
        if name == "store:before-commit" and holds:
            reached.set()
            assert go_on.wait(30)

    holds = False
    slow, quick = machine(hold), machine()
    slow.grants.insert(RECORD, b"sealed-1")
    slow.database.installation_id()
    holds = True
    binding, wiping = (slow, quick) if first == "the binding" else (quick, slow)

    def bind() -> None:
        binding.entries.add(entry("id", "Head office", sign_in=GRANT), name_key="head office")

    def wipe() -> int:
        return wiping.grants.forget_unbound([GRANT])

    earlier, later = (bind, wipe) if first == "the binding" else (wipe, bind)
    with ThreadPoolExecutor(2) as pool:
        held = pool.submit(earlier)
        assert reached.wait(30)
        waiting = pool.submit(later)
        with pytest.raises(TimeoutError):
            waiting.result(0.3)
        go_on.set()
        held.result(30)
        waiting.result(30)
    assert (quick.grants.read(GRANT) is not None) == (first == "the binding")


def test_what_a_host_says_twice_at_once_is_one_of_both_and_never_a_mixture(machine: MakeMachine) -> None:
    one, two = machine().entries, machine().entries
    subject = Subject(kind=CONNECTION_KIND, subject_id="id", label="Head office")

    def publish(store: ConnectionStore, names: str) -> None:
        usages = [Usage(usage_id=name, subject=subject, profile=name, step="Xero", enabled=True) for name in names]
        store.publish_usages(host_id="host", host_name="Desk", usages=usages, seen_at=NOW)

    for _ in range(15):
        assert together(lambda: publish(one, "abc"), lambda: publish(two, "cde")) == [None, None]
        heard = [usage.profile for usage in one.published_usages(subject, except_host_id="")]
        assert heard in (["a", "b", "c"], ["c", "d", "e"])


def test_a_profile_that_was_told_before_the_removal_is_seen_by_it(machine: MakeMachine) -> None:
    york, leeds = machine().entries, machine().entries
    subject = Subject(kind=CONNECTION_KIND, subject_id="id", label="Head office")
    usage = Usage(usage_id="1", subject=subject, profile="Invoices", step="Xero", enabled=True)
    york.publish_usages(host_id="york", host_name="York", usages=[usage], seen_at=NOW)
    assert [one.profile for one in leeds.published_usages(subject, except_host_id="leeds")] == ["Invoices"]


def test_a_read_is_one_view_whatever_others_commit_meanwhile(machine: MakeMachine) -> None:
    one, two = machine(), machine()
    two.entries.add(entry("id", "Head office"), name_key="Head office")
    query = sa.select(connections.c.display_name)
    with one.database.read() as connection:
        before = connection.execute(query).scalar_one()
        save(two.entries, "Changed", 1)
        assert connection.execute(query).scalar_one() == before == "Head office"
    with one.database.read() as connection:
        assert connection.execute(query).scalar_one() == "Changed"
