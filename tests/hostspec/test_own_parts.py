"""A host takes some ready-made parts and leaves out others: its own tasks do for a ready-made life of plugins."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from hostspec import hookimpl
from hostspec.hosting import PluginLife, ReadyServices, UsageFile

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from hostspec import CancelSignal


class HeldTask:
    is_done = False

    def cancel(self) -> None:
        self.is_done = True


class HeldTasks:
    """Tasks of a host that has a way of its own to run them: here, when it likes."""

    def __init__(self, log: list[str]) -> None:
        self._log = log
        self._held: list[tuple[str, Callable[[CancelSignal], None]]] = []

    def start(self, name: str, work: Callable[[CancelSignal], None]) -> HeldTask:
        self._held.append((name, work))
        return HeldTask()

    def end(self, seconds: float, *, cancel: bool = True) -> bool:
        assert seconds > 0
        cancelled = threading.Event()
        if cancel:
            cancelled.set()
        while self._held:
            name, work = self._held.pop()
            work(cancelled)
            self._log.append(f"{name} ended")
        return True


class Told:
    def __init__(self, log: list[str]) -> None:
        self._log = log

    @hookimpl
    def capture_shutdown(self) -> None:
        self._log.append("told of the end")


def test_a_life_of_plugins_runs_and_ends_with_tasks_of_the_hosts_own(tmp_path: Path) -> None:
    log: list[str] = []
    life, profiles = PluginLife(told=Told(log)), UsageFile(tmp_path / "profiles.json", step="Export")
    services = ReadyServices(
        host_id=profiles.host_id,
        host_name="Host",
        data_dir=tmp_path,
        profiles=profiles,
        hooks=life.hooks,
        allows=lambda *_: True,
        tasks=HeldTasks(log),
    )
    assert life.start(services, []) == ()
    life.stop(services)
    assert log == ["housekeeping ended", "told of the end"]
