"""What a process does that is killed while it imports a file of connections. Runs in forked processes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hostspec.forms import ChoiceField
from hostspec.testing import FakeHost, TabDriver
from tests.reliability.crash_jobs import Place, host_at
from tests.reliability.crash_points import Doing, Point, Trap, kill_here

IMPORTING = "importing"
"""The person has pressed Import."""

_BEFORE, _AFTER = "store:before-commit", "store:after-commit"

IMPORT_POINTS = {
    0: Point("", "inside the first commit", Doing.CREATE, (IMPORTING, _BEFORE)),
    1: Point("", "first part kept, not told", Doing.CREATE, (IMPORTING, _AFTER)),
    2: Point("", "inside a later commit", Doing.CREATE, (IMPORTING, _AFTER, _BEFORE)),
    3: Point("", "a later commit, not told", Doing.CREATE, (IMPORTING, _AFTER, _AFTER)),
    4: Point("", "later still", Doing.CREATE, (IMPORTING, _AFTER, _AFTER, _AFTER)),
}


def file_of(host: FakeHost, count: int) -> dict[str, Any]:
    """A file with so many entries like the one that is here, which comes first in it and is asked about."""
    tab = host.tab("Connections")
    tab.press("Export")
    tab.press("Download")
    if tab.titles[-1:] == ["Exporting connections"]:
        tab.continue_until(lambda: tab.titles[-1:] != ["Exporting connections"])
    tab.press("Close")
    found: dict[str, Any] = json.loads(tab.downloads[-1].text)
    (here,) = found["connections"]
    changed = {**here, "settings": {**here["settings"], "extra_scopes": ["files.read"]}}
    more = [{**here, "id": f"entry-{number:04}", "name": f"Company {number:04}"} for number in range(count)]
    return {**found, "connections": [changed, *more]}


def look(tab: TabDriver, file: Path) -> None:
    """Choose the file and come as far as what it would change."""
    tab.press("Import")
    tab.choose_file("File", file.read_text("utf-8"))
    tab.press("Continue")
    if tab.titles[-1:] == ["Reading the file"]:
        tab.continue_until(lambda: tab.titles[-1:] != ["Reading the file"], patience=60)


def questions(tab: TabDriver) -> list[str]:
    """What is asked about conflicts."""
    return [field.label for field in tab.dialog.form.fields if isinstance(field, ChoiceField)]


def take_over(tab: TabDriver) -> None:
    """Import what is shown; what is here and differs takes its settings from the file."""
    for question in questions(tab):
        tab.choose(question, "Take the settings from the file")
    tab.press("Import")
    if tab.titles[-1:] == ["Importing connections"]:
        tab.continue_until(lambda: tab.titles[-1:] != ["Importing connections"], patience=60)


def import_until(point: Point, place: Place, file: Path) -> None:
    """Import a file and end there."""
    trap = Trap(point, kill_here)
    with host_at(place, trap) as host:
        host.tasks.join()
        tab = host.tab("Connections")
        look(tab, file)
        trap(IMPORTING)
        take_over(tab)
