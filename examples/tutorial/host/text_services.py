import threading
import time
import webbrowser
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from hostspec import SERVICE_USER, CancelSignal, Hooks, Permission, Profiles, Subject, UserId

ADMINISTRATOR = UserId("administrator")


class Clock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    def wait(self, seconds: float) -> None:
        time.sleep(seconds)


class Browser:
    def open(self, address: str) -> bool:
        return webbrowser.open(address)


class Task:
    """Work in a thread of its own; what it raises ends with it."""

    def __init__(self, name: str, work: Callable[[CancelSignal], None]) -> None:
        self.cancelled = threading.Event()
        self.thread = threading.Thread(target=self._run, args=(work,), name=name, daemon=True)
        self.thread.start()

    def _run(self, work: Callable[[CancelSignal], None]) -> None:
        try:
            work(self.cancelled)
        except Exception as problem:
            # The type only: what somebody else's exception says may hold a secret.
            print(f"A task ended with {type(problem).__name__}.")

    def cancel(self) -> None:
        self.cancelled.set()

    @property
    def is_done(self) -> bool:
        return not self.thread.is_alive()


class Tasks:
    def __init__(self) -> None:
        self._started: list[Task] = []

    def start(self, name: str, work: Callable[[CancelSignal], None]) -> Task:
        task = Task(name, work)
        self._started.append(task)
        return task

    def end(self) -> None:
        for task in self._started:
            task.cancel()
        for task in self._started:
            task.thread.join(5.0)


@dataclass
class Services:
    """What plugins get: satisfies ``hostspec.HostServices``."""

    host_id: str
    data_dir: Path
    settings: Mapping[str, str]
    profiles: Profiles
    hooks: Hooks
    host_name: str = "Text host"
    clock: Clock = field(default_factory=Clock)
    browser: Browser = field(default_factory=Browser)
    tasks: Tasks = field(default_factory=Tasks)

    def is_allowed(self, user_id: UserId, permission: Permission, subject: Subject | None) -> bool:
        if user_id == SERVICE_USER:
            return permission in (Permission.VIEW, Permission.USE)
        return user_id == ADMINISTRATOR
