"""A command line moves the usages that it named, and says so where it cannot."""

from pathlib import Path

import pytest

from hostspec.testing import ADMINISTRATOR, FakeHost
from sample_host.tool_switches import ToolSwitches
from tests.host.printers import NEW, OLD, THIRD, Printers, make_desk, where

GONE = "What was chosen points elsewhere by now. Look at the list again."


@pytest.fixture
def printers() -> Printers:
    return Printers()


@pytest.fixture
def switches(tmp_path: Path, printers: Printers) -> ToolSwitches:
    return ToolSwitches(make_desk(FakeHost(tmp_path, plugins={"printers": printers})))


def test_what_is_named_is_moved_and_nothing_else(switches: ToolSwitches, printers: Printers) -> None:
    plan = switches.plan(ADMINISTRATOR, OLD, NEW, frozenset({"a"}))
    done = switches.apply(ADMINISTRATOR, plan)
    assert (done.obstacles, done.result) == ((), "1 of 1 switched to NEW.")
    assert where(printers) == {"a": "new", "b": "old"}


@pytest.mark.parametrize("named", [frozenset({"a"}), frozenset({"a", "b"})])
def test_a_named_usage_that_points_elsewhere_by_now_moves_no_other_instead(
    switches: ToolSwitches, printers: Printers, named: frozenset[str]
) -> None:
    printers.held["a"] = printers.held["a"].model_copy(update={"subject": THIRD})
    plan = switches.plan(ADMINISTRATOR, OLD, NEW, named)
    assert (plan.obstacles, plan.rows) == ((GONE,), ())
    assert switches.apply(ADMINISTRATOR, plan).result == ""
    assert where(printers) == {"a": "third", "b": "old"}


def test_without_a_name_all_are_moved_and_brought_back(switches: ToolSwitches, printers: Printers) -> None:
    switches.apply(ADMINISTRATOR, switches.plan(ADMINISTRATOR, OLD, NEW, frozenset()))
    assert where(printers) == {"a": "new", "b": "new"}
    assert switches.undo(ADMINISTRATOR, NEW).result == "Undone: 2 use OLD again."
    assert where(printers) == {"a": "old", "b": "old"}


def test_an_undo_that_failed_says_so_and_can_be_tried_again(switches: ToolSwitches, printers: Printers) -> None:
    switches.apply(ADMINISTRATOR, switches.plan(ADMINISTRATOR, OLD, NEW, frozenset()))
    printers.fail_at = "switch"
    failed = switches.undo(ADMINISTRATOR, NEW)
    assert (failed.result, failed.obstacles) == ("", ("printers failed. 2 could not be brought back; undo it again.",))
    assert where(printers) == {"a": "new", "b": "new"}
    printers.fail_at = ""
    assert switches.undo(ADMINISTRATOR, NEW).result == "Undone: 2 use OLD again."
    assert where(printers) == {"a": "old", "b": "old"}
