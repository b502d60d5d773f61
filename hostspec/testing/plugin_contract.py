"""The contract suite for authors of plugins: what a plugin promises any host."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

from hostspec.connections import ChangeKind, ChoiceQuery, ConnectionsChange
from hostspec.errors import CaptureError, ConnectionNotFound
from hostspec.messages import Notification
from hostspec.testing.contract_rules import (
    PATIENCE,
    answer_of,
    in_other_threads,
    require,
    require_no_more_threads,
    require_sentences,
    threads_now,
    without_network,
)
from hostspec.testing.plugin_answers import PluginAnswers
from hostspec.testing.plugin_rules import PluginRule
from hostspec.testing.plugin_subject import (
    PERSON,
    UNDER_TEST,
    Curious,
    Failing,
    answered,
    ask_everything,
    listening,
)
from hostspec.testing.tab_explorer import TYPED_SECRET, WatchedController, explore
from hostspec.ui import TableQuery, UserAct, View
from hostspec.value import SERVICE_USER, ConnectionId, Tone

if TYPE_CHECKING:
    from pathlib import Path

    from hostspec.testing.contract_rules import Rule
    from hostspec.testing.fake_host import FakeHost
    from hostspec.ui import Tab

_BUDGET = 0.2
"""Seconds that housekeeping is given."""


class PluginContract(PluginAnswers):
    """What a plugin promises; inherit it in a class named ``Test…``, and pytest runs every rule.

    Say with ``make_plugin`` how it is made; override ``prepare`` so that it has something to show, and ``make_host``
    where it needs settings. Each failure names the hook, the rule and the page of the documentation.

    Example::

        class TestMyPlugin(PluginContract):
            def make_plugin(self):
                return MyPlugin()
    """

    def test_each_plugin_is_one_of_its_own(self) -> None:
        before = threads_now()
        first, second = self.make_plugin(), self.make_plugin()
        rule = PluginRule.FACTORY.value
        require(first is not None and first is not second, rule, "It made the same plugin twice, or none.")
        require(threads_now() <= before, rule, "Making a plugin began a thread.")

    def test_it_fits_the_hooks_and_starts(self, tmp_path: Path) -> None:
        with self.started(tmp_path) as host:
            plugin = host.manager.get_plugin(UNDER_TEST)
            rule = PluginRule.HOOKS.value
            require(host.manager.get_hookcallers(plugin), rule, "It implements no hook; is @hookimpl missing?")

    def test_it_starts_promptly(self, tmp_path: Path) -> None:
        begin = perf_counter()
        with self.started(tmp_path):
            seconds = perf_counter() - begin
        require(seconds < PATIENCE, PluginRule.STARTUP.value, f"Starting took {seconds:.0f} seconds.")

    def test_it_starts_or_says_why_not_where_a_host_gives_little(self) -> None:
        host = self.make_host(None)
        host.settings = {}
        self.take_in(host)
        with listening() as said:
            failed = host.start()
        try:
            broken = [line for line in said if f"{UNDER_TEST!r} failed in capture_startup" in line]
            # A CaptureError is told as what it is, with its sentence.
            honest = all("could not start. Everything else works" not in one.sentence for one in failed)
            require(honest, PluginRule.STARTUP_BARE.value, f"It did not say why. {' '.join(broken)}")
        finally:
            host.stop()

    def test_what_it_kept_is_there_after_a_restart(self, tmp_path: Path) -> None:
        with self.hosted(tmp_path) as host:
            before = _kept(host)
        with self.started(tmp_path) as host:
            after = _kept(host)
        for what, (rule, was) in before.items():
            require(after[what][1] == was, rule, f"Before the restart there were {was}, and then {after[what][1]}.")

    def test_every_button_answers_the_person_who_presses_it(self, tmp_path: Path) -> None:
        with self.hosted(tmp_path) as host:
            before = len(host.permissions.asked)
            for tab in _tabs(host):
                for driver in explore(host, tab, PERSON):
                    told = any(TYPED_SECRET in text for text in driver.transcript)
                    require(not told, PluginRule.SECRETS.value, f'The tab "{tab.title}" sent one back.')
            asked = {user_id for user_id, _, _ in host.permissions.asked.items[before:]}
            strangers = sorted(asked - {PERSON.user_id, SERVICE_USER})
            require(not strangers, PluginRule.ORIGIN.value, f"It asked what {', '.join(strangers)} may do.")

    def test_an_unknown_act_breaks_nothing(self, tmp_path: Path) -> None:
        rule = PluginRule.ACT_UNKNOWN.value
        with self.hosted(tmp_path) as host:
            for tab in _tabs(host):
                view = tab.controller.view(PERSON, TableQuery())
                known = [one.action_id for one in (*view.actions, *view.more)]
                for act in _odd_acts(known):
                    step = answer_of(rule, f"The act {act.action_id!r}", tab.controller.act, PERSON, act)
                    if not isinstance(step, CaptureError):
                        controller = WatchedController(tab.controller)
                        answer_of(rule, f"The act {act.action_id!r}", controller.act, PERSON, act)

    def test_views_fit_what_was_asked_for(self, tmp_path: Path) -> None:
        with self.hosted(tmp_path) as host:
            for tab in _tabs(host):
                controller = WatchedController(tab.controller)
                for query in (
                    TableQuery(),
                    TableQuery(limit=1),
                    TableQuery(offset=100_000),
                    TableQuery(
                        search="\u202e%_'\"<x>", sort="no-such-column", filter_id="no-such-part", descending=True
                    ),
                ):
                    controller.view(PERSON, query)

    def test_who_may_not_see_a_tab_is_told_so(self, tmp_path: Path) -> None:
        rule = PluginRule.VIEW_ALLOWED.value
        with self.hosted(tmp_path) as host:
            for tab in _tabs(host):
                host.permissions.deny(PERSON.user_id)
                denied = answer_of(rule, "A view that is denied", tab.controller.view, PERSON, TableQuery())
                host.permissions.allow(PERSON.user_id)
                host.permissions.error = OSError("the directory of users is down")
                failed = answer_of(rule, "A view nobody could decide on", tab.controller.view, PERSON, TableQuery())
                host.permissions.error = None
                same = isinstance(denied, View) == isinstance(failed, View)
                require(same, rule, "A permission that could not be asked for was taken for a yes.")
                for answer in (denied, failed):
                    if isinstance(answer, CaptureError):
                        require_sentences((str(answer),), rule, "It")

    def test_any_hook_answers_from_any_thread(self, tmp_path: Path) -> None:
        rule = PluginRule.THREADS.value
        with self.hosted(tmp_path) as host:
            for tab in _tabs(host):
                views = in_other_threads(rule, "A view", tab.controller.view, PERSON, TableQuery())
                require(all(view == views[0] for view in views), rule, "Several threads got different views.")
            found = in_other_threads(rule, "capture_tabs", lambda: [tab.tab_id for tab in _tabs(host)])
            require(all(one == found[0] for one in found), rule, "Several threads got different tabs.")
            in_other_threads(rule, "capture_maintain", lambda: host.hooks.maintain(_BUDGET))

    def test_no_lock_is_held_while_others_are_called(self, tmp_path: Path) -> None:
        curious = Curious()
        with self.hosted(tmp_path, ("curious", curious)) as host:
            tabs = _tabs(host)
            curious.ask = lambda: ask_everything(host, tabs)
            for tab in tabs:
                for _ in explore(host, tab, PERSON):
                    pass
            host.hooks.maintain(_BUDGET)
            hooks = ", ".join(dict.fromkeys(curious.locked_out))
            require(not hooks, PluginRule.LOCKS.value, f"It did not answer while it called {hooks}.")

    def test_drawing_uses_no_network(self, tmp_path: Path) -> None:
        with self.hosted(tmp_path) as host, without_network(PluginRule.NETWORK.value, "A view or a dropdown"):
            ask_everything(host, _tabs(host))

    def test_a_failing_neighbor_costs_nothing(self, tmp_path: Path) -> None:
        with self.hosted(tmp_path) as host:
            before = [tab.controller.view(PERSON, TableQuery()).title for tab in _tabs(host)]
        rule = PluginRule.NEIGHBOR.value
        with self.started(tmp_path, ("failing", Failing())) as host:
            after = [
                getattr(answer_of(rule, "A view", tab.controller.view, PERSON, TableQuery()), "title", None)
                for tab in _tabs(host)
            ]
        require(after == before, rule, f"Beside a failing plugin there is {after} instead of {before}.")

    def test_news_from_anywhere_breaks_nothing(self, tmp_path: Path) -> None:
        rule = PluginRule.TOLD.value
        change = ConnectionsChange(kind=ChangeKind.REMOVED, connection_ids=(ConnectionId("contract-unknown"),))
        notice = Notification(notification_id="contract", title="A", text="B.", tone=Tone.NEUTRAL)
        with self.hosted(tmp_path) as host, listening() as said:
            in_other_threads(rule, "News of connections", host.hooks.connections_changed, change)
            in_other_threads(rule, "A notification", host.hooks.notify, notice)
            in_other_threads(rule, "News of a tab", host.hooks.tab_changed, "no-such-tab", "no-such-wait")
            require(not said, rule, " ".join(said))

    def test_housekeeping_keeps_to_its_budget(self, tmp_path: Path) -> None:
        rule = PluginRule.MAINTAIN.value
        with self.hosted(tmp_path) as host, listening() as said:
            for _ in range(2):
                begin = perf_counter()
                host.hooks.maintain(_BUDGET)
                seconds = perf_counter() - begin
                require(not said, rule, " ".join(said))
                require(seconds < PATIENCE, rule, f"Housekeeping of {_BUDGET} seconds took {seconds:.0f}.")

    def test_a_plugin_ends_what_it_began(self, tmp_path: Path) -> None:
        rule = PluginRule.SHUTDOWN.value
        before = threads_now()
        with self.hosted(tmp_path) as host, listening() as said:
            for tab in _tabs(host):
                for _ in explore(host, tab, PERSON):
                    pass
            host.hooks.shutdown()
            require(not said, rule, " ".join(said))
        require_no_more_threads(before, rule, "It")

    def test_a_connection_of_nobody_is_not_opened(self, tmp_path: Path) -> None:
        rule = PluginRule.OPEN.value
        with self.hosted(tmp_path) as host, listening() as said:
            answer = answer_of(rule, "It", host.hooks.open_session, ConnectionId("contract-unknown"))
            named = f"{type(answer).__name__}: {answer}" if isinstance(answer, CaptureError) else "a session"
            unknown = isinstance(answer, ConnectionNotFound)
            require(unknown, rule, f"A connection that nobody knows came to {named} {' '.join(said)}")


def _tabs(host: FakeHost) -> tuple[Tab, ...]:
    return answered(PluginRule.TABS.value, host.hooks.tabs)


def _kept(host: FakeHost) -> dict[str, tuple[Rule, object]]:
    choices = answered(PluginRule.CHOICES.value, host.hooks.connection_choices, ChoiceQuery(limit=1000))
    types = answered(PluginRule.TYPES.value, host.hooks.connection_types)
    return {
        "tabs": (PluginRule.TABS.value, [tab.tab_id for tab in _tabs(host)]),
        "types": (PluginRule.TYPES.value, [kind.type_id for kind in types]),
        "choices": (PluginRule.RESTART.value, [choice.connection_id for choice in choices]),
    }


def _odd_acts(known: list[str]) -> list[UserAct]:
    strange = {"no-such-field": "x"}
    odd = [UserAct(action_id=name, row_id="no-such-row", values=strange) for name in (*known, "an-act-nobody-knows")]
    odd += [UserAct(action_id=name, dialog_id="no-such-dialog", values=strange) for name in (*known, "save", "cancel")]
    return [
        *odd,
        UserAct(action_id="continue", wait_id="no-such-wait"),
        UserAct(action_id="cancel", wait_id="no-such-wait"),
    ]
