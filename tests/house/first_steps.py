"""What a plain installation can do: run in an empty environment, so it knows only what was installed there.

Every module can be imported, the plugin is found through its entry point, starts, and seals with a key file.
"""

import importlib
import pkgutil
import sys
import tempfile
from pathlib import Path

import hostspec
import xero_connections_plugin
from hostspec.testing import FakeClock, FakeHost

# Only their users need them: test suites run by pytest, and a database server.
OTHERS = {"pytest", "psycopg"}


def import_everything() -> int:
    """Imports every module of the contract and the plugin; returns how many there are."""
    found = 0
    for package in (hostspec, xero_connections_plugin):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            # Alembic runs it, and only inside of a migration.
            if module.name.endswith((".migrations.env", ".__main__")):
                continue
            try:
                importlib.import_module(module.name)
            except ModuleNotFoundError as missing:
                if missing.name not in OTHERS:
                    raise
            found += 1
    return found


def sign_in_until_the_browser_opens(data_dir: Path) -> None:
    """Uses the tab as an administrator would; Authorize makes the first key before it opens the browser."""
    host = FakeHost(data_dir, settings={"key_file": "connections.key"}, clock=FakeClock(auto_advance=True))
    loaded = hostspec.load_plugins(host.manager)
    assert "xero-connections" in loaded.loaded, loaded
    with host:
        tab = host.tab("Connections")
        tab.press("Add")
        tab.fill("Display name", "Bakehouse")
        tab.fill("Xero Client ID", "0" * 32)
        tab.press("Authorize")
        tab.continue_until(lambda: tab.titles[-1] != "Preparing the sign-in")
        assert tab.titles[-1] == "Waiting for Xero", tab.titles
        tab.press("Cancel")
    assert (data_dir / "connections.key").stat().st_size == 32
    assert (data_dir / "xero-connections.sqlite3").exists()


def main() -> None:
    found = import_everything()
    with tempfile.TemporaryDirectory() as folder:
        sign_in_until_the_browser_opens(Path(folder))
    version = ".".join(map(str, sys.version_info[:3]))
    sys.stdout.write(f"Python {version}: {found} modules imported, the plugin found, started and signing in.\n")


if __name__ == "__main__":
    main()
