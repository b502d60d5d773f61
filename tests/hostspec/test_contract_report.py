"""Whoever inherits a suite reads in a few lines what is missing, and where to read on."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from pathlib import Path

NOTHING_SAID: Final = """
from hostspec.testing import HostContract

class TestMyHost(HostContract):
    pass
"""
FORGETFUL: Final = """
from hostspec import hookimpl
from hostspec.testing import FakeHost, HostContract

class Forgetful:
    def start_host(self, data_dir, plugins):
        host = FakeHost(data_dir, plugins=plugins)
        host.permissions.is_allowed = lambda *_: True
        host.use = lambda subject, profile, *, enabled: enabled and host.profiles.use(subject, profile=profile)
        host.start()
        return host

class TestMyHost(Forgetful, HostContract):
    has_windows = False

def test_of_my_own():
    assert 1 + 1 == 3
"""


def told(tmp_path: Path, text: str, *options: str) -> str:
    """What pytest writes about tests with that text."""
    (tmp_path / "test_mine.py").write_text(text, "utf-8")
    plugins = ("-p", "no:cacheprovider", "-p", "hostspec.testing.pytest_plugin")
    command = (
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-k",
        "usage or strangers or own",
        *plugins,
        *options,
        "--rootdir",
        ".",
        "test_mine.py",
    )
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


def test_an_empty_class_is_told_what_to_say_first(tmp_path: Path) -> None:
    said = told(tmp_path, NOTHING_SAID).partition("= contract: the suite needs to know more =")[2]
    asked = "TestMyHost.start_host has to start the host with the plugins it is given."
    assert said.partition("short test summary")[0].count(asked) == 1


@pytest.mark.parametrize("options", [(), ("-n", "2")], ids=["one process", "two workers"])
def test_each_broken_rule_is_named_once_with_its_page(tmp_path: Path, options: tuple[str, ...]) -> None:
    written = told(tmp_path, FORGETFUL, *options)
    summary = written.partition("= contract: ")[2].partition("= short test summary")[0]
    for lines in (
        "capture_usages: Every usage counts, disabled ones too.\n"
        "    found: A disabled profile's usage is missing.\n"
        "    read:  docs/hooks.md#capture_usages\n",
        "HostServices.is_allowed: There is no default yes: people whom nobody knows may do nothing.\n"
        "    found: A stranger got True for view.\n"
        "    read:  docs/services.md#hostservices\n",
    ):
        assert summary.count(lines) == 1, summary
    # Other tests fail as they always do.
    assert "assert (1 + 1) == 3" in written
    assert "raise ContractViolation" not in written
