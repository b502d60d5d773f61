"""The errors are the tree that their page shows, and speak in sentences."""

import inspect
import re
from typing import Any

import pytest

import hostspec.errors
from hostspec import SENTENCE_LIMIT, CaptureError, ConnectionInUse, PluginFailed, TenantMismatch
from hostspec.errors import ProviderUnavailable, ScopeMissing
from tests.hostspec.sample_plugins import usage

EXTRAS: dict[type[CaptureError], dict[str, Any]] = {
    PluginFailed: {"plugin": "mail"},
    ConnectionInUse: {"usages": (usage("P"),)},
    TenantMismatch: {"expected": "One", "found": "Two"},
    ScopeMissing: {"scope": "files"},
    ProviderUnavailable: {"retry_after": 2.5},
}
ERRORS = [error for _, error in inspect.getmembers(hostspec.errors, inspect.isclass) if issubclass(error, CaptureError)]


def documented() -> list[tuple[str, str, str | None]]:
    """Name, parent and remedy of each line of the tree in the page's docstring."""
    found: list[tuple[str, str, str | None]] = []
    above: dict[int, str] = {}
    for spaces, name, rest in re.findall(r"^( +)([A-Z]\w+)(.*)$", hostspec.errors.__doc__ or "", re.M):
        depth = len(spaces)
        remedy = re.search(r"\b[A-Z_]{4,}\b", rest)
        parent = above[max(level for level in above if level < depth)] if len(above) else "Exception"
        found.append((name, parent, remedy[0] if remedy else None))
        above = {level: known for level, known in above.items() if level < depth} | {depth: name}
    return found


def test_the_page_shows_the_tree_as_it_is() -> None:
    tree = documented()
    assert {name for name, _, _ in tree} == {error.__name__ for error in ERRORS}
    for name, parent, remedy in tree:
        error = getattr(hostspec.errors, name)
        assert error.__bases__[0].__name__ == parent
        if remedy is not None:
            assert error.remedy.name == remedy


def test_every_leaf_of_the_page_says_its_remedy() -> None:
    tree = documented()
    parents = {parent for _, parent, _ in tree}
    assert [name for name, _, remedy in tree if name not in parents and remedy is None] == []


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.__name__)
def test_no_error_is_longer_than_three_hundred_characters(error: type[CaptureError]) -> None:
    raised = error("word " * 200, **EXTRAS.get(error, {}))
    assert len(str(raised)) == SENTENCE_LIMIT == 300
    assert str(raised).endswith("…")
    exact = "x" * SENTENCE_LIMIT
    assert str(error(exact, **EXTRAS.get(error, {}))) == exact


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.__name__)
def test_every_error_has_a_code_and_takes_another(error: type[CaptureError]) -> None:
    assert re.fullmatch(r"[A-Z_]+", error("Text.", **EXTRAS.get(error, {})).code)
    assert error("Text.", code="OTHER", **EXTRAS.get(error, {})).code == "OTHER"


def test_default_codes_tell_the_errors_apart() -> None:
    codes = [error.default_code for error in ERRORS]
    assert sorted(codes) == sorted(set(codes))


def test_errors_carry_what_programs_need() -> None:
    assert ConnectionInUse("Used.", usages=(usage("P"),)).usages[0].profile == "P"
    mismatch = TenantMismatch("Other.", expected="One", found="Two")
    assert (mismatch.expected, mismatch.found) == ("One", "Two")
    assert ProviderUnavailable("Later.", retry_after=2.5).retry_after == 2.5
    assert ScopeMissing("No.", scope="files").scope == "files"
