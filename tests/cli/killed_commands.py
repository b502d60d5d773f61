"""A command that is killed on its way: forked, run, and ended by the system at one of its calls.

Counted are the calls by which a program changes files: those of SQLite's connections and of the operating system. So
each moment between two of them is come to, without the program having to name it.
"""

from __future__ import annotations

import sqlite3
import sys
from typing import TYPE_CHECKING, Final

from click.testing import CliRunner

from tests.reliability.crash_points import kill_here
from xero_connections_plugin.cli.console import Console
from xero_connections_plugin.cli.program import program

if TYPE_CHECKING:
    from pathlib import Path
    from types import FrameType

_OF_THE_SYSTEM: Final = frozenset({"replace", "rename", "unlink", "remove", "link", "open", "fsync", "chmod", "write"})
_OF_SQLITE: Final = frozenset({"execute", "backup", "serialize", "close", "commit", "rollback"})


def run_command(folder: Path, *arguments: str) -> None:
    """Run a command on the data of this folder; the process ends with its code."""
    result = CliRunner().invoke(program, ["--data-dir", str(folder), *arguments], obj=Console())
    sys.exit(result.exit_code)


def run_until_call(number: int, folder: Path, *arguments: str) -> None:
    """Likewise, but be killed before the call of this number, counted from 1; runs to its end where there are fewer."""
    made = 0

    def count(_frame: FrameType, event: str, called: object) -> None:
        nonlocal made
        if event == "c_call" and _changes_files(called):
            made += 1
            if made == number:
                kill_here()

    sys.setprofile(count)
    run_command(folder, *arguments)


def _changes_files(called: object) -> bool:
    name = getattr(called, "__name__", "")
    owner = getattr(called, "__self__", None)
    if isinstance(owner, sqlite3.Connection | sqlite3.Cursor):
        return name in _OF_SQLITE
    return name in _OF_THE_SYSTEM and getattr(called, "__module__", "") in {"posix", "nt"}
