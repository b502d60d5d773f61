"""Files held against the list and taken over, for a type that is not Xero."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from hostspec.connections import ChangeKind, ConnectionsChange
from hostspec.providers import Connection, SavedConnection
from hostspec.testing import FakeClock
from hostspec.testing.fake_clock import START
from hostspec.value import ConnectionId, TypeId
from tests.plugin.mailbox_type import MAILBOX, UNMOVABLE, mailbox_types
from tests.plugin.memory_batches import MemoryBatchStore
from xero_connections_plugin.connections.carrying import AT_A_TIME, Carried, Carrying, Result
from xero_connections_plugin.connections.definition import NAME_LIMIT, name_key
from xero_connections_plugin.connections.entries import EntryQuery
from xero_connections_plugin.connections.entry_file import EntryFile, FileEntry
from xero_connections_plugin.connections.file_findings import Choice, FileLook, Finding, Found
from xero_connections_plugin.connections.free_names import free_name


class Office:
    """A list, a file's way into it, and what everyone was told."""

    def __init__(self) -> None:
        self.store = MemoryBatchStore()
        self.told: list[ConnectionsChange] = []
        ids = iter(f"new-{number}" for number in range(1000))
        self.carrying = Carrying(self.store, mailbox_types(), FakeClock(), self.told.append, lambda: next(ids))
        self.looks = FileLook(self.store, mailbox_types())

    def add(self, entry_id: str, name: str, address: str, *, source: str = "", type_id: TypeId = MAILBOX) -> Connection:
        one = Connection(
            connection_id=ConnectionId(entry_id),
            type_id=type_id,
            display_name=name,
            saved=SavedConnection(settings={"address": address}, subtitle=address),
            created_at=START,
            changed_at=START,
            source=source,
        )
        self.store.add(one, name_key=name_key(name))
        return one

    def look(self, *entries: FileEntry) -> tuple[Found, ...]:
        return self.looks.look(EntryFile(connections=entries))

    def take(self, found: tuple[Found, ...], choices: Mapping[int, Choice] | None = None) -> list[Carried]:
        return [one for part in self.carrying.apply(found, choices or {}) for one in part]

    def kept(self, entry_id: str) -> Connection:
        found = self.store.get(ConnectionId(entry_id))
        assert found is not None
        return found


@pytest.fixture
def office() -> Office:
    return Office()


def entry(entry_id: str, name: str, address: str = "a@example.org", kind: str = MAILBOX) -> FileEntry:
    return FileEntry(id=entry_id, type=kind, name=name, settings={"address": address})


def findings(found: tuple[Found, ...]) -> list[Finding]:
    return [one.finding for one in found]


def test_each_entry_of_a_file_is_new_or_the_same_or_in_conflict(office: Office) -> None:
    office.add("same", "Same", "a@example.org")
    office.add("changed", "Changed", "a@example.org")
    office.add("other", "Taken name", "a@example.org")
    found = office.look(
        entry("new", "New"),
        entry("same", "Same"),
        entry("changed", "Changed", "b@example.org"),
        entry("another", "taken NAME"),
    )
    assert findings(found) == [Finding.NEW, Finding.IDENTICAL, Finding.SAME_ID, Finding.SAME_NAME]
    assert found[2].differing == ("address",)
    assert [one.number for one in found] == [1, 2, 3, 4]
    assert found[0].choices == found[1].choices == ()
    assert found[2].choices == found[3].choices == (Choice.KEEP, Choice.TAKE, Choice.ADD)


def test_what_its_provider_cannot_read_is_unusable_and_says_why(office: Office) -> None:
    found = office.look(
        entry("a", "A", "fault"),
        FileEntry(id="b", type=MAILBOX, name="B", settings={}),
        entry("c", "C", kind=UNMOVABLE),
        entry("d", "D", kind="unknown"),
        entry("e", "\u202e"),
        entry("f", ""),
    )
    assert set(findings(found)) == {Finding.UNUSABLE}
    said = [one.problem for one in found]
    for text, part in zip(
        said,
        ("failed to read", "address is missing", "cannot be moved", "not loaded", "invisible", "Enter a name"),
        strict=True,
    ):
        assert part in text
    assert {one.result for one in office.take(found)} == {Result.FAILED}
    assert office.told == []


def test_new_entries_keep_their_ids_and_everyone_is_told_once_for_a_part(office: Office) -> None:
    entries = [entry(f"id-{number}", f"Entry {number}") for number in range(AT_A_TIME + 1)]
    carried = office.take(office.look(*entries))
    assert {one.result for one in carried} == {Result.ADDED}
    assert office.kept("id-7").display_name == "Entry 7"
    assert [(change.kind, len(change.connection_ids)) for change in office.told] == [
        (ChangeKind.ADDED, AT_A_TIME),
        (ChangeKind.ADDED, 1),
    ]


def test_a_conflict_without_a_choice_changes_nothing(office: Office) -> None:
    before = office.add("one", "One", "old@example.org")
    carried = office.take(office.look(entry("one", "Two"), entry("two", "ONE")))
    assert [one.result for one in carried] == [Result.KEPT, Result.KEPT]
    assert office.kept("one") == before
    assert office.told == []


def test_taking_the_settings_takes_the_name_only_where_it_is_free(office: Office) -> None:
    office.add("one", "One", "old@example.org")
    office.add("two", "Two", "old@example.org")
    found = office.look(entry("one", "Two"), entry("two", "Renamed"))
    carried = office.take(found, {1: Choice.TAKE, 2: Choice.TAKE})
    assert [(one.result, one.name) for one in carried] == [(Result.CHANGED, "One"), (Result.CHANGED, "Renamed")]
    assert office.kept("one").saved.settings == {"address": "a@example.org"}
    assert office.kept("one").changed_at > START


def test_adding_beside_gives_a_free_name_and_a_new_id_only_where_the_id_is_taken(office: Office) -> None:
    office.add("one", "One", "old@example.org")
    office.add("two", "One (imported)", "old@example.org")
    found = office.look(entry("one", "One"), entry("three", "one (IMPORTED)"))
    carried = office.take(found, {1: Choice.ADD, 2: Choice.ADD})
    assert [one.name for one in carried] == ["One (imported 2)", "one (IMPORTED) (imported)"]
    assert office.kept("new-0").display_name == "One (imported 2)"
    assert office.kept("three").display_name == "one (IMPORTED) (imported)"


def test_two_copies_in_one_file_never_get_the_same_name(office: Office) -> None:
    office.add("one", "One", "old@example.org")
    office.add("two", "Two", "old@example.org")
    found = office.look(entry("one", "Same"), entry("two", "One"), entry("three", "Two"))
    carried = office.take(found, {1: Choice.ADD, 2: Choice.ADD, 3: Choice.ADD})
    names = [one.name for one in carried]
    assert len(set(map(name_key, names))) == 3
    assert {one.result for one in carried} == {Result.ADDED}


def test_what_is_configured_elsewhere_or_of_another_type_stays(office: Office) -> None:
    office.add("file", "File", "old@example.org", source="/etc/x on Desk")
    office.add("kind", "Kind", "old@example.org", type_id=UNMOVABLE)
    found = office.look(entry("file", "File"), entry("kind", "Kind"))
    assert [one.choices for one in found] == [(Choice.KEEP, Choice.ADD)] * 2
    assert "configured in /etc/x on Desk" in found[0].problem
    carried = office.take(found, {1: Choice.TAKE, 2: Choice.TAKE})
    assert [one.result for one in carried] == [Result.KEPT, Result.KEPT]


def test_whoever_may_not_change_an_entry_leaves_it(office: Office) -> None:
    before = office.add("one", "One", "old@example.org")
    found = office.look(entry("one", "One"))
    parts = office.carrying.apply(found, {1: Choice.TAKE}, may_change=lambda _: False)
    assert [(one.result, one.problem) for part in parts for one in part] == [
        (Result.FAILED, "You may not change this connection.")
    ]
    assert office.kept("one") == before


def test_what_happened_between_the_look_and_the_import_is_told(office: Office) -> None:
    changed = office.add("changed", "Changed", "old@example.org")
    gone = office.add("gone", "Gone", "old@example.org")
    found = office.look(
        entry("changed", "Changed"), entry("gone", "Gone"), entry("new", "New"), entry("late", "Late name")
    )
    office.store.rename(changed.connection_id, display_name="Other", name_key="other", seen_name="Changed")
    office.store.begin_removal(gone.connection_id)
    office.add("new", "Quicker", "old@example.org")
    office.add("x", "Late NAME", "old@example.org")
    carried = office.take(found, {1: Choice.TAKE, 2: Choice.TAKE})
    assert {one.result for one in carried} == {Result.FAILED}
    said = [one.problem for one in carried]
    assert "changed the connection" in said[0]
    assert "changed the connection" in said[1]
    assert "with its id" in said[2]
    assert "named “Late name”" in said[3]


def test_an_import_that_ends_early_is_gone_on_with_by_importing_again(office: Office) -> None:
    entries = [entry(f"id-{number}", f"Entry {number}") for number in range(AT_A_TIME + 50)]
    parts = office.carrying.apply(office.look(*entries), {})
    assert len(next(parts)) == AT_A_TIME
    # The program ends here: what was taken over is kept and told, the rest is as it was.
    assert office.store.count(EntryQuery()) == AT_A_TIME
    assert len(office.told) == 1
    found = office.look(*entries)
    assert findings(found).count(Finding.IDENTICAL) == AT_A_TIME
    assert [one.result for one in office.take(found)].count(Result.ADDED) == 50
    assert set(findings(office.look(*entries))) == {Finding.IDENTICAL}


def test_entries_that_cannot_be_written_are_left_out_and_named(office: Office) -> None:
    good = office.add("good", "Good", "a@example.org")
    damaged = good.model_copy(update={"saved": SavedConnection(settings={})})
    unmovable = good.model_copy(update={"type_id": UNMOVABLE})
    missing = good.model_copy(update={"type_id": TypeId("missing")})
    file, left_out = office.carrying.write([good, damaged, unmovable, missing])
    assert [one.id for one in file.connections] == ["good"]
    assert left_out == (damaged, unmovable, missing)
    assert findings(office.looks.look(file)) == [Finding.IDENTICAL]


def test_a_free_name_is_never_too_long(office: Office) -> None:
    long = "x" * NAME_LIMIT
    office.add("one", long, "a@example.org")
    name = free_name(long, "copy", office.store.holders_of_names)
    assert len(name) == NAME_LIMIT
    assert name.endswith("x (copy)")


def test_a_free_name_is_found_behind_many_taken_ones(office: Office) -> None:
    office.add("0", "A (copy)", "a@example.org")
    for number in range(2, 70):
        office.add(str(number), f"A (copy {number})", "a@example.org")
    assert free_name("A", "copy", office.store.holders_of_names, {"a (copy 70)"}) == "A (copy 71)"
