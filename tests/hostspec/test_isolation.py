"""A plugin that breaks down costs its own answers and nobody else's."""

import gc
import logging
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pluggy
import pytest

from hostspec import (
    ConnectionChoice,
    ConnectionId,
    ConnectionNotFound,
    HookCalls,
    PluginFailed,
    SignInNeeded,
    StoreUnavailable,
    Tab,
    hookimpl,
    make_manager,
)
from hostspec.services import Hooks
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

C1 = ConnectionId("c1")


def calls(**plugins: object) -> HookCalls:
    """Hooks of a host with these plugins, the first of which is called first."""
    manager = make_manager()
    for name, plugin in reversed(plugins.items()):
        manager.register(plugin, name)
    return HookCalls(manager)


def dies_halfway() -> Iterator[Tab]:
    yield tab("lost")
    raise RuntimeError("halfway")


def yields_then_exits() -> Iterator[Tab]:
    yield tab("lost")
    raise SystemExit(3)


class Exploding(dict[str, object]):
    def __iter__(self) -> Iterator[str]:
        raise RecursionError


BROKEN: dict[str, object] = {
    "raises": raising(RuntimeError("no")),
    "exits": raising(SystemExit(1)),
    "raises GeneratorExit": raising(GeneratorExit()),
    "raises a bare BaseException": raising(BaseException()),
    "raises a CaptureError": raising(StoreUnavailable("The list cannot be read.")),
    "dies halfway": dies_halfway,
    "exits halfway": yields_then_exits,
    "answers a text": "tabs",
    "answers a number": 7,
    "answers one item instead of several": tab("lonely"),
    "answers the class": [Tab],
    "answers a wrong item last": [tab("lost"), {"tab_id": "x"}],
    "answers something that only looks like a tab": [SimpleNamespace(**vars(tab("lost")))],
    "answers None among items": [tab("lost"), None],
    "answers an id twice": [tab("twice"), tab("other"), tab("twice")],
    "answers an order that is no number": [Tab(**{**vars(tab("lost")), "order": "first"})],
    "answers a title that is no text": [Tab(**{**vars(tab("lost")), "title": 5})],
    "answers an id that cannot be compared": [Tab(**{**vars(tab("lost")), "tab_id": ["x"]})],
    "answers a tab without a controller": [Tab(**{**vars(tab("lost")), "controller": None})],
    "answers something that explodes": Exploding(),
}


@pytest.mark.parametrize("order", ["before", "after"])
@pytest.mark.parametrize("how", BROKEN)
def test_a_broken_plugin_costs_its_own_answers_only(how: str, order: str) -> None:
    broken, good = Collects(tabs=BROKEN[how]), Collects(tabs=[tab("good")])
    hooks = calls(broken=broken, good=good) if order == "before" else calls(good=good, broken=broken)
    answers = hooks.tabs()
    assert [one.tab_id for one in answers] == ["good"]
    assert answers.failed == ("broken",)


def test_several_broken_plugins_are_all_named() -> None:
    hooks = calls(a=Collects(tabs=[7]), b=Collects(tabs=[tab("good")]), c=Collects(tabs=raising(SystemExit())))
    assert hooks.tabs().failed == ("a", "c")


def test_nothing_is_no_failure() -> None:
    assert calls(a=Collects(tabs=None), b=Collects(tabs=()), c=object()).tabs().failed == ()


def test_an_async_plugin_is_named_and_warns_of_nothing() -> None:
    class Async:
        @hookimpl
        async def capture_tabs(self) -> list[Tab]:
            return [tab("never")]

        @hookimpl
        async def capture_open_session(self, connection_id: str) -> None: ...

        @hookimpl
        async def capture_shutdown(self) -> None: ...

    hooks = calls(broken=Async())
    assert hooks.tabs().failed == ("broken",)
    with pytest.raises(PluginFailed):
        hooks.open_session(C1)
    hooks.shutdown()
    gc.collect()  # an unawaited coroutine would warn here, and warnings are errors


def test_a_generator_with_a_wrong_item_is_ended_at_once() -> None:
    ended = []

    def answers() -> Iterator[object]:
        try:
            yield "no tab"
        finally:
            ended.append(True)
            raise ZeroDivisionError

    assert calls(broken=Collects(tabs=answers)).tabs().failed == ("broken",)
    assert ended == [True]


@pytest.mark.parametrize(
    ("hook", "first", "second", "call"),
    [
        ("tabs", [tab("x")], [tab("x"), tab("y")], lambda hooks: hooks.tabs()),
        ("connection_types", [kind("x")], [kind("x"), kind("y")], lambda hooks: hooks.connection_types()),
        ("usages", [usage("P")], [usage("P"), usage("Q")], lambda hooks: hooks.usages(HEAD_OFFICE)),
    ],
)
def test_an_id_of_two_plugins_counts_once_and_both_are_named(
    hook: str, first: object, second: object, call: Callable[[HookCalls], Any], caplog: pytest.LogCaptureFixture
) -> None:
    hooks = calls(early=Collects(**{hook: first}), late=Collects(**{hook: second}))
    answers = call(hooks)
    assert len(answers) == 2
    assert answers.failed == ("late",)
    (warning,) = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert "'early'" in warning
    assert "'late'" in warning


def test_a_keyboard_interrupt_passes_through_every_kind_of_hook() -> None:
    interrupt = raising(KeyboardInterrupt())

    def halfway() -> Iterator[Tab]:
        yield tab("x")
        raise KeyboardInterrupt

    for hooks in (calls(a=Collects(tabs=interrupt)), calls(a=Collects(tabs=halfway))):
        with pytest.raises(KeyboardInterrupt):
            hooks.tabs()
    with pytest.raises(KeyboardInterrupt):
        calls(a=Opens(interrupt)).open_session(C1)
    with pytest.raises(KeyboardInterrupt):
        calls(a=Hears(error=KeyboardInterrupt())).shutdown()


def test_the_first_session_ends_the_asking() -> None:
    session, later = OpenSession(), Opens(OpenSession())
    hooks = calls(stranger=Opens(None), owner=Opens(session), later=later)
    assert hooks.open_session(C1) is session
    assert later.asked == []


def test_a_connection_that_is_nobodys_is_not_found() -> None:
    with pytest.raises(ConnectionNotFound, match="no longer exists"):
        calls(a=Opens(None), b=object()).open_session(C1)


def test_what_the_owner_says_about_a_connection_ends_the_asking_and_reaches_the_caller() -> None:
    later = Opens(OpenSession())
    problem = SignInNeeded("The sign-in ended.", code="REVOKED")
    with pytest.raises(SignInNeeded) as raised:
        calls(owner=Opens(raising(problem)), later=later).open_session(C1)
    assert raised.value is problem
    assert later.asked == []


@pytest.mark.parametrize("answer", [raising(OSError("disk")), raising(SystemExit()), 7, "session", OpenSession])
def test_a_broken_plugin_does_not_keep_the_owner_from_opening(answer: object) -> None:
    session = OpenSession()
    wrapped = answer if answer is not OpenSession else (lambda: OpenSession)
    assert calls(broken=Opens(wrapped), owner=Opens(session)).open_session(C1) is session


def test_a_broken_plugin_is_named_when_nobody_opens() -> None:
    with pytest.raises(PluginFailed, match=r'"broken".*nothing was sent') as raised:
        calls(stranger=Opens(None), broken=Opens(raising(OSError("disk")))).open_session(C1)
    assert raised.value.plugin == "broken"
    assert raised.value.__context__ is None


def test_everybody_hears_although_one_raises() -> None:
    first, last = Hears(), Hears()
    hooks = calls(first=first, broken=Hears(error=SystemExit()), last=last)
    hooks.tab_changed("connections", "w1")
    hooks.maintain(2.5)
    assert first.heard == last.heard == [("tab_changed", "connections", "w1"), ("maintain", 2.5)]


def test_the_log_names_plugin_hook_and_place_but_never_what_an_exception_says(
    caplog: pytest.LogCaptureFixture,
) -> None:
    secret = canary("refresh-token")

    def quoting() -> object:
        try:
            raise OSError(f"inner {secret}")
        except OSError as inner:
            raise ValueError(f"outer {secret}") from inner

    hooks = calls(broken=Collects(tabs=quoting), other=Opens(quoting), third=Hears(error=RuntimeError(secret)))
    hooks.tabs()
    with pytest.raises(PluginFailed) as raised:
        hooks.open_session(C1)
    hooks.shutdown()
    assert "Plugin 'broken' failed in capture_tabs: ValueError" in caplog.text
    assert "in quoting" in caplog.text
    assert len(caplog.records) == 3
    assert_no_leaks(caplog.text + repr(raised.value) + "".join(str(record.exc_info) for record in caplog.records), {
        "refresh token": secret,
    })  # fmt: skip


def test_the_log_tells_the_sentence_of_an_error_that_is_made_for_people(caplog: pytest.LogCaptureFixture) -> None:
    calls(broken=Collects(tabs=raising(StoreUnavailable("The disk is full.")))).tabs()
    assert "StoreUnavailable: The disk is full." in caplog.text


def test_plugins_that_come_and_go_are_noticed() -> None:
    manager = make_manager()
    hooks: Hooks = HookCalls(manager)
    assert hooks.tabs().items == ()
    manager.register(Collects(tabs=[tab("a")]), "a")
    manager.register(Collects(tabs=[tab("b")]), "b")
    assert [one.tab_id for one in hooks.tabs()] == ["a", "b"]
    manager.unregister(name="a")
    assert [one.tab_id for one in hooks.tabs()] == ["b"]
    manager.register(Collects(tabs=raising(ValueError())), "a")
    assert hooks.tabs().failed == ("a",)


def test_hook_calls_are_the_hooks_that_plugins_get() -> None:
    assert isinstance(HookCalls(make_manager()), Hooks)


def test_a_plugin_that_wraps_cannot_get_at_the_others_answers_of_another_kind() -> None:
    class Swapper:
        @hookimpl(wrapper=True)
        def capture_tabs(self) -> Any:
            yield
            return [["swapped"]]

    answers = calls(swapper=Swapper(), victim=Collects(tabs=[tab("good")])).tabs()
    assert answers.items == ()
    assert answers.failed == ("victim",)


def test_without_specifications_there_is_nothing_to_call() -> None:
    with pytest.raises(AttributeError):
        HookCalls(pluggy.PluginManager("capture")).tabs()


def test_a_plugin_that_fails_makes_answers_incomplete_and_not_wrong() -> None:
    def halfway(_: object) -> Iterator[ConnectionChoice]:
        yield choice("c1")
        raise OSError

    holder = Collects(usages=raising(OSError("profiles are locked")))
    answers = calls(holder=holder, other=Collects(usages=[usage("P")]), third=Collects(connection_choices=halfway))
    assert answers.usages(HEAD_OFFICE).failed == ("holder",)
    assert [one.profile for one in answers.usages(HEAD_OFFICE)] == ["P"]
