"""The dialog that shows who uses a shared object and moves them to another."""

from pathlib import Path

import pytest

from hostspec.permissions import Permission
from hostspec.testing import ADMINISTRATOR, FakeHost
from hostspec.usages import Severity, SwitchObjection
from hostspec.value import Tone
from sample_host.usage_desk import UsageDesk
from sample_host.usage_dialog import PAGE_ROWS, chosen
from tests.host.printers import NEW, OLD, THIRD, Printers, make_desk, plan_of, planned, results, switched, usage, where


@pytest.fixture
def printers() -> Printers:
    return Printers()


@pytest.fixture
def host(tmp_path: Path, printers: Printers) -> FakeHost:
    return FakeHost(tmp_path, plugins={"printers": printers})


@pytest.fixture
def desk(host: FakeHost) -> UsageDesk:
    return make_desk(host)


def test_it_lists_everyone_disabled_profiles_included(desk: UsageDesk) -> None:
    dialog = desk.open(ADMINISTRATOR, OLD)
    assert [u.usage_id for u in dialog.usages] == ["a", "b"]
    assert dialog.targets == (NEW, THIRD)
    assert (dialog.blocked, dialog.incomplete) == ("", "")


def test_a_preview_says_what_changes_and_changes_nothing(desk: UsageDesk, printers: Printers) -> None:
    printers.held["a"] = printers.held["a"].model_copy(update={"running": True, "waiting": 2})
    dialog = planned(desk)
    assert dialog.plan is not None
    assert (dialog.plan.source_label, dialog.plan.target) == ("OLD", NEW)
    assert plan_of(dialog) == {
        "a": "Will use NEW. The batches that wait go along. It is at work now; that batch ends where it began.",
        "b": "Will use NEW.",
    }
    assert [row.tone for row in dialog.plan.rows] == [Tone.WARNING, Tone.GOOD]
    assert printers.asked == []
    assert where(printers) == {"a": "old", "b": "old"}


def test_all_are_switched_when_none_is_ticked(desk: UsageDesk, printers: Printers) -> None:
    dialog = switched(desk)
    assert results(dialog) == {"a": "Now uses NEW.", "b": "Now uses NEW."}
    assert dialog.done == "2 of 2 switched to NEW."
    assert dialog.plan is None
    assert where(printers) == {"a": "new", "b": "new"}


def test_only_the_ticked_ones_are_switched(desk: UsageDesk, printers: Printers) -> None:
    assert results(switched(desk, "new", "b")) == {"b": "Now uses NEW."}
    assert where(printers) == {"a": "old", "b": "new"}


def test_what_was_searched_for_is_switched_when_none_is_ticked(desk: UsageDesk, printers: Printers) -> None:
    found = chosen(desk.open(ADMINISTRATOR, OLD), "new", frozenset(), search="profile B")
    assert plan_of(desk.preview(ADMINISTRATOR, found)) == {"b": "Will use NEW."}


def test_ten_thousand_usages_come_in_pages_and_ticks_stay(desk: UsageDesk, printers: Printers) -> None:
    printers.held = {f"{n:05}": usage(f"{n:05}") for n in range(10_000)}
    first = desk.open(ADMINISTRATOR, OLD)
    assert len(first.shown) == PAGE_ROWS
    last = chosen(first, "new", frozenset({"00001", "09999"}), offset=10_000_000)
    assert last.shown[-1].usage_id == "09999"
    assert sorted(plan_of(desk.preview(ADMINISTRATOR, last))) == ["00001", "09999"]
    assert switched(desk).done == "10000 of 10000 switched to NEW."


@pytest.mark.parametrize("target", ["", "elsewhere"])
def test_nothing_happens_before_a_target_is_chosen(desk: UsageDesk, printers: Printers, target: str) -> None:
    assert planned(desk, target).problem == "Choose which printer to switch to first."
    assert switched(desk, target).plan is None
    assert printers.asked == []


def test_without_another_object_it_says_why_nothing_can_be_switched(desk: UsageDesk, printers: Printers) -> None:
    printers.targets = ()
    assert desk.open(ADMINISTRATOR, OLD).blocked == "There is no other printer to switch to. Add one first."


def test_without_users_there_is_nothing_to_switch(desk: UsageDesk, printers: Printers) -> None:
    printers.held.clear()
    assert "nothing to switch" in desk.open(ADMINISTRATOR, OLD).blocked


@pytest.mark.parametrize("place", ["usages", "targets"])
def test_an_incomplete_list_is_never_switched_and_the_plugin_is_named(
    desk: UsageDesk, printers: Printers, place: str
) -> None:
    complete = planned(desk)
    printers.fail_at = place
    opened = desk.open(ADMINISTRATOR, OLD)
    assert "printers" in opened.blocked
    assert opened.incomplete == (
        "This list may be incomplete, because printers did not answer." if place == "usages" else ""
    )
    after = desk.apply(ADMINISTRATOR, complete)
    assert "printers" in after.blocked
    assert "secret" not in after.blocked
    assert printers.asked == []


@pytest.mark.parametrize("place", ["objections"])
def test_nothing_is_switched_while_an_owner_cannot_say_what_it_thinks(
    desk: UsageDesk, printers: Printers, place: str
) -> None:
    complete = planned(desk)
    printers.fail_at = place
    assert "printers" in planned(desk).problem
    assert "printers" in desk.apply(ADMINISTRATOR, complete).problem
    assert printers.asked == []


def test_a_holder_that_fails_while_switching_is_named_and_what_it_moved_can_be_undone(
    desk: UsageDesk, printers: Printers
) -> None:
    complete = planned(desk)
    printers.fail_at = "switch"
    dialog = desk.apply(ADMINISTRATOR, complete)
    assert "printers" in dialog.problem
    assert results(dialog)["a"] == "Nobody could switch it."
    assert "interrupted" in dialog.undo_text


def test_a_blocking_objection_keeps_everything_as_it_is(desk: UsageDesk, printers: Printers) -> None:
    printers.objections = (SwitchObjection(severity=Severity.BLOCK, text="NEW is for labels only."),)
    dialog = planned(desk)
    assert dialog.plan is not None
    assert dialog.plan.obstacles == ("NEW is for labels only.",)
    assert dialog.plan.moving == ()
    assert desk.apply(ADMINISTRATOR, dialog).problem == "Nothing can be switched."
    assert printers.asked == []


def test_an_objection_to_one_usage_keeps_that_one_only(desk: UsageDesk, printers: Printers) -> None:
    printers.objections = (SwitchObjection(severity=Severity.BLOCK, text="a prints in color.", usage_id="a"),)
    assert plan_of(planned(desk)) == {"a": "Stays as it is: a prints in color.", "b": "Will use NEW."}
    assert results(switched(desk)) == {"a": "Stays as it is: a prints in color.", "b": "Now uses NEW."}
    assert printers.asked[0].usage_ids == ("b",)


def test_a_warning_about_one_usage_stands_at_its_line(desk: UsageDesk, printers: Printers) -> None:
    printers.objections = (SwitchObjection(severity=Severity.WARN, text="a prints a lot.", usage_id="a"),)
    assert plan_of(planned(desk))["a"] == "Will use NEW. a prints a lot."


def test_a_holder_may_keep_a_usage_and_says_why_beforehand(desk: UsageDesk, printers: Printers) -> None:
    printers.refused["b"] = "b is locked."
    assert plan_of(planned(desk))["b"] == "Stays as it is: b is locked."
    assert where(printers) == {"a": "old", "b": "old"}
    assert switched(desk).done == "1 of 2 switched to NEW."


def test_a_warning_is_shown_before_anything_is_switched(desk: UsageDesk, printers: Printers) -> None:
    printers.objections = (SwitchObjection(severity=Severity.WARN, text="NEW stands in another building."),)
    warned = planned(desk)
    assert warned.plan is not None
    assert warned.plan.warnings == ("NEW stands in another building.",)
    assert printers.asked == []
    assert desk.apply(ADMINISTRATOR, warned).done == "2 of 2 switched to NEW."


def test_a_warning_that_came_since_the_preview_is_shown_first(desk: UsageDesk, printers: Printers) -> None:
    shown = planned(desk)
    printers.objections = (SwitchObjection(severity=Severity.WARN, text="NEW stands in another building."),)
    again = desk.apply(ADMINISTRATOR, shown)
    assert "Something changed meanwhile" in again.problem
    assert again.plan is not None
    assert again.plan.warnings == ("NEW stands in another building.",)
    assert printers.asked == []
    assert desk.apply(ADMINISTRATOR, again).done == "2 of 2 switched to NEW."


def test_a_profile_that_began_to_run_since_the_preview_is_no_other_plan(desk: UsageDesk, printers: Printers) -> None:
    shown = planned(desk)
    printers.held["a"] = printers.held["a"].model_copy(update={"running": True})
    assert desk.apply(ADMINISTRATOR, shown).done == "2 of 2 switched to NEW."


def test_a_usage_of_another_host_is_shown_and_left_to_that_host(desk: UsageDesk, printers: Printers) -> None:
    printers.held["c"] = usage("c", host="Mailroom PC")
    assert plan_of(planned(desk))["c"] == "Stays as it is: It belongs to Mailroom PC; switch it there."
    switched(desk)
    assert where(printers) == {"a": "new", "b": "new", "c": "old"}


def test_what_was_chosen_may_point_elsewhere_by_now(desk: UsageDesk, printers: Printers) -> None:
    dialog = planned(desk, "new", "a")
    printers.held["a"] = printers.held["a"].model_copy(update={"subject": THIRD})
    assert "points elsewhere by now" in desk.apply(ADMINISTRATOR, dialog).problem
    assert where(printers)["a"] == "third"


def test_who_may_not_switch_sees_the_list_and_why(host: FakeHost, desk: UsageDesk, printers: Printers) -> None:
    complete = planned(desk)
    switched(desk, "new", "a")
    offered = desk.open(ADMINISTRATOR, OLD)
    host.permissions.deny(ADMINISTRATOR.user_id, Permission.SWITCH)
    refused = desk.open(ADMINISTRATOR, OLD)
    assert refused.usages != ()
    assert "not switch" in refused.blocked
    assert refused.undo_text == ""
    assert "not switch" in desk.apply(ADMINISTRATOR, complete).blocked
    assert "may not switch" in desk.undo(ADMINISTRATOR, offered).problem
    assert where(printers) == {"a": "new", "b": "old"}


def test_who_may_not_view_sees_nothing(host: FakeHost, desk: UsageDesk) -> None:
    host.permissions.deny(ADMINISTRATOR.user_id, Permission.VIEW)
    dialog = desk.open(ADMINISTRATOR, OLD)
    assert dialog.usages == ()
    assert "may not see" in dialog.blocked
