"""What goes on beside a window that waits for it, and how does it end there?"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from hostspec.errors import CaptureError, PluginFailed
from hostspec.ui import Action, Close, Wait

if TYPE_CHECKING:
    from collections.abc import Callable

    from hostspec.services import CancelSignal, Clock, TaskHandle, Tasks
    from hostspec.ui import Origin, Step

_NO_WINDOW_SECONDS: Final = 0.4
"""What takes no longer than this (real seconds) comes without a window of its own."""


@dataclass
class Errand:
    """One piece of work and what its window shows."""

    origin: Origin
    wait_id: str
    title: str
    text: Callable[[], str]
    stop: Action
    until: float
    seconds: float
    over: threading.Event = field(default_factory=threading.Event)
    step: Step | None = None
    problem: CaptureError | None = None
    task: TaskHandle | None = None


class Errands:
    """Work in tasks of the host, each for one window. Any thread may call.

    Args:
        tasks: Where it goes on.
        clock: Time.
        changed: Called with a wait id when its wait has news.
        failed: What is said where a fault ended the work.
    """

    def __init__(self, tasks: Tasks, clock: Clock, changed: Callable[[str], None], failed: str) -> None:
        self._tasks = tasks
        self._clock = clock
        self._changed = changed
        self._failed = failed
        self._lock = threading.Lock()
        self._running: dict[str, Errand] = {}

    def begin(
        self,
        origin: Origin,
        wait_id: str,
        work: Callable[[CancelSignal], Step],
        *,
        title: str,
        text: Callable[[], str],
        stop: Action,
        seconds: float,
    ) -> Step:
        """Start it, unless it goes on already, and answer its end or the window that waits for it.

        Args:
            origin: Whose window it is.
            wait_id: The dialog that began it, which stays beneath.
            work: Answers the step in which it ends.
            title: Of the waiting window.
            text: What the waiting window says now.
            stop: Its button.
            seconds: How long it takes at most, as it is shown.

        Raises:
            CaptureError: What ``work`` raised.
        """
        errand = Errand(origin, wait_id, title, text, stop, self._clock.monotonic() + seconds, seconds)
        with self._lock:
            under_way = self._running.setdefault(wait_id, errand)
        if under_way is errand:
            errand.task = self._tasks.start(title, lambda cancel: self._work(errand, work, cancel))
        under_way.over.wait(_NO_WINDOW_SECONDS)
        return self.go_on(origin, wait_id)

    def go_on(self, origin: Origin, wait_id: str) -> Step:
        """How it stands; its end is told once, to the window that began it.

        Raises:
            CaptureError: What the work raised.
        """
        with self._lock:
            errand = self._running.get(wait_id)
            if errand is None or not _is_theirs(errand, origin):
                return Close()
            if errand.over.is_set():
                del self._running[wait_id]
        if not errand.over.is_set():
            return Wait(
                wait_id=wait_id,
                dialog_id=wait_id,
                title=errand.title,
                text=errand.text(),
                seconds_left=max(0.0, errand.until - self._clock.monotonic()),
                seconds_total=errand.seconds,
                cancel=errand.stop,
            )
        if errand.problem is not None:
            raise errand.problem
        return errand.step or Close()

    def stop(self, origin: Origin, wait_id: str) -> Step:
        """Ask it to stop, and answer as ``go_on``."""
        with self._lock:
            errand = self._running.get(wait_id)
        if errand is not None and _is_theirs(errand, origin) and errand.task is not None:
            errand.task.cancel()
            errand.over.wait(_NO_WINDOW_SECONDS)
        return self.go_on(origin, wait_id)

    def leave(self, origin: Origin, wait_id: str) -> Step:
        """Ask it to stop, and close its window at once: nobody wants to hear how it ends."""
        with self._lock:
            errand = self._running.get(wait_id)
            if errand is not None and _is_theirs(errand, origin):
                del self._running[wait_id]
                if errand.task is not None:
                    errand.task.cancel()
        return Close()

    def close(self) -> None:
        """The program ends: ask everything to stop."""
        with self._lock:
            tasks = [errand.task for errand in self._running.values() if errand.task is not None]
        for task in tasks:
            task.cancel()

    def _work(self, errand: Errand, work: Callable[[CancelSignal], Step], cancel: CancelSignal) -> None:
        problem: CaptureError | None = PluginFailed(self._failed, plugin="xero-connections")
        try:
            errand.step = work(cancel)
            problem = None
        except CaptureError as trouble:
            problem = trouble
        finally:
            errand.problem = problem
            errand.over.set()
            self._changed(errand.wait_id)


def _is_theirs(errand: Errand, origin: Origin) -> bool:
    return (errand.origin.user_id, errand.origin.window_id) == (origin.user_id, origin.window_id)
