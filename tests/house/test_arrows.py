"""The arrows between packages and rooms hold, and the contract stays light."""

import subprocess
import sys
from pathlib import Path

import grimp

ROOT = Path(__file__).parents[2]
# Run in a fresh process, as a host would: what else the tests imported does not count.
HEAVY_AFTER_LOADING = """
import importlib.metadata, sys
(point,) = importlib.metadata.entry_points(group="capture.plugins")
assert point.load()() is not None
heavy = {"requests", "urllib3", "keyring", "sqlalchemy", "alembic", "cryptography", "jwt", "filelock", "http.server"}
print(sorted(heavy & set(sys.modules)))
"""


def run(*command: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_the_arrows_between_rooms_hold() -> None:
    done = run(str(Path(sys.executable).with_name("lint-imports")), "--no-logo", "--no-cache")
    assert done.returncode == 0, done.stdout + done.stderr


def test_hostspec_runs_with_pluggy_and_pydantic_alone() -> None:
    graph = grimp.build_graph(
        "hostspec", include_external_packages=True, exclude_type_checking_imports=True, cache_dir=None
    )
    outside = {
        imported
        for module in graph.find_descendants("hostspec") | {"hostspec"}
        # What authors of hosts and plugins use in their own tests may use pytest.
        if not module.startswith("hostspec.testing")
        for imported in graph.find_modules_directly_imported_by(module)
        if not imported.startswith("hostspec") and imported not in sys.stdlib_module_names
    }
    assert outside == {"pluggy", "pydantic"}


def test_loading_the_plugin_imports_nothing_heavy() -> None:
    done = run(sys.executable, "-c", HEAVY_AFTER_LOADING)
    assert (done.stdout, done.stderr) == ("[]\n", "")
