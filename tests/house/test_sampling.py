"""A sweep is sampled by a seed, and done whole on demand: shown by running pytest on one."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.sampling import SEED_VARIABLE

ROOT = Path(__file__).parents[2]
SWEEPS = """
import pytest
from tests.sampling import how_many
@pytest.mark.sweep(sample=3)
@pytest.mark.parametrize("number", range(20))
def test_sampled(number): pass
@pytest.mark.sweep(sample=0)
def test_only_whole(): pass
def test_always(): assert how_many(commit=2, whole=9) in (2, 9)
"""


def ran(folder: Path, *arguments: str, seed: str = "7", tests: str = SWEEPS) -> tuple[set[str], str]:
    (folder / "test_inside.py").write_text(tests)
    (folder / "pytest.ini").write_text("[pytest]\nmarkers = sweep\n")
    unwanted = {"PYTEST_ADDOPTS", SEED_VARIABLE, "SWEEP_WHOLE"}
    environment = {name: value for name, value in os.environ.items() if name not in unwanted}
    environment |= {"PYTHONPATH": str(ROOT), SEED_VARIABLE: seed}
    command = [sys.executable, "-m", "pytest", "-p", "tests.sampling", "-p", "no:cacheprovider", "-rA", *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    passed = {line.partition("::")[2] for line in done.stdout.splitlines() if line.startswith("PASSED")}
    return passed, done.stdout + done.stderr


def test_a_sample_is_drawn_by_the_seed_that_the_heading_names(tmp_path: Path) -> None:
    first, said = ran(tmp_path)
    assert len(first) == 4
    assert "a sample, SWEEP_SEED=7" in said
    assert ran(tmp_path)[0] == first
    assert ran(tmp_path, seed="8")[0] != first


def test_everything_runs_when_the_whole_is_asked_for(tmp_path: Path) -> None:
    assert len(ran(tmp_path, "--whole")[0]) == 22


def test_a_run_that_is_named_is_never_left_out(tmp_path: Path) -> None:
    for number in (0, 10, 19):
        assert ran(tmp_path, f"test_inside.py::test_sampled[{number}]")[0] == {f"test_sampled[{number}]"}


@pytest.mark.parametrize("marker", ["sweep", "sweep(sample=None)"])
def test_a_sweep_says_how_large_its_sample_is(tmp_path: Path, marker: str) -> None:
    unsaid = SWEEPS.replace("sweep(sample=0)", marker)
    passed, said = ran(tmp_path, tests=unsaid)
    assert not passed
    assert "say how many runs are a sample" in said
