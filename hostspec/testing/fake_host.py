"""A whole host for tests: services under control, hooks as real hosts call them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, Self

from hostspec.calls import HookCalls
from hostspec.loading import make_manager
from hostspec.markers import hookimpl
from hostspec.testing.fake_clock import FakeClock
from hostspec.testing.fake_tasks import FakeTasks
from hostspec.testing.fakes import FakeBrowser, FakePermissions, FakeProfiles, Log
from hostspec.testing.tab_driver import TabDriver
from hostspec.ui import Origin
from hostspec.value import SERVICE_USER, UserId

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path
    from types import TracebackType

    from hostspec.answers import FailedPlugin
    from hostspec.connections import ConnectionsChange
    from hostspec.messages import Notification
    from hostspec.permissions import Permission
    from hostspec.usages import BatchRerun, FailedBatch, RerunBatch, Subject, SwitchedUsage, Usage, UsageSwitch

ADMINISTRATOR: Final = Origin(
    user_id=UserId("administrator"), user_name="Ada Admin", window_id="window-1", is_local=True
)
"""Who drives tabs unless a test says otherwise; may do everything."""


class TabChange(NamedTuple):
    """What a plugin said about a tab."""

    tab_id: str
    """Which."""
    wait_id: str | None
    """The waiting window that has news; ``None`` when the whole tab changed."""


class FakeHost:
    """Satisfies ``hostspec.services.HostServices`` and calls plugins as a host does.

    A context manager: entering starts the plugins and fails when one cannot start; leaving shuts them down, ends
    every task, and fails when a task raised or does not end.

    Its own plugin is registered as ``host``: it answers ``capture_usages`` and ``capture_switch_usages`` from
    ``profiles``, the hooks about failed batches from ``profiles.batches``, and keeps what it is told in
    ``tab_changes``, ``connection_changes`` and ``notifications``.

    Example::

        with FakeHost(tmp_path, plugins={"mail": MailPlugin()}) as host:
            tab = host.tab("Mailboxes")
            tab.press("Add")

    Args:
        data_dir: For the plugins, and exists; ``None`` for a host that gives none.
        plugins: Plugins by the name to register them under.
        settings: What the installation set for plugins.
        clock: Stands still until advanced, unless one is given.
        browser: Says yes to everything and shows nothing, unless one is given.
        tasks: Run in threads, unless given.
        host_id: Differs between hosts that share a store.
        host_name: What people call it.
    """

    def __init__(
        self,
        data_dir: Path | None,
        *,
        plugins: Mapping[str, object] | None = None,
        settings: Mapping[str, str] | None = None,
        clock: FakeClock | None = None,
        browser: FakeBrowser | None = None,
        tasks: FakeTasks | None = None,
        host_id: str = "test-host",
        host_name: str = "Test Host",
    ) -> None:
        self.host_id = host_id
        self.host_name = host_name
        self.data_dir = data_dir
        self.settings: Mapping[str, str] = dict(settings or {})
        """What plugins are given as settings."""
        self.clock = clock or FakeClock()
        self.browser = browser or FakeBrowser()
        self.tasks = tasks or FakeTasks()
        self.profiles = FakeProfiles()
        self.permissions = FakePermissions()
        self.permissions.allow(ADMINISTRATOR.user_id)
        self.permissions.allow(SERVICE_USER)
        self.manager = make_manager()
        self.hooks = HookCalls(self.manager)
        self.tab_changes: Log[TabChange] = Log()
        """What plugins said about their tabs."""
        self.connection_changes: Log[ConnectionsChange] = Log()
        """What plugins said about connections."""
        self.notifications: Log[Notification] = Log()
        """What people would have been told."""
        self.manager.register(_HostPlugin(self), "host")
        for name, plugin in (plugins or {}).items():
            self.register(name, plugin)

    def register(self, name: str, plugin: object) -> None:
        """Take a plugin in under that name.

        Raises:
            pluggy.PluginValidationError: It does not fit the specifications.
        """
        self.manager.register(plugin, name)
        self.manager.check_pending()

    def start(self) -> tuple[FailedPlugin, ...]:
        """Start the plugins that were not started yet; answers those that could not."""
        return self.hooks.startup(self)

    def stop(self) -> None:
        """Shut the plugins down and end every task.

        Raises:
            AssertionError: A task does not end.
        """
        self.hooks.shutdown()
        self.browser.release()
        self.tasks.cancel_all()
        self.tasks.join()

    def tab(self, title: str, origin: Origin = ADMINISTRATOR) -> TabDriver:
        """Open a tab in a window of its own, as the person of ``origin``.

        Raises:
            AssertionError: No plugin contributes a tab of that title.
            CaptureError: The person may not see it.
        """
        tabs = {tab.title: tab for tab in self.hooks.tabs()}
        if title not in tabs:
            raise AssertionError(f'There is no tab "{title}", only {sorted(tabs)}.')
        return TabDriver(tabs[title].controller, origin, changes=lambda: self._changes_of(tabs[title].tab_id))

    def badge(self, title: str) -> str:
        """What stands beside a tab's title; empty when nothing does.

        Raises:
            AssertionError: No plugin contributes a tab of that title.
        """
        badges = {tab.title: tab.badge for tab in self.hooks.tabs()}
        if title not in badges:
            raise AssertionError(f'There is no tab "{title}", only {sorted(badges)}.')
        return badges[title]

    def is_allowed(self, user_id: UserId, permission: Permission, subject: Subject | None) -> bool:
        """Asks ``permissions``."""
        return self.permissions.is_allowed(user_id, permission, subject)

    def __enter__(self) -> Self:
        failures = self.start()
        if failures:
            raise AssertionError("; ".join(f"{failure.name}: {failure.sentence}" for failure in failures))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        if error is None and self.tasks.failures:
            name, failure = self.tasks.failures[0]
            raise AssertionError(f'The task "{name}" raised {type(failure).__qualname__}.') from failure

    def _changes_of(self, tab_id: str) -> int:
        return sum(change.tab_id == tab_id for change in self.tab_changes)


class _HostPlugin:
    def __init__(self, host: FakeHost) -> None:
        self._host = host

    @hookimpl
    def capture_tab_changed(self, tab_id: str, wait_id: str | None) -> None:
        self._host.tab_changes.add(TabChange(tab_id, wait_id))

    @hookimpl
    def capture_connections_changed(self, change: ConnectionsChange) -> None:
        self._host.connection_changes.add(change)

    @hookimpl
    def capture_notify(self, notification: Notification) -> None:
        self._host.notifications.add(notification)

    @hookimpl
    def capture_usages(self, subject: Subject) -> Iterable[Usage]:
        found = self._host.profiles.usages(subject.kind)
        return [usage for usage in found if subject.covers(usage.subject)]

    @hookimpl
    def capture_switch_usages(self, switch: UsageSwitch) -> Iterable[SwitchedUsage]:
        return self._host.profiles.switch(switch)

    @hookimpl
    def capture_failed_batches(self, subject: Subject) -> Iterable[FailedBatch]:
        return self._host.profiles.batches.failed(subject)

    @hookimpl
    def capture_rerun_batches(self, rerun: BatchRerun) -> Iterable[RerunBatch]:
        return self._host.profiles.batches.rerun(rerun)
