"""An open definition belongs to the window and person that opened it, whatever ids others send."""

from __future__ import annotations

from pathlib import Path

from hostspec.testing import TabDriver
from hostspec.ui import ShowDialog, UserAct
from tests.stories.capture_site import Site


def test_nobody_takes_over_an_open_definition_by_adding_one_under_its_id(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        site.fill_definition(tab, "Head office")
        site.authorize(tab)
        tab.press("OK")
        draft_id = tab.dialog.dialog_id
        origin = tab.origin.model_copy(update={"window_id": "window-9"})
        controller = site.host.hooks.tabs().items[0].controller
        for action_id in ("add", "add_type"):
            step = controller.act(origin, UserAct(action_id=action_id, dialog_id=draft_id))
            assert isinstance(step, ShowDialog)
            assert step.dialog.dialog_id != draft_id
            assert "Bakehouse" not in step.dialog.model_dump_json()
        tab.press("Save")
        assert tab.rows == ["Head office"]


def test_two_windows_that_edit_one_entry_do_not_overwrite_each_other(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        site.add(tab, "Head office")
        other = site.tab(tab.origin.model_copy(update={"window_id": "window-9"}))
        for window, name in ((tab, "First"), (other, "Second")):
            edit(window, name)
        tab.press("Save")
        other.press("Save")
        assert "Somebody else changed" in other.dialog.problem
        assert other.value("Display name") == "Second"
        assert tab.rows == ["First"]


def edit(tab: TabDriver, name: str) -> None:
    tab.row("Head office")
    tab.press("Edit")
    tab.fill("Display name", name)
