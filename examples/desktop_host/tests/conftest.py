"""Qt without a screen: one application for all tests."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from desk import Desk, desk_at
from PySide6.QtWidgets import QApplication


@pytest.fixture(scope="session")
def application() -> QApplication:
    found = QApplication([])
    found.setQuitOnLastWindowClosed(False)
    return found


@pytest.fixture
def desk(application: QApplication, tmp_path: Path) -> Iterator[Desk]:
    tmp_path.chmod(0o700)
    with desk_at(tmp_path) as found:
        yield found
