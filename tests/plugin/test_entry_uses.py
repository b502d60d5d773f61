"""That an entry is used is noted once an hour, beside the session and never at its cost."""

from datetime import UTC, datetime, timedelta

import pytest

from hostspec.errors import StoreUnavailable
from hostspec.providers import Connection, SavedConnection
from hostspec.testing import FakeClock
from hostspec.testing.fake_tasks import FakeTasks, TaskMode
from hostspec.value import ConnectionId, TypeId
from tests.plugin.memory_entries import MemoryEntryStore
from xero_connections_plugin.connections.entry_uses import EntryUses

ID = ConnectionId("c-1")
MADE = datetime(2026, 1, 1, tzinfo=UTC)


class Entries(MemoryEntryStore):
    """A list whose writes can fail, and that counts them."""

    def __init__(self) -> None:
        super().__init__()
        self.problem: StoreUnavailable | None = None
        self.written: list[datetime] = []

    def note_use(self, connection_id: ConnectionId, used_at: datetime) -> None:
        if self.problem is not None:
            raise self.problem
        self.written.append(used_at)
        super().note_use(connection_id, used_at)


class Place:
    """An entry that is used."""

    def __init__(self) -> None:
        self.entries = Entries()
        self.clock = FakeClock()
        self.tasks = FakeTasks(TaskMode.INLINE)
        self.uses = EntryUses(self.entries, self.clock, self.tasks)
        entry = Connection(
            connection_id=ID,
            type_id=TypeId("xero"),
            display_name="Head office",
            saved=SavedConnection(settings={}),
            created_at=MADE,
            changed_at=MADE,
        )
        self.entries.add(entry, name_key="head office")

    def use(self) -> None:
        entry = self.entries.get(ID)
        assert entry is not None
        self.uses.note(entry)


@pytest.fixture
def place() -> Place:
    return Place()


def test_the_first_use_is_noted_at_once(place: Place) -> None:
    place.use()
    assert place.entries.written == [place.clock.now()]


def test_a_thousand_sessions_in_an_hour_are_noted_once(place: Place) -> None:
    for _ in range(1000):
        place.use()
        place.clock.advance(3)
    assert len(place.entries.written) == 1
    place.clock.advance(1000)
    place.use()
    assert len(place.entries.written) == 2


def test_a_burst_of_sessions_before_the_first_is_written_is_noted_once(place: Place) -> None:
    place.tasks.mode = TaskMode.HELD
    for _ in range(50):
        place.use()
    assert len(place.tasks.started) == 1
    assert place.tasks.run_held() == 1
    assert len(place.entries.written) == 1


def test_after_a_clock_was_set_back_uses_are_noted_again(place: Place) -> None:
    place.use()
    place.clock.jump_wall(-timedelta(days=30).total_seconds())
    place.use()
    assert place.entries.written[-1] == place.clock.now()


def test_a_full_disk_costs_the_note_and_nothing_else(place: Place) -> None:
    place.entries.problem = StoreUnavailable("The disk is full.", code="DISK_FULL")
    place.use()
    assert place.tasks.failures == []
    place.entries.problem = None
    place.use()
    assert len(place.entries.written) == 1
