from collections.abc import Iterable, Mapping
from pathlib import Path

from text_profiles import TextProfiles
from text_queue import TextQueue
from text_services import may
from text_window import TextWindow

from hostspec import (
    BatchRerun,
    FailedBatch,
    HookCalls,
    Notification,
    PluginSource,
    RerunBatch,
    Subject,
    SwitchedUsage,
    Usage,
    UsageSwitch,
    hookimpl,
    load_plugins,
    make_manager,
)
from hostspec.hosting import ReadyServices, every, switch_held, usages_of


class HostHooks:
    """What the host itself answers to hooks."""

    def __init__(self, profiles: TextProfiles, queue: TextQueue) -> None:
        self._profiles = profiles
        self._queue = queue

    @hookimpl
    def capture_usages(self, subject: Subject) -> Iterable[Usage]:
        for usage in usages_of(subject, self._profiles.usages(subject.kind)):
            yield usage.model_copy(update={"waiting": self._queue.waiting(usage.profile)})

    @hookimpl
    def capture_switch_usages(self, switch: UsageSwitch) -> Iterable[SwitchedUsage]:
        return switch_held(switch, self._profiles.usages(switch.subject.kind), self._profiles.move)

    @hookimpl
    def capture_failed_batches(self, subject: Subject) -> Iterable[FailedBatch]:
        return self._queue.failed(subject)

    @hookimpl
    def capture_rerun_batches(self, rerun: BatchRerun) -> Iterable[RerunBatch]:
        return self._queue.rerun(rerun)

    @hookimpl
    def capture_notify(self, notification: Notification) -> None:
        print(f"{notification.title}: {notification.text}")


class TextHost:
    """A whole host in a terminal.

    Args:
        data_dir: Everything is kept here.
        settings: For plugins.
        entry_points: Plugins to load instead of those that are installed.
    """

    def __init__(
        self, data_dir: Path, settings: Mapping[str, str], entry_points: Iterable[PluginSource] | None = None
    ) -> None:
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        manager = make_manager()
        self.hooks = HookCalls(manager)
        self.profiles = TextProfiles(data_dir)
        self.services = ReadyServices(
            host_id=self.profiles.host_id,
            host_name="Text host",
            data_dir=data_dir,
            settings=settings,
            profiles=self.profiles,
            hooks=self.hooks,
            allows=may,
        )
        self.queue = TextQueue(data_dir, self.profiles, self.hooks, self.services.clock)
        manager.register(HostHooks(self.profiles, self.queue), "text-host")
        self.plugins = load_plugins(manager, entry_points=entry_points)
        self.not_started = self.hooks.startup(self.services)

    def window(self, tab_id: str) -> TextWindow:
        tab = next(tab for tab in self.hooks.tabs() if tab.tab_id == tab_id)
        return TextWindow(tab.controller, self.hooks)

    def use(self, subject: Subject, profile: str, *, enabled: bool) -> None:
        self.profiles.put(profile, subject, enabled=enabled)

    def go_on(self, queue_seconds: float = 2.0, maintain_seconds: float = 300.0) -> None:
        """Begin what goes on in the background."""
        self.services.tasks.start("queue", every(queue_seconds, self.queue.work))
        self.services.tasks.start("maintain", every(maintain_seconds, lambda: self.hooks.maintain(20.0)))

    def stop(self) -> None:
        self.services.tasks.end(2.5)
        self.hooks.shutdown()
        self.services.tasks.end(2.5)
