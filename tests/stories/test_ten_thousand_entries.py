"""A list of ten thousand connections is paged, searched, sorted and chosen from as a short one is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hostspec.connections import ChoiceQuery
from hostspec.testing import TabDriver
from hostspec.ui import TableQuery
from hostspec.value import ConnectionId
from tests.stories.capture_site import Site
from tests.stories.long_list import GRANTS, TOTAL, lengthen

LARGEST_PAGE = 200


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("long")
    with Site(folder) as site:
        site.add(site.tab(), "Client 00000", "Bakehouse Ltd")
        site.host.tasks.join()
        lengthen(folder)
        yield site


@pytest.fixture
def tab(site: Site) -> TabDriver:
    return site.tab()


def total(tab: TabDriver) -> int:
    assert tab.view.table is not None
    return tab.view.table.total


def test_every_page_together_shows_every_entry_once_and_in_order(tab: TabDriver) -> None:
    seen: list[str] = []
    for offset in range(0, TOTAL, LARGEST_PAGE):
        tab.show(TableQuery(offset=offset, limit=LARGEST_PAGE))
        assert len(tab.rows) == LARGEST_PAGE
        seen += tab.rows
    assert seen == [f"Client {number:05}" for number in range(TOTAL)]
    assert total(tab) == TOTAL


def test_a_page_never_holds_more_than_was_asked_for(tab: TabDriver) -> None:
    tab.show(TableQuery(limit=50))
    assert len(tab.rows) == 50
    tab.show(TableQuery(limit=50, offset=TOTAL - 3))
    assert tab.rows == ["Client 09997", "Client 09998", "Client 09999"]


def test_a_search_finds_names_and_companies_in_all_of_them(tab: TabDriver) -> None:
    tab.search("CLIENT 0999")
    assert tab.rows == [f"Client 0999{digit}" for digit in range(10)]
    tab.search("company 09999")
    assert [tab.cell(row, "Tenant") for row in tab.rows] == ["Company 09999"]
    tab.search("client 00")
    assert total(tab) == 1000
    tab.search("nowhere")
    assert tab.view.empty is not None


@pytest.mark.parametrize("column", ["name", "subtitle", "status", "account", "last_sign_in", "expires"])
def test_every_column_sorts_all_of_them_both_ways(tab: TabDriver, column: str) -> None:
    def ends(*, descending: bool) -> tuple[list[str], list[str]]:
        tab.show(TableQuery(sort=column, descending=descending, limit=20))
        first = list(tab.rows)
        tab.show(TableQuery(sort=column, descending=descending, limit=20, offset=TOTAL - 20))
        return first, list(tab.rows)

    first, last = ends(descending=False)
    assert ends(descending=True) == (last[::-1], first[::-1])


def test_a_computed_column_is_sorted_by_what_it_shows(tab: TabDriver) -> None:
    tab.show(TableQuery(sort="account", limit=LARGEST_PAGE, offset=5000))
    shown = [tab.cell(row, "Signed in as") for row in tab.rows]
    assert shown == sorted(shown)
    assert len(set(shown)) == LARGEST_PAGE * GRANTS // TOTAL
    tab.show(TableQuery(sort="expires", limit=1))
    earliest = tab.rows[0]
    assert tab.cell(earliest, "Signed in as") == f"Person {GRANTS - 1:03}"


def test_an_entry_far_down_is_edited_in_place(site: Site, tab: TabDriver) -> None:
    tab.search("client 00000")
    tab.row("Client 00000")
    tab.press("Edit")
    tab.fill("Display name", "Client 00000 (moved)")
    tab.press("Save")
    assert tab.rows == ["Client 00000 (moved)"]
    tab.row("Client 00000 (moved)")
    tab.press("Edit")
    tab.fill("Display name", "client 09999")
    tab.press("Save")
    assert "already a connection named" in tab.error_at("Display name")
    tab.fill("Display name", "Client 00000")
    tab.press("Save")
    assert tab.rows == ["Client 00000"]


def test_a_steps_dropdown_answers_a_few_and_the_selected_one(site: Site) -> None:
    choices = site.host.hooks.connection_choices(ChoiceQuery(limit=50, selected_id=ConnectionId("copy-9999")))
    assert len(choices) == 51
    assert "copy-9999" in {choice.connection_id for choice in choices}
    found = site.host.hooks.connection_choices(ChoiceQuery(limit=50, search="company 00123"))
    assert [choice.subtitle for choice in found] == ["Company 00123"]
