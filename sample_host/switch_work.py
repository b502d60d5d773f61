"""Is a switch being carried out right now, by whichever thread or process of this host?"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Final

_PATIENCE_SECONDS: Final = 1.0
"""Longer than anybody takes for a look."""


class SwitchWork:
    """Who is at work on which switch. The system forgets a process that ends, so no left-over looks like work.

    Making one touches nothing. Where files cannot be locked nobody sees anybody.

    Args:
        folder: For a file per switch.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextlib.contextmanager
    def on(self, switch_id: str) -> Iterator[bool]:
        """Work on a switch until the end of the block; ``False`` when somebody else does."""
        from filelock import FileLock, Timeout

        # A lock of its own for each block: threads must not share it.
        lock = FileLock(self._folder / f"{switch_id}.lock", timeout=_PATIENCE_SECONDS, mode=0o600)
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            lock.acquire()
        except Timeout:
            yield False
            return
        except (OSError, NotImplementedError):
            yield True
            return
        try:
            yield True
        finally:
            lock.release()

    def is_under_way(self, switch_id: str) -> bool:
        """Whether somebody is at work on a switch."""
        from filelock import FileLock, Timeout

        file = self._folder / f"{switch_id}.lock"
        if not file.exists():
            return False
        try:
            with FileLock(file, timeout=0, mode=0o600):
                return False
        except Timeout:
            return True
        except (OSError, NotImplementedError):
            return False

    def forget_others(self, kept: Collection[str]) -> None:
        """Remove what is left of switches that nobody remembers, and nobody is at work on."""
        if self._folder.exists():
            for file in self._folder.glob("*.lock"):
                # A switch is worked on a moment before the journal has it.
                if file.stem not in kept and not self.is_under_way(file.stem):
                    with contextlib.suppress(OSError):
                        file.unlink()
