"""A process is killed while it imports a file, or has no key: whole entries only, and the same file ends it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hostspec.connections import ChoiceQuery, ConnectionStatus
from hostspec.testing import FakeHost
from tests.reliability.crash_forks import Forks
from tests.reliability.crash_jobs import ENTRY, Place, create, host_at
from tests.reliability.crash_points import Keychain
from tests.reliability.crash_world import CrashWorld
from tests.reliability.import_jobs import IMPORT_POINTS, file_of, import_until, look, questions, take_over
from tests.reliability.invariants import USABLE
from tests.reliability.world_check import check_entries

on_both = pytest.mark.parametrize("database", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
IN_THE_FILE = 500
PART = 200
"""Entries of the file that are kept together, the one that is here already among them."""


def statuses(host: FakeHost) -> dict[str, ConnectionStatus]:
    return {one.label: one.status for one in host.hooks.connection_choices(ChoiceQuery(limit=10_000)).items}


def prepared(world: CrashWorld, place: Place, count: int) -> Path:
    """A machine with one connection, and a file with more of them."""
    file = world.folder / "connections.json"
    with host_at(place) as host:
        create(host, place)
        file.write_text(json.dumps(file_of(host, count)), "utf-8")
    return file


@pytest.mark.sweep(sample=4)
@on_both
@pytest.mark.parametrize("number", IMPORT_POINTS, ids=lambda number: IMPORT_POINTS[number].title)
def test_after_a_kill_there_are_whole_entries_and_the_same_file_finishes_without_doubles(
    world: CrashWorld, forks: Forks, database: str, number: int
) -> None:
    place = world.new_place(database)
    file = prepared(world, place, IN_THE_FILE - 1)
    assert forks.is_killed(import_until, IMPORT_POINTS[number], place, file)
    with host_at(place) as host:
        host.tasks.join()
        there = statuses(host)
        came = len(there) - 1
        assert (came + 1) % PART == 0 or came in {0, IN_THE_FILE - 1}
        assert came > 0 or number == 0
        assert {status for name, status in there.items() if name != ENTRY} <= {ConnectionStatus.NEEDS_SIGN_IN}
        assert set(check_entries(host).values()) <= {USABLE, "SIGN_IN_NEEDED"}
        tab = host.tab("Connections")
        look(tab, file)
        assert (f"{IN_THE_FILE - 1 - came} new" in "\n".join(tab.notes)) is (came < IN_THE_FILE - 1)
        if tab.titles[-1] == "What the file would change" and came < IN_THE_FILE - 1:
            take_over(tab)
            assert any(f"The first 200 of {IN_THE_FILE} are listed, what failed first." in note for note in tab.notes)
        names = sorted(statuses(host))
        assert names == sorted({ENTRY, *(f"Company {number:04}" for number in range(IN_THE_FILE - 1))})
        ids = {one.connection_id for one in host.hooks.connection_choices(ChoiceQuery(limit=10_000)).items}
        assert ids >= {f"entry-{number:04}" for number in range(IN_THE_FILE - 1)}
        again = host.tab("Connections")
        look(again, file)
        assert again.why_disabled("Import") != ""


def test_without_the_key_a_rename_and_an_import_keep_what_is_sealed(world: CrashWorld) -> None:
    place = world.new_place("sqlite")
    file = prepared(world, place, 2)
    locked = Keychain()
    locked.is_locked = True
    with host_at(place, keychain=locked) as host:
        host.tasks.join()
        assert statuses(host) == {ENTRY: ConnectionStatus.KEY_MISSING}
        tab = host.tab("Connections")
        look(tab, file)
        take_over(tab)
        tab.press("OK")
        tab.row(ENTRY)
        tab.press("Rename")
        tab.fill("Display name", "Renamed")
        tab.press("Rename")
        assert tab.titles == []
        there = statuses(host)
        assert there["Renamed"] is ConnectionStatus.KEY_MISSING
        assert "keychain is locked" in tab.row("Renamed").problem
        assert there["Company 0000"] in {ConnectionStatus.NEEDS_SIGN_IN, ConnectionStatus.KEY_MISSING}
    with host_at(place) as host:
        host.tasks.join()
        outcomes = check_entries(host)
        by_name = {
            one.label: outcomes[one.connection_id]
            for one in host.hooks.connection_choices(ChoiceQuery(limit=100)).items
        }
        assert by_name.pop("Renamed") == USABLE
        assert set(by_name.values()) == {"SIGN_IN_NEEDED"}


def test_of_many_conflicts_one_question_is_asked_and_each_outcome_is_listed(world: CrashWorld) -> None:
    place = world.new_place("sqlite")
    file = prepared(world, place, 24)
    with host_at(place) as host:
        host.tasks.join()
        tab = host.tab("Connections")
        look(tab, file)
        take_over(tab)
        tab.press("OK")
        written = json.loads(file.read_text("utf-8"))
        for one in written["connections"]:
            one["settings"] = {**one["settings"], "extra_scopes": ["files"]}
        file.write_text(json.dumps(written), "utf-8")
        look(tab, file)
        assert len(questions(tab)) == 1
        take_over(tab)
        said = {label: tab.table_row(label)["Result"] for label in tab.table_rows()}
        assert said == dict.fromkeys([ENTRY, *(f"Company {number:04}" for number in range(24))], "Changed")
        tab.press("OK")
        assert statuses(host)[ENTRY] is not ConnectionStatus.NEEDS_SIGN_IN, "its app and company are the same"
