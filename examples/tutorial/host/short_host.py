from collections.abc import Iterable, Mapping
from pathlib import Path

from short_window import ShortWindow
from text_services import may

from hostspec import PluginSource, Subject, hookimpl
from hostspec.hosting import PluginLife, ReadyServices, UsageFile


class ShortHost:
    """A host of which nothing is written that is ready-made."""

    def __init__(
        self, data_dir: Path, settings: Mapping[str, str], entry_points: Iterable[PluginSource] | None = None
    ) -> None:
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.windows: list[ShortWindow] = []
        self.profiles = UsageFile(data_dir / "profiles.json", step="Export")
        self.plugins = PluginLife(profiles=self.profiles, host=self)
        self.services = ReadyServices(
            host_id=self.profiles.host_id,
            host_name="Short host",
            data_dir=data_dir,
            settings=settings,
            profiles=self.profiles,
            hooks=self.plugins.hooks,
            allows=may,
        )
        self.problems = self.plugins.start(self.services, entry_points)

    @hookimpl
    def capture_tab_changed(self, tab_id: str, wait_id: str | None) -> None:
        for window in tuple(self.windows):
            window.news.put((tab_id, wait_id))

    def window(self, tab_id: str) -> ShortWindow:
        tab = next(tab for tab in self.plugins.hooks.tabs() if tab.tab_id == tab_id)
        self.windows.append(ShortWindow(tab, self.services))
        return self.windows[-1]

    def use(self, subject: Subject, profile: str, *, enabled: bool) -> None:
        self.profiles.put(profile, subject, enabled=enabled)

    def stop(self) -> None:
        self.plugins.stop(self.services)
