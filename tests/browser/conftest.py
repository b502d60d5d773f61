"""What browser tests begin with."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.demo_program import DemoProgram


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[DemoProgram]:
    """The demonstration as people start it; it has to end well."""
    with DemoProgram(tmp_path) as running:
        yield running
    assert running.exit_code == 0


@pytest.fixture
def calm(page: Page) -> Iterator[Page]:
    """A page whose own script has nothing to complain of: the test fails otherwise."""
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda line: complaints.append(line.text) if line.type in ("error", "warning") else None)
    yield page
    assert complaints == []
