"""Whether the example of a further connection type works once it is installed: a part of `make packages`.

It is built from a copy of its folder, as its author would, and installed beside the wheel of the plugin.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.house.built_distribution import ROOT, run

EXAMPLE = ROOT / "examples" / "imap_provider"
NAME = "Invoices inbox"
PASSWORD = "only for this check"

Installer = Callable[..., str]
"""Runs uv with arguments."""

TAB = """
import sys, tempfile
from pathlib import Path
import hostspec
from hostspec.testing import FakeHost
host = FakeHost(Path(tempfile.mkdtemp()), settings={"key_file": "connections.key"})
loaded = hostspec.load_plugins(host.manager)
assert set(loaded.loaded) == {"imap-connections", "xero-connections"}, loaded
with host:
    tab = host.tab("Connections")
    tab.press("Add")
    print(*tab.options("Connection type"), sep=", ")
    tab.choose("Connection type", "IMAP mailbox")
    tab.press("Continue")
    assert tab.value("Server") == "", tab.titles
"""


def check_mailboxes(folder: Path, programs: Path, wheel: Path, uv: Installer) -> str:
    """Install the example and use its type by the command line and in the tab; what holds, as a line.

    Args:
        folder: For the build and for the list of connections.
        programs: Of an empty environment.
        wheel: Of the plugin.
        uv: Installs.

    Raises:
        SystemExit: Something does not work.
    """
    source = folder / "source"
    shutil.copytree(EXAMPLE, source, ignore=shutil.ignore_patterns("*.egg-info", "__pycache__", "build"))
    run(sys.executable, "-m", "build", "--wheel", "--outdir", folder / "built", source)
    (example,) = (folder / "built").glob("*.whl")
    uv("pip", "install", "--python", programs / "python", wheel, example)
    types = run(programs / "python", "-I", "-c", TAB, cwd=folder).strip()
    _expect(types == "Xero, IMAP mailbox", f"Add offers {types}")

    said = _connections(
        folder, programs, "add", NAME, "--type", "imap", "--set", "host=imap.example.com", "--set", "user=ada",
        given=PASSWORD,
    )  # fmt: skip
    _expect(PASSWORD not in said, "a password was printed")
    _expect(_listed(folder, programs)["status"] == "untested", "the list does not know the type")
    _expect("imap.example.com" in _connections(folder, programs, "show", NAME), "the settings are not shown")
    for file in (folder / "data").rglob("*"):
        _expect(file.is_dir() or PASSWORD.encode() not in file.read_bytes(), f"a password lies in {file.name}")

    uv("pip", "uninstall", "--python", programs / "python", "imap-connections-plugin")
    _expect(_listed(folder, programs)["status_text"] == "Unknown", "the list claims to know a type that is gone")
    uv("pip", "install", "--python", programs / "python", "--no-deps", example)
    _expect(_listed(folder, programs)["status"] == "untested", "the type did not come back")
    return f"The example of a mailbox installed beside it: Add offers {types}; gone and back, its entry stays.\n"


def _listed(folder: Path, programs: Path) -> dict[str, Any]:
    entries: list[dict[str, Any]] = json.loads(_connections(folder, programs, "list", "--json"))
    _expect([one["name"] for one in entries] == [NAME], f"the list holds {entries}")
    return entries[0]


def _connections(folder: Path, programs: Path, *arguments: str, given: str = "") -> str:
    key_file = {"XERO_CONNECTIONS_KEY_FILE": str(folder / "connections.key")}
    done = subprocess.run(
        [programs / "xero-connections", "--data-dir", folder / "data", *arguments],
        cwd=folder,
        env={**os.environ, **key_file},
        input=given,
        capture_output=True,
        text=True,
    )
    _expect(done.returncode == 0, f"xero-connections {arguments[0]} failed: {done.stdout}{done.stderr}")
    return done.stdout + done.stderr


def _expect(holds: bool, otherwise: str) -> None:
    if not holds:
        raise SystemExit(f"The example of a mailbox, installed: {otherwise}")
