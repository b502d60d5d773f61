"""What people install asks for what it needs and for nothing else, and says what is missing."""

import importlib.metadata
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from sample_host.needed_packages import INSTALL_LINE, NEEDED, what_is_missing
from tests.house.installed_packages import names_of, only_with_an_extra, project, pythons
from xero_connections_plugin.gateways.network.outbound_http import user_agent

ROOT = Path(__file__).parents[2]
TOLD = project()["project"]

ASKED_FOR: list[str] = [
    *TOLD["dependencies"],
    *(one for extra in TOLD["optional-dependencies"].values() for one in extra),
]

WITHOUT_THE_EXTRA = """
import sys
sys.modules["uvicorn"] = None
from sample_host.__main__ import main
sys.exit(main([]))
"""

AS_HOST_OF_A_COMMAND = """
import sys
for name in ("jinja2", "psutil", "starlette", "uvicorn"):
    sys.modules[name] = None
from xero_connections_plugin.cli.program import main
sys.argv = ["xero-connections", "--host", "sample-host", "--data-dir", sys.argv[1], "list"]
main()
"""


def brought_by(requirements: list[str], *, found: set[str]) -> set[str]:
    """Everything that an installation of these brings, as far as it is installed here."""
    for one in map(Requirement, requirements):
        name = one.name.lower().replace("_", "-")
        if name in found or (one.marker is not None and not one.marker.evaluate({"extra": ""})):
            continue
        found.add(name)
        brought_by(importlib.metadata.requires(one.name) or [], found=found)
    return found


def test_a_plain_installation_brings_nothing_that_only_extras_need() -> None:
    assert {"starlette", "uvicorn", "jinja2", "psycopg"} <= only_with_an_extra()
    assert brought_by(TOLD["dependencies"], found=set()) & only_with_an_extra() == set()


@pytest.mark.parametrize("requirement", ASKED_FOR)
def test_every_dependency_says_its_oldest_version(requirement: str) -> None:
    assert re.search(r">=\d", requirement)


def test_the_sample_host_without_its_extra_prints_the_line_that_installs_it() -> None:
    asked = subprocess.run([sys.executable, "-c", WITHOUT_THE_EXTRA], cwd=ROOT, capture_output=True, text=True)
    assert asked.returncode == 2
    assert asked.stdout == ""
    assert "uvicorn" in asked.stderr
    assert asked.stderr.endswith(f"  {INSTALL_LINE}\n")


def test_a_command_for_the_sample_host_without_its_extra_prints_that_line_too(tmp_path: Path) -> None:
    command = [sys.executable, "-c", AS_HOST_OF_A_COMMAND, str(tmp_path / "data")]
    asked = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert (asked.returncode, asked.stdout) == (1, "")
    assert "jinja2, psutil, starlette, uvicorn" in asked.stderr
    assert asked.stderr.endswith(f"  {INSTALL_LINE}\n")


def test_the_sample_host_knows_all_of_its_extra() -> None:
    assert {name.replace("_", "-") for name in NEEDED} == names_of(TOLD["optional-dependencies"]["sample-host"])
    assert what_is_missing() is None


def test_the_version_stands_in_one_place() -> None:
    version: str = TOLD["version"]
    tellers = [
        path
        for package in ("hostspec", "xero_connections_plugin", "sample_host")
        for path in (ROOT / package).rglob("*.py")
        if f'"{version}"' in path.read_text("utf-8")
    ]
    assert tellers == []
    assert user_agent() == f"xero-connections-plugin/{version}"


def test_names_that_only_print_a_refusal_are_no_pythons(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refusing = tmp_path / "python3.11"
    refusing.write_text("#!/bin/sh\nexit 127\n")
    refusing.chmod(0o755)
    good = tmp_path / "versions" / "3.19.2" / "bin"
    good.mkdir(parents=True)
    (good / "python3").write_text("#!/bin/sh\necho 3 19\n")
    (good / "python3").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    found = pythons()
    assert found[3, 19] == str(good / "python3")
    assert str(refusing) not in found.values()
    assert found[sys.version_info[:2]] == sys.executable
