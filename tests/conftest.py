"""What every test can ask for: a browser, a keychain, and the certainty that nothing is skipped silently."""

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.keychain_session import environment_in, keychain_session
from tests.outside_programs import CHROMIUM, GROUPS, why_missing

pytest_plugins = (
    "tests.nothing_skipped",
    "tests.sampling",
    "tests.figures",
    "tests.exemptions",
    "tests.secret_watch",
    "tests.reliability.invariants",
    "tests.postgresql_server",
)


def pytest_configure() -> None:
    # A shell starts what runs in the background with Ctrl-C ignored, and every program that tests start inherits that.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # Playwright leaves an event loop running in the main thread, where no other test could start one of its own;
    # so files with browser tests come last.
    last = {item.path for item in items if item.get_closest_marker("browser")}
    items.sort(key=lambda item: item.path in last)


def pytest_runtest_setup(item: pytest.Item) -> None:
    for group in GROUPS:
        if item.get_closest_marker(group) and (reason := why_missing(group)):
            pytest.skip(reason)


@pytest.fixture(scope="session")
def chromium_path() -> Path:
    """The installed Chromium; skips with the line that installs it."""
    found = CHROMIUM.find()
    if found is None:
        pytest.skip(str(why_missing("browser")))
    return found


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any], chromium_path: Path) -> dict[str, Any]:
    """How pytest-playwright starts the browser: the installed one, and silent towards the network."""
    flags = [
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ]
    if sys.platform == "linux" and os.geteuid() == 0:
        # Chromium's sandbox refuses to run as root, as in most containers.
        flags.append("--no-sandbox")
    return {**browser_type_launch_args, "executable_path": str(chromium_path), "args": flags}


@pytest.fixture(scope="session")
def base_url() -> None:
    """None: each test makes its own servers, on ports of their own.

    Stands here because pytest-playwright defines its own as a method, which pytest 9 warns about.
    """


@pytest.fixture
def secret_service() -> Iterator[dict[str, str]]:
    """The environment of a private session with an unlocked Secret Service, for subprocesses."""
    if reason := why_missing("keychain"):
        pytest.skip(reason)
    with keychain_session() as environment:
        yield environment


@pytest.fixture
def without_secret_service(tmp_path: Path) -> dict[str, str]:
    """The environment of a session where no Secret Service can be reached, for subprocesses."""
    return environment_in(tmp_path / "session", os.environ)
