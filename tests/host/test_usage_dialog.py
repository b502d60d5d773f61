"""The dialog that shows who uses a shared object and moves them to another."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hostspec.markers import hookimpl
from hostspec.permissions import Permission
from hostspec.testing import ADMINISTRATOR, FakeHost
from hostspec.usages import Severity, Subject, SwitchedUsage, SwitchObjection, Usage, UsageSwitch
from sample_host.usage_dialog import UsageDialog, chosen, open_usage, switch

KIND = "printer"
OLD, NEW, THIRD = (Subject(kind=KIND, subject_id=n, label=n.upper()) for n in ("old", "new", "third"))


def usage(name: str, *, host: str = "", enabled: bool = True) -> Usage:
    seen = datetime(2026, 11, 20, tzinfo=UTC) if host else None
    return Usage(
        usage_id=name, subject=OLD, profile=f"Profile {name}", step="Print", enabled=enabled, host=host, seen_at=seen
    )


@dataclass(eq=False)
class Printers:
    """Owns printers and holds references to them."""

    held: dict[str, Usage] = field(
        default_factory=lambda: {u.usage_id: u for u in (usage("a"), usage("b", enabled=False))}
    )
    targets: tuple[Subject, ...] = (NEW, THIRD)
    objections: tuple[SwitchObjection, ...] = ()
    fail_at: str = ""
    asked: list[UsageSwitch] = field(default_factory=list)

    def _maybe_fail(self, where: str) -> None:
        if self.fail_at == where:
            raise RuntimeError("a secret")

    @hookimpl
    def capture_usages(self, subject: Subject) -> Iterable[Usage]:
        self._maybe_fail("usages")
        return [u for u in self.held.values() if u.subject == subject]

    @hookimpl
    def capture_switch_usages(self, switch: UsageSwitch) -> Iterable[SwitchedUsage]:
        self._maybe_fail("switch")
        self.asked.append(switch)
        for usage_id in switch.usage_ids:
            mine = self.held.get(usage_id)
            if mine is None or mine.host:
                continue
            self.held[usage_id] = mine.model_copy(update={"subject": switch.target})
            yield SwitchedUsage(usage_id=usage_id, switched=True)

    @hookimpl
    def capture_subject_targets(self, subject: Subject) -> Iterable[Subject]:
        self._maybe_fail("targets")
        return self.targets

    @hookimpl
    def capture_switch_objections(self, switch: UsageSwitch) -> Iterable[SwitchObjection]:
        self._maybe_fail("objections")
        return self.objections


@pytest.fixture
def printers() -> Printers:
    return Printers()


@pytest.fixture
def host(tmp_path: Path, printers: Printers) -> FakeHost:
    return FakeHost(tmp_path, plugins={"printers": printers})


def opened(host: FakeHost) -> UsageDialog:
    return open_usage(host, ADMINISTRATOR, OLD)


def switched(host: FakeHost, dialog: UsageDialog, target: str = "new", *ticked: str) -> UsageDialog:
    return switch(host, ADMINISTRATOR, chosen(dialog, target, frozenset(ticked)))


def results(dialog: UsageDialog) -> dict[str, str]:
    return {usage_id: result.text for usage_id, result in dialog.results}


def test_it_lists_everyone_disabled_profiles_included(host: FakeHost) -> None:
    dialog = opened(host)
    assert [u.usage_id for u in dialog.usages] == ["a", "b"]
    assert dialog.targets == (NEW, THIRD)
    assert dialog.blocked == ""


def test_all_are_switched_when_none_is_ticked(host: FakeHost, printers: Printers) -> None:
    dialog = switched(host, opened(host))
    assert results(dialog) == {"a": "Now uses NEW.", "b": "Now uses NEW."}
    assert dialog.done == "2 of 2 switched to NEW."
    assert {u.subject for u in printers.held.values()} == {NEW}


def test_only_the_ticked_ones_are_switched(host: FakeHost, printers: Printers) -> None:
    dialog = switched(host, opened(host), "new", "b")
    assert results(dialog) == {"b": "Now uses NEW."}
    assert printers.held["a"].subject == OLD


def test_nothing_happens_before_a_target_is_chosen(host: FakeHost, printers: Printers) -> None:
    assert switched(host, opened(host), "").problem == "Choose what to switch to first."
    assert switched(host, opened(host), "elsewhere").problem == "Choose what to switch to first."
    assert printers.asked == []


def test_without_another_object_it_says_why_nothing_can_be_switched(host: FakeHost, printers: Printers) -> None:
    printers.targets = ()
    assert opened(host).blocked == "There is no other printer to switch to. Add one first."


def test_without_users_there_is_nothing_to_switch(host: FakeHost, printers: Printers) -> None:
    printers.held.clear()
    assert "nothing to switch" in opened(host).blocked


@pytest.mark.parametrize("place", ["usages", "targets"])
def test_an_incomplete_list_is_never_switched_and_the_plugin_is_named(
    host: FakeHost, printers: Printers, place: str
) -> None:
    complete = opened(host)
    printers.fail_at = place
    assert "printers" in opened(host).blocked
    after = switched(host, complete)
    assert "printers" in after.blocked
    assert "secret" not in after.blocked
    assert printers.asked == []


def test_nothing_is_switched_while_an_owner_cannot_say_what_it_thinks(host: FakeHost, printers: Printers) -> None:
    printers.fail_at = "objections"
    dialog = switched(host, opened(host))
    assert "printers" in dialog.problem
    assert printers.asked == []


def test_a_holder_that_fails_while_switching_is_named(host: FakeHost, printers: Printers) -> None:
    printers.fail_at = "switch"
    dialog = switched(host, opened(host))
    assert "printers" in dialog.problem
    assert results(dialog)["a"] == "Nobody could switch it."


def test_a_blocking_objection_keeps_everything_as_it_is(host: FakeHost, printers: Printers) -> None:
    printers.objections = (SwitchObjection(severity=Severity.BLOCK, text="NEW is for labels only."),)
    dialog = switched(host, opened(host))
    assert dialog.problem == "Nothing was switched. NEW is for labels only."
    assert printers.asked == []


def test_an_objection_to_one_usage_keeps_that_one_only(host: FakeHost, printers: Printers) -> None:
    printers.objections = (SwitchObjection(severity=Severity.BLOCK, text="a prints in color.", usage_id="a"),)
    dialog = switched(host, opened(host))
    assert results(dialog) == {"a": "a prints in color.", "b": "Now uses NEW."}
    assert printers.asked[0].usage_ids == ("b",)


def test_a_warning_is_shown_first_and_the_next_switch_goes_on(host: FakeHost, printers: Printers) -> None:
    printers.objections = (SwitchObjection(severity=Severity.WARN, text="NEW stands in another building."),)
    warned = switched(host, opened(host))
    assert warned.warnings == ("NEW stands in another building.",)
    assert printers.asked == []
    assert switched(host, warned).done == "2 of 2 switched to NEW."


def test_a_warning_does_not_count_for_another_choice(host: FakeHost, printers: Printers) -> None:
    printers.objections = (SwitchObjection(severity=Severity.WARN, text="NEW stands in another building."),)
    warned = switched(host, opened(host))
    assert switched(host, warned, "third").warnings != ()
    assert printers.asked == []


def test_a_usage_of_another_host_is_left_to_that_host(host: FakeHost, printers: Printers) -> None:
    printers.held["c"] = usage("c", host="Mailroom PC")
    assert results(switched(host, opened(host)))["c"] == "It belongs to Mailroom PC; switch it there."


def test_what_was_ticked_may_point_elsewhere_by_now(host: FakeHost, printers: Printers) -> None:
    dialog = opened(host)
    printers.held["a"] = printers.held["a"].model_copy(update={"subject": THIRD})
    assert switched(host, dialog, "new", "a").problem == "What was ticked points elsewhere by now."
    assert printers.held["a"].subject == THIRD


def test_who_may_not_switch_sees_the_list_and_why(host: FakeHost, printers: Printers) -> None:
    complete = opened(host)
    host.permissions.deny(ADMINISTRATOR.user_id, Permission.SWITCH)
    assert opened(host).usages != ()
    assert "not switch" in opened(host).blocked
    assert "not switch" in switched(host, complete).blocked
    assert printers.asked == []


def test_who_may_not_view_sees_nothing(host: FakeHost) -> None:
    host.permissions.deny(ADMINISTRATOR.user_id, Permission.VIEW)
    assert opened(host).usages == ()
    assert "may not see" in opened(host).blocked
