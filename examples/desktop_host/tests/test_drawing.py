"""Every kind of field and step is drawn, and whatever takes time never holds up the windows."""

import ast
from pathlib import Path

import pytest
from desk import Desk, button, press, until
from desktop_host.form_view import FileButton, RowList
from desktop_host.tab_page import TabPage
from pydantic import SecretStr
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QLabel, QLineEdit, QPushButton
from written_tab import ScriptedTab

import hostspec as hs

TOLD = (ast.Module, ast.ClassDef, ast.FunctionDef)


@pytest.fixture
def tab() -> ScriptedTab:
    return ScriptedTab()


@pytest.fixture
def page(desk: Desk, tab: ScriptedTab) -> TabPage:
    found = TabPage(desk.host, hs.Tab(tab_id="scripted", title="Scripted", order=1, controller=tab))
    desk.window.tabs.addTab(found, "Scripted")
    desk.window.tabs.setCurrentWidget(found)
    desk.page = found
    until(lambda: len(found.table.lines) == 50, "the first page")
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
    file, table = desk.form.widgets["file"], desk.dialog.findChild(RowList)
    assert isinstance(file, FileButton)
    assert isinstance(table, RowList)
    file.take(str(tmp_path / "chosen.txt"))
    table.lines["r2"].setCheckState(0, Qt.CheckState.Checked)
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
    page.table.setCurrentItem(page.table.lines["row 001"])
    assert any("row 001 is broken." in label.text() for label in page.findChildren(QLabel))
    assert not page.windows
    tab.gate.set()
    until(lambda: page.windows, "the dialog")


def test_search_sort_filter_and_pages_are_the_plugins_work(desk: Desk, page: TabPage, tab: ScriptedTab) -> None:
    press(page, "›")
    until(lambda: desk.rows()[0].endswith("row 050"), "the second page")
    page.table.header().sectionClicked.emit(0)
    page.table.header().sectionClicked.emit(0)
    until(lambda: tab.queries[-1].sort == "name", "the order")
    search = page.form.widgets["search"]
    assert isinstance(search, QLineEdit)
    search.setText("07")
    search.textEdited.emit("07")
    until(lambda: len(page.table.lines) == 12, "what was searched")
    choice = page.form.widgets["filter_id"]
    assert isinstance(choice, QComboBox)
    assert choice.findText("Broken (3)") == 1
    choice.setCurrentIndex(1)
    choice.activated.emit(1)
    until(lambda: (tab.queries[-1].filter_id, tab.queries[-1].search, tab.queries[-1].offset) == ("bad", "07", 0))
    assert desk.rows()[0].startswith("■")


def test_what_looks_like_markup_is_shown_as_it_is(desk: Desk, page: TabPage, tab: ScriptedTab) -> None:
    hostile = "<b>R&D</b>"
    reason = hs.Action(action_id="no", label=hostile, disabled_reason=hostile)
    row = hs.Row(row_id="r", label=hostile, cells=(hs.Cell(text=hostile, exact=hostile),), repair=reason)
    columns = (hs.Column(column_id="c", label=hostile),)
    fields: tuple[hs.Field, ...] = (
        hs.TextField(field_id="t", label=hostile, hint=hostile, error=hostile),
        hs.FactsField(field_id="f", facts=(hs.Fact(label=hostile, text=hostile),)),
        hs.TableField(field_id="l", label=hostile, columns=columns, rows=(row,)),
    )
    tab.steps["open"] = tab.dialog(title=hostile, form=hs.Form(fields=fields))
    press(page, "Open")
    until(lambda: page.windows, "the dialog")
    labels = [one.text() for one in desk.dialog.findChildren(QLabel)]
    tips = [one.toolTip() for one in desk.dialog.findChildren(QPushButton) if one.toolTip()]
    table = desk.dialog.findChild(RowList)
    assert isinstance(table, RowList)
    rich = [text for text in (*labels, *tips, table.lines["r"].toolTip(0)) if "R" in text]
    assert len(rich) >= 7
    assert all("&lt;b&gt;R&amp;D&lt;/b&gt;" in text and "<b>" not in text for text in rich)
    # What Qt shows as it is needs no escaping.
    assert (desk.dialog.windowTitle(), table.lines["r"].text(0)) == (hostile, hostile)


def test_a_refusal_is_told_in_its_own_words(desk: Desk, page: TabPage, tab: ScriptedTab) -> None:
    del tab.steps["open"]
    press(page, "Open")
    box = desk.message("Not allowed")
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


def test_the_whole_host_is_under_four_hundred_lines_of_code() -> None:
    sources = [path.read_text("utf-8") for path in (Path(__file__).parent.parent / "desktop_host").glob("*.py")]
    assert len(sources) == 5
    assert 300 < sum(map(lines_of_code, sources)) < 400


def lines_of_code(source: str) -> int:
    """Without what is there for readers only: blank lines, comments and docstrings."""
    tree = ast.parse(source)
    texts = [node.body[0] for node in ast.walk(tree) if isinstance(node, TOLD) and ast.get_docstring(node)]
    told = {number for text in texts for number in range(text.lineno, (text.end_lineno or text.lineno) + 1)}
    lines = enumerate(source.splitlines(), 1)
    return sum(bool(line.strip()) and not line.strip().startswith("#") and number not in told for number, line in lines)
