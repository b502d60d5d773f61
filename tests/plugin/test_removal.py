"""When may an entry go, and what becomes of it? Of providers whose entries can be taken back, and of others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import cast

import pytest

from hostspec.answers import Answers
from hostspec.connections import ChangeKind, ConnectionsChange
from hostspec.errors import ConnectionInUse, ConnectionNotFound, PluginFailed
from hostspec.providers import AddAct, Connection, ConnectionProvider, ConnectionType, RemovalChoice
from hostspec.services import Hooks
from hostspec.testing import FakeClock, FakeTasks
from hostspec.ui import UserAct
from hostspec.usages import Subject, Usage
from hostspec.value import ConnectionId, TypeId, UserId
from tests.contracts.test_entry_store_contract import NOW, entry
from tests.plugin.memory_bin import MemoryBinStore
from tests.plugin.memory_entries import MemoryEntryStore
from tests.plugin.memory_history import MemoryHistoryStore
from xero_connections_plugin.connections.connection_types import ConnectionTypes
from xero_connections_plugin.connections.deleted_entries import DeletedEntries
from xero_connections_plugin.connections.history import Actor, EventKind, History, HistoryQuery
from xero_connections_plugin.connections.removal import Removal

ADA = Actor(user_id=UserId("ada"), user_name="Ada")
OFFICE, KIOSK = entry("Head office", sign_in="g"), entry("Kiosk", sign_in="g")
ID = OFFICE.connection_id
NOTHING: frozenset[str] = frozenset()
CUT = RemovalChoice(choice_id="cut", label="Cut it off", hint="", cuts_off=(KIOSK.connection_id,))


class Plain:
    """A provider that disconnects and wipes in one go."""

    def __init__(self) -> None:
        self.done: list[str] = []

    def removal_choices(self, connection: Connection) -> tuple[RemovalChoice, ...]:
        return (CUT,)

    def forget(self, connection: Connection, choices: frozenset[str]) -> tuple[str, ...]:
        self.done.append(f"forget {connection.display_name} {sorted(choices)}")
        return ("The other side is away.",) if choices else ()


class TakingBack(Plain):
    """One whose entries can be taken back."""

    def disconnect(self, connection: Connection, choices: frozenset[str], by: str) -> tuple[str, ...]:
        self.done.append(f"disconnect {connection.display_name} {sorted(choices)} by {by}")
        return ()

    def pending(self) -> tuple[str, ...]:
        raise ValueError("a mistake of this provider")


class Remembering(TakingBack):
    """One that notes what is to be done before it does it."""

    def note_choices(self, connection: Connection, choices: frozenset[str], by: str, asked_at: datetime) -> None:
        self.done.append(f"note {connection.display_name} {sorted(choices)} by {by} at {asked_at:%H:%M}")


class Busy(Remembering):
    """One whose other side has no time now."""

    def disconnect(self, connection: Connection, choices: frozenset[str], by: str) -> tuple[str, ...]:
        super().disconnect(connection, choices, by)
        return ("It is done later.",)


class Killed(Exception):
    """The process ends here."""


@dataclass
class Host:
    """What plugins answer."""

    provider: Plain
    other: Plain | None = None
    """The provider of a second type; without it, that type's plugin is missing."""
    used: list[Usage] = field(default_factory=list)
    failed: tuple[str, ...] = ()

    def connection_types(self) -> Answers[ConnectionType]:
        add = AddAct(tab_id="connections", act=UserAct(action_id="add"))
        found = (
            ConnectionType(
                type_id=TypeId(type_id), label=type_id, order=1, provider=cast(ConnectionProvider, provider), add=add
            )
            for type_id, provider in (("xero", self.provider), ("mailbox", self.other))
            if provider is not None
        )
        return Answers(tuple(found), ())

    def usages(self, subject: Subject) -> Answers[Usage]:
        return Answers(
            tuple(usage for usage in self.used if usage.subject.subject_id == subject.subject_id), self.failed
        )


class Office:
    """Two entries of one sign-in, and what removes them."""

    def __init__(self, provider: Plain, *, keep_days: int = 7) -> None:
        self.provider = provider
        self.host = Host(provider)
        self.entries = MemoryEntryStore()
        self.clock = FakeClock(NOW)
        self.bin = MemoryBinStore(self.entries, self.clock)
        self.changes: list[ConnectionsChange] = []
        self.steps: list[str] = []
        self.dies_at = ""
        self.acts: dict[str, Callable[[], object]] = {}
        """What others do meanwhile, by the step at which they do it."""
        self.history = History(MemoryHistoryStore(), self.clock, FakeTasks(), "Workstation", iter("123456789").__next__)
        types = ConnectionTypes(cast(Hooks, self.host))
        keep = timedelta(days=keep_days)
        self.removal = Removal(
            self.entries,
            self.bin,
            types,
            cast(Hooks, self.host),
            keeps=bool(keep),
            announce=self.changes.append,
            history=self.history,
            checkpoint=self._step,
        )
        self.deleted = DeletedEntries(
            self.bin,
            types,
            keep,
            announce=self.changes.append,
            history=self.history,
            hand_on=self.removal.hand_on,
            finish=self.removal.finish_interrupted,
        )
        for one in (OFFICE, KIOSK):
            self.entries.add(one, name_key=one.display_name.casefold())

    def _step(self, name: str) -> None:
        self.steps.append(name)
        self.acts.pop(name, lambda: None)()
        if name == self.dies_at:
            raise Killed

    def use(self, connection: Connection, *, waiting: int = 0) -> None:
        usage = Usage(
            usage_id=f"u{len(self.host.used)}",
            subject=Subject(kind="connection", subject_id=connection.connection_id),
            profile="Invoices",
            step="Xero",
            enabled=False,
            waiting=waiting,
        )
        self.host.used.append(usage)

    def recorded(self) -> list[EventKind]:
        return [event.kind for event in reversed(self.history.find(HistoryQuery(), limit=100))]


def test_what_can_be_taken_back_is_kept_and_nothing_is_wiped() -> None:
    office = Office(TakingBack())
    assert office.removal.remove(ID, frozenset({"cut"}), actor=ADA) == ()
    assert office.provider.done == ["disconnect Head office ['cut'] by Ada"]
    assert office.deleted.get(ID).removed_by == "Ada"
    assert [change.kind for change in office.changes] == [ChangeKind.REMOVED]
    assert office.recorded() == [EventKind.DELETED]


def test_without_a_choice_the_other_side_is_not_asked() -> None:
    office = Office(TakingBack())
    office.removal.remove(ID, NOTHING, actor=ADA)
    assert office.provider.done == []


def test_a_provider_that_cannot_take_back_does_everything_at_once_as_ever() -> None:
    office = Office(Plain())
    assert office.removal.remove(ID, frozenset({"cut"}), actor=ADA) == ("The other side is away.",)
    assert office.provider.done == ["forget Head office ['cut']"]
    assert office.deleted.all() == ()
    assert office.entries.unfinished_removals() == ()


def test_where_nothing_is_kept_the_wiping_comes_after_the_disconnecting() -> None:
    office = Office(TakingBack(), keep_days=0)
    office.removal.remove(ID, frozenset({"cut"}), actor=ADA)
    assert office.provider.done == ["disconnect Head office ['cut'] by Ada", "forget Head office []"]
    assert office.steps == ["removal: hidden", "removal: noted", "removal: forgotten"]
    assert office.deleted.all() == ()


def test_what_was_chosen_is_noted_with_the_deletion_and_handed_on_before_anything_is_done() -> None:
    office = Office(Remembering())
    office.removal.remove(ID, frozenset({"cut"}), actor=ADA)
    assert office.provider.done == [
        f"note Head office ['cut'] by Ada at {NOW:%H:%M}",
        "disconnect Head office ['cut'] by Ada",
    ]
    assert office.bin.wishes() == ()


def test_what_still_waits_at_the_other_side_is_told_although_the_entry_was_wiped_meanwhile() -> None:
    office = Office(Busy())

    def wipe() -> None:
        office.bin.give_up(ID)
        office.entries.finish_removal(ID)

    office.acts["removal: handing on"] = wipe
    assert office.removal.remove(ID, frozenset({"cut"}), actor=ADA) == ("It is done later.",)
    assert office.provider.done[-1] == "disconnect Head office ['cut'] by Ada"


def test_a_disabled_profile_and_what_waits_in_its_queue_keep_an_entry() -> None:
    office = Office(TakingBack())
    office.use(OFFICE, waiting=2)
    with pytest.raises(ConnectionInUse, match=r"Invoices\. 2 batches wait in the queue\. It was not deleted"):
        office.removal.remove(ID, NOTHING)
    assert office.entries.get(ID) is not None
    assert office.recorded() == []


def test_a_holder_that_fails_to_answer_keeps_an_entry() -> None:
    office = Office(TakingBack())
    office.host.failed = ("broken",)
    with pytest.raises(PluginFailed, match="broken failed to answer"):
        office.removal.remove(ID, NOTHING)
    with pytest.raises(PluginFailed):
        office.removal.cut_off(CUT)
    assert office.entries.get(ID) is not None


def test_only_entries_in_use_count_as_stopped_by_a_choice() -> None:
    office = Office(TakingBack())
    assert office.removal.cut_off(CUT) == ()
    office.use(KIOSK)
    ((stopped, usages),) = office.removal.cut_off(CUT)
    assert (stopped.display_name, [usage.profile for usage in usages]) == ("Kiosk", ["Invoices"])


def test_what_is_gone_is_told_by_name_only_while_it_can_be_taken_back() -> None:
    office = Office(TakingBack())
    assert office.deleted.why_gone(ID) == ""
    office.removal.remove(ID, NOTHING, actor=ADA)
    assert "Head office was deleted by Ada on 2 Mar 2026" in office.deleted.why_gone(ID)
    assert "until 9 Mar 2026" in office.deleted.why_gone(ID)
    office.deleted.wipe(ID, actor=ADA)
    assert office.deleted.why_gone(ID) == ""


def test_the_old_are_wiped_and_the_young_are_not() -> None:
    office = Office(TakingBack())
    office.removal.remove(ID, NOTHING, actor=ADA)
    office.clock.advance(timedelta(days=6).total_seconds())
    office.removal.remove(KIOSK.connection_id, NOTHING, actor=ADA)
    office.deleted.wipe_old()
    assert len(office.deleted.all()) == 2
    office.clock.advance(timedelta(days=1).total_seconds())
    office.deleted.wipe_old()
    assert [kept.connection.display_name for kept in office.deleted.all()] == ["Kiosk"]
    assert office.provider.done == ["forget Head office []"]
    assert office.recorded() == [EventKind.DELETED, EventKind.DELETED, EventKind.WIPED]


def test_what_was_taken_back_is_wiped_by_nobody() -> None:
    office = Office(TakingBack())
    office.removal.remove(ID, NOTHING, actor=ADA)
    office.deleted.take_back(ID, "Head office", actor=ADA)
    office.deleted.wipe(ID)
    office.clock.advance(timedelta(days=8).total_seconds())
    office.deleted.wipe_old()
    assert office.entries.get(ID) is not None
    assert [change.kind for change in office.changes] == [ChangeKind.REMOVED, ChangeKind.ADDED]
    assert office.recorded() == [EventKind.DELETED, EventKind.RECOVERED]
    with pytest.raises(ConnectionNotFound):
        office.deleted.take_back(ID, "Again", actor=ADA)


def test_a_provider_that_fails_to_say_what_waits_costs_the_tab_nothing() -> None:
    assert Office(TakingBack()).deleted.pending() == ()
    assert Office(Plain()).deleted.pending() == ()


def test_an_id_that_was_never_there_is_not_found() -> None:
    with pytest.raises(ConnectionNotFound):
        Office(TakingBack()).removal.remove(ConnectionId("nowhere"), NOTHING)
