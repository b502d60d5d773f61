"""Files for spreadsheets: what goes in comes out, and no cell is run as a formula."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xero_connections_plugin.ui.csv_text import csv_text


def cells_of(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def test_a_file_begins_with_the_mark_of_utf8_and_its_lines_end_as_rfc_4180_says() -> None:
    assert csv_text(["Name", "Company"], [["Büro", "Bakehouse"]]) == "\ufeffName,Company\r\nBüro,Bakehouse\r\n"


def test_commas_quotes_and_line_breaks_stay_inside_their_cell() -> None:
    row = ["a, b", 'say "hello"', "two\nlines"]
    assert cells_of(csv_text(["1", "2", "3"], [row])) == [["1", "2", "3"], row]


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\u00a0=1", "\uff1d1"])
def test_what_would_be_run_as_a_formula_is_kept_from_it(cell: str) -> None:
    assert cells_of(csv_text(["x"], [[cell]]))[1] == [f"'{cell}"]


def test_a_heading_is_defused_too() -> None:
    assert cells_of(csv_text(["=1"], []))[0] == ["'=1"]


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20), min_size=2, max_size=4))
def test_every_text_comes_back_but_for_the_apostrophe(row: list[str]) -> None:
    found = cells_of(csv_text(["x"] * len(row), [row]))[1]
    assert [cell.removeprefix("'") for cell in found] == [cell.removeprefix("'") for cell in row]
    assert not any(cell.lstrip().startswith(("=", "+", "-", "@")) for cell in found)
