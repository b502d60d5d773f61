"""Who is at work on what? Each piece of work has a lock that dies with the process that holds it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Final

LOOK_SECONDS: Final = 1.0
"""Longer than anybody takes for a look."""


class WorkLocks:
    """Named pieces of work of one kind, among the threads and processes of a host. Any thread may call.

    Making one touches nothing. Where files cannot be locked nobody sees anybody, and everybody works all the same. The
    system lets go of what an ended process held, so no file that is left looks like work.

    Args:
        folder: For a file per piece of work; made when the first is taken.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def take(self, name: str, *, patience_seconds: float = LOOK_SECONDS) -> Callable[[], None] | None:
        """Begin to work on something, unless somebody else is at it.

        Args:
            name: Fit for the name of a file.
            patience_seconds: How long to wait for whoever only looks.

        Returns:
            What ends it, from whichever thread; its file stays. ``None`` where somebody else is at it.
        """
        from filelock import FileLock, Timeout

        # A lock of its own for each time: two threads must not share it, and another one than the first may end it.
        lock = FileLock(self._file(name), timeout=patience_seconds, mode=0o600, thread_local=False)
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            lock.acquire()
        except Timeout:
            return None
        except (OSError, NotImplementedError):
            return _nothing
        return lock.release

    def is_held(self, name: str, *, tidy: bool = False) -> bool:
        """Whether somebody is at work on it.

        Args:
            name: As it was taken.
            tidy: Remove the file where nobody certainly is; only of what nobody will work on any more.
        """
        from filelock import FileLock, Timeout

        if not self._file(name).exists():
            return False
        try:
            with FileLock(self._file(name), timeout=0, mode=0o600):
                pass
        except Timeout:
            return True
        except (OSError, NotImplementedError):
            return False
        if tidy:
            self.forget(name)
        return False

    def left(self) -> tuple[str, ...]:
        """The names of which there is a file, whether anybody is at work or not."""
        return tuple(sorted(file.stem for file in self._folder.glob("*.lock"))) if self._folder.is_dir() else ()

    def forget(self, name: str) -> None:
        """Remove the file of what nobody will work on any more; where that fails it stays, and does no harm."""
        with contextlib.suppress(OSError):
            self._file(name).unlink()

    def _file(self, name: str) -> Path:
        return self._folder / f"{name}.lock"


def _nothing() -> None:
    """Ends what no lock stands for."""
