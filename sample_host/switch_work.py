"""Is a switch being carried out right now, by whichever thread or process of this host?"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator
from pathlib import Path

from sample_host.work_locks import WorkLocks


class SwitchWork:
    """Who is at work on which switch; see ``WorkLocks``.

    Args:
        folder: For a file per switch.
    """

    def __init__(self, folder: Path) -> None:
        self._locks = WorkLocks(folder)

    @contextlib.contextmanager
    def on(self, switch_id: str) -> Iterator[bool]:
        """Work on a switch until the end of the block; ``False`` when somebody else does."""
        end = self._locks.take(switch_id)
        try:
            yield end is not None
        finally:
            if end is not None:
                end()

    def is_under_way(self, switch_id: str) -> bool:
        """Whether somebody is at work on a switch."""
        return self._locks.is_held(switch_id)

    def forget_others(self, kept: Collection[str]) -> None:
        """Remove what is left of switches that nobody remembers, and nobody is at work on."""
        for switch_id in self._locks.left():
            # A switch is worked on a moment before the journal has it.
            if switch_id not in kept:
                self._locks.is_held(switch_id, tidy=True)
