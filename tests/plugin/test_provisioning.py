"""The list is kept as a file says, for a type that is not Xero: what is told, what is left alone, who goes first."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

import pytest

from hostspec.connections import ChangeKind, ConnectionsChange
from hostspec.errors import StoreUnavailable
from hostspec.messages import Notification
from hostspec.providers import Connection, SavedConnection
from hostspec.testing import FakeClock, FakeTasks
from hostspec.testing.fake_clock import START
from hostspec.value import ConnectionId
from tests.plugin.mailbox_type import MAILBOX, UNMOVABLE, mailbox_types
from tests.plugin.memory_batches import MemoryBatchStore
from tests.plugin.memory_history import MemoryHistoryStore
from tests.plugin.memory_notices import MemoryNoticeStore
from xero_connections_plugin.connections.definition import name_key
from xero_connections_plugin.connections.entry_changes import EntryPut, PutOutcome
from xero_connections_plugin.connections.entry_file import FileRefused
from xero_connections_plugin.connections.history import EventKind, History, HistoryQuery
from xero_connections_plugin.connections.notices import Notices
from xero_connections_plugin.connections.provisioning import MOST_TOLD, Provisioning

PLACE = "/etc/entries.json"


class Paper:
    """An ``EntrySource`` that a test writes on."""

    def __init__(self, place: str = PLACE) -> None:
        self.place = place
        self.content: str | None = None
        self.reads = 0

    def write(self, *entries: dict[str, object]) -> None:
        self.content = json.dumps({"format": "xero-connections", "version": 1, "connections": entries})

    def text(self) -> str:
        self.reads += 1
        if self.content is None:
            raise FileRefused("It cannot be read.")
        return self.content


class HurriedStore(MemoryBatchStore):
    """A list in which somebody else does something just before the next change."""

    def __init__(self) -> None:
        super().__init__()
        self.before_put: Callable[[], None] | None = None
        self.puts = 0
        self.trouble: StoreUnavailable | None = None

    def put(self, puts: Sequence[EntryPut]) -> tuple[PutOutcome, ...]:
        self.puts += len(puts)
        hurry, self.before_put = self.before_put, None
        if hurry is not None:
            hurry()
        if self.trouble is not None:
            raise self.trouble
        return super().put(puts)


class Desk:
    """One host with its file, on a list that others may share."""

    def __init__(
        self, store: HurriedStore, notices: MemoryNoticeStore, name: str = "Desk 1", place: str = PLACE
    ) -> None:
        self.store = store
        self.file = Paper(place)
        self.changes: list[ConnectionsChange] = []
        self.notices: list[Notification] = []
        self.drawn = 0
        clock = FakeClock()
        tasks = FakeTasks()
        self.events = MemoryHistoryStore()
        self.tasks = tasks
        ids = iter(f"{name}-{number}" for number in range(100_000))
        self.provisioning = Provisioning(
            self.file,
            name,
            store=store,
            types=mailbox_types(),
            clock=clock,
            announce=self.changes.append,
            changed=self._draw,
            history=History(self.events, clock, tasks, name, lambda: next(ids)),
            notices=Notices(notices, host_id=name, notify=self.notices.append, clock=clock),
        )

    def _draw(self) -> None:
        self.drawn += 1

    def look(self, *entries: dict[str, object]) -> str:
        """Write the file, if anything is given, and look at it; answers the problem."""
        if entries:
            self.file.write(*entries)
        self.provisioning.sync()
        return self.provisioning.problem

    def names(self) -> dict[str, str]:
        return {one.display_name: one.source for one in self.store.configured()}


@pytest.fixture
def desk() -> Desk:
    return Desk(HurriedStore(), MemoryNoticeStore())


def entry(entry_id: str, name: str, address: str = "a@example.org", kind: str = MAILBOX) -> dict[str, object]:
    return {"id": entry_id, "type": kind, "name": name, "settings": {"address": address}}


def ordinary(desk: Desk, entry_id: str, name: str, address: str = "a@example.org", source: str = "") -> Connection:
    one = Connection(
        connection_id=ConnectionId(entry_id),
        type_id=MAILBOX,
        display_name=name,
        saved=SavedConnection(settings={"address": address}, subtitle=address),
        created_at=START,
        changed_at=START,
        source=source,
    )
    desk.store.add(one, name_key=name_key(name))
    return one


def test_a_host_without_a_file_does_nothing() -> None:
    store, notices = HurriedStore(), MemoryNoticeStore()
    desk = Desk(store, notices)
    ordinary(desk, "one", "One", source="/etc/entries.json on Desk 1")
    clock = FakeClock()
    history = History(desk.events, clock, desk.tasks, "Desk 1", lambda: "x")
    provisioning = Provisioning(
        None,
        "Desk 1",
        store=store,
        types=mailbox_types(),
        clock=clock,
        announce=desk.changes.append,
        changed=lambda: None,
        history=history,
        notices=Notices(notices, host_id="x", notify=desk.notices.append, clock=clock),
    )
    provisioning.sync()
    assert (provisioning.label, provisioning.problem) == ("", "")
    assert desk.names() == {"One": "/etc/entries.json on Desk 1"}


def test_an_unchanged_file_is_read_and_nothing_is_written(desk: Desk) -> None:
    desk.look(entry("one", "One"))
    assert desk.names() == {"One": "/etc/entries.json on Desk 1"}
    written = desk.store.puts
    for _ in range(3):
        assert desk.look() == ""
    assert desk.file.reads == 4
    assert desk.store.puts == written == 1
    assert [change.kind for change in desk.changes] == [ChangeKind.ADDED]


def test_a_restarted_host_writes_nothing_either(desk: Desk) -> None:
    desk.look(entry("one", "One"))
    again = Desk(desk.store, MemoryNoticeStore())
    again.look(entry("one", "One"))
    assert desk.store.puts == 1
    assert again.changes == []


def test_of_two_hosts_with_one_file_the_quicker_one_adds_and_the_other_agrees(desk: Desk) -> None:
    other = Desk(desk.store, MemoryNoticeStore(), "Desk 2")
    desk.file.write(entry("one", "One"))
    other.file.write(entry("one", "One"))
    desk.store.before_put = other.provisioning.sync
    assert desk.look() == ""
    assert desk.names() == {"One": "/etc/entries.json on Desk 2"}
    assert desk.changes == []


def test_what_somebody_saved_at_the_same_moment_is_looked_at_once_more(desk: Desk) -> None:
    desk.look(entry("one", "One"))

    def rename() -> None:
        desk.store.rename(ConnectionId("one"), display_name="Other", name_key="other", seen_name="One")

    desk.store.before_put = rename
    assert desk.look(entry("one", "One", "b@example.org")) == ""
    assert desk.names() == {"One": "/etc/entries.json on Desk 1"}
    assert desk.store.many([ConnectionId("one")])[0].saved.settings == {"address": "b@example.org"}


def test_another_hosts_entry_is_left_alone_and_told_at_the_second_look(desk: Desk) -> None:
    other = Desk(desk.store, MemoryNoticeStore(), "Desk 2")
    other.look(entry("one", "One"))
    assert desk.look(entry("one", "One", "b@example.org")) == ""
    said = desk.look()
    assert "configured in /etc/entries.json on Desk 2 too, with other values" in said
    for _ in range(3):
        assert desk.look() == said
    assert len(desk.notices) == 1
    assert desk.store.many([ConnectionId("one")])[0].saved.settings == {"address": "a@example.org"}
    other.look(entry("one", "One", "b@example.org"))
    assert desk.look() == ""
    assert desk.changes == []


def test_a_file_that_was_moved_on_one_host_goes_on(desk: Desk) -> None:
    desk.look(entry("one", "One"))
    moved = Desk(desk.store, MemoryNoticeStore(), place="/srv/new.json")
    assert moved.look(entry("one", "One")) == ""
    assert moved.names() == {"One": "/srv/new.json on Desk 1"}


def test_an_ordinary_entry_is_taken_over_and_let_go_again(desk: Desk) -> None:
    ordinary(desk, "one", "One")
    desk.look(entry("one", "One"))
    assert desk.names() == {"One": "/etc/entries.json on Desk 1"}
    desk.file.write()
    desk.look()
    assert desk.names() == {}
    assert desk.store.many([ConnectionId("one")])[0].display_name == "One"
    assert [note.text for note in desk.notices] == [
        "One: no longer in /etc/entries.json. They are kept, and can be changed here from now on."
    ]


def test_a_broken_file_changes_nothing_and_is_told_once_until_it_breaks_anew(desk: Desk) -> None:
    desk.look(entry("one", "One"))
    for _ in range(3):
        desk.file.content = "{"
        assert "line 1, column 2" in desk.look()
    assert desk.names() == {"One": "/etc/entries.json on Desk 1"}
    assert len(desk.notices) == 1
    assert desk.drawn == 1
    assert desk.look(entry("one", "One")) == ""
    desk.file.content = None
    assert "cannot be read" in desk.look()
    desk.file.content = "{"
    desk.look()
    assert len(desk.notices) == 3


def test_every_entry_that_cannot_be_taken_over_is_counted_and_the_first_is_named(desk: Desk) -> None:
    ordinary(desk, "mine", "Taken")
    said = desk.look(
        entry("one", "TAKEN"),
        entry("two", "Good"),
        entry("three", "Fault", "fault"),
        entry("four", "Kind", kind=UNMOVABLE),
        entry("mine2", "Unknown", kind="unknown"),
    )
    assert "was not taken over" in said
    assert "3 more have problems" in said
    assert len(said) <= 300 + len(" 3 more have problems.")
    assert desk.names() == {"Good": "/etc/entries.json on Desk 1"}


def test_a_wrong_entry_is_not_let_go(desk: Desk) -> None:
    desk.look(entry("one", "One"))
    desk.look(entry("one", "One", "fault"))
    assert desk.names() == {"One": "/etc/entries.json on Desk 1"}


def test_an_id_that_was_deleted_here_and_not_wiped_is_told(desk: Desk) -> None:
    ordinary(desk, "one", "One")
    desk.store.begin_removal(ConnectionId("one"))
    assert "perhaps deleted" in desk.look(entry("one", "One"))
    desk.store.finish_removal(ConnectionId("one"))
    assert desk.look() == ""
    assert desk.names() == {"One": "/etc/entries.json on Desk 1"}


def test_the_same_id_with_another_type_is_told(desk: Desk) -> None:
    ordinary(desk, "one", "One")
    assert "another type" in desk.look(entry("one", "One", kind=UNMOVABLE))


def test_a_store_in_trouble_is_tried_again_at_the_next_look(desk: Desk) -> None:
    desk.store.trouble = StoreUnavailable("The disk is full.", code="DISK_FULL")
    with pytest.raises(StoreUnavailable):
        desk.look(entry("one", "One"))
    desk.store.trouble = None
    assert desk.look() == ""
    assert desk.names() == {"One": "/etc/entries.json on Desk 1"}


def test_the_history_names_a_few_and_counts_the_rest(desk: Desk) -> None:
    desk.look(*(entry(f"id-{number}", f"Entry {number:03}") for number in range(MOST_TOLD + 7)))
    desk.tasks.join()
    events = desk.events.find(HistoryQuery(), limit=1000)
    assert len(events) == MOST_TOLD + 1
    assert {event.kind for event in events} == {EventKind.PROVISIONED}
    assert any(event.label == "7 further connections" for event in events)


def test_a_released_entry_of_a_living_host_is_taken_back(desk: Desk) -> None:
    desk.look(entry("one", "One"))
    other = Desk(desk.store, MemoryNoticeStore(), "Desk 2")
    other.file.write()
    other.provisioning.release(desk.store.many([ConnectionId("one")])[0])
    assert desk.names() == {}
    desk.file.write(entry("one", "One"), entry("two", "Two"))
    desk.look()
    assert set(desk.names()) == {"One", "Two"}


def test_what_another_host_configures_besides_is_none_of_this_ones_business(desk: Desk) -> None:
    other = Desk(desk.store, MemoryNoticeStore(), "Desk 2")
    other.look(entry("one", "One"))
    assert desk.look(entry("two", "Two")) == ""
    assert desk.notices == []
    assert [change.connection_ids for change in desk.changes] == [("two",)]
    assert desk.names() == {"One": "/etc/entries.json on Desk 2", "Two": "/etc/entries.json on Desk 1"}
