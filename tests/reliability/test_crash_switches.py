"""A process is killed at each step of a switch and of its undo: what happened is told as it is, and can be ended."""

from __future__ import annotations

from pathlib import Path
from typing import assert_never

import pytest

from sample_host.last_switch import Standing
from tests.reliability.crash_forks import Forks
from tests.reliability.switch_jobs import (
    BOXES,
    NEW,
    OLD,
    PLACES,
    STEPS,
    Act,
    Steps,
    Switching,
    act_until,
    lay_out,
    switching,
)

EVERYTHING = len(BOXES) + len(PLACES)
HALF = STEPS[Act.SWITCH].index("boxes: one moved") + 1


def numbered(act: Act) -> list[object]:
    return [pytest.param(number, id=f"{number} {name}") for number, name in enumerate(STEPS[act], start=1)]


def moved(at: Switching) -> int:
    """How many point to the new one; checks that profiles and their batches went together."""
    found = at.points_to()
    profiles = {found[f"{profile_id}/{step_id}"] for profile_id, step_id in PLACES}
    assert len(profiles) == 1, "the host's own profiles are moved all or none"
    assert at.waiting_for() == list(profiles), "the batch that waits goes with its profile"
    return list(found.values()).count(NEW.subject_id)


def check_told(at: Switching) -> Standing | None:
    """What both dialogs say about the last switch is what is the case."""
    here, there = (at.opened(subject).last for subject in (OLD, NEW))
    assert here == there
    if here is None:
        return None
    by_place = at.points_to()
    count = moved(at)
    match here.standing:
        case Standing.WHOLE:
            assert count == len(here.record.places)
            assert here.text.startswith(f"Last switch: {count} from Bakery to Kiosk (Admin, ")
        case Standing.NOTHING_MOVED:
            assert count == 0
            assert "interrupted before it moved anything" in here.text
        case Standing.CUT_OFF:
            assert f"was interrupted: {count} of {EVERYTHING} moved" in here.text
        case Standing.UNDO_CUT_OFF:
            assert f"was interrupted: {count} of {EVERYTHING} not back yet" in here.text
        case Standing.UNKNOWN:
            raise AssertionError("everybody answers")
        case Standing.UNDER_WAY:
            raise AssertionError("nobody is at work")
        case _:
            assert_never(here.standing)
    if here.lines:
        assert 0 < count < EVERYTHING
        assert sum(line.endswith("uses Kiosk.") for line in here.lines) == count
        assert sum(line.endswith("uses Bakery.") for line in here.lines) == EVERYTHING - count
        red = "uses Kiosk." if by_place["boxes/red"] == NEW.subject_id else "uses Bakery."
        assert f"Boxes/Red (Scan) {red}" in here.lines
    return here.standing


@pytest.mark.parametrize("act", [Act.SWITCH, Act.UNDO])
def test_a_process_comes_by_these_steps(tmp_path: Path, act: Act) -> None:
    lay_out(tmp_path)
    steps = Steps()
    with switching(tmp_path, steps) as at:
        if act is Act.UNDO:
            at.do(Act.SWITCH)
        at.do(act, ready=steps.arm)
        seen = tuple(steps.seen)
    assert seen == STEPS[act]


@pytest.mark.sweep(sample=6)
@pytest.mark.parametrize("end", [Act.FINISH, Act.UNDO])
@pytest.mark.parametrize("number", numbered(Act.SWITCH))
def test_a_switch_that_was_killed_is_whole_or_can_be_finished_and_undone(
    tmp_path: Path, forks: Forks, number: int, end: Act
) -> None:
    lay_out(tmp_path)
    assert forks.is_killed(act_until, number, Act.SWITCH, tmp_path)
    with switching(tmp_path, Steps()) as at:
        before = moved(at)
        standing = check_told(at)
        assert standing is not None or before == 0
        assert before not in range(1, EVERYTHING) or standing is Standing.CUT_OFF
        if standing is None:
            return
        if end is Act.FINISH and standing is not Standing.WHOLE:
            at.do(Act.FINISH, NEW if number % 2 else OLD)
            assert moved(at) == EVERYTHING
            assert check_told(at) is Standing.WHOLE
        after = at.do(Act.UNDO, OLD if number % 2 else NEW)
        assert after.problem == ""
        assert moved(at) == 0
        assert check_told(at) is None


@pytest.mark.sweep(sample=4)
@pytest.mark.parametrize("number", numbered(Act.UNDO))
def test_an_undo_that_was_killed_is_whole_or_can_be_gone_on_with(tmp_path: Path, forks: Forks, number: int) -> None:
    lay_out(tmp_path)
    with switching(tmp_path, Steps()) as at:
        at.do(Act.SWITCH)
    assert forks.is_killed(act_until, number, Act.UNDO, tmp_path)
    with switching(tmp_path, Steps()) as at:
        left = moved(at)
        standing = check_told(at)
        assert standing is {0: None, EVERYTHING: Standing.WHOLE}.get(left, Standing.UNDO_CUT_OFF)
        if standing is not None:
            assert at.do(Act.UNDO).problem == ""
        assert moved(at) == 0
        assert check_told(at) is None


@pytest.mark.sweep(sample=2)
@pytest.mark.parametrize("number", range(1, 10))
def test_a_finish_that_was_killed_can_be_finished_again(tmp_path: Path, forks: Forks, number: int) -> None:
    lay_out(tmp_path)
    assert forks.is_killed(act_until, HALF, Act.SWITCH, tmp_path)
    forks.is_killed(act_until, number, Act.FINISH, tmp_path)  # it has fewer steps than there are numbers
    with switching(tmp_path, Steps()) as at:
        if check_told(at) is not Standing.WHOLE:
            at.do(Act.FINISH)
        assert check_told(at) is Standing.WHOLE
        assert at.do(Act.UNDO).problem == ""
        assert moved(at) == 0


@pytest.mark.parametrize("end", [Act.FINISH, Act.UNDO])
def test_what_was_changed_by_hand_after_a_kill_is_left_alone(tmp_path: Path, forks: Forks, end: Act) -> None:
    lay_out(tmp_path)
    assert forks.is_killed(act_until, HALF, Act.SWITCH, tmp_path)
    third = OLD.model_copy(update={"subject_id": "third"})
    with switching(tmp_path, Steps()) as at:
        (moved_box,) = (box for box in BOXES if at.boxes.held()[box] == NEW.subject_id)
        (left_box,) = set(BOXES) - {moved_box}
        at.boxes.put(left_box, third)
        last = at.opened().last
        assert last is not None
        assert f"{left_box.title()} (Scan) was changed since." in last.lines
        if end is Act.FINISH:
            at.do(Act.FINISH)
            assert check_told(at) is Standing.WHOLE
        after = at.do(Act.UNDO)
        named = "" if end is Act.FINISH else f"Left alone, because changed since the switch: {left_box.title()} (Scan)."
        assert after.problem == named
        assert at.points_to() == {**dict.fromkeys(at.points_to(), OLD.subject_id), left_box: "third"}
