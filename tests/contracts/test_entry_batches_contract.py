"""What every store does with many entries at once, and with a new name: the fake and the databases alike."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Protocol

import pytest
from pydantic import SecretBytes

from hostspec.connections import ConnectionStatus
from hostspec.providers import Condition, Connection, ConnectionTest, SavedConnection
from hostspec.value import ConnectionId, TypeId
from tests.canaries import marked_bytes
from tests.contracts.stores_under_test import DATABASES, DatabaseUnderTest, database_under_test
from tests.contracts.test_entry_store_contract import NOW, entry
from tests.plugin.memory_batches import MemoryBatchStore
from xero_connections_plugin.connections.definition import name_key
from xero_connections_plugin.connections.entries import EntryChanged, EntryGone, EntryQuery, EntryStore, NameTaken
from xero_connections_plugin.connections.entry_changes import EntryNames, EntryPut, ManyEntries, PutOutcome
from xero_connections_plugin.gateways.keys.key_register import KeyRegister
from xero_connections_plugin.gateways.keys.key_sources import KeyFile
from xero_connections_plugin.gateways.keys.vault import Vault
from xero_connections_plugin.gateways.records.connection_store import ConnectionStore
from xero_connections_plugin.gateways.records.entry_batch_store import EntryBatchStore

LATER = NOW + timedelta(minutes=1)
FILE = "/etc/connections.json on Desk 1"


class Batches(ManyEntries, EntryNames, Protocol):
    """Both at once."""


class Stores:
    """The two faces of one list."""

    def __init__(self, entries: EntryStore, batches: Batches) -> None:
        self.entries = entries
        self.batches = batches


@pytest.fixture(params=["memory", *DATABASES])
def stores(request: pytest.FixtureRequest) -> Iterator[Stores]:
    if request.param == "memory":
        memory = MemoryBatchStore()
        yield Stores(memory, memory)
        return
    with database_under_test(request, request.param, NOW) as under_test:
        yield stores_on(under_test)


def stores_on(under_test: DatabaseUnderTest) -> Stores:
    database = under_test.opened()
    register = KeyRegister(database, under_test.presence())
    vault = Vault(KeyFile(under_test.folder / "data.key"), register, under_test.clock, random_bytes=marked_bytes)
    return Stores(ConnectionStore(database, vault), EntryBatchStore(database, vault))


def new(one: Connection) -> EntryPut:
    return EntryPut(connection=one, name_key=name_key(one.display_name))


def changed(seen: Connection, name: str = "", **values: object) -> EntryPut:
    after = seen.model_copy(
        update={"display_name": name or seen.display_name, "changed_at": LATER, "condition": None, **values}
    )
    return EntryPut(connection=after, name_key=name_key(after.display_name), seen=seen)


def kept(stores: Stores, one: Connection) -> Connection:
    found = stores.entries.get(one.connection_id)
    assert found is not None
    return found


def test_many_entries_are_kept_at_once(stores: Stores) -> None:
    some = [entry(f"Entry {number:04}", source=FILE) for number in range(1100)]
    assert set(stores.batches.put([new(one) for one in some])) == {PutOutcome.DONE}
    assert stores.entries.count(EntryQuery()) == 1100
    assert kept(stores, some[700]) == some[700]
    assert stores.batches.holders_of_names(["entry 0003", "nobody"]) == {"entry 0003": some[3].connection_id}
    assert len(stores.batches.many([one.connection_id for one in some])) == 1100


def test_what_cannot_be_kept_leaves_the_rest_alone(stores: Stores) -> None:
    head, shop = entry("Head office"), entry("Shop")
    assert stores.batches.put([new(head), new(shop)]) == (PutOutcome.DONE, PutOutcome.DONE)
    thief = entry("Other").model_copy(update={"display_name": "HEAD office"})
    again = head.model_copy(update={"display_name": "Something else", "changed_at": LATER})
    outdated = shop.model_copy(update={"changed_at": NOW - timedelta(days=1)})
    renamed = shop.model_copy(update={"display_name": "Seen before"})
    outcomes = stores.batches.put(
        [
            new(thief),
            new(again),
            changed(outdated, "X"),
            changed(renamed, "Y"),
            changed(entry("Gone")),
            new(entry("New")),
        ]
    )
    assert outcomes == (
        PutOutcome.NAME_TAKEN,
        PutOutcome.ID_TAKEN,
        PutOutcome.CHANGED,
        PutOutcome.CHANGED,
        PutOutcome.GONE,
        PutOutcome.DONE,
    )
    assert [one.display_name for one in stores.entries.find(EntryQuery())] == ["Head office", "New", "Shop"]


def test_the_id_of_an_entry_that_is_being_removed_is_not_free(stores: Stores) -> None:
    head = entry("Head office")
    stores.batches.put([new(head)])
    stores.entries.begin_removal(head.connection_id)
    assert stores.batches.put([new(head)]) == (PutOutcome.ID_TAKEN,)
    assert stores.batches.put([changed(head)]) == (PutOutcome.GONE,)


def test_a_name_given_up_in_the_same_crowd_is_free_for_the_next(stores: Stores) -> None:
    head, shop = entry("Head office"), entry("Shop")
    stores.batches.put([new(head), new(shop)])
    assert stores.batches.put([changed(head, "Main office"), changed(shop, "Head office")]) == (
        PutOutcome.DONE,
        PutOutcome.DONE,
    )
    twins = [new(entry("Twin")), new(entry("Twin 2").model_copy(update={"display_name": "twin"}))]
    assert stores.batches.put(twins) == (PutOutcome.DONE, PutOutcome.NAME_TAKEN)


def test_a_repeated_attempt_changes_nothing(stores: Stores) -> None:
    head = entry("Head office", "Bakehouse Ltd")
    again = changed(head, "Main office", source=FILE)
    for _ in range(2):
        assert stores.batches.put([new(head)]) == (PutOutcome.DONE,)
    for _ in range(2):
        assert stores.batches.put([again]) == (PutOutcome.DONE,)
    assert kept(stores, head) == again.connection


def test_new_values_clear_the_condition_and_keep_what_was_tested(stores: Stores) -> None:
    head = entry("Head office", sealed=b"first")
    stores.batches.put([new(head)])
    stores.entries.set_condition(
        head.connection_id, Condition(status=ConnectionStatus.ACCESS_WITHDRAWN, cause="Unlinked.", since=NOW)
    )
    saved = SavedConnection(settings={"new": 1}, subtitle="Bakehouse", sealed=SecretBytes(b"second"), sign_in="g1")
    assert stores.batches.put([changed(head, saved=saved)]) == (PutOutcome.DONE,)
    found = kept(stores, head)
    assert (found.condition, found.saved.settings, found.saved.sign_in) == (None, {"new": 1}, "g1")
    opened = stores.entries.get_opened(head.connection_id)
    assert opened is not None
    assert opened.saved.sealed == SecretBytes(b"second")


def test_entries_of_a_file_are_found_and_let_go(stores: Stores) -> None:
    mine, theirs, ordinary = entry("Mine", source=FILE), entry("Theirs", source="other"), entry("Ordinary")
    stores.batches.put([new(one) for one in (theirs, mine, ordinary)])
    assert stores.batches.configured() == (mine, theirs)
    stores.batches.release(FILE, [mine.connection_id, theirs.connection_id])
    assert [one.display_name for one in stores.batches.configured()] == ["Theirs"]
    assert kept(stores, mine).source == ""
    assert stores.entries.find(EntryQuery())[0].source == ""


def test_a_new_name_leaves_everything_else_as_it_is(stores: Stores) -> None:
    head = entry("Head office", sign_in="grant-1", sealed=b"secret of the entry")
    stores.batches.put([new(head)])
    condition = Condition(status=ConnectionStatus.ACCESS_WITHDRAWN, cause="Unlinked.", since=NOW)
    stores.entries.set_condition(head.connection_id, condition)
    test = ConnectionTest(tested_at=NOW, passed=True, text="Works.", milliseconds=3)
    stores.entries.set_test(head.connection_id, test)
    before = stores.entries.get_opened(head.connection_id)
    assert before is not None
    stores.batches.rename(head.connection_id, display_name="Zebra", name_key="zebra", seen_name="Head office")
    assert stores.entries.get_opened(head.connection_id) == before.model_copy(update={"display_name": "Zebra"})
    assert stores.entries.find(EntryQuery(search="zebra"))[0].display_name == "Zebra"
    assert stores.batches.holders_of_names(["zebra", "head office"]) == {"zebra": head.connection_id}


def test_a_long_list_shows_the_new_name(stores: Stores) -> None:
    some = [entry(f"Entry {number:04}") for number in range(300)]
    stores.batches.put([new(one) for one in some])
    assert stores.entries.find(EntryQuery())[5].display_name == "Entry 0005"
    stores.batches.rename(
        some[5].connection_id, display_name="entry 0005", name_key="entry 0005", seen_name="Entry 0005"
    )
    assert stores.entries.find(EntryQuery())[5].display_name == "entry 0005"


def test_of_two_who_rename_one_entry_the_second_is_told(stores: Stores) -> None:
    head = entry("Head office")
    stores.batches.put([new(head)])
    one = head.connection_id
    stores.batches.rename(one, display_name="First", name_key="first", seen_name="Head office")
    stores.batches.rename(one, display_name="First", name_key="first", seen_name="Head office")
    with pytest.raises(EntryChanged):
        stores.batches.rename(one, display_name="Second", name_key="second", seen_name="Head office")
    assert kept(stores, head).display_name == "First"


def test_a_taken_name_and_a_removed_entry_are_told(stores: Stores) -> None:
    head, shop = entry("Head office"), entry("Shop")
    stores.batches.put([new(head), new(shop)])
    with pytest.raises(NameTaken):
        stores.batches.rename(shop.connection_id, display_name="HEAD", name_key="head office", seen_name="Shop")
    stores.entries.begin_removal(shop.connection_id)
    with pytest.raises(EntryGone):
        stores.batches.rename(shop.connection_id, display_name="X", name_key="x", seen_name="Shop")
    with pytest.raises(EntryGone):
        stores.batches.rename(ConnectionId("nowhere"), display_name="X", name_key="x", seen_name="Shop")


def test_an_edit_keeps_the_name_that_somebody_gave_meanwhile(stores: Stores) -> None:
    head = entry("Head office")
    stores.batches.put([new(head)])
    stores.batches.rename(head.connection_id, display_name="Main", name_key="main", seen_name="Head office")
    save(stores, head, "Head office")
    assert kept(stores, head).display_name == "Main"
    assert kept(stores, head).saved.settings == {"new": 1}
    assert stores.batches.holders_of_names(["main", "head office"]) == {"main": head.connection_id}


def test_an_edit_that_renames_as_well_is_told_about_the_other_name(stores: Stores) -> None:
    head = entry("Head office")
    stores.batches.put([new(head)])
    stores.batches.rename(head.connection_id, display_name="Main", name_key="main", seen_name="Head office")
    with pytest.raises(EntryChanged):
        save(stores, head, "Something else")
    assert kept(stores, head).saved.settings == head.saved.settings


def save(stores: Stores, seen: Connection, name: str) -> None:
    stores.entries.replace(
        seen.connection_id,
        display_name=name,
        name_key=name_key(name),
        saved=SavedConnection(settings={"new": 1}),
        changed_at=LATER,
        seen_changed_at=seen.changed_at,
        seen_name=seen.display_name,
    )


def test_types_do_not_matter(stores: Stores) -> None:
    other = entry("Other").model_copy(update={"type_id": TypeId("mailbox")})
    assert stores.batches.put([new(other)]) == (PutOutcome.DONE,)
    assert kept(stores, other).type_id == "mailbox"


@pytest.mark.parametrize("name", DATABASES)
def test_of_many_who_put_the_same_entries_at_once_each_is_kept_once(request: pytest.FixtureRequest, name: str) -> None:
    with database_under_test(request, name, NOW) as under_test:
        crowd = [stores_on(under_test) for _ in range(4)]
        crowd[0].entries.count(EntryQuery())
        some = [entry(f"Entry {number:03}") for number in range(50)]
        mine = [[one.model_copy(update={"created_at": NOW + timedelta(seconds=n)}) for one in some] for n in range(4)]
        later = [
            [one.model_copy(update={"changed_at": NOW + timedelta(seconds=n)}) for one in entries]
            for n, entries in enumerate(mine)
        ]
        with ThreadPoolExecutor(len(crowd)) as threads:
            outcomes = list(
                threads.map(
                    lambda pair: pair[0].batches.put([new(one) for one in pair[1]]), zip(crowd, later, strict=True)
                )
            )
        assert crowd[0].entries.count(EntryQuery()) == 50
        assert sorted(outcomes.count((outcome,) * 50) for outcome in (PutOutcome.DONE, PutOutcome.ID_TAKEN)) == [1, 3]
