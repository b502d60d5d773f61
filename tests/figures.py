"""What tests have measured, told at the end of a run: counts and times that no test should fail for on a busy machine.

A pytest plugin; works across the processes of pytest-xdist.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest


@pytest.fixture
def figure(request: pytest.FixtureRequest) -> Callable[[str, object], None]:
    """Notes something measured, under a name."""
    properties = request.node.user_properties

    def note(name: str, value: object) -> None:
        properties.append((name, str(value)))

    return note


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports = [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]
    told = [
        f"{report.nodeid.rpartition('::')[2]}: {name}: {value}"
        for report in reports
        if report.when == "call"
        for name, value in report.user_properties
    ]
    if told:
        terminalreporter.section("figures")
        for one in sorted(told):
            terminalreporter.line(one)
