"""What the console host provides: the real clock, the default browser, and threads."""

from __future__ import annotations

import logging
import os
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from xero_connections_plugin.settings import ENVIRONMENT_PREFIX

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from hostspec.permissions import Permission
    from hostspec.services import Browser, CancelSignal, Clock, Hooks
    from hostspec.usages import Subject, Usage
    from hostspec.value import UserId

_log = logging.getLogger(__name__)


class ConsoleClock:
    """The machine's own time."""

    def now(self) -> datetime:
        """The wall clock, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds that only go forward."""
        return time.monotonic()

    def wait(self, seconds: float) -> None:
        """Let that many seconds pass."""
        time.sleep(seconds)


class DefaultBrowser:
    """The default browser, as the standard library finds it; the variable BROWSER is honored."""

    def open(self, address: str) -> bool:
        """Show an address; may block for as long as a text browser runs."""
        import webbrowser

        # A browser needs none of the settings, and some are secret: the key, or a password of the database.
        ours = {name: value for name, value in os.environ.items() if name.upper().startswith(ENVIRONMENT_PREFIX)}
        for name in ours:
            del os.environ[name]
        try:
            return webbrowser.open(address)
        finally:
            os.environ.update(ours)


class _Task:
    def __init__(self, name: str, work: Callable[[CancelSignal], None]) -> None:
        self._name = name
        self._work = work
        self._cancelled = threading.Event()
        # Daemon: a command that ends does not wait for a browser or a network that never answers.
        self.thread = threading.Thread(target=self._run, name=name, daemon=True)

    def cancel(self) -> None:
        self._cancelled.set()

    @property
    def is_done(self) -> bool:
        return not self.thread.is_alive()

    def _run(self) -> None:
        try:
            self._work(self._cancelled)
        except Exception as problem:  # noqa: BLE001 -- the end of a thread: nobody else would hear of it
            # The type only: what foreign exceptions say may quote a secret.
            _log.error("The task %s ended with %s.", self._name, type(problem).__name__)


class ConsoleTasks:
    """Runs work in threads, and ends them with the command."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._guard = threading.Lock()
        self._running: list[_Task] = []

    def start(self, name: str, work: Callable[[CancelSignal], None]) -> _Task:
        """Begin at once in a thread of its own."""
        task = _Task(name, work)
        with self._guard:
            self._running = [one for one in self._running if not one.is_done]
            task.thread.start()
            self._running.append(task)
        return task

    def finish(self, seconds: float, *, cancel: bool = True) -> bool:
        """Wait at most that long for everything that runs, cancelled first unless it is to come to its end.

        Returns:
            Whether it has ended.
        """
        with self._guard:
            running = tuple(self._running)
        if cancel:
            for task in running:
                task.cancel()
        limit = self._clock.monotonic() + seconds
        for task in running:
            task.thread.join(max(0.0, limit - self._clock.monotonic()))
        return all(task.is_done for task in running)


class NoProfiles:
    """A console runs no capture profiles."""

    def usages(self, kind: str) -> Iterable[Usage]:
        """None."""
        del kind
        return ()

    def watch(self, listener: Callable[[], None]) -> None:
        """There is nothing that could change."""


@dataclass(frozen=True, kw_only=True)
class ConsoleServices:
    """``hostspec.services.HostServices`` for a command line."""

    host_id: str
    host_name: str
    data_dir: Path | None
    settings: Mapping[str, str]
    clock: Clock
    browser: Browser
    tasks: ConsoleTasks
    hooks: Hooks
    profiles: NoProfiles

    def is_allowed(self, user_id: UserId, permission: Permission, subject: Subject | None) -> bool:
        """Yes: whoever may read the data folder and the key on this system is the administrator."""
        del user_id, permission, subject
        return True
