"""The list heads what its entries lead to with the word of their types, or with one that fits all."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from hostspec import AddAct, ConnectionType, hookimpl
from tests.stories.capture_site import Site
from tests.stories.test_other_types_limits import SHELF, PlainShelves


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
