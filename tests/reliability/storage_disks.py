"""Disks that take no more, for real: a limit of this process, a small file system, one without free inodes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Protocol


class Disk(Protocol):
    """Where data lies, and what becomes of it."""

    @property
    def folder(self) -> Path:
        """A data directory on it."""

    def fill(self) -> None:
        """From now on it takes no more."""

    def make_room(self) -> None:
        """It takes everything again."""


class QuotaDisk:
    """The kernel lets no file of this process grow, as with a quota that is used up."""

    def __init__(self, place: Path) -> None:
        if sys.platform == "win32":
            raise OSError("Windows has no limit for the files of a process.")
        import resource

        self.folder = place / "data"
        self._which = resource.RLIMIT_FSIZE
        self._set = resource.setrlimit
        self._before = resource.getrlimit(self._which)

    def fill(self) -> None:
        self._set(self._which, (1024, self._before[1]))

    def make_room(self) -> None:
        self._set(self._which, self._before)


class SmallDisk:
    """A file system of its own whose last byte is taken."""

    def __init__(self, place: Path) -> None:
        self.folder = place / "data"
        self._ballast = place / "ballast"

    def fill(self) -> None:
        with self._ballast.open("ab", buffering=0) as ballast, suppress(OSError):
            while ballast.write(bytes(4096)):
                pass

    def make_room(self) -> None:
        self._ballast.unlink(missing_ok=True)


class CrowdedDisk:
    """A file system of its own on which no further file can be made, though there is room in those that are there."""

    def __init__(self, place: Path) -> None:
        self.folder = place / "data"
        self._crowd = place / "crowd"
        self._crowd.mkdir()

    def fill(self) -> None:
        begun = sum(1 for _ in self._crowd.iterdir())
        with suppress(OSError):
            for number in range(begun, 10_000):
                (self._crowd / str(number)).touch()

    def make_room(self) -> None:
        for file in self._crowd.iterdir():
            file.unlink()


@contextmanager
def disk_of_kind(kind: str, tmp_path: Path) -> Iterator[Disk]:
    """A disk with room on it.

    Args:
        kind: One of ``kinds()``.
        tmp_path: Where it may be mounted.
    """
    if kind == "quota":
        disk: Disk = QuotaDisk(tmp_path)
        try:
            yield disk
        finally:
            disk.make_room()
        return
    place = tmp_path / "disk"
    with mounted(place):
        yield SmallDisk(place) if kind == "space" else CrowdedDisk(place)


@contextmanager
def mounted(place: Path) -> Iterator[None]:
    """A small file system of its own in a new folder, for users who may mount one."""
    place.mkdir()
    _mount(place)
    try:
        yield
    finally:
        subprocess.run(["umount", str(place)], check=True)


@cache
def kinds() -> tuple[str, ...]:
    """The kinds that can be had here: small file systems only where this user may mount them."""
    import tempfile

    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return ("quota",)
    with tempfile.TemporaryDirectory() as place:
        try:
            _mount(Path(place))
        except (OSError, subprocess.CalledProcessError):
            return ("quota",)
        subprocess.run(["umount", place], check=True)
    return ("quota", "space", "inodes")


def _mount(place: Path) -> None:
    options = "size=2m,nr_inodes=200,mode=700"
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)]
    subprocess.run(command, check=True, capture_output=True)
