"""A grant is marked to end with a deleted entry only while somebody still wishes it: decided by the store alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

import pytest

from hostspec.testing import FakeClock
from hostspec.value import ConnectionId
from tests.contracts.stores_under_test import DATABASES, database_under_test
from tests.contracts.test_entry_store_contract import NOW, entry, store_on
from tests.contracts.test_grant_store_contract import GRANT, RECORD
from xero_connections_plugin.gateways.records.bin_store import SqlBinStore
from xero_connections_plugin.gateways.records.grant_store import SqlGrantStore
from xero_connections_plugin.oauth.grant import GrantId, GrantRecord, GrantState
from xero_connections_plugin.oauth.grant_endings import Ended, EndingWish, GrantEndings

OFFICE = ConnectionId("id-Head office")


@dataclass(frozen=True)
class Stores:
    grants: SqlGrantStore
    bin: SqlBinStore
    clock: FakeClock
    asked_at: datetime

    def mark(self) -> bool:
        """Mark the grant as one that ends with the entry."""
        return self.grants.mark_ending(GRANT, EndingWish(OFFICE, self.asked_at))

    def state(self) -> GrantState:
        return self.grants.records([GRANT])[GRANT].state

    def sign_in_again(self) -> None:
        record = self.grants.records([GRANT])[GRANT]
        again = replace(record, generation=2, authorized_at=self.grants.now(), state=GrantState.ACTIVE)
        assert self.grants.supersede(again, b"sealed again", expected=record.generation)


@pytest.fixture(params=DATABASES)
def stores(request: pytest.FixtureRequest) -> Iterator[Stores]:
    """A store in which the only entry was deleted, and its sign-in was to end with it."""
    with database_under_test(request, request.param, NOW) as under_test:
        database = under_test.opened()
        grants, deleted = SqlGrantStore(database, under_test.presence()), SqlBinStore(database)
        assert grants.insert(RECORD, b"sealed-1")
        store_on(under_test).add(entry("Head office", sign_in=GRANT), name_key="head office")
        under_test.clock.advance(60)
        deleted.put(OFFICE, removed_by="Ada", choices=frozenset({"revoke"}))
        [wish] = deleted.wishes()
        yield Stores(grants, deleted, under_test.clock, wish.asked_at)


def test_what_is_wished_is_noted_again_and_again(stores: Stores) -> None:
    assert stores.mark()
    since = stores.grants.records([GRANT])[GRANT].ending_since
    stores.clock.advance(60)
    assert stores.mark()
    assert stores.state() is GrantState.ENDING
    assert stores.grants.records([GRANT])[GRANT].ending_since == since


def test_an_entry_that_was_taken_back_ends_nothing(stores: Stores) -> None:
    stores.bin.take_back(OFFICE, display_name="Head office", name_key="head office")
    assert not stores.mark()
    assert stores.state() is GrantState.ACTIVE


def test_an_entry_that_was_deleted_once_more_without_a_choice_ends_nothing(stores: Stores) -> None:
    stores.bin.take_back(OFFICE, display_name="Head office", name_key="head office")
    stores.bin.put(OFFICE, removed_by="Ada")
    assert not stores.mark()
    assert stores.state() is GrantState.ACTIVE


def test_what_is_on_its_way_out_ends_nothing(stores: Stores) -> None:
    stores.bin.give_up(OFFICE)
    assert not stores.mark()
    assert stores.state() is GrantState.ACTIVE


def test_what_is_settled_ends_nothing(stores: Stores) -> None:
    stores.bin.settle(OFFICE, asked_at=stores.asked_at)
    assert not stores.mark()
    assert stores.state() is GrantState.ACTIVE


def test_an_entry_that_was_deleted_once_more_with_another_choice_ends_nothing(stores: Stores) -> None:
    stores.bin.take_back(OFFICE, display_name="Head office", name_key="head office")
    stores.clock.advance(60)
    stores.bin.put(OFFICE, removed_by="Ada", choices=frozenset({"unlink"}))
    assert not stores.mark()
    assert stores.state() is GrantState.ACTIVE


def test_somebody_who_has_signed_in_since_keeps_that_sign_in(stores: Stores) -> None:
    stores.clock.advance(60)
    stores.sign_in_again()
    assert not stores.mark()
    assert stores.state() is GrantState.ACTIVE


def test_a_grant_that_is_gone_cannot_end(stores: Stores) -> None:
    stores.grants.forget(GRANT)
    assert not stores.mark()
    assert not stores.grants.mark_ending(GRANT)


class Untouched:
    """Who ends grants at the server; nobody asks it here."""

    def __init__(self, grants: SqlGrantStore) -> None:
        self._grants = grants
        self.asked: list[str] = []

    def record(self, grant_id: GrantId) -> GrantRecord | None:
        return self._grants.records([grant_id]).get(grant_id)

    def revoke(self, grant_id: GrantId, *, signed_in_at: datetime) -> bool:
        self.asked.append(f"revoke {grant_id}")
        return True

    def drop(self, grant_id: GrantId) -> None:
        self.asked.append(f"drop {grant_id}")


def test_what_was_not_noted_is_not_ended_either(stores: Stores) -> None:
    stores.bin.take_back(OFFICE, display_name="Head office", name_key="head office")
    server = Untouched(stores.grants)
    endings = GrantEndings(server, stores.grants, stores.clock)
    assert not endings.note(GRANT, EndingWish(OFFICE, stores.asked_at))
    assert endings.end(GRANT) is Ended.WANTED
    assert server.asked == []
    assert stores.state() is GrantState.ACTIVE
