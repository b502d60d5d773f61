"""What the host provides to its plugins: the real clock, browser, threads, permissions and data directory.

The only module of the host that reads the clock or opens a browser.
"""

from __future__ import annotations

import logging
import threading
import time
import webbrowser
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hostspec.permissions import Permission
from hostspec.services import CancelSignal, Hooks
from hostspec.usages import Subject
from hostspec.value import UserId
from sample_host.host_usages import HostUsages
from sample_host.users import may

_log = logging.getLogger("sample_host")


class SystemClock:
    """The machine's own time.

    Args:
        ahead: How far the wall clock is to be ahead, for demonstrations of what time does.
    """

    def __init__(self, ahead: timedelta = timedelta(0)) -> None:
        self._ahead = ahead

    def now(self) -> datetime:
        """The wall clock, in UTC."""
        return datetime.now(UTC) + self._ahead

    def monotonic(self) -> float:
        """Seconds that only go forward."""
        return time.monotonic()

    def wait(self, seconds: float) -> None:
        """Let that many seconds pass."""
        time.sleep(seconds)


class SystemBrowser:
    """The default browser, as the standard library finds it; the variable BROWSER is honored."""

    def open(self, address: str) -> bool:
        """Show an address in the default browser; may block for as long as a text browser runs."""
        return webbrowser.open(address)


class ThreadTask:
    """Work in a thread of its own."""

    def __init__(self, name: str, work: Callable[[CancelSignal], None]) -> None:
        self._cancelled = threading.Event()
        self._name = name
        self._work = work
        # Daemon: a host that ends does not wait for a browser or a network that never answers.
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def _run(self) -> None:
        try:
            self._work(self._cancelled)
        except Exception as problem:  # noqa: BLE001 -- the end of a thread: nobody else would hear of it
            # The type only: what foreign exceptions say may quote a secret.
            _log.error("The task %s ended with %s.", self._name, type(problem).__name__)

    def cancel(self) -> None:
        """Ask it to stop."""
        self._cancelled.set()

    @property
    def is_done(self) -> bool:
        """Whether it has ended."""
        return not self._thread.is_alive()

    def join(self, seconds: float) -> None:
        """Wait at most that long for its end."""
        self._thread.join(seconds)


class ThreadTasks:
    """Starts tasks and remembers those that run, so that the host can end them."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._running: list[ThreadTask] = []

    def start(self, name: str, work: Callable[[CancelSignal], None]) -> ThreadTask:
        """Begin at once in a thread of its own."""
        task = ThreadTask(name, work)
        # Started under the lock, so that nobody takes a task that is about to begin for one that has ended.
        with self._guard:
            self._running = [t for t in self._running if not t.is_done]
            task.start()
            self._running.append(task)
        return task

    def end(self, seconds: float) -> None:
        """Cancel all, and wait at most that long for all of them together."""
        with self._guard:
            running = tuple(self._running)
        for task in running:
            task.cancel()
        limit = time.monotonic() + seconds
        for task in running:
            task.join(max(0.0, limit - time.monotonic()))


@dataclass(frozen=True)
class SampleHostServices:
    """``hostspec.services.HostServices``, the real one."""

    host_id: str
    host_name: str
    data_dir: Path
    settings: Mapping[str, str]
    clock: SystemClock
    browser: SystemBrowser
    tasks: ThreadTasks
    profiles: HostUsages
    hooks: Hooks

    def is_allowed(self, user_id: UserId, permission: Permission, subject: Subject | None) -> bool:
        """Whether the person may do this; all objects of this host are open to the same people."""
        del subject
        return may(user_id, permission)
