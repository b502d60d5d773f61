"""The number on the tab is counted beside the user, is right at the next look, and costs nothing to ask for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

import pytest

from hostspec.answers import Answers
from hostspec.connections import ConnectionStatus
from hostspec.errors import StoreUnavailable
from hostspec.providers import AddAct, Connection, ConnectionProvider, ConnectionSummary, ConnectionType
from hostspec.services import Hooks
from hostspec.testing import FakeClock, FakeTasks, TaskMode
from hostspec.ui import UserAct
from hostspec.value import ConnectionId, Tone, TypeId
from tests.plugin.memory_entries import MemoryEntryStore
from tests.plugin.test_health import ENTRY
from xero_connections_plugin.connections.attention import FEW, FRESH_SECONDS, Attention
from xero_connections_plugin.connections.connection_types import ConnectionTypes
from xero_connections_plugin.connections.entries import EntryQuery
from xero_connections_plugin.connections.listing import Listing


class Tones:
    """A provider whose entries are in the tone that a test says."""

    def __init__(self) -> None:
        self.by_id: dict[str, Tone] = {}
        self.asked = 0

    def summary(self, connections: Sequence[Connection]) -> Mapping[ConnectionId, ConnectionSummary]:
        self.asked += len(connections)
        return {
            one.connection_id: ConnectionSummary(
                status=ConnectionStatus.READY, status_text="?", tone=self.by_id.get(one.connection_id, Tone.GOOD)
            )
            for one in connections
        }


class OneType:
    def __init__(self, provider: Tones) -> None:
        self.found = ConnectionType(
            type_id=TypeId("xero"),
            label="Xero",
            order=1,
            provider=cast(ConnectionProvider, provider),
            add=AddAct(tab_id="connections", act=UserAct(action_id="add")),
        )

    def connection_types(self) -> Answers[ConnectionType]:
        return Answers((self.found,), ())


class FailingStore(MemoryEntryStore):
    fails = False

    def find(self, query: EntryQuery) -> tuple[Connection, ...]:
        if self.fails:
            raise StoreUnavailable("Busy.")
        return super().find(query)


class Counting:
    def __init__(self, entries: int) -> None:
        self.clock = FakeClock()
        self.tasks = FakeTasks(TaskMode.HELD)
        self.store = FailingStore()
        self.tones = Tones()
        self.told = 0
        for number in range(entries):
            one = ENTRY.model_copy(update={"connection_id": ConnectionId(f"c{number}"), "display_name": f"c{number}"})
            self.store.add(one, name_key=one.display_name)
        listing = Listing(self.store, ConnectionTypes(cast(Hooks, OneType(self.tones))))
        self.attention = Attention(listing, self.tasks, self.clock, self._changed)

    def _changed(self) -> None:
        self.told += 1


def test_asking_for_the_number_starts_one_count_beside_and_tells_when_it_is_another() -> None:
    counting = Counting(3)
    counting.tones.by_id = {"c0": Tone.BAD, "c1": Tone.WARNING, "c2": Tone.WAITING}
    assert [counting.attention.count() for _ in range(5)] == [0] * 5
    assert counting.tasks.run_held() == 1
    assert counting.attention.count() == 2
    assert counting.told == 1
    counting.clock.advance(FRESH_SECONDS)
    assert counting.attention.count() == 2
    counting.tasks.run_held()
    assert counting.told == 1, "nothing new"


@pytest.mark.parametrize(
    ("tone", "count"), [(Tone.BAD, 1), (Tone.WARNING, 1), (Tone.WAITING, 0), (Tone.NEUTRAL, 0), (Tone.GOOD, 0)]
)
def test_only_what_somebody_has_to_mend_is_counted(tone: Tone, count: int) -> None:
    counting = Counting(1)
    counting.tones.by_id = {"c0": tone}
    standing = counting.attention.look()
    assert len(standing.attention) == count
    assert len(standing.ready) == (tone is Tone.GOOD)


def test_a_short_list_is_counted_at_once_for_whoever_looks() -> None:
    counting = Counting(FEW)
    assert counting.attention.look().attention == frozenset()
    counting.tones.by_id = {"c7": Tone.BAD}
    assert counting.attention.look().attention == frozenset(), "fresh enough"
    counting.clock.advance(FRESH_SECONDS)
    assert counting.attention.look().attention == {"c7"}
    counting.tones.by_id = {}
    counting.attention.invalidate()
    assert counting.attention.look().attention == frozenset()
    assert counting.tasks.run_held() == 0


def test_a_long_list_is_counted_beside_unless_something_hangs_on_it() -> None:
    counting = Counting(FEW + 1)
    counting.tones.by_id = {"c7": Tone.BAD}
    assert counting.attention.look().attention == frozenset()
    assert counting.tones.asked == 0
    counting.tasks.run_held()
    assert counting.attention.look().attention == {"c7"}
    assert counting.told == 1
    fresh = Counting(FEW + 1)
    fresh.tones.by_id = {"c7": Tone.BAD}
    assert fresh.attention.look(exactly=True).attention == {"c7"}


def test_what_changes_while_it_is_counted_is_counted_again() -> None:
    counting = Counting(2)
    counting.attention.count()
    real = counting.tones.summary

    def changing(connections: Sequence[Connection]) -> Mapping[ConnectionId, ConnectionSummary]:
        found = real(connections)
        counting.tones.by_id = {"c0": Tone.BAD}
        counting.attention.invalidate()
        return found

    counting.tones.summary = changing  # type: ignore[method-assign]  # a change in the middle of a count
    counting.tasks.run_held()
    counting.tones.summary = real  # type: ignore[method-assign]  # as before
    assert counting.attention.count() == 0
    assert counting.tasks.run_held() == 1
    assert counting.attention.count() == 1


def test_a_store_in_trouble_keeps_the_last_count_and_is_asked_again_later() -> None:
    counting = Counting(1)
    counting.tones.by_id = {"c0": Tone.BAD}
    counting.attention.look()
    counting.store.fails = True
    counting.attention.invalidate()
    assert counting.attention.count() == 1
    counting.tasks.run_held()
    assert (counting.attention.count(), counting.tasks.failures) == (1, [])
    assert counting.tasks.run_held() == 0
    counting.store.fails = False
    counting.tones.by_id = {}
    counting.clock.advance(FRESH_SECONDS)
    counting.attention.count()
    counting.tasks.run_held()
    assert counting.attention.count() == 0


def test_a_count_that_was_begun_before_a_change_does_not_replace_one_that_knows_it() -> None:
    counting = Counting(2)
    counting.attention.count()
    real = counting.tones.summary

    def overtaken(connections: Sequence[Connection]) -> Mapping[ConnectionId, ConnectionSummary]:
        found = real(connections)
        counting.tones.summary = real  # type: ignore[method-assign]  # from now on nobody is overtaken
        counting.tones.by_id = {"c0": Tone.BAD}
        counting.attention.invalidate()
        assert counting.attention.look().attention == {"c0"}
        return found

    counting.tones.summary = overtaken  # type: ignore[method-assign]  # somebody looks while this count reads
    counting.tasks.run_held()
    assert counting.attention.count() == 1
