"""The list, and each dialog like it, heads what entries lead to with the word of their types, or one that fits all."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from hostspec import AddAct, ConnectionType, hookimpl
from hostspec.testing import TabDriver
from tests.stories.capture_site import Site
from tests.stories.deletion_acts import delete, open_bin, take_back
from tests.stories.test_other_types_limits import SHELF, PlainShelves
from tests.stories.test_transfer_stories import exported, looked_at


class Shelves:
    """A second type, with its own word or the word of the first."""

    def __init__(self, reaches: str) -> None:
        self._reaches = reaches

    @hookimpl
    def capture_connection_types(self) -> Iterable[ConnectionType]:
        add = AddAct.of(SHELF)
        yield ConnectionType(
            type_id=SHELF, label="Shelf", order=500, provider=PlainShelves(), add=add, reaches=self._reaches
        )


@pytest.mark.parametrize(("reaches", "heading"), [("Room", "Reaches"), ("", "Reaches"), ("Tenant", "Tenant")])
def test_the_column_is_called_as_all_types_call_it(tmp_path: Path, reaches: str, heading: str) -> None:
    with Site(tmp_path) as site:
        assert _headings(site)[1] == "Tenant"
        site.host.register("shelves", Shelves(reaches))
        assert _headings(site) == ["Name", heading, "Status", "Signed in as", "Last sign-in", "Expires"]


def _headings(site: Site) -> list[str]:
    table = site.tab().view.table
    assert table is not None
    return [column.label for column in table.columns]


@pytest.mark.parametrize(("reaches", "heading"), [("Room", "Reaches"), ("Tenant", "Tenant")])
def test_so_are_the_columns_of_the_dialogs_about_many_entries(tmp_path: Path, reaches: str, heading: str) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        site.add(tab, "Head office")
        file = exported(tab)
        assert _in_dialogs(tab, file) == ["Tenant"] * 3
        take_back(tab, "Head office")
        site.host.register("shelves", Shelves(reaches))
        assert _in_dialogs(tab, file) == [heading] * 3


def _in_dialogs(tab: TabDriver, file: object) -> list[str]:
    """The heading over the company's name: of tests, of an import, and of what was deleted, which comes last."""
    tab.press("Test all")
    tab.continue_until("Tests of all connections")
    tested = _heading(tab.table_row("Head office"))
    tab.press("OK")
    looked_at(tab, file)
    imported = _heading(tab.table_row("Head office"))
    tab.press("Cancel")
    delete(tab, "Head office")
    open_bin(tab)
    deleted = _heading(tab.table_row("Head office"))
    tab.press("Close")
    return [tested, imported, deleted]


def _heading(row: dict[str, str]) -> str:
    (label,) = (label for label, text in row.items() if text == "Bakehouse Ltd")
    return label
