"""A machine with signed-in connections and an operator at its command line."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from tests.stories.capture_site import Site
from xero_connections_plugin.cli.console import Console
from xero_connections_plugin.cli.program import program
from xero_connections_plugin.gateways.store.database import FILE_NAME

RESTORE_POINTS = ("restore: old one kept", "restore: in place")
"""Where a restore is ended halfway, in the order in which it comes to them."""

PROGRAM = [sys.executable, "-m", "xero_connections_plugin.cli.program"]


def settings_as_variables(site: Site) -> dict[str, str]:
    """What a host of the site has as settings, as a command line is told it."""
    return {f"XERO_CONNECTIONS_{name.upper()}": value for name, value in site.plugin_settings.items()}


def operate(folder: Path, *arguments: str, variables: dict[str, str] | None = None, typed: str = "") -> Result:
    """Run a command on the data of this folder, in this process."""
    command = ["--data-dir", str(folder), *arguments]
    return CliRunner().invoke(program, command, env=dict(variables or {}), input=typed, obj=Console())


def answer_of(result: Result) -> Any:
    """What a command printed with ``--json``."""
    return json.loads(result.stdout)


def process_environment(variables: dict[str, str]) -> dict[str, str]:
    """For a command in a process of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("XERO_CONNECTIONS_")}
    return {**kept, **variables, "NO_PROXY": "localhost,127.0.0.1"}


@contextmanager
def a_site(folder: Path, *names: str) -> Iterator[Site]:
    """A site with connections of these names, each signed in."""
    with Site(folder) as site:
        for name in names:
            site.add(site.tab(), name)
        yield site


def store_of(folder: Path) -> Path:
    """The file of the list."""
    return folder / FILE_NAME
