"""A long list that is remembered never shows what is no longer so, whichever process changed it."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import JsonValue

from hostspec.connections import ConnectionStatus
from hostspec.providers import Condition, Connection, SavedConnection
from hostspec.testing import FakeClock
from hostspec.value import ConnectionId, TypeId
from tests.plugin.key_doubles import KeysInMemory
from xero_connections_plugin.connections.entries import EntryQuery
from xero_connections_plugin.gateways.keys.key_register import KeyRegister
from xero_connections_plugin.gateways.keys.vault import Vault
from xero_connections_plugin.gateways.records.connection_store import ConnectionStore
from xero_connections_plugin.gateways.store.database import Database
from xero_connections_plugin.gateways.store.machine_presence import MachinePresence

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
ONE, TWO = ConnectionId("one"), ConnectionId("two")


def entry(connection_id: ConnectionId, name: str) -> Connection:
    return Connection(
        connection_id=connection_id,
        type_id=TypeId("xero"),
        display_name=name,
        saved=SavedConnection(settings={"client_id": "c" * 32}, subtitle="Company"),
        created_at=NOW,
        changed_at=NOW,
    )


def store_in(folder: Path) -> ConnectionStore:
    """The store as one process has it."""
    clock = FakeClock(NOW)
    database = Database(folder, clock)
    register = KeyRegister(database, MachinePresence(folder))
    return ConnectionStore(database, Vault(KeysInMemory(), register, clock, random_bytes=secrets.token_bytes))


@pytest.fixture
def here(tmp_path: Path) -> ConnectionStore:
    """A process that has read the whole list once."""
    store = store_in(tmp_path)
    store.add(entry(ONE, "Alpha"), name_key="alpha")
    store.add(entry(TWO, "Beta"), name_key="beta")
    assert names(store) == ["Alpha", "Beta"]
    return store


@pytest.fixture
def other(tmp_path: Path, here: ConnectionStore) -> ConnectionStore:
    return store_in(tmp_path)


def names(store: ConnectionStore) -> list[str]:
    return [one.display_name for one in store.find(EntryQuery())]


def test_an_unchanged_list_is_not_taken_apart_again(here: ConnectionStore) -> None:
    first, second = here.find(EntryQuery()), here.find(EntryQuery(descending=True))
    assert second == first[::-1]
    assert all(one is other for one, other in zip(first, second[::-1], strict=True))


def test_what_another_process_saved_is_seen(here: ConnectionStore, other: ConnectionStore) -> None:
    other.replace(
        ONE,
        display_name="Zeta",
        name_key="zeta",
        saved=SavedConnection(settings={"client_id": "d" * 32}, subtitle="Other"),
        changed_at=NOW + timedelta(microseconds=1),
        seen_changed_at=NOW,
    )
    assert names(here) == ["Beta", "Zeta"]
    assert here.find(EntryQuery()) == tuple(one for name in (TWO, ONE) if (one := other.get(name)))


def test_what_another_process_found_out_is_seen(here: ConnectionStore, other: ConnectionStore) -> None:
    for cause in ("first", "second"):
        other.set_condition(ONE, Condition(status=ConnectionStatus.SCOPE_MISSING, cause=cause, since=NOW))
        condition = here.find(EntryQuery())[0].condition
        assert condition is not None
        assert condition.cause == cause
    other.set_condition(ONE, None)
    assert here.find(EntryQuery())[0].condition is None


def test_what_another_process_added_or_removed_is_seen(here: ConnectionStore, other: ConnectionStore) -> None:
    other.add(entry(ConnectionId("three"), "Gamma"), name_key="gamma")
    assert names(here) == ["Alpha", "Beta", "Gamma"]
    other.begin_removal(ONE)
    assert names(here) == ["Beta", "Gamma"]
    other.finish_removal(ONE)
    assert names(here) == ["Beta", "Gamma"]


def test_a_search_finds_the_same_in_a_remembered_list(here: ConnectionStore, other: ConnectionStore) -> None:
    query = EntryQuery(search="alp")
    assert here.find(query) == other.find(query) == (entry(ONE, "Alpha"),)


def test_remembered_entries_have_what_is_the_same_in_them_only_once(here: ConnectionStore) -> None:
    alpha, beta = here.find(EntryQuery())
    assert alpha.saved.settings["client_id"] is beta.saved.settings["client_id"]
    assert next(iter(alpha.saved.settings)) is next(iter(beta.saved.settings))
    assert alpha.model_fields_set is beta.model_fields_set
    assert alpha.changed_at is alpha.created_at
    assert (alpha, beta) == here.many([ONE, TWO])


def test_a_long_list_is_remembered_in_half_of_the_memory(here: ConnectionStore) -> None:
    settings: dict[str, JsonValue] = {f"setting_{number}": number for number in range(15)}
    for number in range(300):
        long = entry(ConnectionId(f"long-{number:03}"), f"Long {number:03}")
        saved = long.saved.model_copy(update={"settings": settings})
        here.add(long.model_copy(update={"saved": saved}), name_key=f"long {number:03}")
    here.find(EntryQuery())
    remembered = here.find(EntryQuery(search="long"))
    read = here.many([one.connection_id for one in remembered])
    assert remembered == read
    # Only the last are as small as they get: the interpreter sees from the first ones what they have in common.
    assert _dictionaries(remembered[100:]) < _dictionaries(read[100:]) / 2


def _dictionaries(entries: Sequence[Connection]) -> int:
    """Bytes."""
    return sum(sys.getsizeof(kept) for one in entries for kept in (vars(one), vars(one.saved), one.saved.settings))


def test_settings_under_names_of_the_language_are_remembered_too(here: ConnectionStore) -> None:
    odd: dict[str, JsonValue] = {"__class__": "first", "__dict__": {}, "": None, "client_id": "c"}
    three = entry(ConnectionId("three"), "Gamma")
    here.add(three.model_copy(update={"saved": SavedConnection(settings=odd)}), name_key="gamma")
    found = here.find(EntryQuery())[-1]
    assert found.saved.settings == odd
    assert list(found.saved.settings) == list(odd)


def test_a_change_of_one_entry_taken_from_the_list_changes_no_other(here: ConnectionStore) -> None:
    alpha, beta = here.find(EntryQuery())
    settings = {**alpha.saved.settings, "client_id": "d" * 32, "more": True}
    changed = alpha.model_copy(update={"saved": alpha.saved.model_copy(update={"settings": settings})})
    assert changed.saved.settings["client_id"] == "d" * 32
    assert (alpha, beta) == here.many([ONE, TWO])
    assert Connection.model_validate(alpha.model_dump()) == alpha
