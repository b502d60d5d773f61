"""The tree keeps its own rules: where files lie, what they are called, how long they grow."""

import re
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from tests.nothing_skipped import COLLECTED, Collected
from tests.outside_programs import GROUPS

ROOT = Path(__file__).parents[2]
PACKAGES = ("hostspec", "xero_connections_plugin", "sample_host")
TOP_LEVEL = {
    *PACKAGES,
    "tests",
    "docs",
    "examples",
    "benchmarks",
    ".ci",
    "pyproject.toml",
    "Makefile",
    "mkdocs.yml",
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "LICENSE",
    ".pre-commit-config.yaml",
    ".gitignore",
}
SHARED_NAMES = {"__init__.py", "__main__.py", "conftest.py", "env.py"}
DRAWERS = {"utils", "util", "helpers", "helper", "common", "base", "api", "manager", "misc"}
LONGEST = 300
# Written with classes so that this file does not name what it looks for.
WORKPLACE = re.compile(r"/wor[k]/|\.\./share[d]\b|/share[d]/|\.librar[y]\b|/tmp/brie[f]")


def project_files(*patterns: str) -> list[Path]:
    """Returns the files of the project that git tracks or would track."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *patterns],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return sorted(path for name in listed.split("\0") if name and (path := ROOT / name).is_file())


def lines_with(marks: re.Pattern[str], *patterns: str) -> list[str]:
    return [
        f"{path.relative_to(ROOT)}:{number}"
        for path in project_files(*patterns)
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if marks.search(line)
    ]


def test_the_top_level_holds_only_what_belongs_there() -> None:
    found = {path.relative_to(ROOT).parts[0] for path in project_files()}
    assert found <= TOP_LEVEL, f"not at home at the top: {sorted(found - TOP_LEVEL)}"


def test_module_file_names_are_unique() -> None:
    names = Counter(path.name for path in project_files("*.py") if path.name not in SHARED_NAMES)
    assert [name for name, count in names.items() if count > 1] == []


def test_no_module_is_a_drawer() -> None:
    places = {part for path in project_files("*.py") for part in (path.stem, *path.relative_to(ROOT).parts[:-1])}
    assert places & DRAWERS == set()


def test_no_file_of_the_packages_outgrows_one_question() -> None:
    lengths = {
        path.relative_to(ROOT): len(path.read_text("utf-8").splitlines())
        for package in PACKAGES
        for path in project_files(f"{package}/*.py")
    }
    assert {str(path): length for path, length in lengths.items() if length > LONGEST} == {}


def test_every_room_says_what_it_answers() -> None:
    rooms = [
        path for package in PACKAGES for path in project_files(f"{package}/**/__init__.py", f"{package}/__init__.py")
    ]
    assert [str(path.relative_to(ROOT)) for path in rooms if not path.read_text("utf-8").startswith('"""')] == []


def test_every_folder_with_modules_is_a_package() -> None:
    folders = {path.parent for package in PACKAGES for path in project_files(f"{package}/*.py")}
    assert [str(folder.relative_to(ROOT)) for folder in sorted(folders) if not (folder / "__init__.py").exists()] == []


def test_tests_are_no_package_so_that_they_import_one_way() -> None:
    assert project_files("tests/**/__init__.py", "tests/__init__.py") == []


def test_nothing_names_the_place_where_it_was_written() -> None:
    texts = {path: path.read_bytes().decode("utf-8", "replace") for path in project_files()}
    assert [str(path.relative_to(ROOT)) for path, text in texts.items() if WORKPLACE.search(text)] == []


def test_nothing_is_promised_for_later() -> None:
    marks = re.compile(r"\b(TOD[O]|FIXM[E]|XX[X])\b|raise NotImplementedErro[r]")
    assert lines_with(marks, "tests/*.py", *(f"{package}/*.py" for package in PACKAGES)) == []


def test_tests_neither_patch_nor_sleep_nor_expect_to_fail() -> None:
    marks = re.compile(r"mock\.patc[h]|unittest\.moc[k]|time\.slee[p]|mark\.xfai[l]|assert Tru[e]$")
    assert lines_with(marks, "tests/*.py") == []


def test_every_test_file_is_collected(collected: Collected) -> None:
    files = {path for path in project_files("tests/*.py") if path.name.startswith("test_")}
    assert sorted(str(path.relative_to(ROOT)) for path in files - collected.files) == []


def test_no_test_hides_in_a_file_that_is_not_collected() -> None:
    others = [path for path in project_files("tests/*.py") if not path.name.startswith("test_")]
    assert [str(path) for path in others if re.search(r"^(async )?def test_", path.read_text("utf-8"), re.M)] == []


@pytest.mark.parametrize("group", GROUPS)
def test_every_group_has_tests(group: str, collected: Collected) -> None:
    assert group in collected.markers


@pytest.fixture
def collected(pytestconfig: pytest.Config) -> Collected:
    whole = pytestconfig.stash[COLLECTED]
    if not whole.is_whole:
        pytest.skip("judged in runs of all tests only")
    return whole
