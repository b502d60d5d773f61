"""The driver uses a tab as a person would: by labels, on the window on top, refused by what is disabled."""

from collections.abc import Callable

import pytest
from pydantic import SecretStr

from hostspec import (
    Cell,
    Close,
    CopyableField,
    MessageButton,
    Origin,
    ShowUsage,
    ShowView,
    StoreUnavailable,
    TableQuery,
    TextField,
    UserAct,
    View,
)
from hostspec.testing import Disabled, NotThere, TabDriver
from hostspec.ui import Step
from tests.canaries import assert_no_leaks, canary
from tests.hostspec.sample_plugins import HEAD_OFFICE, ORIGIN
from tests.hostspec.scripted_tab import EVERYTHING, NAME, Scripted, dialog, message, wait


def test_buttons_of_the_tab_send_the_selected_row() -> None:
    tab = Scripted({"edit": dialog(), "add": ShowView()})
    driver = TabDriver(tab, ORIGIN)
    driver.press("Add")
    driver.row("Branch")
    driver.press("Edit")
    assert [(act.action_id, act.row_id) for act in tab.acts] == [("add", None), ("edit", "branch")]


def test_what_is_disabled_refuses_with_its_reason() -> None:
    driver = TabDriver(Scripted(), ORIGIN)
    with pytest.raises(Disabled, match="Select a connection first") as raised:
        driver.press("Edit")
    assert raised.value.reason == "Select a connection first."
    assert driver.why_disabled("Other") == "Not on Sundays."
    assert driver.buttons == {
        "Add": "",
        "Edit": "Select a connection first.",
        "Other": "Not on Sundays.",
        "Renew key": "",
    }
    driver.row("Head office")
    assert driver.why_disabled("Edit") == ""


def test_what_is_not_there_says_what_is() -> None:
    driver = TabDriver(Scripted(), ORIGIN)
    with pytest.raises(NotThere, match=r"'Add', 'Edit', 'Other'"):
        driver.press("Delete")
    with pytest.raises(NotThere, match="Head office"):
        driver.row("Nowhere")
    with pytest.raises(NotThere, match="No dialog"):
        _ = driver.dialog


def test_the_repair_of_the_selected_row_can_be_pressed() -> None:
    tab = Scripted({"repair": ShowView()})
    driver = TabDriver(tab, ORIGIN)
    assert "Sign in again" not in driver.buttons
    driver.row("Branch")
    driver.press("Sign in again")
    assert tab.acts[0].row_id == "branch"


def test_a_button_that_is_offered_twice_for_the_same_act_is_one_button() -> None:
    driver = TabDriver(Scripted({"add": dialog()}, names=[]), ORIGIN)
    driver.press("Add")
    assert driver.titles == ["Definition"]


def test_the_table_is_read_searched_and_paged() -> None:
    driver = TabDriver(Scripted(), ORIGIN)
    assert driver.rows == ["Head office", "Branch"]
    assert driver.cell("Branch", "Status") == "Ready"
    driver.row("Branch")
    driver.search("head")
    assert driver.rows == ["Head office"]
    assert driver.selected is None
    driver.show(TableQuery(offset=1, limit=1))
    assert driver.rows == ["Branch"]


def test_an_act_of_a_dialog_carries_all_values() -> None:
    tab = Scripted({"add": dialog(*EVERYTHING), "save": Close(result=HEAD_OFFICE), "test": dialog(*EVERYTHING)})
    driver = TabDriver(tab, ORIGIN)
    driver.press("Add")
    driver.fill("Display name", "Head office")
    driver.fill("Port", "80a")
    driver.choose("Tenant", "One")
    driver.tick("Files")
    driver.fill("Further ports", "8889\n\n 8890 ")
    driver.fill("Password", canary("password"))
    driver.press("Save")
    act = tab.acts[-1]
    assert (act.action_id, act.dialog_id, act.row_id, act.wait_id) == ("save", "d1", None, None)
    assert act.values == {
        "name": "Head office",
        "port": "80a",
        "tenant": "t1",
        "fixed": "as it is",
        "files": True,
        "ports": ("8889", "8890"),
        "password": SecretStr(canary("password")),
    }
    assert driver.titles == []
    assert driver.results == [HEAD_OFFICE]
    assert_no_leaks("".join(driver.transcript), {"password": canary("password")})


def test_numbers_are_read_where_they_can_be() -> None:
    driver = TabDriver(Scripted({"add": dialog(*EVERYTHING)}), ORIGIN)
    driver.press("Add")
    assert driver.value("Port") == 8888
    driver.fill("Port", " 8889 ")
    assert driver.value("Port") == 8889
    driver.fill("Port", "")
    assert driver.value("Port") is None


def test_a_dialog_is_read_by_its_labels() -> None:
    driver = TabDriver(Scripted({"add": dialog(*EVERYTHING, copy="all of it")}), ORIGIN)
    driver.press("Add")
    assert driver.options("Tenant") == ["One", "Two"]
    assert driver.facts == {"Tenant name": "One", "Used by": "A\nB"}
    assert driver.notes == ["Sign in first."]
    assert driver.error_at("Display name") == ""
    assert driver.copy("Redirect URI") == driver.clipboard == "http://localhost:8888/callback"
    driver.press("Copy")
    assert driver.clipboard == "all of it"
    assert list(driver.buttons) == ["Test", "Copy", "Save", "Cancel"]


@pytest.mark.parametrize(
    "attempt",
    [
        lambda driver: driver.fill("Fixed", "other"),
        lambda driver: driver.choose("Tenant", "Two"),
        lambda driver: driver.fill("Display name", "x" * 21),
    ],
)
def test_disabled_fields_options_and_endless_texts_are_refused(attempt: Callable[[TabDriver], None]) -> None:
    driver = TabDriver(Scripted({"add": dialog(*EVERYTHING)}), ORIGIN)
    driver.press("Add")
    with pytest.raises(Disabled):
        attempt(driver)


@pytest.mark.parametrize(
    "attempt",
    [
        lambda driver: driver.fill("Nowhere", "x"),
        lambda driver: driver.fill("Tenant", "One"),
        lambda driver: driver.choose("Tenant", "Three"),
        lambda driver: driver.choose("Display name", "One"),
        lambda driver: driver.tick("Display name"),
        lambda driver: driver.row("Head office"),
        lambda driver: driver.search("head"),
        lambda driver: driver.press("Add"),
    ],
)
def test_what_a_person_cannot_do_above_an_open_dialog_is_refused(attempt: Callable[[TabDriver], None]) -> None:
    driver = TabDriver(Scripted({"add": dialog(*EVERYTHING)}), ORIGIN)
    driver.press("Add")
    with pytest.raises(NotThere):
        attempt(driver)


def test_a_change_sends_its_act_and_the_form_is_replaced_in_place() -> None:
    def echo(act: UserAct) -> Step:
        return dialog(
            TextField(field_id="port", label="Port", value=str(act.values["port"]), on_change="typed"),
            CopyableField(
                field_id="uri", label="Redirect URI", value=f"http://localhost:{act.values['port']}/callback"
            ),
        )

    tab = Scripted({"add": lambda _: echo(UserAct(action_id="", values={"port": "8888"})), "typed": echo})
    driver = TabDriver(tab, ORIGIN)
    driver.press("Add")
    driver.fill("Port", "9999")
    assert driver.shown("Redirect URI") == "http://localhost:9999/callback"
    assert driver.titles == ["Definition"]
    assert tab.acts[-1].dialog_id == "d1"


def test_another_dialog_opens_on_top_and_close_closes_the_one_the_act_came_from() -> None:
    tab = Scripted({"add": dialog(), "save": dialog(dialog_id="d2", title="Second", cancel=None), "cancel": Close()})
    driver = TabDriver(tab, ORIGIN)
    driver.press("Add")
    driver.press("Save")
    assert driver.titles == ["Definition", "Second"]
    tab.steps["save"] = Close()
    driver.press("Save")
    assert driver.titles == ["Definition"]
    driver.escape()
    assert driver.titles == []
    assert tab.acts[-1].action_id == "cancel"


def test_escape_sends_the_primary_act_of_a_dialog_without_cancel() -> None:
    tab = Scripted({"add": dialog(cancel=None), "save": Close()})
    driver = TabDriver(tab, ORIGIN)
    driver.press("Add")
    driver.escape()
    assert tab.acts[-1].action_id == "save"


def test_a_message_without_an_act_only_closes() -> None:
    tab = Scripted({"add": dialog(NAME), "save": message("Careful")})
    driver = TabDriver(tab, ORIGIN)
    driver.press("Add")
    driver.press("Save")
    assert driver.titles == ["Definition", "Careful"]
    assert driver.message.title == "Careful"
    driver.press("OK")
    assert driver.titles == ["Definition"]
    assert len(tab.acts) == 2


def test_a_button_of_a_message_acts_with_the_boxes_ids_and_the_values_of_that_dialog() -> None:
    ask = message("Sure?", MessageButton(label="Yes", action_id="sure"), row_id="r1", dialog_id="d1")
    tab = Scripted({"add": dialog(NAME), "save": ask, "sure": Close()})
    driver = TabDriver(tab, ORIGIN)
    driver.press("Add")
    driver.fill("Display name", "X")
    driver.press("Save")
    driver.press("Yes")
    assert tab.acts[-1] == UserAct(action_id="sure", row_id="r1", dialog_id="d1", values={"name": "X"})
    assert driver.titles == []


def test_show_view_closes_everything_and_selects() -> None:
    tab = Scripted({"add": dialog(), "save": message("Go?", MessageButton(label="Go", action_id="go"))})
    tab.steps["go"] = ShowView(select_row_id="branch")
    driver = TabDriver(tab, ORIGIN)
    driver.press("Add")
    driver.press("Save")
    driver.press("Go")
    assert driver.titles == []
    assert driver.selected == "branch"


def test_a_row_that_is_gone_is_no_longer_selected() -> None:
    tab = Scripted({"edit": ShowView()})
    driver = TabDriver(tab, ORIGIN)
    driver.row("Branch")
    tab.names.remove("Branch")
    driver.press("Edit")
    assert driver.selected is None


def test_a_wait_is_updated_in_place_keeps_what_was_typed_and_closes_before_the_next_step() -> None:
    tab = Scripted({"add": dialog(), "save": wait(dialog_id="d1"), "continue": wait(dialog_id="d1", left=80.0)})
    driver = TabDriver(tab, ORIGIN)
    driver.press("Add")
    driver.press("Save")
    driver.fill("Address", "http://localhost/?code=1")
    driver.continue_once()
    assert tab.acts[-1] == UserAct(action_id="continue", wait_id="w1")
    assert driver.titles == ["Definition", "Waiting"]
    assert driver.waiting.seconds_left == 80.0
    assert driver.value("Address") == "http://localhost/?code=1"
    tab.steps["continue"] = message("Connection successful")
    driver.continue_until("Connection successful")
    assert driver.titles == ["Definition", "Connection successful"]


def test_acts_of_a_waiting_window_carry_its_id_and_values() -> None:
    tab = Scripted({"add": wait(), "paste": wait(left=1.0), "stop": ShowView()})
    driver = TabDriver(tab, ORIGIN)
    driver.press("Add")
    driver.fill("Address", "x")
    driver.press("Use address")
    assert tab.acts[-1] == UserAct(action_id="paste", wait_id="w1", values={"pasted": "x"})
    assert driver.value("Address") == ""
    driver.escape()
    assert tab.acts[-1].action_id == "stop"


def test_close_after_a_wait_closes_the_dialog_that_began_it() -> None:
    tab = Scripted({"add": dialog(), "save": wait(dialog_id="d1"), "continue": Close(result=HEAD_OFFICE)})
    driver = TabDriver(tab, ORIGIN)
    driver.press("Add")
    driver.press("Save")
    driver.continue_until()
    assert driver.titles == []
    assert driver.results == [HEAD_OFFICE]


def test_another_wait_replaces_a_wait() -> None:
    tab = Scripted({"add": wait("w1", title="First"), "continue": wait("w2", title="Second")})
    driver = TabDriver(tab, ORIGIN)
    driver.press("Add")
    driver.continue_once()
    assert driver.titles == ["Second"]


def test_a_wait_that_ends_otherwise_or_never_fails_the_test() -> None:
    tab = Scripted({"add": wait(), "continue": message("Cancelled")})
    driver = TabDriver(tab, ORIGIN)
    driver.press("Add")
    with pytest.raises(AssertionError, match="Cancelled"):
        driver.continue_until("Connection successful")
    tab.steps["continue"] = wait()
    driver.press("OK")
    driver.press("Add")
    with pytest.raises(AssertionError, match="Nothing came"):
        driver.continue_until(lambda: False, patience=0.1)


def test_an_error_becomes_a_message_and_ends_its_wait() -> None:
    def fail(_: UserAct) -> Step:
        raise StoreUnavailable("The disk is full.")

    tab = Scripted({"add": wait(), "continue": fail})
    driver = TabDriver(tab, ORIGIN)
    driver.press("Add")
    driver.continue_once()
    assert driver.message.text == "The disk is full."
    assert isinstance(driver.error, StoreUnavailable)
    driver.press("OK")
    assert driver.titles == []


def test_other_exceptions_reach_the_test() -> None:
    with pytest.raises(KeyError):
        TabDriver(Scripted(), ORIGIN).press("Add")


def test_the_usage_dialog_belongs_to_the_host() -> None:
    driver = TabDriver(Scripted({"add": ShowUsage(subject=HEAD_OFFICE)}), ORIGIN)
    driver.press("Add")
    assert driver.usage_subject == HEAD_OFFICE
    assert driver.titles == ["Usage"]
    driver.press("Close")
    assert driver.titles == []


def test_the_tab_is_drawn_anew_when_the_last_window_closes_and_at_news_but_not_before() -> None:
    news = [0]
    tab = Scripted({"add": message("Done")})
    driver = TabDriver(tab, ORIGIN, changes=lambda: news[0])
    driver.press("Add")
    tab.names.append("New one")
    assert "New one" not in driver.rows
    driver.press("OK")
    assert "New one" in driver.rows
    tab.names.append("From elsewhere")
    assert "From elsewhere" not in driver.rows
    news[0] += 1
    assert "From elsewhere" in driver.rows


def test_a_view_that_breaks_its_own_table_is_refused() -> None:
    class Broken(Scripted):
        def view(self, origin: Origin, query: TableQuery) -> View:
            view = super().view(origin, query)
            assert view.table is not None
            row = view.table.rows[0].model_copy(update={"cells": (Cell(text="only one"),)})
            return view.model_copy(update={"table": view.table.model_copy(update={"rows": (row,)})})

    with pytest.raises(AssertionError, match="cells"):
        TabDriver(Broken(), ORIGIN)


def test_an_act_of_another_page_opens_its_dialog_here() -> None:
    driver = TabDriver(Scripted({"add": dialog(), "save": Close(result=HEAD_OFFICE)}), ORIGIN)
    driver.send(UserAct(action_id="add", row_id="xero"))
    driver.press("Save")
    assert driver.results == [HEAD_OFFICE]
