"""What a tab comes to in a window of a host, whatever draws it."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

import pytest
from pydantic import SecretStr

from hostspec import (
    Action,
    Close,
    Download,
    FileField,
    Filter,
    MessageButton,
    NotAllowed,
    SecretField,
    ShowDialog,
    ShowView,
    Tab,
    TableQuery,
    TextField,
    UserAct,
    View,
)
from hostspec.hosting import AskedAtOnce, OpenDialog, OpenMessage, OpenWait, OpenWindows, form_of
from tests.canaries import canary
from tests.hostspec.ready_made_host import ReadyMadeHost, ReadyWindow
from tests.hostspec.scripted_tab import NAME, Scripted, dialog, message, wait

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from hostspec import Origin
    from hostspec.hosting import FormWindow, Values
    from hostspec.ui import Step


class Held:
    """Questions that are asked when a test says so, as an answer that takes its time; satisfies ``Questions``."""

    def __init__(self) -> None:
        self.waiting: list[Callable[[], object]] = []

    def ask(self, question: Callable[[], object], then: Callable[..., object], failed: Callable[[str], object]) -> None:
        del failed
        self.waiting.append(lambda: then(question()))

    def answer(self) -> None:
        """Answer all that was asked so far, and what is asked meanwhile."""
        while self.waiting:
            self.answer_one()

    def answer_one(self) -> None:
        """Answer what was asked first."""
        self.waiting.pop(0)()


class Long(Scripted):
    """More rows than a page has, sortable, with a filter."""

    def __init__(self) -> None:
        super().__init__(names=[f"row {number:03}" for number in range(120)])
        self.queries: list[TableQuery] = []

    def view(self, origin: Origin, query: TableQuery) -> View:
        self.queries.append(query)
        view = super().view(origin, query)
        assert view.table is not None
        columns = tuple(one.model_copy(update={"sortable": one.column_id == "name"}) for one in view.table.columns)
        table = view.table.model_copy(update={"columns": columns})
        filters = (Filter(filter_id="", label="All"), Filter(filter_id="bad", label="Broken", count=3))
        return view.model_copy(update={"table": table, "filters": filters})


@pytest.fixture
def host(tmp_path: Path) -> Iterator[ReadyMadeHost]:
    tmp_path.chmod(0o700)
    running = ReadyMadeHost(tmp_path, {}, [])
    yield running
    running.stop()


@pytest.fixture
def held() -> Held:
    return Held()


@pytest.fixture
def tab() -> Scripted:
    return Scripted()


@pytest.fixture
def window(host: ReadyMadeHost, tab: Scripted, held: Held) -> ReadyWindow:
    return opened(host, tab, held)


def opened(host: ReadyMadeHost, tab: Scripted, held: Held) -> ReadyWindow:
    found = ReadyWindow(host, Tab(tab_id="t", title="Connections", order=1, controller=tab), held)
    held.answer()
    return found


def titles(window: ReadyWindow) -> list[str]:
    return [form_of(one).title for one in window.tab.windows]


def test_what_is_typed_while_an_answer_is_on_its_way_stays(window: ReadyWindow, tab: Scripted, held: Held) -> None:
    password = SecretField(field_id="password", label="Password")
    tab.steps = {"add": dialog(NAME, password), "save": dialog(NAME.model_copy(update={"value": "Tidy"}), password)}
    window.press("Add")
    held.answer()
    window.fill("Display name", "tidy ")
    window.fill("Password", "first")
    window.press("Save")
    window.fill("Password", "second")
    held.answer()
    assert tab.acts[-1].values["password"] == SecretStr("first")
    assert window.values(window.top) == {"name": "Tidy", "password": SecretStr("second")}


def test_what_a_screen_does_not_draw_is_sent_as_it_was_described(host: ReadyMadeHost, tab: Scripted) -> None:
    class Folding(ReadyWindow):
        """Says nothing about fields that a person has not unfolded."""

        def values(self, window: FormWindow | None) -> Values:
            return {name: value for name, value in super().values(window).items() if name == "name"}

    papers = FileField(field_id="papers", label="Papers")
    hidden = TextField(field_id="further", label="Further ports", value="8889")
    tab.steps = {"add": dialog(NAME, papers, hidden), "save": dialog(NAME, papers, hidden)}
    window = Folding(host, Tab(tab_id="t", title="Connections", order=1, controller=tab), AskedAtOnce())
    window.press("Add")
    window.fill("Display name", "Head office")
    window.press("Save")
    window.press("Save")
    assert tab.acts[-2].values == {"name": "Head office", "papers": "", "further": "8889"}
    assert tab.acts[-1].values["further"] == "8889"


def test_each_of_two_answers_on_their_way_replaces_only_what_its_own_act_said(
    window: ReadyWindow, tab: Scripted, held: Held
) -> None:
    place = TextField(field_id="place", label="Place", value="nowhere")

    def follow(act: UserAct) -> Step:
        name = str(act.values["name"])
        shown = (NAME.model_copy(update={"value": name}), place.model_copy(update={"value": f"place of {name}"}))
        return dialog(*shown, SecretField(field_id="password", label="Password"))

    tab.steps = {"add": dialog(NAME, place, SecretField(field_id="password", label="Password")), "save": follow}
    window.press("Add")
    held.answer()
    window.fill("Password", "typed once")
    for name in ("a", "ab"):
        window.fill("Display name", name)
        window.press("Save")
    held.answer_one()
    assert window.values(window.top) == {"name": "ab", "place": "place of a", "password": SecretStr("")}
    held.answer_one()
    assert window.values(window.top) == {"name": "ab", "place": "place of ab", "password": SecretStr("")}


def test_what_was_sent_is_kept_no_longer_than_it_takes_to_answer(
    window: ReadyWindow, tab: Scripted, held: Held
) -> None:
    tab.steps = {"add": dialog(SecretField(field_id="password", label="Password")), "save": Close()}
    window.press("Add")
    held.answer()
    window.fill("Password", "typed secretly")
    password = window.values(window.top)["password"]
    window.press("Save")
    held.answer()
    tab.acts.clear()
    window.drawn.clear()
    gc.collect()
    assert [one for one in gc.get_referrers(password) if isinstance(one, dict)] == []


def test_a_secret_that_was_sent_is_gone_from_the_form(window: ReadyWindow, tab: Scripted, held: Held) -> None:
    tab.steps = {"add": dialog(SecretField(field_id="password", label="Password"))}
    tab.steps["save"] = tab.steps["add"]
    window.press("Add")
    held.answer()
    window.fill("Password", "sent")
    window.press("Save")
    held.answer()
    assert window.values(window.top) == {"password": SecretStr("")}


def test_the_dialog_beneath_a_wait_says_what_the_plugin_says_when_it_ends(
    window: ReadyWindow, tab: Scripted, held: Held
) -> None:
    approved = NAME.model_copy(update={"value": "Head office"})
    tab.steps = {"add": dialog(NAME), "save": wait(dialog_id="d1"), "continue": dialog(approved)}
    window.press("Add")
    held.answer()
    window.fill("Display name", "typed")
    window.press("Save")
    held.answer()
    assert titles(window) == ["Definition", "Waiting"]
    window.pass_time()
    held.answer()
    assert titles(window) == ["Definition"]
    assert window.values(window.top) == {"name": "Head office"}


def test_a_wait_is_asked_about_once_at_a_time_and_late_answers_to_it_count_for_nothing(
    window: ReadyWindow, tab: Scripted, held: Held
) -> None:
    tab.steps = {"add": wait(), "continue": dialog(NAME), "stop": Close()}
    window.press("Add")
    held.answer()
    window.press("Cancel")
    window.pass_time()
    window.pass_time()
    assert len(held.waiting) == 2
    held.answer()
    assert titles(window) == []
    assert [act.action_id for act in tab.acts] == ["add", "stop", "continue"]


def test_a_button_of_a_dialog_may_be_called_continue_too(window: ReadyWindow, tab: Scripted, held: Held) -> None:
    asked = dialog(NAME).dialog
    button = Action(action_id="continue", label="Continue", primary=True)
    tab.steps = {"add": ShowDialog(dialog=asked.model_copy(update={"primary": button})), "continue": Close()}
    window.press("Add")
    held.answer()
    window.press("Continue")
    held.answer()
    assert titles(window) == []


def test_what_was_typed_into_a_wait_survives_its_polling(window: ReadyWindow, tab: Scripted, held: Held) -> None:
    tab.steps = {"add": wait(), "continue": wait(left=30.0), "paste": wait(title="Checked")}
    window.press("Add")
    held.answer()
    (same,) = window.tab.windows
    window.fill("Address", "http://localhost/callback")
    window.pass_time()
    held.answer()
    assert window.tab.windows == (same,)
    assert form_of(same).seconds_left == 30.0
    assert window.values(same) == {"pasted": "http://localhost/callback"}
    window.press("Use address")
    held.answer()
    assert tab.acts[-1] == UserAct(action_id="paste", wait_id="w1", values={"pasted": "http://localhost/callback"})


def test_only_time_passing_makes_no_other_form() -> None:
    early, late = (OpenWait(wait(left=left), {"pasted": ""}) for left in (90.0, 30.0))
    assert form_of(early) == form_of(late)
    late.values = {"pasted": "typed"}
    assert form_of(early) != form_of(late)


def test_a_message_closes_and_its_button_speaks_for_the_dialog_beneath(
    window: ReadyWindow, tab: Scripted, held: Held
) -> None:
    asks = message(
        "Sure?",
        MessageButton(label="Do it", action_id="do"),
        MessageButton(label="Leave it"),
        row_id="r",
        dialog_id="d1",
    )
    tab.steps = {"add": dialog(NAME), "save": asks, "do": Close()}
    window.press("Add")
    held.answer()
    window.fill("Display name", "typed")
    window.press("Save")
    held.answer()
    window.escape()
    held.answer()
    assert titles(window) == ["Definition"]
    window.press("Save")
    held.answer()
    window.press("Do it")
    held.answer()
    assert titles(window) == []
    assert tab.acts[-1] == UserAct(action_id="do", row_id="r", dialog_id="d1", values={"name": "typed"})


def test_a_message_without_a_way_out_is_not_left_by_esc() -> None:
    both = message("Which?", MessageButton(label="A", action_id="a"), MessageButton(label="B", action_id="b"))
    assert form_of(OpenMessage(both.message)).escape is None
    assert form_of(OpenMessage(message("Only").message)).escape == ""


def test_the_focus_goes_to_what_is_wrong_before_what_the_plugin_wants() -> None:
    wrong = TextField(field_id="second", label="Second", error="Too short.")
    shown = dialog(NAME, wrong).dialog.model_copy(update={"focus": "name"})
    assert form_of(OpenDialog(shown, {})).focus == "second"
    assert form_of(OpenDialog(dialog(NAME).dialog.model_copy(update={"focus": "name"}), {})).focus == "name"


def test_only_the_answer_to_the_latest_question_is_shown(window: ReadyWindow, tab: Scripted, held: Held) -> None:
    shown = window.views
    window.tab.draw()
    window.search("off")
    held.answer()
    assert window.views == shown + 1
    assert window.tab.query.search == "off"
    assert "Branch" not in window.read()


def test_a_search_keeps_what_is_typed_on(window: ReadyWindow, held: Held) -> None:
    window.search("off")
    window.drawn[None]["search"] = "office"
    held.answer()
    assert window.values(None) == {"search": "office"}


def test_pages_sorting_and_filters_are_asked_for(host: ReadyMadeHost, held: Held) -> None:
    tab = Long()
    window = opened(host, tab, held)
    assert (window.tab.can_turn(-1), window.tab.can_turn(0), window.tab.can_turn(1)) == (False, False, True)
    window.tab.turn(1)
    held.answer()
    window.tab.turn(1)
    held.answer()
    assert (window.tab.can_turn(-1), window.tab.can_turn(1)) == (True, False)
    assert "row 119" in window.read()
    for _ in range(2):
        window.tab.sort("name")
        held.answer()
    window.tab.sort("status")
    assert held.waiting == []
    window.filter("Broken (3)")
    held.answer()
    assert tab.queries[-1] == TableQuery(sort="name", descending=True, filter_id="bad")


def test_an_act_carries_the_selected_row_and_one_that_needs_it_says_so(
    window: ReadyWindow, tab: Scripted, held: Held
) -> None:
    tab.steps = {"edit": ShowView(select_row_id="branch"), "repair": ShowView()}
    window.press("Edit")
    assert (window.said, tab.acts) == (["Select a connection first."], [])
    window.select("Head office")
    window.press("Edit")
    held.answer()
    assert tab.acts == [UserAct(action_id="edit", row_id="head office")]
    window.press("Sign in again")
    held.answer()
    assert tab.acts[-1] == UserAct(action_id="repair", row_id="branch")
    window.tab.selected = "gone"
    window.tab.press(Action(action_id="repair", label="Any"))
    held.answer()
    assert tab.acts[-1].row_id is None


def test_a_file_is_handed_out_and_everything_stays_open(window: ReadyWindow, tab: Scripted, held: Held) -> None:
    file = Download(file_name="a.csv", media_type="text/csv", text="a")
    tab.steps = {"add": dialog(NAME), "save": file}
    window.press("Add")
    held.answer()
    window.press("Save")
    held.answer()
    assert window.files == [file]
    assert titles(window) == ["Definition"]


def test_problems_are_told_in_their_own_words_and_of_a_mistake_nothing_is_told(
    window: ReadyWindow, tab: Scripted, held: Held, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(act: UserAct) -> Step:
        raise NotAllowed("You may not do this.")

    secret = canary("in a plugin's mistake")

    def fail(act: UserAct) -> Step:
        raise ValueError(secret)

    tab.steps = {"add": refuse, "edit": fail}
    window.press("Add")
    held.answer()
    assert titles(window) == ["Not allowed"]
    assert "You may not do this." in window.read()
    window.press("OK")
    window.select("Branch")
    window.press("Edit")
    held.answer()
    assert titles(window) == ["Something went wrong"]
    assert secret not in window.read() + caplog.text
    told = next(one for one in caplog.messages if one.startswith("The tab Connections failed at the act edit: "))
    assert told.startswith("The tab Connections failed at the act edit: ValueError.\n")
    assert "scripted_tab.py" in told


def test_a_plugin_that_leaves_the_program_is_a_mistake_like_any_other(
    window: ReadyWindow, tab: Scripted, held: Held
) -> None:
    def leave(act: UserAct) -> Step:
        raise SystemExit(3)

    tab.steps = {"add": leave}
    window.press("Add")
    held.answer()
    assert titles(window) == ["Something went wrong"]


def test_a_tab_is_drawn_anew_at_news_and_when_its_last_window_closes(
    window: ReadyWindow, tab: Scripted, held: Held
) -> None:
    shown = window.views
    window.tab.hear("other", None)
    window.tab.hear("t", "gone")
    assert held.waiting == []
    window.tab.hear("t", None)
    held.answer()
    assert window.views == shown + 1
    tab.steps = {"add": dialog(NAME), "cancel": Close()}
    window.press("Add")
    held.answer()
    assert window.views == shown + 1
    window.press("Cancel")
    held.answer()
    assert window.views == shown + 2


def test_each_window_stays_the_same_object_while_it_is_open() -> None:
    windows = OpenWindows()
    windows.apply(UserAct(action_id="add"), dialog(NAME))
    first = windows.top
    windows.apply(UserAct(action_id="add"), dialog(NAME, dialog_id="d2"))
    windows.apply(UserAct(action_id="save", dialog_id="d1"), dialog(NAME, title="Again"))
    assert windows.stack[0] is first
    windows.close(first)
    windows.close(first)
    assert len(windows.stack) == 1
