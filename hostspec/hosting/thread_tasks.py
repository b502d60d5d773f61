"""Work beside the windows: a thread for each task, and an end for all of them."""

import logging
import threading
from collections.abc import Callable
from typing import Final, Protocol

from hostspec.services import CancelSignal, Clock, Tasks

_log: Final = logging.getLogger("hostspec")


class EndingTasks(Tasks, Protocol):
    """Tasks that end with the host, as it ends ``ThreadTasks``; your own may take their place."""

    def end(self, seconds: float, *, cancel: bool = True) -> bool:
        """Wait at most that long for everything that runs, cancelled first unless it is to come to its end.

        Returns:
            Whether all of it has ended.
        """


class ThreadTask:
    """Work in a thread of its own; satisfies ``hostspec.TaskHandle``."""

    def __init__(self, name: str, work: Callable[[CancelSignal], None]) -> None:
        self._cancelled = threading.Event()
        self._name = name
        self._work = work
        # Daemon: a host that ends does not wait for a browser or a network that never answers.
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin; called once."""
        self._thread.start()

    def cancel(self) -> None:
        """Ask it to stop; returns at once."""
        self._cancelled.set()

    @property
    def is_done(self) -> bool:
        """Whether it has ended, in whichever way."""
        return not self._thread.is_alive()

    def join(self, seconds: float) -> None:
        """Wait at most that long for its end."""
        self._thread.join(seconds)

    def _run(self) -> None:
        try:
            self._work(self._cancelled)
        except KeyboardInterrupt:
            raise
        except BaseException as problem:  # noqa: BLE001 -- the end of a thread: nobody else would hear of it
            # The type only: what foreign exceptions say may quote a secret.
            _log.error("The task %s ended with %s.", self._name, type(problem).__name__)


class ThreadTasks:
    """Starts tasks and remembers those that run; satisfies ``hostspec.Tasks`` and ``EndingTasks``.

    Args:
        clock: Limits how long their end is waited for.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._guard = threading.Lock()
        self._running: list[ThreadTask] = []

    def start(self, name: str, work: Callable[[CancelSignal], None]) -> ThreadTask:
        """Begin at once in a thread of its own. What the work raises is logged by its type, and nothing else of it."""
        task = ThreadTask(name, work)
        # Started under the lock, so that nobody takes a task that is about to begin for one that has ended.
        with self._guard:
            self._running = [one for one in self._running if not one.is_done]
            task.start()
            self._running.append(task)
        return task

    def end(self, seconds: float, *, cancel: bool = True) -> bool:
        """Wait at most that long for everything that runs, cancelled first unless it is to come to its end.

        What begins meanwhile is ended too.

        Returns:
            Whether all of it has ended.
        """
        limit = self._clock.monotonic() + seconds
        known: set[ThreadTask] = set()
        while begun := self._running_now() - known:
            for task in begun:
                if cancel:
                    task.cancel()
            for task in begun:
                task.join(max(0.0, limit - self._clock.monotonic()))
            known |= begun
            if self._clock.monotonic() >= limit:
                break
        return not self._running_now()

    def _running_now(self) -> set[ThreadTask]:
        with self._guard:
            return {one for one in self._running if not one.is_done}


def every(seconds: float, do: Callable[[], object]) -> Callable[[CancelSignal], None]:
    """Work for a task that does something again and again, with that many seconds before each time.

    What it raises is logged by its type, and it is done again all the same.
    """

    def work(cancelled: CancelSignal) -> None:
        while not cancelled.wait(seconds):
            try:
                do()
            except KeyboardInterrupt:
                raise
            except BaseException as problem:  # noqa: BLE001 -- one bad time must not be the last one
                # The type only, as above.
                name = threading.current_thread().name
                _log.error("The task %s failed with %s, and goes on.", name, type(problem).__name__)

    return work
