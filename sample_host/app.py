"""The host without its face: data, services, plugins, housekeeping, and a tidy end."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hostspec.answers import FailedPlugin
from hostspec.calls import HookCalls
from hostspec.errors import StoreUnavailable
from hostspec.hosting import ReadyServices, SystemBrowser, SystemClock, ThreadTasks
from hostspec.loading import LoadedPlugins, PluginSource, load_plugins, make_manager
from hostspec.services import Browser, CancelSignal, Clock
from sample_host.batch_queue import BatchQueue
from sample_host.batch_work import BatchWork
from sample_host.batches import BatchBook
from sample_host.host_plugin import HOST_PLUGIN_NAME, HostPlugin
from sample_host.host_usages import HostUsages
from sample_host.kept_data import HostData
from sample_host.migration_runs import MigrationRuns
from sample_host.news import News
from sample_host.notice_board import NoticeBoard
from sample_host.postings import PostingBook
from sample_host.profiles import ProfileBook
from sample_host.starting_data import STARTING_LOCATIONS, STARTING_PROFILES
from sample_host.storage_locations import StorageBook
from sample_host.storage_tab import StorageTab
from sample_host.switch_journal import SwitchJournal
from sample_host.switch_work import SwitchWork
from sample_host.usage_desk import UsageDesk
from sample_host.users import may

MAINTAIN_EVERY: Final = 60.0
"""Seconds between two rounds of housekeeping."""

MAINTAIN_BUDGET: Final = 5.0
"""Seconds that each plugin may take for one round."""


@dataclass(frozen=True)
class HostOptions:
    """What is decided before a host starts."""

    data_dir: Path
    host_name: str
    settings: Mapping[str, str]
    without: tuple[str, ...] = ()
    entry_points: Iterable[PluginSource] | None = None
    """The plugins to load instead of those installed."""
    maintain_every: float = MAINTAIN_EVERY
    """Seconds between two rounds of housekeeping."""


class SampleHost:
    """A running host; ``start`` it once, ``stop`` it once.

    Args:
        options: What was decided.
        clock: Time, for the host and its plugins.
        browser: Opened by plugins for the person at this machine.
        checkpoint: See ``HostData``.

    Raises:
        StoreUnavailable: The data directory cannot be made or written.
    """

    def __init__(
        self,
        options: HostOptions,
        clock: Clock | None = None,
        browser: Browser | None = None,
        checkpoint: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._options = options
        data_dir = options.data_dir.absolute()
        _own_folder(data_dir)
        self.clock: Final = clock or SystemClock()
        self.data: Final = HostData(data_dir / "host.sqlite3", self.clock.now, checkpoint)
        self.tasks: Final = ThreadTasks(self.clock)
        host_id = _host_id(self.data)
        self.profiles: Final = ProfileBook(self.data, STARTING_PROFILES)
        work = BatchWork(data_dir / "running", secrets.token_hex(8))
        self.batches: Final = BatchBook(self.data, work.runner)
        self.usages: Final = HostUsages(self.profiles, self.batches, host_id, self.clock.now)
        self.storage: Final = StorageBook(self.data, lambda: secrets.token_hex(8), STARTING_LOCATIONS)
        self.manager: Final = make_manager()
        self.hooks: Final = HookCalls(self.manager)
        self.news: Final = News(NoticeBoard(self.data, self.clock.now))
        self.services: Final = ReadyServices(
            host_id=host_id,
            host_name=options.host_name,
            data_dir=data_dir,
            settings=dict(options.settings),
            clock=self.clock,
            browser=browser or SystemBrowser(),
            tasks=self.tasks,
            profiles=self.usages,
            hooks=self.hooks,
            # All objects of this host are open to the same people.
            allows=lambda user_id, permission, _: may(user_id, permission),
        )
        self.postings: Final = PostingBook(self.data)
        self.runs: Final = MigrationRuns(
            hooks=self.hooks,
            postings=self.postings,
            batches=self.batches,
            work=work,
            tasks=self.tasks,
            clock=self.clock,
            new_key=secrets.token_hex,
            changed=self.profiles.tell,
        )
        self.queue: Final = BatchQueue(
            data=self.data,
            batches=self.batches,
            profiles=self.profiles,
            usages=self.usages,
            runs=self.runs,
            work=work,
            tasks=self.tasks,
            clock=self.clock,
            new_id=secrets.token_hex,
        )
        self.switches: Final = SwitchJournal(self.data, secrets.token_hex, self.clock.now)
        self.usage_desk: Final = UsageDesk(self.services, self.switches, SwitchWork(data_dir / "switching"))
        self.plugins = LoadedPlugins(())
        self.not_started: tuple[FailedPlugin, ...] = ()

    def start(self, *, in_background: bool = True) -> None:
        """Load the plugins, start them, and begin with housekeeping. A plugin that fails is named in ``notices``.

        Args:
            in_background: Whether the queue and housekeeping begin; not for a tool beside the host itself.
        """
        tab = StorageTab(self.storage, self.services)
        plugin = HostPlugin(self.usages, self.queue, self.storage, tab, self.news)
        self.manager.register(plugin, HOST_PLUGIN_NAME)
        self.plugins = load_plugins(
            self.manager, without=self._options.without, entry_points=self._options.entry_points
        )
        self.not_started = self.hooks.startup(self.services)
        self.profiles.watch(self.news.everything_changed)
        if in_background:
            self.queue.begin()
            self.tasks.start("housekeeping", self._maintain)

    def _maintain(self, cancelled: CancelSignal) -> None:
        while not cancelled.wait(self._options.maintain_every):
            self.hooks.maintain(MAINTAIN_BUDGET)

    def stop(self, seconds: float) -> None:
        """End running work and tell the plugins, waiting at most about that long."""
        self.tasks.end(seconds / 2)
        self.hooks.shutdown()
        self.tasks.end(seconds / 2)

    @property
    def notices(self) -> tuple[str, ...]:
        """What a person should know about this host: data set aside, plugins that do not take part."""
        unreadable = tuple(
            f"The profile {profile_id} cannot be read. It is kept as found and left out of the list."
            for profile_id in self.profiles.unreadable()
        )
        absent = (*self.plugins.failed, *self.not_started)
        return (*self.data.notices, *unreadable, *(plugin.sentence for plugin in absent))


def _own_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if os.name == "posix":
            folder.chmod(0o700)
    except OSError as problem:
        raise StoreUnavailable(
            f"The folder {folder} cannot be made or used ({problem.strerror}). Choose another one with --data-dir.",
            code="STORE_READONLY",
        ) from None


def _host_id(data: HostData) -> str:
    with data.writing() as database:
        row = database.execute("SELECT body FROM kept WHERE kind = 'host_id'").fetchone()
        if row is not None:
            return str(row[0])
        host_id = f"host-{secrets.token_hex(8)}"
        database.execute("INSERT INTO kept VALUES ('host_id', '1', 0, ?)", (host_id,))
        return host_id
