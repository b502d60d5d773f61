"""The keyboard, the focus, and what is told when something cannot be had."""

from pathlib import Path

import pytest
from desk import Desk, press, settle, until
from desktop_host.form_view import FileButton, FormView
from desktop_host.tab_page import TabPage
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QToolButton, QWidget
from written_tab import ScriptedTab

import hostspec as hs


@pytest.fixture
def tab() -> ScriptedTab:
    return ScriptedTab()


@pytest.fixture
def page(desk: Desk, tab: ScriptedTab) -> TabPage:
    found = TabPage(desk.host, hs.Tab(tab_id="detailed", title="Detailed", order=1, controller=tab))
    desk.window.tabs.addTab(found, "Detailed")
    desk.window.tabs.setCurrentWidget(found)
    desk.page = found
    until(lambda: len(found.table.lines) == 50, "the first page")
    return found


def dialog(*fields: hs.Field, focus: str = "") -> hs.ShowDialog:
    save, cancel = hs.Action(action_id="save", label="Save", primary=True), hs.Action(action_id="no", label="Cancel")
    form = hs.Form(fields=fields)
    return hs.ShowDialog(
        dialog=hs.Dialog(dialog_id="d", title="Some", form=form, primary=save, cancel=cancel, focus=focus)
    )


def focused(form: FormView) -> str:
    return next((name for name, one in form.widgets.items() if one is one.window().focusWidget()), "")


def texts(within: QWidget) -> str:
    return " ".join(one.text() for one in within.findChildren(QLabel))


ONE, TWO = hs.TextField(field_id="one", label="One"), hs.TextField(field_id="two", label="Two")


def test_the_focus_goes_where_the_plugin_wants_it_and_to_what_is_wrong_before(
    desk: Desk, page: TabPage, tab: ScriptedTab
) -> None:
    tab.steps["open"] = dialog(ONE, TWO, focus="two")
    tab.steps["save"] = dialog(ONE.model_copy(update={"error": "Too short."}), TWO, focus="two")
    press(page, "Open")
    until(lambda: page.windows and focused(desk.form) == "two", "the focus on the second field")
    press(desk.dialog, "Save")
    until(lambda: focused(desk.form) == "one", "the focus on what is wrong")
    assert "■ Too short." in texts(desk.dialog)


def test_the_focus_stays_where_it_was_when_a_dialog_is_replaced(desk: Desk, page: TabPage, tab: ScriptedTab) -> None:
    tab.steps["open"] = dialog(ONE, TWO, focus="two")
    tab.steps["save"] = dialog(TWO, ONE, hs.NoteField(text="Saved."))
    press(page, "Open")
    until(lambda: page.windows and focused(desk.form) == "two", "the focus")
    QTest.keyClick(desk.form.widgets["two"], Qt.Key.Key_Return)
    until(lambda: "Saved." in texts(desk.dialog), "the other form")
    assert focused(desk.form) == "two"


def test_esc_sends_cancel_with_all_values_so_that_the_plugin_may_ask(
    desk: Desk, page: TabPage, tab: ScriptedTab
) -> None:
    tab.steps["open"] = dialog(ONE)
    tab.steps["no"] = hs.Close()
    press(page, "Open")
    until(lambda: page.windows, "the dialog")
    desk.fill("one", "typed")
    QTest.keyClick(desk.dialog, Qt.Key.Key_Escape)
    until(lambda: not page.windows, "the end")
    assert tab.acts[-1] == hs.UserAct(action_id="no", dialog_id="d", values={"one": "typed"})


def test_what_a_person_unfolded_stays_unfolded_and_what_is_wrong_inside_shows_itself(
    desk: Desk, page: TabPage, tab: ScriptedTab
) -> None:
    def folded(error: str) -> hs.ShowDialog:
        inside = (hs.TextField(field_id="deep", label="Deep", error=error),)
        other = hs.Section(section_id="other", label="Other", fields=inside)
        return dialog(hs.Section(section_id="more", label="More", fields=(ONE,)), other)

    tab.steps["open"], tab.steps["save"] = folded(""), folded("Wrong.")
    press(page, "Open")
    until(lambda: page.windows, "the dialog")
    shown = {one.text(): one for one in desk.dialog.findChildren(QToolButton)}
    assert not desk.form.widgets["one"].isVisible()
    shown["More"].click()
    until(lambda: desk.form.widgets["one"].isVisible(), "the field")
    press(desk.dialog, "Save")
    until(lambda: "Wrong." in texts(desk.dialog), "what is wrong")
    until(lambda: desk.form.widgets["one"].isVisible() and desk.form.widgets["deep"].isVisible(), "both")


def test_a_file_that_is_too_long_or_no_text_is_not_taken_and_this_is_said(desk: Desk, tmp_path: Path) -> None:
    chosen, file = FileButton(hs.FileField(field_id="f", label="File", max_bytes=4), ""), tmp_path / "file"
    chosen.setParent(desk.window)
    for content in (b"12345", b"\xff"):
        file.write_bytes(content)
        chosen.take(str(file))
        assert (chosen.content, chosen.text()) == ("", "Not taken: too long, or no text …")
    chosen.take(str(tmp_path / "nothing"))
    assert chosen.content == ""


def test_cancel_in_the_file_chooser_keeps_what_was_chosen(desk: Desk) -> None:
    chosen, told = FileButton(hs.FileField(field_id="f", label="File"), "chosen before"), list[bool]()
    chosen.setParent(desk.window)
    chosen.chosen.connect(lambda: told.append(True))
    chosen.take("")
    assert (chosen.content, chosen.text(), told) == ("chosen before", "13 characters chosen", [])


def test_an_ampersand_in_a_label_is_shown_and_marks_no_shortcut(desk: Desk, page: TabPage, tab: ScriptedTab) -> None:
    tab.steps["open"] = dialog(hs.Section(section_id="more", label="Terms & more", fields=(ONE,)))
    press(page, "Open")
    until(lambda: page.windows and desk.dialog.findChildren(QToolButton), "the dialog")
    assert [one.text() for one in desk.dialog.findChildren(QToolButton)] == ["Terms && more"]
    desk.window._draw(hs.Answers(items=(hs.Tab(tab_id="r", title="R & D", order=2, controller=tab),)))
    assert desk.window.tabs.tabText(desk.window.tabs.count() - 1) == "R && D"


def test_a_row_that_a_step_names_is_selected(desk: Desk, page: TabPage, tab: ScriptedTab) -> None:
    tab.steps["open"] = hs.ShowView(select_row_id="row 003")
    press(page, "Open")
    until(lambda: "row 003 is broken." in texts(page), "its problem")
    assert page.tab.selected == "row 003"


def test_a_file_that_cannot_be_written_is_told(desk: Desk, page: TabPage, tab: ScriptedTab, tmp_path: Path) -> None:
    tab.steps["open"] = hs.Download(file_name="a.csv", media_type="text/csv", text="a")
    page.choose_path = lambda name: (str(tmp_path / "no folder" / name), "")
    press(page, "Open")
    until(lambda: "FileNotFoundError" in desk.window.statusBar().currentMessage(), "what failed")


def test_the_button_of_a_message_sends_the_values_of_its_dialog(desk: Desk, page: TabPage, tab: ScriptedTab) -> None:
    buttons = (hs.MessageButton(label="Do it", action_id="do"), hs.MessageButton(label="Leave it", primary=True))
    asks = hs.MessageBox(title="Sure?", text="It is kept.", buttons=buttons, dialog_id="d", row_id="r")
    tab.steps |= {"open": dialog(ONE), "save": hs.ShowMessage(message=asks), "do": hs.Close()}
    press(page, "Open")
    until(lambda: page.windows, "the dialog")
    desk.fill("one", "typed")
    press(desk.dialog, "Save")
    QTest.keyClick(desk.message("Sure?"), Qt.Key.Key_Escape)
    assert desk.titles == ["Some"]
    press(desk.dialog, "Save")
    press(desk.message("Sure?"), "Do it")
    until(lambda: not page.windows, "the end")
    assert tab.acts[-1] == hs.UserAct(action_id="do", dialog_id="d", row_id="r", values={"one": "typed"})


def test_what_is_to_be_copied_is_copied_exactly(desk: Desk, page: TabPage, tab: ScriptedTab) -> None:
    tab.steps["open"] = dialog(hs.CopyableField(field_id="c", label="Address", value="http://localhost:8888/callback"))
    press(page, "Open")
    until(lambda: page.windows, "the dialog")
    press(desk.dialog, "Copy")
    settle(page)
    assert QGuiApplication.clipboard().text() == "http://localhost:8888/callback"


def test_an_act_that_needs_a_row_says_so(desk: Desk, page: TabPage) -> None:
    desk.page = desk.window.pages["connections"]
    desk.window.tabs.setCurrentWidget(desk.page)
    press(desk.page, "Usage")
    until(lambda: desk.window.statusBar().currentMessage(), "what to do")
    assert "Select" in desk.window.statusBar().currentMessage()
