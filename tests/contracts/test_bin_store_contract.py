"""What every store of deleted entries does: the fake in memory and the database, held to the same sentences."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest

from hostspec.connections import ConnectionStatus
from hostspec.providers import Condition
from hostspec.testing import FakeClock
from hostspec.value import ConnectionId
from tests.canaries import canary, marked_bytes
from tests.contracts.stores_under_test import DATABASES, database_under_test
from tests.contracts.test_entry_store_contract import NOW, entry
from tests.plugin.memory_bin import MemoryBinStore
from tests.plugin.memory_entries import MemoryEntryStore
from xero_connections_plugin.connections.deleted_entries import BinStore
from xero_connections_plugin.connections.entries import EntryGone, EntryQuery, EntryStore, NameTaken
from xero_connections_plugin.gateways.keys.key_register import KeyRegister
from xero_connections_plugin.gateways.keys.key_sources import KeyFile
from xero_connections_plugin.gateways.keys.vault import Vault
from xero_connections_plugin.gateways.records.bin_store import SqlBinStore
from xero_connections_plugin.gateways.records.connection_store import ConnectionStore

OFFICE = entry("Head office", "Bakehouse Ltd", sign_in="g", sealed=canary("sealed part").encode())
OFFICE_ID = OFFICE.connection_id


@dataclass(frozen=True)
class Stores:
    entries: EntryStore
    bin: BinStore
    clock: FakeClock


@pytest.fixture(params=["memory", *DATABASES])
def stores(request: pytest.FixtureRequest) -> Iterator[Stores]:
    if request.param == "memory":
        clock = FakeClock(NOW)
        entries = MemoryEntryStore()
        yield Stores(entries, MemoryBinStore(entries, clock), clock)
        return
    with database_under_test(request, request.param, NOW) as under_test:
        database = under_test.opened()
        register = KeyRegister(database, under_test.presence())
        vault = Vault(KeyFile(under_test.folder / "data.key"), register, under_test.clock, random_bytes=marked_bytes)
        yield Stores(ConnectionStore(database, vault), SqlBinStore(database), under_test.clock)


def delete(stores: Stores, by: str = "Ada") -> None:
    stores.entries.add(OFFICE, name_key="head office")
    stores.bin.put(OFFICE_ID, removed_by=by)


def test_a_deleted_entry_is_out_of_every_read_and_its_name_is_free(stores: Stores) -> None:
    delete(stores)
    assert stores.entries.get(OFFICE_ID) is None
    assert stores.entries.get_opened(OFFICE_ID) is None
    assert stores.entries.many([OFFICE_ID]) == ()
    assert stores.entries.find(EntryQuery()) == ()
    assert stores.entries.count(EntryQuery()) == 0
    assert stores.entries.sharing("g") == ()
    assert stores.entries.holder_of_name("head office") is None
    assert stores.entries.unfinished_removals() == ()
    stores.entries.finish_removal(OFFICE_ID)
    assert stores.bin.get(OFFICE_ID) is not None


def test_who_deleted_it_and_when_is_kept_and_a_second_deletion_changes_nothing(stores: Stores) -> None:
    delete(stores)
    stores.clock.advance(60)
    stores.bin.put(OFFICE_ID, removed_by="Grace")
    stores.bin.put(ConnectionId("nowhere"), removed_by="Grace")
    (kept,) = stores.bin.deleted()
    assert kept == stores.bin.get(OFFICE_ID)
    assert kept.removed_by == "Ada"
    assert timedelta(0) <= kept.removed_at - NOW < timedelta(seconds=60)
    assert kept.connection.display_name == "Head office"
    assert kept.connection.saved.sealed is None


def test_the_newest_come_first_and_no_more_than_asked_for(stores: Stores) -> None:
    for number in range(3):
        stores.entries.add(entry(f"n{number}"), name_key=f"n{number}")
        stores.bin.put(ConnectionId(f"id-n{number}"), removed_by="")
        stores.clock.advance(60)
    assert [kept.connection.display_name for kept in stores.bin.deleted()] == ["n2", "n1", "n0"]
    assert [kept.connection.display_name for kept in stores.bin.deleted(2)] == ["n2", "n1"]


def test_what_was_chosen_is_kept_with_the_deletion_until_it_is_settled(stores: Stores) -> None:
    stores.entries.add(OFFICE, name_key="head office")
    stores.bin.put(OFFICE_ID, removed_by="Ada", choices=frozenset({"unlink", "other"}))
    stores.bin.put(OFFICE_ID, removed_by="Grace", choices=frozenset({"revoke"}))
    stores.entries.add(entry("plain"), name_key="plain")
    stores.bin.put(ConnectionId("id-plain"), removed_by="Ada")
    (wish,) = stores.bin.wishes()
    (kept,) = (one for one in stores.bin.deleted() if one.connection.connection_id == OFFICE_ID)
    assert (wish.connection, wish.choices, wish.by, wish.asked_at) == (
        kept.connection,
        frozenset({"unlink", "other"}),
        "Ada",
        kept.removed_at,
    )
    stores.clock.advance(60)
    assert stores.bin.kept_longer_than(timedelta(seconds=1)) == (ConnectionId("id-plain"),)
    stores.bin.settle(OFFICE_ID, asked_at=wish.asked_at)
    stores.bin.settle(ConnectionId("nowhere"), asked_at=wish.asked_at)
    assert stores.bin.wishes() == ()
    assert set(stores.bin.kept_longer_than(timedelta(seconds=1))) == {OFFICE_ID, "id-plain"}


def test_an_entry_taken_back_has_no_wishes_any_more(stores: Stores) -> None:
    stores.entries.add(OFFICE, name_key="head office")
    stores.bin.put(OFFICE_ID, removed_by="Ada", choices=frozenset({"unlink"}))
    stores.bin.take_back(OFFICE_ID, display_name="Head office", name_key="head office")
    assert stores.bin.wishes() == ()
    stores.bin.put(OFFICE_ID, removed_by="Ada")
    assert stores.bin.wishes() == ()


def test_what_was_chosen_with_an_earlier_deletion_settles_nothing_of_a_later_one(stores: Stores) -> None:
    stores.entries.add(OFFICE, name_key="head office")
    stores.bin.put(OFFICE_ID, removed_by="Ada", choices=frozenset({"revoke"}))
    (earlier,) = stores.bin.wishes()
    stores.clock.advance(60)
    stores.bin.take_back(OFFICE_ID, display_name="Head office", name_key="head office")
    stores.bin.put(OFFICE_ID, removed_by="Grace", choices=frozenset({"unlink"}))
    stores.bin.settle(OFFICE_ID, asked_at=earlier.asked_at)
    (wish,) = stores.bin.wishes()
    assert (wish.choices, wish.by) == (frozenset({"unlink"}), "Grace")
    stores.bin.settle(OFFICE_ID, asked_at=wish.asked_at)
    assert stores.bin.wishes() == ()


def test_an_entry_taken_back_is_the_same_with_its_sealed_part(stores: Stores) -> None:
    delete(stores)
    stores.bin.take_back(OFFICE_ID, display_name="Old office", name_key="old office")
    assert stores.bin.get(OFFICE_ID) is None
    assert stores.bin.deleted() == ()
    found = stores.entries.get_opened(OFFICE_ID)
    assert found == OFFICE.model_copy(update={"display_name": "Old office"})
    assert stores.entries.holder_of_name("old office") == OFFICE_ID
    assert [one.display_name for one in stores.entries.find(EntryQuery(search="OLD"))] == ["Old office"]
    assert [one.display_name for one in stores.entries.find(EntryQuery())] == ["Old office"]


def test_what_was_found_out_meanwhile_comes_back_with_it(stores: Stores) -> None:
    stores.entries.add(OFFICE, name_key="head office")
    condition = Condition(status=ConnectionStatus.NEEDS_SIGN_IN, cause="revoked", since=NOW)
    stores.entries.set_condition(OFFICE_ID, condition)
    stores.bin.put(OFFICE_ID, removed_by="Ada")
    stores.bin.take_back(OFFICE_ID, display_name="Head office", name_key="head office")
    found = stores.entries.get(OFFICE_ID)
    assert found is not None
    assert found.condition == condition


def test_a_taken_name_refuses_and_leaves_the_entry_deleted(stores: Stores) -> None:
    delete(stores)
    stores.entries.add(entry("new"), name_key="head office")
    with pytest.raises(NameTaken):
        stores.bin.take_back(OFFICE_ID, display_name="Head office", name_key="head office")
    assert stores.bin.get(OFFICE_ID) is not None
    assert stores.entries.get(OFFICE_ID) is None


def test_taking_back_twice_is_once_and_what_is_not_deleted_cannot_be_taken_back(stores: Stores) -> None:
    delete(stores)
    for _ in range(2):
        stores.bin.take_back(OFFICE_ID, display_name="Head office", name_key="head office")
    assert stores.entries.count(EntryQuery()) == 1
    with pytest.raises(EntryGone):
        stores.bin.take_back(OFFICE_ID, display_name="Other", name_key="other")
    with pytest.raises(EntryGone):
        stores.bin.take_back(ConnectionId("nowhere"), display_name="N", name_key="n")


def test_what_is_given_up_is_a_removal_that_has_begun_and_nobody_takes_it_back(stores: Stores) -> None:
    delete(stores)
    assert stores.bin.give_up(OFFICE_ID)
    assert not stores.bin.give_up(OFFICE_ID)
    assert not stores.bin.give_up(ConnectionId("nowhere"))
    assert stores.bin.get(OFFICE_ID) is None
    assert [one.connection_id for one in stores.entries.unfinished_removals()] == [OFFICE_ID]
    with pytest.raises(EntryGone):
        stores.bin.take_back(OFFICE_ID, display_name="Head office", name_key="head office")
    stores.entries.finish_removal(OFFICE_ID)
    assert stores.entries.unfinished_removals() == ()


def test_time_is_over_by_the_clock_of_the_store(stores: Stores) -> None:
    delete(stores)
    week = timedelta(days=7)
    stores.clock.advance(week.total_seconds() - 60)
    assert stores.bin.kept_longer_than(week) == ()
    stores.clock.advance(61)
    assert stores.bin.kept_longer_than(week) == (OFFICE_ID,)
    assert stores.bin.kept_longer_than(timedelta(0)) == (OFFICE_ID,)
