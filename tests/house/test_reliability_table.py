"""Every case of the reliability programme has a test, and its table tells the truth."""

from collections import Counter
from pathlib import Path

import pytest

from tests.reliability.case_table import DOCUMENT, ROOT, case_of, cases_with_tests, missing, table, unknown
from tests.reliability.programme import CASE_IDS, INVARIANTS, PARTS


def test_every_case_has_a_test() -> None:
    assert missing(cases_with_tests(ROOT / "tests")) == []


def test_no_test_carries_an_id_that_is_no_case() -> None:
    assert unknown(cases_with_tests(ROOT / "tests")) == {}


def test_the_document_is_what_its_program_writes() -> None:
    written = DOCUMENT.read_text(encoding="utf-8")
    assert written == table(cases_with_tests(ROOT / "tests")), "run: python -m tests.reliability.case_table"


def test_every_id_is_there_once() -> None:
    ids = [case.case_id for part in PARTS for case in part.cases]
    assert len(ids) == len(CASE_IDS) == 109
    assert [invariant.name for invariant in INVARIANTS] == [f"I{number}" for number in range(1, 13)]


def test_no_cell_breaks_its_table() -> None:
    cells = [cell for part in PARTS for case in part.cases for cell in (case.case, case.expected)]
    assert [cell for cell in cells if "|" in cell or "\n" in cell] == []


@pytest.mark.parametrize(
    ("name", "case_id"),
    [
        ("test_a17_a_slow_visitor_is_dropped", "a17"),
        ("test_b99_nobody_knows_this_one", "b99"),
        ("test_a_visitor_is_let_in", None),
        ("test_i1_no_secret", None),
        ("test_c3po", None),
    ],
)
def test_a_test_names_its_case(name: str, case_id: str | None) -> None:
    assert case_of(name) == case_id


def test_tests_in_classes_and_in_any_folder_are_found(tmp_path: Path) -> None:
    deep = tmp_path / "deep"
    deep.mkdir()
    first, second = deep / "test_one.py", tmp_path / "test_two.py"
    first.write_text("class TestIt:\n    def test_a1_in_a_class(self): ...\n    async def test_a1_again(self): ...\n")
    second.write_text("def test_a1_here(): ...\ndef test_z1_other(): ...\ndef test_d77_odd(): ...\n")
    found = cases_with_tests(tmp_path)
    assert found == {"a1": Counter({first: 2, second: 1}), "d77": Counter({second: 1})}
    assert unknown(found) == {"d77": ["test_two.py"]}
    assert "a1" not in missing(found)
    assert "a2" in missing(found)
