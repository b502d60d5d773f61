"""One provider's mistakes cost its own entries their state, never the list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import cast

import pytest

from hostspec.answers import Answers
from hostspec.connections import ConnectionStatus
from hostspec.errors import ProviderUnavailable
from hostspec.providers import (
    AddAct,
    Connection,
    ConnectionProvider,
    ConnectionSummary,
    ConnectionType,
    SavedConnection,
)
from hostspec.services import Hooks
from hostspec.ui import UserAct
from hostspec.value import ConnectionId, Tone, TypeId
from tests.plugin.memory_entries import MemoryEntryStore
from xero_connections_plugin.connections.connection_types import ConnectionTypes
from xero_connections_plugin.connections.entries import EntryQuery
from xero_connections_plugin.connections.listing import Listing

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)


class Forgetful:
    """A provider that says how its first entry stands, and then breaks its contract."""

    def __init__(self, error: Exception | None) -> None:
        self.error = error

    def summary(self, connections: Sequence[Connection]) -> Mapping[ConnectionId, ConnectionSummary]:
        if self.error is not None:
            raise self.error
        ready = ConnectionSummary(status=ConnectionStatus.READY, status_text="Ready", tone=Tone.GOOD)
        return {connections[0].connection_id: ready}


class OneType:
    def __init__(self, provider: Forgetful) -> None:
        self.found = ConnectionType(
            type_id=TypeId("ledger"),
            label="Ledger",
            order=1,
            provider=cast(ConnectionProvider, provider),
            add=AddAct(tab_id="connections", act=UserAct(action_id="add")),
        )

    def connection_types(self) -> Answers[ConnectionType]:
        return Answers((self.found,), ())


def listing(error: Exception | None) -> Listing:
    entries = MemoryEntryStore()
    for name in ("a", "b"):
        entry = Connection(
            connection_id=ConnectionId(name),
            type_id=TypeId("ledger"),
            display_name=name,
            saved=SavedConnection(settings={}, subtitle="Bakehouse"),
            created_at=NOW,
            changed_at=NOW,
        )
        entries.add(entry, name_key=name)
    return Listing(entries, ConnectionTypes(cast(Hooks, OneType(Forgetful(error)))))


@pytest.mark.parametrize("sort", ["name", "status"])
def test_an_entry_that_its_provider_forgot_is_listed_as_unknown(sort: str) -> None:
    page = listing(None).page(EntryQuery(sort=sort))
    assert [entry.summary.status_text for entry in page.entries] == ["Ready", "Unknown"]
    assert page.entries[1].summary.subtitle == "Bakehouse"


@pytest.mark.parametrize("error", [ProviderUnavailable("Nobody answers."), ZeroDivisionError("secret")])
def test_a_provider_that_raises_leaves_its_entries_listed(error: Exception) -> None:
    page = listing(error).page(EntryQuery())
    assert {entry.summary.status_text for entry in page.entries} == {"Unknown"}
    assert all(entry.summary.cause and "secret" not in entry.summary.cause for entry in page.entries)
