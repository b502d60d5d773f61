"""Every kind of field and step is drawn, and whatever takes time never holds up the windows."""

import ast
from pathlib import Path

import pytest
from desk import Desk, button, press, until
from desktop_host.form_widgets import FileButton
from desktop_host.tab_page import TabPage
from pydantic import SecretStr
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QLabel, QLineEdit, QTableWidget
from written_tab import ScriptedTab

import hostspec as hs


@pytest.fixture
def tab() -> ScriptedTab:
    return ScriptedTab()


@pytest.fixture
def page(desk: Desk, tab: ScriptedTab) -> TabPage:
    found = TabPage(desk.host, hs.Tab(tab_id="scripted", title="Scripted", order=1, controller=tab))
    desk.window.tabs.addTab(found, "Scripted")
    desk.window.tabs.setCurrentWidget(found)
    desk.page = found
    until(lambda: found.table.rowCount() == 50, "the first page")
    return found


def test_every_field_is_drawn_and_comes_back(desk: Desk, page: TabPage, tab: ScriptedTab, tmp_path: Path) -> None:
    press(page, "Open")
    form = desk.form
    until(lambda: "text" in form.widgets or "text" in desk.form.widgets, "the fields")
    first = desk.form.values()
    assert first == {
        "text": "one", "number": 7, "choice": "b", "check": True, "secret": SecretStr(""), "file": "",
        "list": ("x", "y"), "table": ("r1",),
    }  # fmt: skip
    assert any("Too short." in label.text() for label in desk.dialog.findChildren(QLabel))
    assert any("&lt;b&gt;plain" in label.text() for label in desk.dialog.findChildren(QLabel))
    desk.fill("secret", "typed unseen")
    (tmp_path / "chosen.txt").write_text("content")
    file, table = desk.form.widgets["file"], desk.dialog.findChild(QTableWidget)
    assert isinstance(file, FileButton)
    assert isinstance(table, QTableWidget)
    file.take(str(tmp_path / "chosen.txt"))
    item = table.item(1, 0)
    assert item is not None
    item.setCheckState(Qt.CheckState.Checked)
    tab.steps["mend"] = tab.dialog(title="Again")
    press(desk.dialog, "Mend")
    until(lambda: desk.dialog.windowTitle() == "Again", "the same dialog anew")
    assert tab.acts[-1].row_id == "r2"
    assert (tab.acts[-1].values["secret"], tab.acts[-1].values["file"]) == (SecretStr("typed unseen"), "content")
    assert tab.acts[-1].values["table"] == ("r1", "r2")
    # No answer brings a file back, so it stays; a secret is the plugin's once it was sent.
    again = desk.form.values()
    assert (again["secret"], again["file"]) == (SecretStr(""), "content")
    tab.steps["save"] = hs.Close()
    press(desk.dialog, "Save")
    until(lambda: not page.windows, "the end")


def test_a_change_is_told_once_typing_pauses_and_later_typing_stays(
    desk: Desk, page: TabPage, tab: ScriptedTab
) -> None:
    tab.steps["typed"] = tab.dialog(title="Typed")
    press(page, "Open")
    until(lambda: "text" in desk.form.widgets, "the fields")
    for text in ("t", "tw", "two"):
        desk.fill("text", text)
    tab.gate.clear()
    until(lambda: tab.acts[-1].action_id == "typed", "the change")
    assert [act.action_id for act in tab.acts] == ["open", "typed"]
    desk.fill("text", "two and more")
    tab.gate.set()
    until(lambda: desk.dialog.windowTitle() == "Typed", "the form in place")
    line = desk.form.widgets["text"]
    assert isinstance(line, QLineEdit)
    assert line.text() == "two and more"


def test_the_windows_live_while_a_plugin_works(desk: Desk, page: TabPage, tab: ScriptedTab) -> None:
    tab.gate.clear()
    press(page, "Open")
    until(lambda: tab.acts, "the act")
    page.table.selectRow(1)
    assert any("row 001 is broken." in label.text() for label in page.findChildren(QLabel))
    assert not page.windows
    tab.gate.set()
    until(lambda: page.windows, "the dialog")


def test_search_sort_filter_and_pages_are_the_plugins_work(desk: Desk, page: TabPage, tab: ScriptedTab) -> None:
    press(page, "›")
    until(lambda: desk.rows()[0].endswith("row 050"), "the second page")
    page.table.horizontalHeader().sectionClicked.emit(0)
    page.table.horizontalHeader().sectionClicked.emit(0)
    until(lambda: tab.queries[-1].sort == "name", "the order")
    search = page.form.widgets["search"]
    assert isinstance(search, QLineEdit)
    search.setText("07")
    search.textEdited.emit("07")
    until(lambda: page.table.rowCount() == 12, "what was searched")
    choice = page.form.widgets["filter_id"]
    assert isinstance(choice, QComboBox)
    assert choice.findText("Broken (3)") == 1
    choice.setCurrentIndex(1)
    choice.activated.emit(1)
    until(lambda: (tab.queries[-1].filter_id, tab.queries[-1].search, tab.queries[-1].offset) == ("bad", "07", 0))
    assert desk.rows()[0].startswith("■")


def test_a_refusal_is_told_in_its_own_words(desk: Desk, page: TabPage, tab: ScriptedTab) -> None:
    del tab.steps["open"]
    press(page, "Open")
    box = desk.message("Not done")
    assert any("You may not do this." in one.text() for one in box.findChildren(QLabel))
    button(box, "OK").click()


def test_the_host_knows_nothing_but_the_contract() -> None:
    sources = list((Path(__file__).parent.parent / "desktop_host").glob("*.py"))
    for source in sources:
        for node in ast.walk(ast.parse(source.read_text())):
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            roots = {name.partition(".")[0] for name in names}
            assert not roots & {"xero_connections_plugin", "imap_connections", "sample_host"}, source.name


def test_no_module_outgrows_one_question() -> None:
    sources = (Path(__file__).parent.parent / "desktop_host").glob("*.py")
    lengths = {source.name: len(source.read_text("utf-8").splitlines()) for source in sources}
    assert len(lengths) > 5
    assert {name: length for name, length in lengths.items() if length > 300} == {}
