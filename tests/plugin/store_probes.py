"""How tests ask a store what is wrong with it, here or in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from hostspec.errors import ConnectionProblem
from xero_connections_plugin.gateways.store.database import Database

ROOT = Path(__file__).parents[2]


def trouble(database: Database) -> ConnectionProblem:
    with pytest.raises(ConnectionProblem) as caught:
        database.check_writable()
    assert len(str(caught.value)) <= 300
    assert caught.value.__context__ is None or caught.value.__suppress_context__
    return caught.value


def in_own_process(code: str, *folders: Path) -> str:
    script = (
        "import os, sys\nfrom pathlib import Path\nfrom hostspec.testing import FakeClock\n"
        "from hostspec.errors import ConnectionProblem\n"
        "from xero_connections_plugin.gateways.store.database import Database\n"
        "database = Database(Path(sys.argv[1]), FakeClock())\n" + code
    )
    command = [sys.executable, "-c", script, *map(str, folders)]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True, timeout=60).stdout
