"""What does this host give to plugins? A clock, threads, profiles that use connections, and an ear for news."""

import json
import logging
import threading
import time
import uuid
import weakref
import webbrowser
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from PySide6 import QtCore

import hostspec as hs

OWNER = hs.UserId("owner")
READING = (hs.Permission.VIEW, hs.Permission.USE)


class Clock:
    monotonic = staticmethod(time.monotonic)
    wait = staticmethod(time.sleep)

    def now(self) -> datetime:
        return datetime.now(UTC)


class Task(threading.Thread):
    def __init__(self, name: str, work: Callable[[hs.CancelSignal], None]) -> None:
        super().__init__(name=name, daemon=True)
        self._work, self._cancelled = work, threading.Event()
        self.start()

    def run(self) -> None:
        try:
            self._work(self._cancelled)
        except Exception as mistake:  # noqa: BLE001 -- what it says may quote a secret
            logging.getLogger(__name__).error("%s failed: %s", self.name, type(mistake).__name__)

    def cancel(self) -> None:
        self._cancelled.set()

    @property
    def is_done(self) -> bool:
        return not self.is_alive()


class Tasks:
    def __init__(self) -> None:
        self._running: weakref.WeakSet[Task] = weakref.WeakSet()

    def start(self, name: str, work: Callable[[hs.CancelSignal], None]) -> Task:
        task = Task(name, work)
        self._running.add(task)
        return task

    def end(self) -> None:
        """Ask everything to stop, and wait for it a while."""
        for task in (running := list(self._running)):
            task.cancel()
        for task in running:
            task.join(5.0)


class Profiles:
    """Which profile posts through which connection; kept in one small file, together with the host's own id."""

    def __init__(self, file: Path, names: tuple[str, ...]) -> None:
        kept = json.loads(file.read_text()) if file.exists() else {}
        self.host_id: str = kept.get("host_id", uuid.uuid4().hex)
        self.chosen: dict[str, str] = kept.get("chosen", dict.fromkeys(names, ""))
        self.resting: list[str] = kept.get("resting", [])
        self._file, self._lock = file, threading.Lock()
        self._listeners: list[Callable[[], None]] = []
        if not kept:
            self._keep(self.chosen, self.resting)

    def usages(self, kind: str) -> list[hs.Usage]:
        used = {name: hs.Subject(kind=hs.CONNECTION_KIND, subject_id=one) for name, one in self.chosen.items() if one}
        return [
            hs.Usage(
                usage_id=f"{self.host_id}/{name}", subject=one, profile=name, step="Migration",
                enabled=name not in self.resting,
            )
            for name, one in used.items() if kind == one.kind
        ]  # fmt: skip

    def watch(self, listener: Callable[[], None]) -> None:
        self._listeners.append(listener)

    def choose(self, name: str, connection_id: str) -> None:
        """Let a profile use a connection."""
        with self._lock:
            self._keep({**self.chosen, name: connection_id}, self.resting)
        self._tell()

    def enable(self, name: str, is_on: bool) -> None:
        """Let a profile run, or rest; while it rests it still uses its connection."""
        with self._lock:
            self._keep(self.chosen, [one for one in self.resting if one != name] + [name] * (not is_on))
        self._tell()

    def _keep(self, chosen: dict[str, str], resting: list[str]) -> None:
        fresh = self._file.with_suffix(".new")
        fresh.write_text(json.dumps({"host_id": self.host_id, "chosen": chosen, "resting": resting}))
        fresh.replace(self._file)
        self.chosen, self.resting = chosen, resting

    def _tell(self) -> None:
        for listener in self._listeners:
            listener()

    @hs.hookimpl
    def capture_usages(self, subject: hs.Subject) -> Iterable[hs.Usage]:
        return [one for one in self.usages(subject.kind) if subject.covers(one.subject)]

    @hs.hookimpl
    def capture_switch_usages(self, switch: hs.UsageSwitch) -> Iterable[hs.SwitchedUsage]:
        for usage in [one for one in self.usages(switch.subject.kind) if one.usage_id in switch.usage_ids]:
            fits = switch.subject.covers(usage.subject)
            if fits and not switch.dry_run:
                self.choose(usage.profile, switch.target.subject_id)
            detail = "" if fits else "It points to another connection by now."
            yield hs.SwitchedUsage(usage_id=usage.usage_id, switched=fits, detail=detail)


class Host(QtCore.QObject):
    """``hostspec.HostServices``, and what plugins tell it, as signals. Start and stop it beside the windows."""

    host_name = "Desktop host"
    tab_changed = QtCore.Signal(str, object)
    notified = QtCore.Signal(str)

    def __init__(
        self, data_dir: Path, profiles: Profiles, settings: Mapping[str, str], browser: hs.Browser = webbrowser
    ) -> None:
        super().__init__()
        self.data_dir, self.profiles, self.settings, self.browser = data_dir, profiles, settings, browser
        self.host_id, self.clock, self.tasks, self._manager = profiles.host_id, Clock(), Tasks(), hs.make_manager()
        self.hooks = hs.HookCalls(self._manager)

    def start(self, sources: Iterable[hs.PluginSource] | None = None) -> str:
        """Load these plugins, or all that are installed; why some do not take part."""
        self._manager.register(self.profiles, "profiles")
        self._manager.register(self, "windows")
        failed = (*hs.load_plugins(self._manager, entry_points=sources).failed, *self.hooks.startup(self))
        self.tasks.start("housekeeping", self._maintain)
        return " ".join(one.sentence for one in failed)

    def stop(self) -> None:
        self.hooks.shutdown()
        self.tasks.end()

    def is_allowed(self, user_id: hs.UserId, permission: hs.Permission, subject: hs.Subject | None) -> bool:
        return user_id == OWNER or (user_id == hs.SERVICE_USER and permission in READING)

    def _maintain(self, cancelled: hs.CancelSignal) -> None:
        while not cancelled.wait(60.0):
            self.hooks.maintain(5.0)

    @hs.hookimpl
    def capture_tab_changed(self, tab_id: str, wait_id: str | None) -> None:
        self.tab_changed.emit(tab_id, wait_id)

    @hs.hookimpl
    def capture_notify(self, notification: hs.Notification) -> None:
        self.notified.emit(f"{notification.title}: {notification.text}")
