"""The suite for plugins passes what keeps the rules, and names the rule that a plugin breaks."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import pytest
from pydantic import SecretStr

from hostspec import (
    Action,
    CaptureError,
    Close,
    ConnectionChoice,
    ConnectionId,
    ConnectionsChange,
    Dialog,
    Form,
    HostServices,
    MessageBox,
    NotAllowed,
    Permission,
    SecretField,
    Severity,
    ShowDialog,
    ShowMessage,
    Step,
    Subject,
    SwitchedUsage,
    SwitchObjection,
    Tab,
    Table,
    TypeId,
    Usage,
    UserAct,
    UserId,
    View,
    hookimpl,
)
from hostspec.connections import ChangeKind
from hostspec.rows import Cell, Column, Row
from hostspec.testing import PluginContract
from hostspec.testing.contract_rules import ContractViolation, NotAnswered
from hostspec.testing.plugin_rules import PluginRule
from tests.hostspec.notebook_type import NotebookPlugin

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from hostspec import ChoiceQuery, Origin, TableQuery

NAMES = ("Oak", "Pine", "Yew")


class Shelves:
    """The tab of a plugin that keeps every rule; a broken one overrides what it breaks."""

    def __init__(self, host: HostServices) -> None:
        self.host = host

    asked = False
    """Whether a person was asked before."""

    def refuse(self, origin: Origin) -> None:
        try:
            allowed = self.host.is_allowed(origin.user_id, Permission.VIEW, None)
        except Exception:
            allowed = False
        if not allowed:
            raise NotAllowed("You may not see shelves. Ask whoever looks after them.")

    def view(self, origin: Origin, query: TableQuery) -> View:
        self.refuse(origin)
        offset = query.offset if query.offset < len(NAMES) else 0
        return View(
            title="Shelves",
            actions=(Action(action_id="lock", label="Lock"), Action(action_id="count", label="Count")),
            table=Table(
                table_id="shelves",
                label="Shelves",
                columns=(Column(column_id="name", label="Name"),),
                rows=tuple(
                    Row(row_id=name, label=name, cells=(Cell(text=name),))
                    for name in NAMES[offset : offset + query.limit]
                ),
                total=len(NAMES),
                query=query.model_copy(update={"offset": offset}),
            ),
        )

    def act(self, origin: Origin, act: UserAct) -> Step:
        self.refuse(origin)
        match act.action_id:
            case "lock":
                field = SecretField(field_id="pin", label="PIN")
                return self.dialog(Form(fields=(field,)))
            case "count":
                self.host.hooks.usages(Subject(kind="shelf", subject_id=""))
                self.host.hooks.connections_changed(ConnectionsChange(kind=ChangeKind.CHANGED, connection_ids=()))
                return ShowMessage(message=MessageBox(title="Counted", text="There are three."))
            case "done" | "away":
                return Close()
            case _:
                raise CaptureError("This is not possible any more. Begin anew.")

    def dialog(self, form: Form) -> Step:
        done, away = Action(action_id="done", label="Lock"), Action(action_id="away", label="Cancel")
        return ShowDialog(dialog=Dialog(dialog_id="lock", title="Lock", form=form, primary=done, cancel=away))


def choice_of(name: str) -> ConnectionChoice:
    return ConnectionChoice(connection_id=ConnectionId(name), type_id=TypeId("notebook"), label=name)


class ShelfPlugin(NotebookPlugin):
    """A plugin that keeps every rule; a broken one overrides what it breaks."""

    controller: ClassVar[type[Shelves]] = Shelves

    def __init__(self) -> None:
        super().__init__()
        self.tab: Shelves | None = None

    @hookimpl
    def capture_startup(self, host: HostServices) -> None:
        super().capture_startup(host)
        self.tab = self.controller(host)

    @hookimpl
    def capture_tabs(self) -> Iterable[Tab]:
        return (Tab(tab_id="shelves", title="Shelves", order=1, controller=self.tab),) if self.tab else ()

    @hookimpl
    def capture_connection_choices(self, query: ChoiceQuery) -> Iterable[ConnectionChoice]:
        types = query.type_ids or (TypeId("notebook"),)
        fits = [name for name in NAMES if "notebook" in types and query.search in name][: query.limit]
        if query.selected_id in NAMES and query.selected_id not in fits:
            fits = [*fits[: query.limit - 1], str(query.selected_id)]
        return [
            ConnectionChoice(connection_id=ConnectionId(name), type_id=TypeId("notebook"), label=name) for name in fits
        ]


class ShelfContract(PluginContract):
    plugin: ClassVar[type[ShelfPlugin]] = ShelfPlugin

    def make_plugin(self) -> object:
        return self.plugin()


class TestShelves(ShelfContract):
    """Every rule holds for a plugin that keeps them."""


class Broken(NamedTuple):
    """How to break one rule: members of the plugin (hooks), and members of its tab."""

    rule: PluginRule
    check: str
    finding: str
    plugin: Mapping[str, Any] = {}
    tab: Mapping[str, Any] = {}


def fails(*_: object) -> object:
    raise RuntimeError("what went wrong")


def answering(value: object) -> Any:
    return lambda *_: value


def plain_view(changes: dict[str, Any]) -> Any:
    return lambda self, origin, query: Shelves.view(self, origin, query).model_copy(update=changes)


def whole_table(self: Shelves, origin: Origin, query: TableQuery) -> View:
    return Shelves.view(self, origin, query.model_copy(update={"limit": 200}))


def never_mended(self: Shelves, origin: Origin, query: TableQuery) -> View:
    view = Shelves.view(self, origin, query)
    assert view.table is not None
    return view.model_copy(update={"table": view.table.model_copy(update={"query": query})})


def careless(self: Shelves, origin: Origin, act: UserAct) -> Step:
    if act.row_id is not None and act.row_id not in NAMES:
        raise KeyError(act.row_id)
    return Shelves.act(self, origin, act)


def trusting(self: Shelves, origin: Origin) -> None:
    with suppress(OSError):
        if not self.host.is_allowed(origin.user_id, Permission.VIEW, None):
            raise NotAllowed("You may not see shelves.")


def for_another(self: Shelves, origin: Origin) -> None:
    self.host.is_allowed(UserId("root"), Permission.VIEW, None)
    Shelves.refuse(self, origin)


def asks_again(self: Any, origin: Origin, act: UserAct) -> Step:
    pin = act.values.get("pin")
    if act.action_id == "away" and isinstance(pin, SecretStr) and pin.get_secret_value() and not self.asked:
        self.asked = True
        typed = pin.get_secret_value()
        return ShowMessage(message=MessageBox(title="Really?", text=f"You typed {typed}."))
    return Shelves.act(self, origin, act)


def never_closes(self: Shelves, origin: Origin, act: UserAct) -> Step:
    return self.dialog(Form(fields=())) if act.action_id == "away" else Shelves.act(self, origin, act)


LOCK = threading.Lock()


def locked_view(self: Shelves, origin: Origin, query: TableQuery) -> View:
    with LOCK:
        return Shelves.view(self, origin, query)


def locked_act(self: Shelves, origin: Origin, act: UserAct) -> Step:
    with LOCK:
        return Shelves.act(self, origin, act)


def reaches_out(self: Shelves, origin: Origin, query: TableQuery) -> View:
    with suppress(OSError), socket.socket() as reached:
        reached.settimeout(0.01)
        reached.connect(("127.0.0.1", 9))
    return Shelves.view(self, origin, query)


def only_here(self: Shelves, origin: Origin) -> None:
    if threading.current_thread() is not threading.main_thread():
        raise RuntimeError("not here")
    Shelves.refuse(self, origin)


def depends_on_others(self: Shelves, origin: Origin, query: TableQuery) -> View:
    if self.host.hooks.tabs().failed:
        raise RuntimeError("somebody else failed")
    return Shelves.view(self, origin, query)


def no_data(self: ShelfPlugin, host: HostServices) -> None:
    str(host.data_dir / "shelves")  # type: ignore[operator]  # which is the mistake
    ShelfPlugin.capture_startup(self, host)


def another_each_time(self: ShelfPlugin) -> Iterable[Tab]:
    assert self.tab is not None
    return (Tab(tab_id=f"shelves-{id(self)}", title="Shelves", order=1, controller=self.tab),)


def leaves_a_thread(self: ShelfPlugin, host: HostServices) -> None:
    ShelfPlugin.capture_startup(self, host)
    threading.Thread(target=ENDED.wait, args=(20.0,), daemon=True, name="left behind").start()


def too_many(self: ShelfPlugin, query: ChoiceQuery) -> Iterable[ConnectionChoice]:
    unlimited = query.model_copy(update={"limit": 50})
    return ShelfPlugin.capture_connection_choices(self, unlimited)


def without_the_selected(self: ShelfPlugin, query: ChoiceQuery) -> Iterable[ConnectionChoice]:
    return ShelfPlugin.capture_connection_choices(self, query.model_copy(update={"selected_id": None}))


def every_type(self: ShelfPlugin, query: ChoiceQuery) -> Iterable[ConnectionChoice]:
    return ShelfPlugin.capture_connection_choices(self, query.model_copy(update={"type_ids": ()}))


ENDED = threading.Event()
CHAIR = Subject(kind="chair", subject_id="1", label="Chair")
CHAIR_USAGE = Usage(usage_id="u", subject=CHAIR, profile="P", step="S", enabled=True)
NO_SENTENCE = SwitchObjection(severity=Severity.WARN, text="hm")
BUTTONS = "every_button_answers_the_person_who_presses_it"
VIEWS = "views_fit_what_was_asked_for"

CASES = (
    Broken(PluginRule.HOOKS, "it_fits_the_hooks_and_starts", "no_such", {"capture_tabs": lambda self, no_such: ()}),
    Broken(PluginRule.HOOKS, "it_fits_the_hooks_and_starts", "capture_tables", {"capture_tables": lambda self: ()}),
    Broken(PluginRule.STARTUP, "it_fits_the_hooks_and_starts", "RuntimeError", {"capture_startup": fails}),
    Broken(
        PluginRule.STARTUP_BARE,
        "it_starts_or_says_why_not_where_a_host_gives_little",
        "TypeError",
        {"capture_startup": no_data},
    ),
    Broken(PluginRule.TABS, "tabs_are_whole", "no Tab", {"capture_tabs": lambda self: ["Shelves"]}),
    Broken(PluginRule.TABS, "what_it_kept_is_there_after_a_restart", "shelves-", {"capture_tabs": another_each_time}),
    Broken(PluginRule.TYPES, "types_are_whole", "RuntimeError", {"capture_connection_types": lambda self: fails()}),
    Broken(PluginRule.VIEW, VIEWS, "RuntimeError", tab={"view": fails}),
    Broken(PluginRule.VIEW, VIEWS, "NoneType", tab={"view": answering(None)}),
    Broken(PluginRule.VIEW, VIEWS, "3 rows, although 1", tab={"view": whole_table}),
    Broken(PluginRule.VIEW, VIEWS, "no title", tab={"view": plain_view({"title": " "})}),
    Broken(PluginRule.VIEW, VIEWS, "unmended", tab={"view": never_mended}),
    Broken(PluginRule.VIEW_ALLOWED, "who_may_not_see_a_tab_is_told_so", "taken for a yes", tab={"refuse": trusting}),
    Broken(PluginRule.ACT, BUTTONS, "'lock' raised RuntimeError", tab={"act": fails}),
    Broken(PluginRule.ACT, BUTTONS, "no step", tab={"act": answering("done")}),
    Broken(PluginRule.ACT, BUTTONS, "cannot be closed again", tab={"act": never_closes}),
    Broken(PluginRule.ACT_UNKNOWN, "an_unknown_act_breaks_nothing", "KeyError", tab={"act": careless}),
    Broken(PluginRule.ORIGIN, BUTTONS, "root", tab={"refuse": for_another}),
    Broken(PluginRule.SECRETS, BUTTONS, "sent one back", tab={"act": asks_again}),
    Broken(
        PluginRule.CHOICES,
        "choices_are_what_was_asked_for",
        "More than one",
        {"capture_connection_choices": too_many},
    ),
    Broken(
        PluginRule.CHOICES,
        "choices_are_what_was_asked_for",
        "selected connection is missing",
        {"capture_connection_choices": without_the_selected},
    ),
    Broken(
        PluginRule.CHOICES,
        "choices_are_what_was_asked_for",
        "type that was not asked for",
        {"capture_connection_choices": every_type},
    ),
    Broken(
        PluginRule.OPEN,
        "a_connection_of_nobody_is_not_opened",
        "PluginFailed",
        {"capture_open_session": lambda self, connection_id: fails()},
    ),
    Broken(
        PluginRule.USAGES,
        "usages_are_of_the_subject_asked_about",
        "'Chair'",
        {"capture_usages": lambda self, subject: [CHAIR_USAGE]},
    ),
    Broken(
        PluginRule.SWITCH,
        "a_switch_of_others_is_left_to_them",
        "contract/usage",
        {
            "capture_switch_usages": lambda self, switch: [
                SwitchedUsage(usage_id=usage_id, switched=True) for usage_id in switch.usage_ids
            ]
        },
    ),
    Broken(
        PluginRule.TARGETS,
        "targets_are_other_subjects_of_the_same_kind",
        "no other subject",
        {"capture_subject_targets": lambda self, subject: [subject]},
    ),
    Broken(
        PluginRule.OBJECTIONS,
        "objections_are_sentences",
        "'hm'",
        {"capture_switch_objections": lambda self, switch: [NO_SENTENCE]},
    ),
    Broken(
        PluginRule.TOLD,
        "news_from_anywhere_breaks_nothing",
        "capture_connections_changed",
        {"capture_connections_changed": lambda self, change: fails()},
    ),
    Broken(
        PluginRule.MAINTAIN,
        "housekeeping_keeps_to_its_budget",
        "capture_maintain",
        {"capture_maintain": lambda self, budget_seconds: fails()},
    ),
    Broken(
        PluginRule.SHUTDOWN,
        "a_plugin_ends_what_it_began",
        "capture_shutdown",
        {"capture_shutdown": lambda self: fails()},
    ),
    Broken(PluginRule.SHUTDOWN, "a_plugin_ends_what_it_began", "left behind", {"capture_startup": leaves_a_thread}),
    Broken(PluginRule.THREADS, "any_hook_answers_from_any_thread", "in another thread", tab={"refuse": only_here}),
    Broken(
        PluginRule.LOCKS,
        "no_lock_is_held_while_others_are_called",
        "capture_usages",
        tab={"view": locked_view, "act": locked_act},
    ),
    Broken(PluginRule.NETWORK, "drawing_uses_no_network", "reached for the network", tab={"view": reaches_out}),
    Broken(PluginRule.NEIGHBOR, "a_failing_neighbor_costs_nothing", "RuntimeError", tab={"view": depends_on_others}),
)


def suite_of(plugin: Mapping[str, Any], tab: Mapping[str, Any]) -> ShelfContract:
    """The suite for a plugin of which some hooks or some members of its tab are broken."""
    controller = type("BrokenShelves", (Shelves,), dict(tab))
    hooks = {name: hookimpl(member) for name, member in plugin.items()}
    suite = ShelfContract()
    vars(suite)["plugin"] = type("BrokenPlugin", (ShelfPlugin,), {**hooks, "controller": controller})
    return suite


@pytest.mark.parametrize("broken", CASES, ids=lambda one: f"{one.rule.name}-{one.finding.split()[0]}")
def test_a_plugin_that_breaks_a_rule_is_told_which(
    tmp_path: Path, broken: Broken, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hostspec.testing.contract_rules.PATIENCE", 0.3)
    monkeypatch.setattr("hostspec.testing.plugin_subject.ASK_BACK_SECONDS", 0.3)
    suite = suite_of(broken.plugin, broken.tab)
    check = getattr(suite, f"test_{broken.check}")
    with pytest.raises(ContractViolation) as caught:
        check(tmp_path) if "gives_little" not in broken.check else check()
    rule, text = broken.rule.value, str(caught.value)
    assert caught.value.rule is rule, text
    assert text.startswith(f"{rule.about}: ")
    assert text.endswith(f"{rule.says} See {rule.page}")
    assert broken.finding in text
    assert "what went wrong" not in text


def test_a_factory_that_makes_one_plugin_for_everybody_is_told_so() -> None:
    suite = ShelfContract()
    plugin = ShelfPlugin()
    vars(suite)["plugin"] = lambda: plugin
    with pytest.raises(ContractViolation, match="made the same plugin twice"):
        suite.test_each_plugin_is_one_of_its_own()


def test_what_does_not_come_back_after_a_restart_is_told(tmp_path: Path) -> None:
    class Forgetful(ShelfPlugin):
        names: ClassVar[list[str]] = ["Oak"]

        @hookimpl
        def capture_connection_choices(self, query: ChoiceQuery) -> Iterable[ConnectionChoice]:
            name = self.names.pop() if self.names else "Fir"
            return [choice_of(name)]

    suite = ShelfContract()
    vars(suite)["plugin"] = Forgetful
    with pytest.raises(ContractViolation, match=r"capture_startup: Before the restart there were .*Oak.*Fir"):
        suite.test_what_it_kept_is_there_after_a_restart(tmp_path)


def test_each_rule_is_broken_by_some_case() -> None:
    elsewhere = {PluginRule.FACTORY, PluginRule.RESTART}
    assert {case.rule for case in CASES} | elsewhere == set(PluginRule)


def test_an_author_is_told_what_to_write_first(tmp_path: Path) -> None:
    with pytest.raises(NotAnswered, match=r"Empty\.make_plugin has to return a new plugin"):
        type("Empty", (PluginContract,), {})().test_tabs_are_whole(tmp_path)
