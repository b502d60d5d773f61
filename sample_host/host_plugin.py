"""What the host itself says to hooks: its tab, its usages, and that its windows listen."""

from collections.abc import Iterable
from typing import Final

from hostspec.connections import ConnectionsChange
from hostspec.markers import hookimpl
from hostspec.messages import Notification
from hostspec.ui import Tab
from hostspec.usages import (
    BatchRerun,
    FailedBatch,
    RerunBatch,
    Subject,
    SwitchedUsage,
    Usage,
    UsageSwitch,
)
from sample_host.batch_queue import BatchQueue
from sample_host.host_usages import HostUsages
from sample_host.news import News
from sample_host.storage_locations import StorageBook
from sample_host.storage_tab import TAB_ID, StorageTab, storage_targets

HOST_PLUGIN_NAME: Final = "sample-host"


class HostPlugin:
    """The host's own hook implementations.

    Args:
        usages: Who points to what in this host.
        queue: The documents that wait or failed.
        storage: Owner of storage locations.
        tab: The tab "Storage".
        news: What windows are told.
    """

    def __init__(
        self, usages: HostUsages, queue: BatchQueue, storage: StorageBook, tab: StorageTab, news: News
    ) -> None:
        self._usages = usages
        self._queue = queue
        self._storage = storage
        self._tab = tab
        self._news = news

    @hookimpl
    def capture_tabs(self) -> Iterable[Tab]:
        """The tab "Storage", behind those of plugins."""
        return (Tab(tab_id=TAB_ID, title="Storage", order=900, controller=self._tab),)

    @hookimpl
    def capture_tab_changed(self, tab_id: str, wait_id: str | None) -> None:
        """Windows draw anew."""
        self._news.tab_changed(tab_id, wait_id)

    @hookimpl
    def capture_connections_changed(self, change: ConnectionsChange) -> None:
        """Windows draw anew, whatever it is that changed."""
        del change
        self._news.everything_changed()

    @hookimpl
    def capture_notify(self, notification: Notification) -> None:
        """Windows show it above their page."""
        self._news.notify(notification)

    @hookimpl
    def capture_usages(self, subject: Subject) -> Iterable[Usage]:
        """The steps of this host's profiles that point to the subject, and the batches that wait for it."""
        return [usage for usage in self._usages.usages(subject.kind) if subject.covers(usage.subject)]

    @hookimpl
    def capture_switch_usages(self, switch: UsageSwitch) -> Iterable[SwitchedUsage]:
        """Moves the steps of this host's profiles, with their batches."""
        return self._usages.switch(switch)

    @hookimpl
    def capture_subject_targets(self, subject: Subject) -> Iterable[Subject]:
        """The other storage locations."""
        return storage_targets(self._storage, subject)

    @hookimpl
    def capture_failed_batches(self, subject: Subject) -> Iterable[FailedBatch]:
        """The runs of this host that failed and wait for somebody to repair what they go through."""
        return self._queue.failed(subject)

    @hookimpl
    def capture_rerun_batches(self, rerun: BatchRerun) -> Iterable[RerunBatch]:
        """Queues them again."""
        return self._queue.run_again(rerun)
