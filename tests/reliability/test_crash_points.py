"""The list of crash points is the product's own: no name is missing from it, and none in it leads nowhere."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import get_args

import pytest

from tests.cli.operator_site import RESTORE_POINTS
from tests.plugin.keeper_process import ROOT
from tests.reliability.crash_points import BESIDES, DELETING, PROGRAMME, REQUEST_OUT, SAVING, Planted, Trap, planted
from tests.reliability.deletion_jobs import CHOICE_POINTS
from xero_connections_plugin.oauth.rotation_words import Deed

ALL = (*PROGRAMME, *BESIDES)

OF_TESTS = {REQUEST_OUT, SAVING, DELETING}
"""Names that the tests' own jobs come by."""

DEEDS = {f"{when} {deed.__name__}" for deed in get_args(Deed) for when in ("before", "after")}


def named_in_the_product() -> Iterator[str]:
    for path in (ROOT / "xero_connections_plugin").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and _is_checkpoint(node.func):
                (said,) = node.args
                if isinstance(said, ast.Constant):
                    yield str(said.value)


def _is_checkpoint(called: ast.expr) -> bool:
    name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
    return name.strip("_") == "checkpoint"


def test_every_point_of_the_product_is_in_a_list() -> None:
    listed = {name for point in (*ALL, *CHOICE_POINTS) for name in point.way}
    assert set(named_in_the_product()) <= listed.union(RESTORE_POINTS)


def test_every_name_in_the_list_is_a_point_of_the_product() -> None:
    known = {*named_in_the_product(), *DEEDS, *OF_TESTS}
    assert {name for point in ALL for name in point.way} <= known


def test_the_programme_has_fourteen_points_and_no_two_are_alike() -> None:
    assert [point.case for point in PROGRAMME] == [f"c{number}" for number in range(1, 15)]
    assert len({point.way for point in ALL}) == len({point.title for point in ALL}) == len(ALL)


def test_a_trap_strikes_once_and_only_where_the_way_leads() -> None:
    struck: list[str] = []
    trap = Trap(PROGRAMME[7], lambda: struck.append("here"))
    trap("store:before-commit")
    assert not trap.has_struck
    for name in ("before Commit", "store:before-commit", "before Commit", "store:before-commit"):
        trap(name)
    assert (struck, trap.has_struck) == (["here"], True)


def test_a_mistake_made_on_purpose_is_no_error_of_the_product() -> None:
    with pytest.raises(Planted):
        planted()
