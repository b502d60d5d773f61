from collections.abc import Iterable, Mapping
from pathlib import Path

from text_profiles import TextProfiles
from text_services import Services
from text_window import TextWindow

from hostspec import (
    HookCalls,
    Notification,
    PluginSource,
    Subject,
    SwitchedUsage,
    Usage,
    UsageSwitch,
    hookimpl,
    load_plugins,
    make_manager,
)


class HostHooks:
    """What the host itself answers to hooks."""

    def __init__(self, profiles: TextProfiles) -> None:
        self._profiles = profiles

    @hookimpl
    def capture_usages(self, subject: Subject) -> Iterable[Usage]:
        return [usage for usage in self._profiles.usages(subject.kind) if subject.covers(usage.subject)]

    @hookimpl
    def capture_switch_usages(self, switch: UsageSwitch) -> Iterable[SwitchedUsage]:
        return self._profiles.switch(switch)

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
        self.profiles = TextProfiles(data_dir / "profiles.json")
        self.services = Services(self.profiles.host_id, data_dir, settings, self.profiles, self.hooks)
        manager.register(HostHooks(self.profiles), "text-host")
        self.plugins = load_plugins(manager, entry_points=entry_points)
        self.not_started = self.hooks.startup(self.services)

    def window(self, tab_id: str) -> TextWindow:
        tab = next(tab for tab in self.hooks.tabs() if tab.tab_id == tab_id)
        return TextWindow(tab.controller, self.hooks)

    def use(self, subject: Subject, profile: str, *, enabled: bool) -> None:
        self.profiles.put(profile, subject, enabled=enabled)

    def stop(self) -> None:
        self.hooks.shutdown()
        self.services.tasks.end()
