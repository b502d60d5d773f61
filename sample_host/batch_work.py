"""Which processes of this host are at work on batches right now?"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

from sample_host.work_locks import WorkLocks


class BatchWork:
    """This process among those of its host; see ``WorkLocks``. Any thread may call.

    Args:
        folder: For a file per process.
        runner: What this process is called; nobody else ever is.
    """

    def __init__(self, folder: Path, runner: str) -> None:
        self.runner: Final = runner
        self._locks = WorkLocks(folder)
        self._guard = threading.Lock()
        self._batches = 0
        self._rest: Callable[[], None] | None = None

    def begin(self) -> None:
        """One more batch is worked on. Comes before anybody can see that it runs."""
        with self._guard:
            if self._batches == 0:
                self._rest = self._locks.take(self.runner)
            self._batches += 1

    def end(self) -> None:
        """One batch less is worked on. Comes once everybody can see how it ended."""
        with self._guard:
            self._batches -= 1
            if self._batches == 0 and self._rest is not None:
                self._rest()
                self._rest = None
                # What cannot be removed now, is_at_work removes.
                self._locks.forget(self.runner)

    def is_at_work(self, runner: str) -> bool:
        """Whether the process of that name works on batches; what is left of one that ended is removed."""
        return bool(runner) and self._locks.is_held(runner, tidy=True)
