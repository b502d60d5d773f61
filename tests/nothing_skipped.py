"""With CI=true a test that did not run is a test that failed.

A pytest plugin of its own, so that the house can test it: skips and expected failures, of tests and of whole files,
become failures; and what was collected is remembered for the checks that nothing was left out.
"""

import os
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True)
class Collected:
    """What pytest found before anything was deselected."""

    is_whole: bool
    files: frozenset[Path]
    markers: frozenset[str]


COLLECTED = pytest.StashKey[Collected]()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    asked = {(config.invocation_params.dir / argument).resolve() for argument in config.args}
    config.stash[COLLECTED] = Collected(
        # xdist hands its workers the test paths as arguments, so the arguments themselves are compared.
        is_whole=asked <= {config.rootpath, config.rootpath / "tests"},
        files=frozenset(item.path for item in items),
        markers=frozenset(marker.name for item in items for marker in item.iter_markers()),
    )


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    _refuse_skip(report)
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    _refuse_skip(report)
    return report


def _refuse_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    if report.skipped and os.environ.get("CI", "").lower() in {"1", "true"}:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        report.outcome = "failed"
        report.longrepr = f"{report.nodeid} did not run, and with CI=true nothing may be skipped: {reason}"
