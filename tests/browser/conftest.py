"""What browser tests begin with."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.demo_program import DemoProgram


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[DemoProgram]:
    """The demonstration as people start it; it has to end well."""
    with DemoProgram(tmp_path) as running:
        yield running
    assert running.exit_code == 0
