"""What hosts get from hooks: sorted, merged, and through the wrappers and tracers of pluggy."""

from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from hostspec import (
    Answers,
    ChoiceQuery,
    ConnectionChoice,
    ConnectionId,
    HookCalls,
    Severity,
    Subject,
    SwitchedUsage,
    SwitchObjection,
    TypeId,
    UsageSwitch,
    UserId,
    hookimpl,
    make_manager,
)
from hostspec.testing import FakeHost
from tests.canaries import assert_no_leaks, canary
from tests.hostspec.sample_plugins import (
    HEAD_OFFICE,
    Collects,
    Hears,
    Opens,
    OpenSession,
    choice,
    kind,
    raising,
    tab,
    usage,
)

SWITCH = UsageSwitch(
    subject=HEAD_OFFICE,
    target=Subject(kind="connection", subject_id="c2", label="Branch"),
    usage_ids=("u3", "u1", "u2"),
    user_id=UserId("ada"),
)


def calls(*plugins: object) -> HookCalls:
    manager = make_manager()
    for number, plugin in enumerate(plugins):
        manager.register(plugin, f"plugin-{number}")
    return HookCalls(manager)


def labels(answers: Answers[ConnectionChoice]) -> list[str]:
    return [one.label for one in answers]


def test_tabs_and_types_are_sorted_by_order_then_label_whoever_answers() -> None:
    one = Collects(
        tabs=[tab("4", title="beta", order=200), tab("1", title="zulu", order=100)],
        connection_types=[kind("b", label="Bank", order=2), kind("z", label="Archive", order=2)],
    )
    two = Collects(
        tabs=[tab("3", title="Alpha", order=200), tab("5", title="Charlie", order=200), tab("0", order=-5)],
        connection_types=[kind("a", label="Mail", order=1)],
    )
    for hooks in (calls(one, two), calls(two, one)):
        assert [found.tab_id for found in hooks.tabs()] == ["0", "1", "3", "4", "5"]
        assert [found.label for found in hooks.connection_types()] == ["Mail", "Archive", "Bank"]


def test_usages_of_this_host_come_first_then_by_profile_and_step() -> None:
    holder = Collects(usages=[usage("beta"), usage("Alpha", step="two"), usage("alpha", step="one")])
    store = Collects(usages=[usage("aaa", host="Workstation 2")])
    answers = calls(holder, store).usages(HEAD_OFFICE)
    found = [(one.host, one.profile, one.step) for one in answers]
    assert found == [
        ("", "Alpha", "two"),
        ("", "alpha", "one"),
        ("", "beta", "Migration"),
        ("Workstation 2", "aaa", "Migration"),
    ]


def test_results_of_a_switch_come_in_the_order_of_the_request() -> None:
    one = Collects(
        switch_usages=[SwitchedUsage(usage_id="u1", switched=True), SwitchedUsage(usage_id="u3", switched=True)]
    )
    two = Collects(switch_usages=[SwitchedUsage(usage_id="u2", switched=False, detail="It is locked.")])
    assert [one.usage_id for one in calls(one, two).switch_usages(SWITCH)] == ["u3", "u1", "u2"]


def test_targets_are_sorted_by_label_and_blocking_objections_come_first() -> None:
    warn = SwitchObjection(severity=Severity.WARN, text="Another tenant.")
    block = SwitchObjection(severity=Severity.BLOCK, text="No scope.")
    targets = [Subject(kind="connection", subject_id=name, label=name.upper()) for name in ("b", "a")]
    hooks = calls(
        Collects(subject_targets=targets, switch_objections=[warn, warn]), Collects(switch_objections=[block])
    )
    assert [one.label for one in hooks.subject_targets(HEAD_OFFICE)] == ["A", "B"]
    assert hooks.switch_objections(SWITCH).items == (block, warn, warn)


def test_every_plugin_gets_the_query_as_it_is() -> None:
    heard: list[object] = []
    query = ChoiceQuery(type_ids=(TypeId("mail"),), search="head", limit=7, selected_id=ConnectionId("c1"))

    def remember(asked: object) -> tuple[ConnectionChoice, ...]:
        heard.append(asked)
        return ()

    calls(Collects(connection_choices=remember), Collects(connection_choices=remember)).connection_choices(query)
    assert heard == [query, query]


def test_choices_of_all_plugins_are_merged_and_kept_to_the_limit() -> None:
    one = Collects(connection_choices=[choice(f"a{number}", label=f"{number} from one") for number in range(5)])
    two = Collects(connection_choices=[choice(f"b{number}", label=f"{number} from two") for number in range(5)])
    answers = calls(one, two).connection_choices(ChoiceQuery(limit=3))
    assert labels(answers) == ["0 from one", "0 from two", "1 from one"]


def test_the_selected_choice_is_kept_beyond_the_limit_and_sorted_in() -> None:
    many = Collects(connection_choices=[choice(f"c{number}", label=f"Entry {number}") for number in range(9)])
    answers = calls(many).connection_choices(ChoiceQuery(limit=2, selected_id=ConnectionId("c8")))
    assert labels(answers) == ["Entry 0", "Entry 1", "Entry 8"]


def test_choices_of_types_that_nobody_asked_for_are_left_out_but_for_the_selected_one() -> None:
    sloppy = Collects(
        connection_choices=[choice("m", type_id="mail"), choice("b", type_id="bank"), choice("s", type_id="x")]
    )
    query = ChoiceQuery(type_ids=(TypeId("mail"),), selected_id=ConnectionId("s"))
    assert labels(calls(sloppy).connection_choices(query)) == ["m", "s"]


def test_a_selected_connection_that_nobody_knows_no_longer_exists() -> None:
    answers = calls(Collects(connection_choices=[choice("c1")])).connection_choices(
        ChoiceQuery(selected_id=ConnectionId("gone"))
    )
    lost, known = answers
    assert (lost.connection_id, lost.type_id, lost.selectable) == ("gone", None, False)
    assert "no longer exists" in lost.label
    assert lost.hint
    assert known.connection_id == "c1"


def test_a_selected_connection_is_not_called_deleted_while_a_plugin_fails() -> None:
    hooks = calls(Collects(connection_choices=raising(OSError())), Collects(connection_choices=[choice("c1")]))
    answers = hooks.connection_choices(ChoiceQuery(selected_id=ConnectionId("c9")))
    lost = answers.items[0]
    assert "cannot be read right now" in lost.label
    assert '"plugin-0"' in lost.hint
    assert not lost.selectable
    assert answers.failed == ("plugin-0",)


def test_no_choice_is_made_up_where_nothing_is_selected() -> None:
    assert calls().connection_choices(ChoiceQuery()).items == ()


def test_the_same_choice_of_two_plugins_counts_once() -> None:
    answers = calls(
        Collects(connection_choices=[choice("c1", label="late")]),
        Collects(connection_choices=[choice("c1", label="first")]),
    ).connection_choices(ChoiceQuery())
    assert labels(answers) == ["first"]
    assert answers.failed == ("plugin-0",)


class Wrapper:
    """Wraps hooks as plugins of pluggy may, in the new style and the old one."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    @hookimpl(wrapper=True)
    def capture_tabs(self) -> Generator[None, list[Any], list[Any]]:
        self.seen.append("before")
        results = yield
        self.seen.append("after")
        return results

    @hookimpl(hookwrapper=True)
    def capture_open_session(self, connection_id: str) -> Generator[None, Any, None]:
        outcome = yield
        self.seen.append(type(outcome.exception).__name__ if outcome.exception else "opened")


def test_wrappers_of_other_plugins_stand_around_every_single_call() -> None:
    wrapper = Wrapper()
    hooks = calls(Collects(tabs=[tab("a")]), wrapper, Collects(tabs=[tab("b")]), Collects(tabs=raising(OSError())))
    answers = hooks.tabs()
    assert [one.tab_id for one in answers] == ["a", "b"]
    assert answers.failed == ("plugin-3",)
    assert wrapper.seen == ["before", "before", "after", "before", "after"]


def test_wrappers_see_how_an_opening_ends() -> None:
    wrapper = Wrapper()
    session = OpenSession()
    assert calls(Opens(session), Opens(raising(OSError())), wrapper).open_session(ConnectionId("c")) is session
    assert wrapper.seen == ["OSError", "opened"]


def test_tracing_shows_every_call_and_no_secret() -> None:
    manager = make_manager()
    manager.register(Collects(tabs=[tab("a")]), "a")
    manager.register(Opens(OpenSession()), "b")
    manager.register(Hears(), "c")
    lines: list[str] = []
    manager.trace.root.setwriter(lines.append)
    undo = manager.enable_tracing()
    hooks = HookCalls(manager)
    hooks.tabs()
    hooks.open_session(ConnectionId("c1"))
    hooks.connection_choices(ChoiceQuery(search="head"))
    hooks.maintain(1.5)
    undo()
    hooks.shutdown()
    text = "".join(lines)
    for name in ("capture_tabs", "capture_open_session", "capture_connection_choices", "capture_maintain"):
        assert name in text
    assert "connection_id: c1" in text
    assert "capture_shutdown" not in text


def test_tracing_the_start_shows_neither_settings_nor_keys(tmp_path: Path) -> None:
    key = canary("data-key")
    host = FakeHost(tmp_path, settings={"key": key}, plugins={"a": Hears()})
    lines: list[str] = []
    host.manager.trace.root.setwriter(lines.append)
    host.manager.enable_tracing()
    host.start()
    host.stop()
    assert "capture_startup" in "".join(lines)
    assert_no_leaks("".join(lines), {"key": key})


@pytest.mark.parametrize("name", ["capture_tabs", "capture_open_session"])
def test_monitoring_sees_one_plugin_at_a_time(name: str) -> None:
    manager = make_manager()
    for number in range(3):
        manager.register(Collects(tabs=[tab(str(number))]), f"c{number}")
        manager.register(Opens(None), f"o{number}")
    counts: list[tuple[str, int]] = []
    manager.add_hookcall_monitoring(
        lambda hook, implementations, _: counts.append((hook, len(implementations))), lambda *_: None
    )
    hooks = HookCalls(manager)
    hooks.tabs()
    with pytest.raises(Exception, match="no longer exists"):
        hooks.open_session(ConnectionId("c1"))
    assert [count for count in counts if count[0] == name] == [(name, 1)] * 3
