"""The suite for hosts passes what keeps the rules, and names the rule that a host breaks."""

from __future__ import annotations

import itertools
import os
import threading
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from hostspec import Answers, BatchRerun, HookCalls, RerunBatch, SwitchedUsage, UserAct, hookimpl
from hostspec.testing import FakeClock, FakePermissions, FakeProfiles, FakeTasks, HostContract, TaskMode
from hostspec.testing.contract_rules import ContractViolation, NotAnswered, threads_now
from hostspec.testing.fake_tasks import FakeTask
from hostspec.testing.host_rules import HostRule
from hostspec.testing.host_subject import HEAD_OFFICE
from hostspec.testing.probe_tab import CRASH
from tests.hostspec.broken_details import FORGETFUL
from tests.hostspec.plain_host import PlainContract, PlainHost, PlainWindow, Shielding

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from hostspec.testing import FakeHost


class TestPlainHost(PlainContract):
    """Every rule holds for a host that keeps them."""


def broken_host(arrange: Callable[[FakeHost], object] = lambda _: None, **members: object) -> type[PlainHost]:
    """A host with other services, or other members."""
    return type("BrokenHost", (PlainHost,), {"arrange": lambda self, fake: arrange(fake), **members})


def set_to(name: str, value: object) -> type[PlainHost]:
    """A host with one service replaced."""
    return broken_host(lambda fake: setattr(fake, name, value))


def hooks_with(**members: object) -> type[PlainHost]:
    """A host whose hooks are called in another way."""
    calls = type("BrokenCalls", (HookCalls,), members)
    return broken_host(lambda fake: setattr(fake, "hooks", calls(fake.manager)))


def profiles_with(**members: object) -> type[PlainHost]:
    """A host whose profiles do something else."""
    return broken_host(lambda fake: setattr(fake, "profiles", type("BrokenProfiles", (FakeProfiles,), members)()))


def window_with(**members: object) -> type[PlainHost]:
    """A host whose windows do something else."""
    return broken_host(window_kind=type("BrokenWindow", (PlainWindow,), members))


def hides(*texts: str) -> type[PlainHost]:
    """A host that does not show some texts."""

    def read(self: Any) -> str:
        shown = PlainWindow.read(self)
        for text in texts:
            shown = shown.replace(text, "")
        return shown

    return window_with(read=read)


class LocalClock(FakeClock):
    def now(self) -> datetime:
        return super().now().replace(tzinfo=None)


class TwoTimesClock(FakeClock):
    def now_seconds(self) -> float:
        return super().now_seconds() - 3600


class HastyClock(FakeClock):
    def wait(self, seconds: float) -> None:
        pass


class DeafTask(FakeTask):
    def cancel(self) -> None:
        pass


class DeafTasks(FakeTasks):
    def start(self, name: str, work: Any) -> FakeTask:
        task = DeafTask(name, work)
        threading.Thread(target=task.run, daemon=True, name=name).start()
        return task


def only_enabled(self: Any, kind: str) -> Any:
    return tuple(usage for usage in FakeProfiles.usages(self, kind) if usage.enabled)


def all_enabled(self: Any, kind: str) -> Any:
    return tuple(one.model_copy(update={"enabled": True}) for one in FakeProfiles.usages(self, kind))


def numbered(self: Any, kind: str) -> Any:
    found = FakeProfiles.usages(self, kind)
    return tuple(one.model_copy(update={"usage_id": f"{one.profile}-{id(self)}"}) for one in found)


def of_any_subject(self: Any, subject: Any) -> Any:
    every = HookCalls.usages(self, HEAD_OFFICE)
    return Answers(every.items)


def careless_switch(self: Any, switch: Any) -> Any:
    return FakeProfiles.switch(self, switch.model_copy(update={"dry_run": False}))


def answers_for_all(self: Any, switch: Any) -> Any:
    return tuple(SwitchedUsage(usage_id=usage_id, switched=True) for usage_id in switch.usage_ids)


def again_and_again(self: Any, switch: Any) -> Any:
    results = FakeProfiles.switch(self, switch)
    return tuple(one.model_copy(update={"switched": True, "detail": ""}) for one in results)


def naming_nobody(self: Any, subject: Any) -> Any:
    return Answers(
        tuple(
            one
            for one in HookCalls.usages(self, subject).items
            if "/" not in one.usage_id or "Contract" in one.usage_id
        )
    )


def twice(self: Any, label: str) -> None:
    PlainWindow.press(self, label)
    if label == "Ask":
        self.driver.send(UserAct(action_id="ask", row_id=self.driver.selected))


def without_row(self: Any, label: str) -> None:
    if label == "Ask":
        self.driver.send(UserAct(action_id="ask"))
    else:
        PlainWindow.press(self, label)


def as_texts(self: Any, label: str) -> None:
    if label == "Save":
        for window in self.driver.windows.stack:
            window.values["number"] = str(window.values["number"])
    PlainWindow.press(self, label)


def plain_secrets(self: Any, label: str) -> None:
    if label == "Save":
        for window in self.driver.windows.stack:
            window.values["secret"] = window.values["secret"].get_secret_value()
    PlainWindow.press(self, label)


def forgetting(self: Any, label: str) -> None:
    PlainWindow.press(self, label)
    for window in self.driver.windows.stack:
        if label == "Save":
            window.values["number"] = None


def remembering(self: Any) -> str:
    shown = PlainWindow.read(self)
    return f"{shown}\ntyped-unseen" if "Not this one." in shown else shown


def never_closing(self: Any, label: str) -> None:
    before = list(self.driver.windows.stack)
    PlainWindow.press(self, label)
    if label == "Save" and not self.driver.windows.stack:
        self.driver.windows.stack.extend(before)


def lost_row(self: Any, label: str) -> None:
    if label == "Do it":
        self.driver.windows.stack.clear()
        self.driver.send(UserAct(action_id="do"))
    else:
        PlainWindow.press(self, label)


class Talkative(Shielding):
    def what_broke(self) -> str:
        return f"It says {CRASH}."


class Broken(NamedTuple):
    rule: HostRule
    check: str
    kind: type[PlainHost]
    finding: str


def started_twice(self: Any) -> None:
    self.fake.start()
    HookCalls(self.fake.manager).startup(self.fake)


def ended_twice(self: Any) -> None:
    self.fake.hooks.shutdown()
    self.fake.stop()


NUMBERS = itertools.count()
NEVER = threading.Event()


def new_id(fake: FakeHost) -> None:
    fake.host_id = f"host-{next(NUMBERS)}"


def tell_badly(self: Any, *_: object) -> None:
    raise RuntimeError("nobody is there")


def deaf_to(hook: str) -> Callable[[FakeHost], object]:
    """Let the host fail at a hook of its own: the others never hear of that."""

    def fails(self: Any) -> None:
        raise RuntimeError("this host cannot hear")

    return lambda fake: fake.register("own", type("Own", (), {hook: hookimpl(fails)})())


def rerun_all(fake: FakeHost) -> None:
    class Eager:
        @hookimpl
        def capture_rerun_batches(self, rerun: BatchRerun) -> list[RerunBatch]:
            return [RerunBatch(batch_id=batch_id, started=True) for batch_id in rerun.batch_ids]

    fake.register("own", Eager())


ALLOWS = type("Trusting", (FakePermissions,), {"is_allowed": lambda *_: True})()
WINDOW = "every_field_is_drawn_and_comes_back"
REPLACING = "a_dialog_is_replaced_in_place_and_then_closes"

STARTING = "a_plugin_is_given_all_that_a_host_provides"
WORKING = "work_goes_on_in_a_thread_of_its_own"
OTHERS = "a_switch_moves_its_own_usages_and_no_others"

CASES = (
    Broken(HostRule.STARTUP, STARTING, broken_host(begin=lambda self: None), "0 times"),
    Broken(HostRule.STARTUP, STARTING, broken_host(begin=started_twice), "2 times"),
    Broken(HostRule.STARTUP, STARTING, broken_host(lambda fake: delattr(fake, "host_name")), "no host_name"),
    Broken(
        HostRule.STARTUP_FAILED,
        "a_plugin_that_cannot_start_costs_only_itself",
        hooks_with(usages=naming_nobody),
        "not named",
    ),
    Broken(HostRule.SHUTDOWN, "every_plugin_is_told_once_that_the_host_ends", broken_host(stop=lambda self: None), "0"),
    Broken(HostRule.SHUTDOWN, "every_plugin_is_told_once_that_the_host_ends", broken_host(stop=ended_twice), "2"),
    Broken(HostRule.ENDS, "what_runs_is_asked_to_stop_when_the_host_ends", broken_host(stop=lambda self: None), "stop"),
    Broken(HostRule.IDENTITY, "a_host_is_known_by_the_same_id_after_a_restart", broken_host(new_id), "and then"),
    Broken(HostRule.IDENTITY, "a_host_is_known_by_the_same_id_after_a_restart", set_to("host_name", " "), "no name"),
    Broken(HostRule.SETTINGS, "settings_are_texts", set_to("settings", {"port": 1}), "something else"),
    Broken(HostRule.CLOCK, "the_clocks_are_right", set_to("clock", LocalClock(auto_advance=True)), "not UTC"),
    Broken(HostRule.CLOCK, "the_clocks_are_right", set_to("clock", HastyClock()), "less time"),
    Broken(
        HostRule.CLOCK, "the_clocks_are_right", set_to("clock", TwoTimesClock(auto_advance=True)), "not the same time"
    ),
    Broken(HostRule.TASKS, WORKING, set_to("tasks", FakeTasks(TaskMode.INLINE)), "only when"),
    Broken(HostRule.TASKS, WORKING, set_to("tasks", FakeTasks(TaskMode.HELD)), "not end"),
    Broken(HostRule.TASKS_CANCEL, "work_hears_that_it_was_cancelled", set_to("tasks", DeafTasks()), "heard nothing"),
    Broken(HostRule.PERMISSIONS, "strangers_may_do_nothing", set_to("permissions", ALLOWS), "A stranger got True"),
    Broken(
        HostRule.PROFILES, "profiles_are_told_and_watched", profiles_with(watch=lambda self, listener: None), "hear"
    ),
    Broken(
        HostRule.ISOLATION,
        "a_failing_plugin_costs_its_own_answers_only",
        hooks_with(usages=lambda self, subject: Answers(HookCalls.usages(self, subject).items)),
        "not named",
    ),
    Broken(
        HostRule.ISOLATION,
        "a_failing_plugin_costs_its_own_answers_only",
        hooks_with(usages=lambda self, subject: Answers((), HookCalls.usages(self, subject).failed)),
        "came to []",
    ),
    Broken(
        HostRule.OPEN,
        "a_connection_is_opened_by_its_owner_or_not_found",
        hooks_with(open_session=lambda self, connection_id: None),
        "NoneType",
    ),
    Broken(HostRule.TOLD, "news_is_taken_from_any_thread", hooks_with(tab_changed=tell_badly), "RuntimeError"),
    Broken(
        HostRule.CHANGED, "news_is_taken_from_any_thread", hooks_with(connections_changed=tell_badly), "RuntimeError"
    ),
    Broken(HostRule.TOLD, "news_is_taken_from_any_thread", broken_host(deaf_to("capture_tab_changed")), "not taken"),
    Broken(
        HostRule.CHANGED, "news_is_taken_from_any_thread", broken_host(deaf_to("capture_connections_changed")), "not"
    ),
    Broken(HostRule.NOTIFY, "news_is_taken_from_any_thread", broken_host(deaf_to("capture_notify")), "not taken"),
    Broken(HostRule.RERUN, "batches_of_others_are_not_run", broken_host(rerun_all), "nobody's"),
    Broken(HostRule.RERUN, "batches_of_others_are_not_run", broken_host(deaf_to("capture_rerun_batches")), "raised"),
    Broken(HostRule.NOTIFY, "news_is_taken_from_any_thread", hooks_with(notify=tell_badly), "RuntimeError"),
    Broken(
        HostRule.USAGES,
        "every_usage_counts",
        profiles_with(usages=only_enabled),
        "A disabled profile's usage",
    ),
    Broken(HostRule.USAGES, "every_usage_counts", profiles_with(usages=all_enabled), "which profile runs"),
    Broken(HostRule.USAGES_OF, "usages_are_of_what_was_asked_about", hooks_with(usages=of_any_subject), "nobody uses"),
    Broken(HostRule.USAGE_IDS, "a_usage_keeps_its_id", profiles_with(usages=numbered), "others"),
    Broken(HostRule.DRY_RUN, "a_dry_run_changes_nothing", profiles_with(switch=careless_switch), "point elsewhere"),
    Broken(
        HostRule.SWITCH,
        "a_switch_moves_its_own_usages_and_no_others",
        profiles_with(switch=answers_for_all),
        "answered for",
    ),
    Broken(HostRule.SWITCH_STALE, "what_points_elsewhere_by_now_stays", profiles_with(switch=again_and_again), "again"),
    Broken(HostRule.VIEW, "a_tab_can_be_read", hides("A notice."), "'A notice.' cannot be read"),
    Broken(HostRule.VIEW, "a_tab_can_be_read", hides("<b>"), "<b>Row"),
    Broken(HostRule.ACT, "a_button_sends_its_act_with_the_row", window_with(press=twice), "came 2 times"),
    Broken(HostRule.ACT, "a_button_sends_its_act_with_the_row", window_with(press=without_row), "row None"),
    Broken(HostRule.DIALOG, WINDOW, window_with(press=as_texts), "'number' came back as str"),
    Broken(HostRule.DIALOG, WINDOW, hides("copy-me"), "copy-me"),
    Broken(HostRule.SECRET, WINDOW, window_with(press=plain_secrets), "came back as str"),
    Broken(HostRule.SECRET, REPLACING, window_with(read=remembering), "can be read"),
    Broken(HostRule.REPLACED, REPLACING, hides("Not this one."), "Not this one."),
    Broken(HostRule.REPLACED, REPLACING, window_with(press=forgetting), "did not come back"),
    Broken(HostRule.CLOSE, REPLACING, window_with(press=never_closing), "still there"),
    Broken(HostRule.MESSAGE, "a_message_is_answered", window_with(press=lost_row), "name the row"),
    Broken(
        HostRule.WAIT, "a_wait_goes_on_and_can_be_cancelled", window_with(pass_time=lambda self: None), "did not ask"
    ),
    Broken(HostRule.USAGE, "who_uses_a_subject_is_shown", hides("Contract A"), "Contract A"),
    Broken(HostRule.ERROR, "errors_are_told_and_nothing_of_a_crash", hides("Sundays"), "Sundays"),
    Broken(HostRule.ERROR, "errors_are_told_and_nothing_of_a_crash", broken_host(shield=Talkative), "can be read"),
    *(Broken(one.rule, one.check, window_with(**one.members), one.finding) for one in FORGETFUL),
)


def still_running(before: frozenset[threading.Thread]) -> list[str]:
    """Threads that were begun since and do not come to their end."""
    begun = threads_now() - before
    for thread in begun:
        thread.join(5.0)
    return [thread.name for thread in begun if thread.is_alive()]


@pytest.mark.parametrize("broken", CASES, ids=lambda one: f"{one.rule.name}-{one.finding}")
def test_a_host_that_breaks_a_rule_is_told_which(
    tmp_path: Path, broken: Broken, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("contract_rules", "host_subject"):
        monkeypatch.setattr(f"hostspec.testing.{module}.PATIENCE", 0.3)
    suite, before = PlainContract(), threads_now()
    vars(suite)["kind"] = broken.kind
    with pytest.raises(ContractViolation) as caught:
        getattr(suite, f"test_{broken.check}")(tmp_path)
    assert not still_running(before), "work of the suite goes on after its verdict"
    rule, text = broken.rule.value, str(caught.value)
    assert caught.value.rule is rule, text
    assert text.startswith(f"{rule.about}: ")
    assert text.endswith(f"{rule.says} See {rule.page}")
    assert broken.finding in text


def test_a_data_directory_that_others_may_write_is_told(tmp_path: Path) -> None:
    suite = PlainContract()
    vars(suite)["kind"] = broken_host(lambda fake: os.chmod(str(fake.data_dir), 0o777))  # noqa: PTH101 -- an expression
    with pytest.raises(ContractViolation, match=r"HostServices\.data_dir: Others may write it\."):
        suite.test_the_data_directory_is_private(tmp_path)


def test_each_rule_is_broken_by_some_case() -> None:
    assert {case.rule for case in CASES} | {HostRule.DATA_DIR} == set(HostRule)


def test_an_author_is_told_what_to_write_first(tmp_path: Path) -> None:
    with pytest.raises(NotAnswered, match=r"Empty\.start_host has to start the host"):
        type("Empty", (HostContract,), {})().test_every_usage_counts(tmp_path)
