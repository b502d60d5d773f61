"""With CI=true nothing is skipped: shown by running pytest on tests that try to."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SKIPPING = """
import pytest
expected_to_fail = getattr(pytest.mark, "x" + "fail")
def test_runs(): pass
def test_gives_up(): pytest.skip("no elephant here")
@pytest.mark.skip(reason="not today")
def test_is_marked(): pass
@expected_to_fail
def test_may_fail(): assert 1 == 2
@pytest.fixture
def elephant(): pytest.skip("the fixture found none")
def test_asks(elephant): pass
"""


def closing_line(folder: Path, test: str, ci: str | None) -> str:
    (folder / "test_inside.py").write_text(test)
    (folder / "pytest.ini").write_text("[pytest]\n")
    environment = {name: value for name, value in os.environ.items() if name not in {"CI", "PYTEST_ADDOPTS"}}
    environment["PYTHONPATH"] = str(ROOT)
    if ci is not None:
        environment["CI"] = ci
    command = [sys.executable, "-m", "pytest", "-p", "tests.nothing_skipped", "-p", "no:cacheprovider", "-q", "."]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    return done.stdout.splitlines()[-1].rpartition(" in ")[0]


@pytest.mark.parametrize("ci", [None, "", "false"])
def test_elsewhere_a_test_may_be_skipped(tmp_path: Path, ci: str | None) -> None:
    assert closing_line(tmp_path, SKIPPING, ci) == "1 passed, 3 skipped, 1 xfailed"


@pytest.mark.parametrize("ci", ["true", "1"])
def test_with_ci_every_skip_and_expected_failure_fails(tmp_path: Path, ci: str) -> None:
    assert closing_line(tmp_path, SKIPPING, ci) == "2 failed, 1 passed, 2 errors"


def test_with_ci_a_skipped_file_fails(tmp_path: Path) -> None:
    line = closing_line(tmp_path, "import pytest\npytest.skip('not this file', allow_module_level=True)\n", "true")
    assert line == "1 error"
