"""An open session ends with its entry, and outlives a store that cannot be asked."""

from __future__ import annotations

import pytest

from hostspec.errors import ConnectionNotFound, StoreUnavailable
from hostspec.providers import Connection
from hostspec.testing import FakeClock
from hostspec.value import ConnectionId
from tests.contracts.test_entry_store_contract import NOW, entry
from xero_connections_plugin.connections.entry_presence import PATIENCE_SECONDS, EntryPresence

OFFICE = entry("Head office")


class List:
    """A list that may be out of reach."""

    def __init__(self) -> None:
        self.there: Connection | None = OFFICE
        self.is_away = False
        self.said = "Ada deleted it."
        self.asked = 0

    def find(self, connection_id: ConnectionId) -> Connection | None:
        assert connection_id == OFFICE.connection_id
        self.asked += 1
        if self.is_away:
            raise StoreUnavailable("The database does not answer.", code="STORE_UNREACHABLE")
        return self.there

    def why_gone(self, connection_id: ConnectionId) -> str:
        return self.said


@pytest.mark.parametrize("said", ["Ada deleted it.", ""])
def test_an_entry_that_is_gone_ends_its_sessions_with_the_reason(said: str) -> None:
    entries = List()
    presence = EntryPresence(entries.find, entries.why_gone, FakeClock(NOW))
    presence.require(OFFICE)
    entries.there, entries.said = None, said
    with pytest.raises(ConnectionNotFound) as gone:
        presence.require(OFFICE)
    assert str(gone.value) == (said or "Head office was deleted. Nothing was sent. Choose another connection.")


def test_a_store_that_is_away_ends_no_session_and_is_not_asked_at_every_call() -> None:
    entries, clock = List(), FakeClock(NOW)
    presence = EntryPresence(entries.find, entries.why_gone, clock)
    entries.is_away = True
    for _ in range(3):
        presence.require(OFFICE)
    assert entries.asked == 1
    entries.is_away, entries.there = False, None
    clock.advance(PATIENCE_SECONDS - 1)
    presence.require(OFFICE)
    clock.advance(1)
    with pytest.raises(ConnectionNotFound):
        presence.require(OFFICE)
