"""Do the tests of the modules that keep sign-ins notice every change? `python -m tests.house.core_check`.

``coverage``: their fast tests pass every branch. ``mutation``: of the faults that mutmut puts into them, the fast tests
notice most. Which modules and tests that are stands in pyproject.toml, at ``tool.mutmut``.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[2]
LEAST_KILLED: Final = 0.85
"""Of the mutants of each module; the others are read by a person, as many change nothing that can be seen."""

SLOW_WHEN_TRACED: Final = frozenset({"tests/plugin/test_rotation_exhaustive.py"})
"""Adds nothing to the branches that the others pass, but takes minutes while they are counted."""

_SURVIVED: Final = frozenset({0, 33})
"""Exit codes by which mutmut notes that all tests passed, or that none runs the line."""


def table() -> dict[str, Any]:
    """What pyproject.toml says about mutation."""
    settings: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["mutmut"]
    return settings


def coverage() -> int:
    """Run the fast tests and report the branches that none passes; the exit code."""
    modules, tests = table()["only_mutate"], set(table()["pytest_add_cli_args_test_selection"]) - SLOW_WHEN_TRACED
    data = f"--data-file={ROOT / '.coverage.core'}"
    command = [sys.executable, "-m", "coverage"]
    run = [*command, "run", data, "--branch", f"--include={','.join(modules)}", "-m", "pytest", *sorted(tests)]
    fast = [*run, "-q", "-p", "no:cacheprovider", "-m", "not postgresql"]
    done = subprocess.run(fast, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        sys.stdout.write(done.stdout)
        return done.returncode
    report = [*command, "report", data, "--show-missing", "--skip-covered", "--fail-under=100"]
    return subprocess.run(report, cwd=ROOT, check=False).returncode


def mutation() -> int:
    """Run mutmut from scratch, list what survived, and compare with what is asked for; the exit code."""
    work = ROOT / "mutants"
    shutil.rmtree(work, ignore_errors=True)
    command = [sys.executable, "-m", "mutmut", "run"]
    with (ROOT / ".mutmut.log").open("w") as log:
        code = subprocess.run(command, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT, check=False).returncode
    results: dict[str, dict[str, int | None]] = {}
    for module in table()["only_mutate"]:
        kept = work / f"{module}.meta"
        results[module] = json.loads(kept.read_text())["exit_code_by_key"] if kept.exists() else {}
    good, said = verdict(results)
    sys.stdout.write("\n".join([*said, "`python -m mutmut show NAME` shows a mutant\n"]))
    return 0 if good and code == 0 else 1


def verdict(results: Mapping[str, Mapping[str, int | None]]) -> tuple[bool, list[str]]:
    """Whether enough mutants of each module were killed, and what to say of it.

    Args:
        results: By module and mutant the exit code of the tests; ``None`` when they were not run.
    """
    good = bool(results)
    said: list[str] = []
    for module, codes in results.items():
        survivors = [mutant for mutant, code in codes.items() if code is None or code in _SURVIVED]
        killed = 1 - len(survivors) / len(codes) if codes else 0.0
        good = good and killed >= LEAST_KILLED
        said += [*(f"survived: {mutant}" for mutant in survivors), f"{killed:.1%} of {len(codes)} killed in {module}"]
    return good, said


if __name__ == "__main__":
    sys.exit({"coverage": coverage, "mutation": mutation}[sys.argv[1]]())
