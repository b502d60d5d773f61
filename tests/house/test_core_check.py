"""The modules that keep sign-ins are checked in earnest, and their check can fail."""

from pathlib import Path

import pytest

from tests.house import core_check

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("kind", ["only_mutate", "pytest_add_cli_args_test_selection"])
def test_what_is_listed_exists(kind: str) -> None:
    listed = [ROOT / name for name in core_check.table()[kind]]
    assert len(listed) >= 5
    assert [path for path in listed if not path.is_file()] == []


def test_what_is_left_out_of_counting_branches_is_listed() -> None:
    assert set(core_check.table()["pytest_add_cli_args_test_selection"]) > core_check.SLOW_WHEN_TRACED


def test_too_many_survivors_fail() -> None:
    results = {"a": {f"a{number}": 1 for number in range(17)} | {"a17": 0, "a18": None, "a19": 33}}
    assert core_check.verdict(results)[0]
    assert not core_check.verdict({"a": results["a"] | {"a20": 0}})[0]
    assert not core_check.verdict({"a": {}})[0]
    assert not core_check.verdict({})[0]


def test_survivors_are_named() -> None:
    _, said = core_check.verdict({"a": {"a_killed": 1, "a_survivor": 0, "a_untested": 33}})
    assert [line for line in said if line.startswith("survived")] == ["survived: a_survivor", "survived: a_untested"]
