"""What does a test leave behind in its process and in its folder? (I5, I8)"""

from __future__ import annotations

import stat
import sys
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import psutil

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

STORE: Final = "xero-connections.sqlite3"
"""A folder with this file in it is a data directory."""

_UNFINISHED: Final = ("*.new", "*.tmp", f"{STORE}-journal")
_GRACE_SECONDS: Final = 2.0
_NAP_SECONDS: Final = 0.02
_OF_SERVERS: Final = "AnyIO worker thread"
"""Kept by a simulator's server for its later requests; the server is a fixture that may outlive the test."""


@dataclass(frozen=True)
class Process:
    """What this process has running and open."""

    threads: frozenset[threading.Thread]
    listening: frozenset[tuple[str, int]]
    children: frozenset[int]

    @classmethod
    def now(cls) -> Process:
        """As it is at this moment."""
        own = psutil.Process()
        return cls(
            threads=frozenset(
                thread for thread in threading.enumerate() if thread.is_alive() and thread.name != _OF_SERVERS
            ),
            listening=frozenset(
                (link.laddr.ip, link.laddr.port)
                for link in own.net_connections(kind="inet")
                if link.status == psutil.CONN_LISTEN
            ),
            children=frozenset(_children(own)),
        )

    def __or__(self, other: Process) -> Process:
        return Process(self.threads | other.threads, self.listening | other.listening, self.children | other.children)

    def __sub__(self, other: Process) -> Process:
        return Process(self.threads - other.threads, self.listening - other.listening, self.children - other.children)

    def told(self) -> list[str]:
        """Each of them in words."""
        threads = [f"the thread {thread.name}" for thread in self.threads]
        sockets = [f"a socket that listens on {address}:{port}" for address, port in sorted(self.listening)]
        return [*sorted(threads), *sockets, *(f"the process {child}" for child in sorted(self.children))]


def left_running(before: Process) -> list[str]:
    """What runs that did not run before, once it had a moment to end."""
    nap = threading.Event()
    for _ in range(int(_GRACE_SECONDS / _NAP_SECONDS)):
        if not (Process.now() - before).told():
            return []
        nap.wait(_NAP_SECONDS)
    return (Process.now() - before).told()


def left_open(folder: Path) -> list[str]:
    """Files below the folder that this process still has open, locks among them."""
    base = str(folder.resolve())
    return sorted(
        {f"the open file {file.path}" for file in psutil.Process().open_files() if file.path.startswith(base)}
    )


def left_in_folders(folder: Path) -> list[str]:
    """What is wrong with the data directories at or below the folder: unfinished files, doors open to others."""
    return [
        trouble
        for store in [folder / STORE, *folder.rglob(f"*/{STORE}")]
        if store.is_file()
        for trouble in check_data_folder(store.parent)
    ]


def check_data_folder(data_dir: Path) -> list[str]:
    """What is wrong with one data directory."""
    troubles = [f"the unfinished file {path}" for pattern in _UNFINISHED for path in sorted(data_dir.glob(pattern))]
    if sys.platform == "win32":
        return troubles
    return [*troubles, *_open_to_others(data_dir)]


def _open_to_others(data_dir: Path) -> Iterator[str]:
    for path in [data_dir, *sorted(data_dir.iterdir())]:
        found = path.lstat()
        # A link has no mode of its own.
        wanted = 0o700 if stat.S_ISDIR(found.st_mode) else 0o600
        if not stat.S_ISLNK(found.st_mode) and stat.S_IMODE(found.st_mode) & ~wanted:
            yield f"{path} has the mode {stat.S_IMODE(found.st_mode):o}"


def _children(process: psutil.Process) -> list[int]:
    try:
        return [child.pid for child in process.children()]
    except psutil.NoSuchProcess:  # one ended while they were listed
        return _children(process)
