"""What does pytest say of broken rules? A few lines for each: what was found, the rule, and the page.

Ask for it with ``-p hostspec.testing.pytest_plugin``, or in the ``conftest.py`` beside your tests with
``pytest_plugins = ["hostspec.testing.pytest_plugin"]``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from hostspec.testing.contract_rules import ContractViolation, NotAnswered

if TYPE_CHECKING:
    from collections.abc import Generator

_BROKEN: Final = "contract_broken"
_NOT_SAID: Final = "contract_not_said"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(call: pytest.CallInfo[None]) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show a broken rule as its sentences: where the suite noticed it helps nobody."""
    report = yield
    error = None if call.excinfo is None else call.excinfo.value
    if not isinstance(error, ContractViolation | NotAnswered):
        return report
    report.longrepr = str(error)
    # Plain texts travel from the workers of pytest-xdist, too.
    if isinstance(error, ContractViolation):
        setattr(report, _BROKEN, [error.rule.about, error.rule.says, error.rule.page, error.found])
    else:
        setattr(report, _NOT_SAID, str(error))
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """List what is missing, each rule once."""
    failed = terminalreporter.getreports("failed")
    said = dict.fromkeys(getattr(report, _NOT_SAID) for report in failed if hasattr(report, _NOT_SAID))
    broken: dict[tuple[str, str, str], dict[str, None]] = {}
    for report in failed:
        if hasattr(report, _BROKEN):
            about, says, page, found = getattr(report, _BROKEN)
            broken.setdefault((about, says, page), {})[found] = None
    if not said and not broken:
        return
    rules = "1 rule is broken" if len(broken) == 1 else f"{len(broken)} rules are broken"
    terminalreporter.section(f"contract: {rules}" if broken else "contract: the suite needs to know more")
    for text in said:
        terminalreporter.line(text)
    for (about, says, page), findings in broken.items():
        terminalreporter.line(f"{about}: {says}", bold=True)
        for found in findings:
            terminalreporter.line(f"    found: {found}")
        terminalreporter.line(f"    read:  {page}")
