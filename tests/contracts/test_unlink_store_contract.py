"""What every store of companies to unlink does: the fake in memory and the database, held to the same sentences."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from hostspec.testing import FakeClock
from tests.contracts.stores_under_test import DATABASES, database_under_test
from tests.contracts.test_entry_store_contract import NOW
from tests.plugin.memory_unlinks import MemoryUnlinkStore
from xero_connections_plugin.gateways.records.unlink_store import SqlUnlinkStore
from xero_connections_plugin.oauth.grant import GrantId
from xero_connections_plugin.xero.late_unlinks import LateUnlink, UnlinkStore

WISH = LateUnlink(
    unlink_id="entry-1",
    grant_id=GrantId("grant"),
    tenant_id="tenant",
    tenant_name="Bäckerei „Süd“",
    asked_by="Ada Admin",
    asked_at=NOW,
)
EARLIER = replace(WISH, unlink_id="entry-2", asked_at=NOW - timedelta(microseconds=1))


@pytest.fixture(params=["memory", *DATABASES])
def store(request: pytest.FixtureRequest) -> Iterator[UnlinkStore]:
    if request.param == "memory":
        yield MemoryUnlinkStore(FakeClock(NOW))
        return
    with database_under_test(request, request.param, NOW) as under_test:
        yield SqlUnlinkStore(under_test.opened())


def test_wishes_come_back_as_they_were_noted_oldest_first(store: UnlinkStore) -> None:
    store.note(WISH)
    store.note(EARLIER)
    assert store.waiting() == (EARLIER, WISH)


def test_the_same_wish_again_changes_nothing(store: UnlinkStore) -> None:
    store.note(WISH)
    store.note_problem(WISH.unlink_id, "Xero is down.")
    store.note(replace(WISH, tenant_name="another"))
    assert store.waiting() == (replace(WISH, problem="Xero is down."),)


def test_what_is_settled_is_settled_by_one_only(store: UnlinkStore) -> None:
    store.note(WISH)
    assert store.settle(WISH.unlink_id)
    assert not store.settle(WISH.unlink_id)
    store.note_problem(WISH.unlink_id, "too late")
    assert store.waiting() == ()


def test_the_time_is_that_of_the_store(store: UnlinkStore) -> None:
    assert timedelta(0) <= store.now() - NOW < timedelta(minutes=1)
