"""What does this host give to plugins? A clock, threads, profiles that use connections, and an ear for news."""

import json
import threading
import time
import uuid
import webbrowser
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from PySide6 import QtCore

import hostspec as hs


class Clock:
    monotonic = staticmethod(time.monotonic)
    wait = staticmethod(time.sleep)

    def now(self) -> datetime:
        return datetime.now(UTC)


class Task(threading.Thread):
    def __init__(self, name: str, work: Callable[[hs.CancelSignal], None]) -> None:
        self._cancelled = threading.Event()
        self.cancel = self._cancelled.set
        super().__init__(name=name, target=work, args=(self._cancelled,), daemon=True)
        self.start()

    @property
    def is_done(self) -> bool:
        return not self.is_alive()


class Tasks:
    start = staticmethod(Task)


class Profiles:
    """Which profile posts through which connection; kept in one small file, together with the host's own id."""

    def __init__(self, file: Path, names: tuple[str, ...]) -> None:
        kept = json.loads(file.read_text()) if file.exists() else {}
        self.host_id: str = kept.get("host_id", uuid.uuid4().hex)
        self.chosen: dict[str, str] = kept.get("chosen", dict.fromkeys(names, ""))
        self._file, self._lock = file, threading.Lock()
        self._listeners: list[Callable[[], None]] = []

    def usages(self, kind: str) -> list[hs.Usage]:
        used = {name: hs.Subject(kind=hs.CONNECTION_KIND, subject_id=one) for name, one in self.chosen.items() if one}
        return [
            hs.Usage(usage_id=f"{self.host_id}/{name}", subject=one, profile=name, step="Migration", enabled=True)
            for name, one in used.items() if kind == one.kind
        ]  # fmt: skip

    def watch(self, listener: Callable[[], None]) -> None:
        self._listeners.append(listener)

    def choose(self, name: str, connection_id: str) -> None:
        """Let a profile use a connection: on disk before anybody hears of it."""
        with self._lock:
            chosen, fresh = {**self.chosen, name: connection_id}, self._file.with_suffix(".new")
            fresh.write_text(json.dumps({"host_id": self.host_id, "chosen": chosen}))
            fresh.replace(self._file)
            self.chosen = chosen
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

    def start(self) -> str:
        """Load the installed plugins, found by their entry points; why some do not take part."""
        self._manager.register(self.profiles, "profiles")
        self._manager.register(self, "windows")
        failed = (*hs.load_plugins(self._manager).failed, *self.hooks.startup(self))
        self._housekeeping = self.tasks.start("housekeeping", self._maintain)
        return " ".join(one.sentence for one in failed)

    def stop(self) -> None:
        self._housekeeping.cancel()
        self.hooks.shutdown()

    def is_allowed(self, user_id: hs.UserId, permission: hs.Permission, subject: hs.Subject | None) -> bool:
        return True  # whoever sits at this desk may do everything

    def _maintain(self, cancelled: hs.CancelSignal) -> None:
        while not cancelled.wait(60.0):
            self.hooks.maintain(5.0)

    @hs.hookimpl
    def capture_tab_changed(self, tab_id: str, wait_id: str | None) -> None:
        self.tab_changed.emit(tab_id, wait_id)

    @hs.hookimpl
    def capture_notify(self, notification: hs.Notification) -> None:
        self.notified.emit(f"{notification.title}: {notification.text}")
