"""Tasks of a host, under a test's control."""

import threading
from collections.abc import Callable
from enum import StrEnum

from hostspec.services import CancelSignal


class TaskMode(StrEnum):
    """How ``FakeTasks`` runs work."""

    THREADS = "threads"
    """At once, each in a thread of its own, as a host does."""
    INLINE = "inline"
    """At once, to its end, in the thread that started it."""
    HELD = "held"
    """Not before the test says ``run_held``."""


class FakeTask:
    """Work that was started; satisfies ``hostspec.services.TaskHandle`` and is its own cancel signal."""

    def __init__(self, name: str, work: Callable[[CancelSignal], None]) -> None:
        self.name = name
        self._work = work
        self._cancelled = threading.Event()
        self._done = threading.Event()

    def cancel(self) -> None:
        """Ask it to stop."""
        self._cancelled.set()

    def is_set(self) -> bool:
        """Whether it was asked to stop."""
        return self._cancelled.is_set()

    def wait(self, seconds: float) -> bool:
        """Wait at most that long (real seconds); whether it was asked to stop."""
        return self._cancelled.wait(seconds)

    @property
    def is_done(self) -> bool:
        """Whether it has ended."""
        return self._done.is_set()

    def wait_until_done(self, patience: float) -> bool:
        """Wait at most that long (real seconds) for its end; whether it came."""
        return self._done.wait(patience)

    def run(self) -> BaseException | None:
        """Do the work, here and now; answers what it raised."""
        try:
            self._work(self)
        except BaseException as error:  # noqa: BLE001 -- kept for the test to see
            return error
        finally:
            self._done.set()
        return None


class FakeTasks:
    """Satisfies ``hostspec.services.Tasks``; keeps what was started and what it raised.

    Args:
        mode: How work is run; may be changed between starts.
    """

    def __init__(self, mode: TaskMode = TaskMode.THREADS) -> None:
        self.mode = mode
        self.started: list[FakeTask] = []
        """Everything started so far."""
        self.failures: list[tuple[str, BaseException]] = []
        """Names of tasks that raised, with what they raised. A ``FakeHost`` fails on leaving while there are any."""
        self._held: list[FakeTask] = []
        self._begun: list[FakeTask] = []

    def start(self, name: str, work: Callable[[CancelSignal], None]) -> FakeTask:
        """Begin as the mode says."""
        task = FakeTask(name, work)
        self.started.append(task)
        match self.mode:
            case TaskMode.THREADS:
                self._begun.append(task)
                threading.Thread(target=self._run, args=(task,), name=name, daemon=True).start()
            case TaskMode.INLINE:
                self._run(task)
            case TaskMode.HELD:
                self._held.append(task)
        return task

    def run_held(self) -> int:
        """Run what was held back, in the order of its start and including what that starts; answers how many."""
        count = 0
        while self._held:
            self._run(self._held.pop(0))
            count += 1
        return count

    def cancel_all(self) -> None:
        """Ask everything to stop; what is still held will never run."""
        self._held = []
        for task in list(self.started):
            task.cancel()

    def join(self, patience: float = 10.0) -> None:
        """Wait until everything that runs has ended, each at most that long (real seconds).

        Raises:
            AssertionError: Something still runs; says what.
        """
        # A task may start others before it ends, so the list is read as it grows.
        position = 0
        while position < len(self._begun):
            task = self._begun[position]
            position += 1
            if not task.wait_until_done(patience):
                raise AssertionError(f'The task "{task.name}" did not end within {patience:g} s.')

    def _run(self, task: FakeTask) -> None:
        error = task.run()
        if error is not None:
            self.failures.append((task.name, error))
