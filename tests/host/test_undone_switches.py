"""A switch is written down before and after, so that it can be taken back: also after a restart, and after a kill."""

from pathlib import Path

import pytest

from hostspec.testing import ADMINISTRATOR, FakeHost
from hostspec.usages import Severity, SwitchObjection
from sample_host.last_switch import LastSwitch
from sample_host.usage_desk import UsageDesk
from tests.host.printers import NEW, OLD, THIRD, Printers, make_desk, plan_of, planned, switched, undone, where


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


def cut_off(host: FakeHost, desk: UsageDesk, printers: Printers) -> UsageDesk:
    """A switch ended before it came to the second printer; the desk after the restart."""
    shown = planned(desk)
    printers.dies_at = "b"
    with pytest.raises(KeyboardInterrupt):
        desk.apply(ADMINISTRATOR, shown)
    printers.dies_at = ""
    return make_desk(host)


def test_an_interrupted_switch_tells_where_each_place_stands_and_is_finished_by_a_plan(
    host: FakeHost, desk: UsageDesk, printers: Printers
) -> None:
    again = cut_off(host, desk, printers)
    offered = again.open(ADMINISTRATOR, NEW)
    assert offered.last is not None
    assert "was interrupted: 1 of 2 moved" in offered.undo_text
    assert offered.last.lines == ("Profile a (Print) uses NEW.", "Profile b (Print) uses OLD.")
    shown = again.finish(ADMINISTRATOR, offered)
    assert plan_of(shown) == {"b": "Will use NEW."}
    assert where(printers) == {"a": "new", "b": "old"}
    done = again.apply(ADMINISTRATOR, shown)
    assert (done.done, done.problem) == ("1 of 1 switched to NEW.", "")
    assert done.undo_text.startswith("Last switch: 2 from OLD to NEW")
    assert again.undo(ADMINISTRATOR, done).done == "Undone: 2 use OLD again."
    assert where(printers) == {"a": "old", "b": "old"}


def test_what_speaks_against_a_switch_speaks_against_finishing_it(
    host: FakeHost, desk: UsageDesk, printers: Printers
) -> None:
    again = cut_off(host, desk, printers)
    printers.objections = (SwitchObjection(severity=Severity.BLOCK, text="NEW is out of paper."),)
    shown = again.finish(ADMINISTRATOR, again.open(ADMINISTRATOR, OLD))
    assert shown.plan is not None
    assert shown.plan.obstacles == ("NEW is out of paper.",)
    assert again.apply(ADMINISTRATOR, shown).problem == "Nothing can be switched."
    printers.objections, printers.targets = (), (THIRD,)
    gone = again.finish(ADMINISTRATOR, again.open(ADMINISTRATOR, OLD))
    assert gone.problem == "NEW cannot be chosen any more, so nothing was switched."
    assert where(printers) == {"a": "new", "b": "old"}


def test_what_changes_before_a_finish_is_shown_first(host: FakeHost, desk: UsageDesk, printers: Printers) -> None:
    again = cut_off(host, desk, printers)
    shown = again.finish(ADMINISTRATOR, again.open(ADMINISTRATOR, OLD))
    printers.refused["b"] = "Locked."
    after = again.apply(ADMINISTRATOR, shown)
    assert "Something changed meanwhile" in after.problem
    assert plan_of(after) == {"b": "Stays as it is: Locked."}
    assert where(printers) == {"a": "new", "b": "old"}


def test_while_somebody_does_not_answer_an_interrupted_switch_is_told_and_nothing_is_offered(
    host: FakeHost, desk: UsageDesk, printers: Printers
) -> None:
    again = cut_off(host, desk, printers)
    printers.fail_at = "usages"
    before = again.open(ADMINISTRATOR, OLD)
    assert before.last is None
    assert "printers" in before.blocked


def test_a_switch_that_moved_nothing_can_be_put_aside(host: FakeHost, desk: UsageDesk, printers: Printers) -> None:
    shown = planned(desk)
    printers.dies_at = "a"
    with pytest.raises(KeyboardInterrupt):
        desk.apply(ADMINISTRATOR, shown)
    printers.dies_at = ""
    again = make_desk(host)
    offered = again.open(ADMINISTRATOR, OLD)
    assert offered.last is not None
    assert offered.last.undo_label == "Dismiss"
    after = again.undo(ADMINISTRATOR, offered)
    assert (after.done, after.undo_text) == ("Nothing had been switched.", "")
    assert len(printers.asked) == 1, "no holder is asked to move what was never moved"


@pytest.mark.parametrize("elsewhere", [False, True])
def test_what_another_window_or_process_is_switching_right_now_is_no_left_over(
    host: FakeHost, desk: UsageDesk, printers: Printers, elsewhere: bool
) -> None:
    other = make_desk(host) if elsewhere else desk
    seen: list[LastSwitch | None] = []

    def look() -> None:
        shown = other.open(ADMINISTRATOR, OLD)
        seen.append(shown.last)
        for meddling in (other.undo(ADMINISTRATOR, shown), other.finish(ADMINISTRATOR, shown)):
            assert meddling.problem

    printers.while_switching = look
    switched(desk)
    (last,) = seen
    assert last is not None
    assert last.text.startswith("A switch of 2 from OLD to NEW is being carried out right now (Ada Admin, ")
    assert (last.can_undo, last.can_finish, last.lines) == (False, False, ())
    assert other.open(ADMINISTRATOR, OLD).undo_text.startswith("Last switch: 2")
    printers.while_switching = look
    assert undone(desk).problem == ""
    assert seen[-1] is not None
    assert seen[-1].text.startswith("The undo of a switch from OLD to NEW is being carried out right now")
    assert where(printers) == {"a": "old", "b": "old"}


def test_two_processes_that_finish_or_undo_the_same_switch_do_it_once(
    host: FakeHost, desk: UsageDesk, printers: Printers
) -> None:
    one, other = cut_off(host, desk, printers), make_desk(host)
    finishing = one.finish(ADMINISTRATOR, one.open(ADMINISTRATOR, OLD))
    late = other.finish(ADMINISTRATOR, other.open(ADMINISTRATOR, OLD))
    told: list[str] = []
    printers.while_switching = lambda: told.append(other.apply(ADMINISTRATOR, late).problem)
    assert one.apply(ADMINISTRATOR, finishing).done == "1 of 1 switched to NEW."
    assert told == ["Nothing is left of this switch. Look at the list again."]
    printers.while_switching = lambda: None
    assert other.apply(ADMINISTRATOR, late).problem
    assert len(printers.asked) == 2, "the first, which was cut off, and the one that finished it"
    assert where(printers) == {"a": "new", "b": "new"}


def test_nothing_is_left_of_switches_that_nobody_remembers(
    host: FakeHost, desk: UsageDesk, printers: Printers, tmp_path: Path
) -> None:
    folder = tmp_path / "switching"
    folder.mkdir()
    (folder / "forgotten.lock").touch()
    switched(desk)
    assert len(list(folder.iterdir())) == 1
    assert undone(desk).problem == ""
