"""What tests of the command line can ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli.console_site import ConsoleSite

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def site(tmp_path: Path) -> Iterator[ConsoleSite]:
    """A machine without a screen, and a simulated Xero."""
    with ConsoleSite(tmp_path) as there:
        yield there
