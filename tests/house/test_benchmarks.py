"""The race in benchmarks/ measures what its tables say."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.race import Rules, Track
from benchmarks.registry import ENTRANTS, entrant_named

STRICT = Rules("used again at all: refused", "G1", 0)


@pytest.fixture(scope="module")
def track() -> Iterator[Track]:
    with Track() as track:
        yield track


def test_this_project_asks_once_and_nobody_fails(track: Track) -> None:
    result = track.race(entrant_named("this project, SQLite"), STRICT)
    assert (result.requests, result.refused, result.failed, result.kept) == (1, 0, 0, True)


def test_callers_that_know_nothing_of_each_other_ask_each_for_themselves(track: Track) -> None:
    result = track.race(entrant_named("xero-python (secret)"), STRICT)
    assert result.requests > 1
    assert result.refused == result.requests - 1
    assert result.failed > 0


def test_every_row_has_a_name_of_its_own_and_a_line_in_the_guide() -> None:
    names = [entrant.name for entrant in ENTRANTS]
    assert len(set(names)) == len(names)
    guide = (Path(__file__).parents[2] / "benchmarks" / "README.md").read_text("utf-8")
    assert [name for name in names if f"| {name.partition(',')[0]}" not in guide] == []
