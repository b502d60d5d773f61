"""A switch is written down before and after, so that it can be taken back: also after a restart, and after a kill."""

from pathlib import Path

import pytest

from hostspec.testing import ADMINISTRATOR, FakeHost
from sample_host.usage_desk import UsageDesk
from tests.host.printers import NEW, OLD, THIRD, Printers, make_desk, planned, switched, undone, where


@pytest.fixture
def printers() -> Printers:
    return Printers()


@pytest.fixture
def host(tmp_path: Path, printers: Printers) -> FakeHost:
    return FakeHost(tmp_path, plugins={"printers": printers})


@pytest.fixture
def desk(host: FakeHost) -> UsageDesk:
    return make_desk(host)


def test_the_last_switch_can_be_undone_from_either_side_and_after_a_restart(
    host: FakeHost, desk: UsageDesk, printers: Printers
) -> None:
    switched(desk, "new", "a")
    assert desk.open(ADMINISTRATOR, THIRD).undo_text == ""
    restarted = make_desk(host)
    offered = restarted.open(ADMINISTRATOR, NEW)
    assert offered.undo_text.startswith("Last switch: 1 from OLD to NEW (Ada Admin, 05 Jan 2026, 09:00 UTC)")
    after = restarted.undo(ADMINISTRATOR, offered)
    assert (after.done, after.problem, after.undo_text) == ("Undone: 1 uses OLD again.", "", "")
    assert where(printers) == {"a": "old", "b": "old"}


def test_undo_leaves_alone_what_was_changed_since_and_names_it(desk: UsageDesk, printers: Printers) -> None:
    switched(desk)
    printers.held["b"] = printers.held["b"].model_copy(update={"subject": THIRD})
    after = undone(desk)
    assert after.done == "Undone: 1 uses OLD again."
    assert after.problem == "Left alone, because changed since the switch: Profile b (Print)."
    assert where(printers) == {"a": "old", "b": "third"}


def test_only_the_last_switch_of_a_kind_can_be_undone(desk: UsageDesk, printers: Printers) -> None:
    switched(desk, "new", "a")
    offered = desk.open(ADMINISTRATOR, OLD)
    switched(desk, "third", "b")
    assert desk.undo(ADMINISTRATOR, offered).problem == "Another switch came after this one. Nothing was undone."
    assert where(printers) == {"a": "new", "b": "third"}
    assert desk.open(ADMINISTRATOR, NEW).undo_text == ""


def test_a_switch_that_was_cut_off_by_a_kill_can_be_undone(host: FakeHost, desk: UsageDesk, printers: Printers) -> None:
    shown = planned(desk)
    printers.dies_at = "b"
    with pytest.raises(KeyboardInterrupt):
        desk.apply(ADMINISTRATOR, shown)
    assert where(printers) == {"a": "new", "b": "old"}
    printers.dies_at = ""
    restarted = make_desk(host)
    offered = restarted.open(ADMINISTRATOR, OLD)
    assert "was interrupted" in offered.undo_text
    after = restarted.undo(ADMINISTRATOR, offered)
    assert (after.done, after.problem) == ("Undone: 1 uses OLD again.", "")
    assert where(printers) == {"a": "old", "b": "old"}


def test_a_switch_that_was_cut_off_can_be_finished(host: FakeHost, desk: UsageDesk, printers: Printers) -> None:
    shown = planned(desk)
    printers.dies_at = "b"
    with pytest.raises(KeyboardInterrupt):
        desk.apply(ADMINISTRATOR, shown)
    printers.dies_at = ""
    assert switched(make_desk(host)).done == "1 of 1 switched to NEW."
    assert where(printers) == {"a": "new", "b": "new"}


def test_undo_needs_the_object_that_was_switched_from(desk: UsageDesk, printers: Printers) -> None:
    switched(desk)
    printers.is_old_gone = True
    assert undone(desk, NEW).problem == "OLD no longer exists, so nothing was undone."
    assert where(printers) == {"a": "new", "b": "new"}
