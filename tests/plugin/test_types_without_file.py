"""Whoever exports connections of a type that files cannot hold is told which type that is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from hostspec import UserAct
from hostspec.testing import Disabled, FakeHost
from tests.canaries import canary
from tests.hostspec.notebook_type import NOTEBOOK, NotebookPlugin, Notebooks
from xero_connections_plugin.plugin import make_plugin

if TYPE_CHECKING:
    from pathlib import Path

    from hostspec.testing import TabDriver

PIN = canary("pin of a notebook without a file")


def exporting(folder: Path, provider: type[Notebooks]) -> tuple[FakeHost, TabDriver]:
    """A host with one notebook on its list, and the window of Export before Download."""
    plugins = {"notebooks": NotebookPlugin(provider), "connections": make_plugin()}
    host = FakeHost(folder, plugins=plugins, settings={"key_file": str(folder / "connections.key")})
    host.start()
    tab = host.tab("Connections")
    tab.send(UserAct(action_id="add", values={"type_id": NOTEBOOK}))
    for label, text in (("Display name", "Diary"), ("Shelf", "Oak"), ("PIN", PIN)):
        tab.fill(label, text)
    tab.press("Save")
    tab.press("Export")
    tab.press("Download")
    if tab.titles == ["Exporting connections"]:
        tab.continue_until(lambda: tab.titles != ["Exporting connections"])
    return host, tab


def test_a_type_that_files_cannot_hold_is_named(tmp_path: Path) -> None:
    host, tab = exporting(tmp_path, type("Fixed", (Notebooks,), {"portable": None}))
    try:
        said = "Files cannot hold connections of type Notebook."
        assert any(f"Left out, because they cannot be written into a file: Diary. {said}" in note for note in tab.notes)
        with pytest.raises(Disabled, match=said):
            tab.press("Download")
        assert tab.downloads == []
    finally:
        host.stop()


def test_a_type_that_files_can_hold_is_written(tmp_path: Path) -> None:
    host, tab = exporting(tmp_path, Notebooks)
    try:
        assert "Oak" in tab.downloads[-1].text
    finally:
        host.stop()
