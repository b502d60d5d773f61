"""Other plugins and the host itself misbehave in the same process: our work is done all the same."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pluggy
import pytest

from hostspec.answers import Answers
from hostspec.connections import ChangeKind, ChoiceQuery
from hostspec.errors import NotAllowed
from hostspec.hooks import ConnectionHooks, LifecycleHooks, NoticeHooks, TabHooks, UsageHooks
from hostspec.loading import load_plugins
from hostspec.markers import PROJECT_NAME, hookimpl, hookspec
from hostspec.messages import Notification
from hostspec.testing.fake_host import ADMINISTRATOR
from hostspec.usages import CONNECTION_KIND, Subject, UsageSwitch
from hostspec.value import ConnectionId, Tone
from tests.canaries import assert_no_marks, canary
from tests.hostspec.test_loading import source
from tests.stories.capture_site import Site, make_marked_plugin

GROUPS: Final = (LifecycleHooks, TabHooks, ConnectionHooks, UsageHooks, NoticeHooks)
HOOKS: Final = tuple(name for group in GROUPS for name in vars(group) if name.startswith("capture_"))
SECRET: Final = canary("what another plugin knows")


def raises() -> object:
    raise RuntimeError(SECRET)


def leaves() -> object:
    raise SystemExit(SECRET)


def dies_halfway() -> Iterator[object]:
    yield from ()
    raise OSError(SECRET)


def answers_nonsense() -> object:
    return [SECRET]


WAYS: Final = {"raises": raises, "leaves": leaves, "dies halfway": dies_halfway, "nonsense": answers_nonsense}


def breaker(way: Callable[[], object], *, first: bool, at_start: bool = False) -> object:
    """A plugin that fails in every hook, called before or after all others."""
    hooks = [name for name in HOOKS if at_start or name != "capture_startup"]
    members: dict[str, Any] = {name: hookimpl(tryfirst=first, trylast=not first)(lambda self: way()) for name in hooks}
    return type("Breaker", (), members)()


@pytest.mark.parametrize("way", WAYS)
def test_e1_plugins_that_fail_before_and_after_ours_cost_nothing_of_our_work(
    tmp_path: Path, way: str, caplog: pytest.LogCaptureFixture
) -> None:
    with Site(tmp_path) as site:
        connection_id = site.add(site.tab(), "Head office")
        host = site.host
        host.register("before", breaker(WAYS[way], first=True))
        host.register("after", breaker(WAYS[way], first=False))
        changes, notices = len(host.connection_changes), len(host.notifications)

        second = site.add(site.tab(), "Branch office")
        with site.session(connection_id) as session:
            assert session.http.get("Organisation").status_code == 200
        host.hooks.maintain(1.0)
        host.hooks.notify(Notification(notification_id="n", title="A", text="B.", tone=Tone.GOOD))

        subject = Subject(kind=CONNECTION_KIND, subject_id=second, label="Branch office")
        site.use(second, profile="Invoices")
        switch = UsageSwitch(
            subject=subject,
            target=Subject(kind=CONNECTION_KIND, subject_id=connection_id, label="Head office"),
            usage_ids=("Invoices/To Xero",),
            dry_run=True,
            user_id=ADMINISTRATOR.user_id,
        )
        collected: dict[str, Answers[Any]] = {
            "tabs": host.hooks.tabs(),
            "types": host.hooks.connection_types(),
            "choices": host.hooks.connection_choices(ChoiceQuery()),
            "usages": host.hooks.usages(subject),
            "targets": host.hooks.subject_targets(subject),
            "switched": host.hooks.switch_usages(switch),
        }
        for name, answers in collected.items():
            assert sorted(answers.failed) == ["after", "before"], name
            assert answers.items, name
        assert [one.label for one in collected["choices"].items] == ["Branch office", "Head office"]
        assert sorted(host.hooks.switch_objections(switch).failed) == ["after", "before"]
        heard = list(host.connection_changes)[changes:]
        assert [change.kind for change in heard].count(ChangeKind.ADDED) == 1
        assert len(host.notifications) == notices + 1
    assert "Plugin 'before' failed in capture_tabs" in caplog.text
    assert "Plugin 'after' failed in capture_usages" in caplog.text
    assert_no_marks(caplog.text)


@pytest.mark.parametrize("first", [True, False])
def test_e1_a_plugin_that_cannot_start_is_named_and_ours_starts(tmp_path: Path, first: bool) -> None:
    with Site(tmp_path) as site:
        connection_id = site.add(site.tab(), "Head office")
        with site.make_host("host-b") as _:
            pass
        later = site.make_host("host-c")
        later.register("broken", breaker(raises, first=first, at_start=True))
        (failure,) = later.start()
        assert (failure.name, "could not start" in failure.sentence) == ("broken", True)
        assert_no_marks(repr(failure))
        assert later.tab("Connections").rows
        later.hooks.open_session(connection_id).close()
        later.stop()


def test_e1_a_failing_permission_service_is_a_refusal_and_quotes_nothing(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        connection_id = site.add(site.tab(), "Head office")
        site.host.permissions.error = RuntimeError(SECRET)
        with pytest.raises(NotAllowed) as refused:
            site.host.hooks.open_session(connection_id)
        assert_no_marks(str(refused.value))
        site.host.permissions.error = None


def test_e7_traced_hook_calls_show_no_secret(tmp_path: Path) -> None:
    traced: list[str] = []
    with Site(tmp_path) as site:
        site.host.manager.trace.root.setwriter(traced.append)
        stop_tracing = site.host.manager.enable_tracing()
        tab = site.tab()
        connection_id = site.add(tab, "Head office")
        with site.session(connection_id) as session:
            session.http.get("Organisation")
        tab.row("Head office")
        tab.press("Edit")
        site.authorize(tab)
        tab.press("OK")
        tab.press("Save")
        stop_tracing()
        site.host.manager.trace.root.setwriter(None)
    said = "".join(traced)
    assert {name for name in HOOKS if name in said} >= {
        "capture_open_session",
        "capture_tab_changed",
        "capture_connections_changed",
        "capture_connection_types",
    }
    assert f"connection_id: {connection_id}" in said
    assert_no_marks(said)


def older_host(without: str) -> pluggy.PluginManager:
    """The manager of a host that was made before this hook was."""
    manager = pluggy.PluginManager(PROJECT_NAME)
    known = {
        name: getattr(group, name) for group in GROUPS for name in vars(group) if name in HOOKS and name != without
    }
    manager = type(manager)(PROJECT_NAME)
    manager.add_hookspecs(type("OlderHooks", (), known))
    return manager


def test_e12_a_host_with_older_hooks_names_those_that_it_lacks() -> None:
    found = load_plugins(older_host("capture_switch_objections"), entry_points=[source("xero", make_marked_plugin)])
    assert found.loaded == ()
    (failure,) = found.failed
    assert "wants hooks that this host does not have: capture_switch_objections" in failure.sentence
    assert "Update the plugin or the host" in failure.sentence


def test_e12_a_host_whose_hook_has_other_arguments_names_hook_and_argument() -> None:
    manager = older_host("capture_open_session")

    class Changed:
        @hookspec
        def capture_open_session(self, entry: ConnectionId) -> object: ...

    manager.add_hookspecs(Changed)
    (failure,) = load_plugins(manager, entry_points=[source("xero", make_marked_plugin)]).failed
    assert "does not fit this host" in failure.sentence
    assert "capture_open_session" in failure.sentence
    assert "connection_id" in failure.sentence


def test_e12_a_host_with_newer_hooks_and_further_arguments_takes_the_plugin() -> None:
    manager = older_host("capture_maintain")

    class Newer:
        @hookspec
        def capture_maintain(self, budget_seconds: float, deadline: float) -> None: ...

        @hookspec
        def capture_printed(self, pages: int) -> None: ...

    manager.add_hookspecs(Newer)
    assert load_plugins(manager, entry_points=[source("xero", make_marked_plugin)]).loaded == ("xero",)
    manager.hook.capture_maintain(budget_seconds=1.0, deadline=2.0)


class HostEnd:
    """What a host does when it hears that a tab has news."""

    def __init__(self, do: Callable[[], object]) -> None:
        self._do = do
        self.heard = 0

    @hookimpl(tryfirst=True)
    def capture_tab_changed(self, tab_id: str, wait_id: str | None) -> None:
        self.heard += 1
        self._do()


def sign_in(site: Site) -> None:
    """A whole sign-in in a window that asks by itself how it goes on, as windows do every second."""
    tab = site.tab()
    site.fill_definition(tab, "Head office")
    tab.press("Authorize")
    tab.continue_until(lambda: tab.titles[-1] not in ("Preparing the sign-in", "Waiting for Xero"))
    assert tab.message.title == "Connection successful"
    tab.press("OK")
    tab.press("Save")
    assert site.tab().rows == ["Head office"]


def test_e4_a_host_that_raises_when_told_of_news_costs_no_sign_in(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with Site(tmp_path) as site:
        end = HostEnd(raises)
        site.host.register("window", end)
        sign_in(site)
        assert end.heard > 0
    assert "Plugin 'window' failed in capture_tab_changed: RuntimeError" in caplog.text


def test_e4_a_host_that_stays_in_the_call_holds_up_neither_sign_in_nor_anything_else(tmp_path: Path) -> None:
    released = threading.Event()
    with Site(tmp_path) as site:
        end = HostEnd(lambda: released.wait(60))
        site.host.register("window", end)
        began = site.host.clock.monotonic()
        try:
            tab = site.tab()
            site.fill_definition(tab, "Head office")
            tab.press("Authorize")
            tab.continue_until(lambda: tab.titles[-1] not in ("Preparing the sign-in", "Waiting for Xero"))
            assert tab.message.title == "Connection successful"
            assert end.heard > 0, "somebody is in the call still"
            assert not released.is_set()
            assert site.host.clock.monotonic() - began <= 90
            # No lock is held meanwhile: other windows and steps go on.
            other = site.tab()
            site.fill_definition(other, "Branch office")
            assert site.host.hooks.connection_choices(ChoiceQuery()).items == ()
        finally:
            released.set()


def test_e4_a_host_that_calls_back_into_us_is_answered(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        connection_id = site.add(site.tab(), "Branch office")
        answers: list[object] = []

        def call_back() -> None:
            site.host.hooks.open_session(connection_id).close()
            answers.append(site.tab().rows)
            answers.append(site.host.hooks.connection_choices(ChoiceQuery()).items)
            site.host.hooks.maintain(1.0)

        end = HostEnd(call_back)
        site.host.register("window", end)
        tab = site.tab()
        site.fill_definition(tab, "Head office")
        tab.press("Authorize")
        tab.continue_until(lambda: tab.titles[-1] not in ("Preparing the sign-in", "Waiting for Xero"))
        assert tab.message.title == "Connection successful"
        tab.press("OK")
        tab.choose("Tenant", next(label for label in tab.options("Tenant") if label.startswith("Bakehouse Ltd")))
        tab.press("Save")
        site.host.tasks.join()
        assert len(answers) == 2 * end.heard >= 4
        assert all(answers)


class Listens:
    """Hears of changes, and calls back at once."""

    def __init__(self, do: Callable[[], object]) -> None:
        self._do = do

    @hookimpl
    def capture_connections_changed(self, change: object) -> None:
        self._do()


def test_e4_whoever_hears_of_a_saved_entry_can_use_it_at_once_and_take_its_time(tmp_path: Path) -> None:
    released = threading.Event()
    entered = threading.Event()
    with Site(tmp_path) as site:
        first = site.add(site.tab(), "Branch office")

        def linger() -> None:
            site.host.hooks.open_session(first).close()
            # Only the first time: what a session learns later is told in the thread that uses it.
            if not entered.is_set():
                entered.set()
                released.wait(60)

        site.host.register("listener", Listens(linger))
        saving = threading.Thread(target=lambda: site.add(site.tab(), "Head office"))
        saving.start()
        try:
            assert entered.wait(30)
            assert site.tab().rows == ["Branch office", "Head office"]
            with site.session(first) as session:
                assert session.http.get("Organisation").status_code == 200
        finally:
            released.set()
            saving.join()


@pytest.fixture(autouse=True)
def warnings_and_errors(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
