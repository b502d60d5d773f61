"""What other hosts of an installation need is read back as they published it, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from hostspec.usages import CONNECTION_KIND, Subject, Usage
from hostspec.value import ConnectionId
from tests.contracts.stores_under_test import DATABASES, database_under_test
from tests.contracts.test_entry_store_contract import store_on
from xero_connections_plugin.connections.needs import Need
from xero_connections_plugin.gateways.records.connection_store import ConnectionStore
from xero_connections_plugin.gateways.records.published_needs import SqlPublishedNeeds

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)


@pytest.fixture(params=DATABASES)
def stores(request: pytest.FixtureRequest) -> Iterator[tuple[ConnectionStore, SqlPublishedNeeds]]:
    with database_under_test(request, request.param, NOW) as under_test:
        yield store_on(under_test), SqlPublishedNeeds(under_test.opened())


def usage(profile: str, *needs: str, kind: str = CONNECTION_KIND, enabled: bool = True) -> Usage:
    subject = Subject(kind=kind, subject_id="office")
    return Usage(usage_id=profile, subject=subject, profile=profile, step="To Xero", enabled=enabled, needs=needs)


def test_needs_of_other_hosts_come_back_with_their_names(stores: tuple[ConnectionStore, SqlPublishedNeeds]) -> None:
    entries, needs = stores
    told = (
        usage("Invoices", "files", "accounting.contacts"),
        usage("Letters"),
        usage("Old", "files", enabled=False),
        usage("Archive", "space", kind="storage_location"),
    )
    entries.publish_usages(host_id="b", host_name="Workstation 2", usages=told, seen_at=NOW)
    entries.publish_usages(host_id="a", host_name="Workstation 1", usages=(usage("Mine", "files"),), seen_at=NOW)
    assert needs.of_others("a") == (
        Need(
            connection_id=ConnectionId("office"),
            profile="Invoices",
            host="Workstation 2",
            needs=("files", "accounting.contacts"),
        ),
    )
    assert [need.profile for need in needs.of_others("c")] == ["Mine", "Invoices"]
    entries.publish_usages(host_id="b", host_name="Workstation 2", usages=(), seen_at=NOW)
    assert needs.of_others("a") == ()
