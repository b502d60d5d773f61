"""Which processes of this host are at work on batches right now?"""

from __future__ import annotations

import contextlib
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from filelock import BaseFileLock


class BatchWork:
    """This process among those of its host: while it works on batches, it holds a lock that dies with it.

    Any thread may call. Making one touches nothing. Where files cannot be locked nobody sees anybody.

    Args:
        folder: For a file per process.
        runner: What this process is called; nobody else ever is.
    """

    def __init__(self, folder: Path, runner: str) -> None:
        self.runner: Final = runner
        self._folder = folder
        self._guard = threading.Lock()
        self._batches = 0
        self._lock: BaseFileLock | None = None

    def begin(self) -> None:
        """One more batch is worked on. Comes before anybody can see that it runs."""
        with self._guard:
            if self._batches == 0:
                self._hold()
            self._batches += 1

    def end(self) -> None:
        """One batch less is worked on. Comes once everybody can see how it ended."""
        with self._guard:
            self._batches -= 1
            if self._batches == 0 and self._lock is not None:
                self._lock.release()
                self._lock = None
                # What cannot be removed now, is_at_work removes.
                with contextlib.suppress(OSError):
                    self._file(self.runner).unlink()

    def is_at_work(self, runner: str) -> bool:
        """Whether the process of that name works on batches; what is left of one that ended is removed."""
        from filelock import FileLock, Timeout

        file = self._file(runner)
        if not runner or not file.exists():
            return False
        try:
            with FileLock(file, timeout=0, mode=0o600):
                pass
        except Timeout:
            return True
        except (OSError, NotImplementedError):
            return False
        with contextlib.suppress(OSError):
            file.unlink()
        return False

    def _hold(self) -> None:
        from filelock import FileLock

        # Held by the process: another thread than the one that begins may be the last to end.
        lock = FileLock(self._file(self.runner), timeout=0, mode=0o600, thread_local=False)
        with contextlib.suppress(OSError, NotImplementedError):
            self._folder.mkdir(mode=0o700, exist_ok=True)
            lock.acquire()
            self._lock = lock

    def _file(self, runner: str) -> Path:
        return self._folder / f"{runner}.lock"
