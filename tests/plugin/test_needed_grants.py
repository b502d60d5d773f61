"""Who keeps a grant from being wiped: entries, deleted ones for a while, what waits for Xero, fresh sign-ins."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from hostspec.testing import FakeClock
from hostspec.value import ConnectionId
from tests.contracts.stores_under_test import DATABASES, database_under_test
from tests.contracts.test_entry_store_contract import NOW, entry, store_on
from tests.contracts.test_grant_store_contract import GRANT, RECORD, candidate
from tests.contracts.test_unlink_store_contract import WISH
from xero_connections_plugin.connections.entries import EntryStore
from xero_connections_plugin.gateways.records.bin_store import SqlBinStore
from xero_connections_plugin.gateways.records.grant_store import SqlGrantStore
from xero_connections_plugin.gateways.records.unlink_store import SqlUnlinkStore
from xero_connections_plugin.oauth.grant import GrantState, SignInCause

OFFICE = ConnectionId("id-Head office")


@dataclass(frozen=True)
class Stores:
    grants: SqlGrantStore
    entries: EntryStore
    bin: SqlBinStore
    unlinks: SqlUnlinkStore
    clock: FakeClock

    def has_grant(self) -> bool:
        return self.grants.read(GRANT) is not None

    def save(self, name: str = "Head office") -> None:
        self.entries.add(entry(name, sign_in=GRANT), name_key=name)

    def sign_in_again(self) -> None:
        """Somebody signs in as the same user; nobody has saved it yet."""
        stored = self.grants.read(GRANT)
        assert stored is not None
        generation = stored.record.generation
        again = replace(
            stored.record,
            generation=generation + 1,
            authorized_at=self.grants.now(),
            state=GrantState.ACTIVE,
            cause=None,
        )
        assert self.grants.supersede(again, b"sealed again", expected=generation)


@pytest.fixture(params=DATABASES)
def stores(request: pytest.FixtureRequest) -> Iterator[Stores]:
    with database_under_test(request, request.param, NOW) as under_test:
        database = under_test.opened()
        grants = SqlGrantStore(database, under_test.presence())
        assert grants.insert(RECORD, b"sealed-1")
        yield Stores(grants, store_on(under_test), SqlBinStore(database), SqlUnlinkStore(database), under_test.clock)


def test_a_deleted_entry_keeps_its_grant_as_long_as_it_can_be_taken_back(stores: Stores) -> None:
    stores.save()
    stores.bin.put(OFFICE, removed_by="Ada")
    assert stores.grants.forget_unbound([GRANT]) == 0
    stores.clock.advance(timedelta(days=2).total_seconds())
    assert stores.grants.forget_unbound([GRANT], before=stores.grants.now()) == 0
    stores.bin.give_up(OFFICE)
    assert stores.grants.forget_unbound([GRANT]) == 1
    assert not stores.has_grant()


def test_a_company_still_to_be_unlinked_keeps_the_grant_that_is_needed_for_it(stores: Stores) -> None:
    stores.unlinks.note(replace(WISH, grant_id=GRANT))
    assert stores.grants.forget_unbound([GRANT]) == 0
    stores.unlinks.settle(WISH.unlink_id)
    assert stores.grants.forget_unbound([GRANT]) == 1


def test_a_sign_in_made_since_the_entry_was_saved_is_left_alone_for_a_day(stores: Stores) -> None:
    stores.save()
    stores.clock.advance(60)
    stores.sign_in_again()
    stores.entries.begin_removal(OFFICE)
    assert stores.grants.forget_unbound([GRANT]) == 0
    stores.clock.advance(timedelta(hours=25).total_seconds())
    assert stores.grants.forget_unbound([GRANT]) == 1


def test_the_sign_in_that_the_entry_was_saved_with_goes_with_it(stores: Stores) -> None:
    stores.clock.advance(60)
    stores.sign_in_again()
    stores.save()
    stores.entries.begin_removal(OFFICE)
    assert stores.grants.forget_unbound([GRANT]) == 1


def test_a_grant_that_has_ended_is_wiped_where_only_deleted_entries_name_it(stores: Stores) -> None:
    stores.save()
    stores.bin.put(OFFICE, removed_by="Ada")
    stores.grants.mark_ending(GRANT)
    assert stores.grants.ending() == (GRANT,)
    assert stores.grants.close_ended(GRANT)
    assert not stores.has_grant()
    assert not stores.grants.close_ended(GRANT)


def test_a_grant_that_has_ended_stays_as_one_that_needs_sign_in_for_the_entries_that_name_it(stores: Stores) -> None:
    stores.save()
    stores.grants.mark_ending(GRANT)
    stores.grants.append_candidate(GRANT, candidate("an answer that nobody made current"))
    assert stores.grants.close_ended(GRANT)
    stored = stores.grants.read(GRANT)
    assert stored is not None
    assert (stored.record.state, stored.record.cause) == (GrantState.NEEDS_SIGN_IN, SignInCause.REVOKED)
    assert stored.candidates == ()
    assert stores.grants.ending() == ()


def test_somebody_who_signed_in_while_a_grant_was_ended_keeps_the_new_sign_in(stores: Stores) -> None:
    stores.grants.mark_ending(GRANT)
    stores.sign_in_again()
    assert not stores.grants.close_ended(GRANT)
    assert stores.has_grant()
