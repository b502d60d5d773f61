"""A stopped queue begins with nothing more, whatever it was about to look at."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hostspec.testing import FakeTasks, TaskMode
from sample_host.app import SampleHost
from sample_host.batch_queue import BatchQueue
from sample_host.batch_work import BatchWork
from sample_host.kept_data import HostData
from tests.host.ledger_plugin import LedgerPlugin
from tests.host.queue_host import ONE, put, queue_host, usage_of


@pytest.fixture
def plugin() -> LedgerPlugin:
    return LedgerPlugin()


@pytest.fixture
def host(tmp_path: Path, plugin: LedgerPlugin) -> Iterator[SampleHost]:
    with queue_host(tmp_path / "data", plugin) as host:
        yield host


class ChangedAfterALook(HostData):
    """Somebody else is quicker: something happens right after the look whether the queue is stopped."""

    meanwhile: Callable[[], object] = staticmethod(lambda: None)

    def bodies(self, kind: str) -> list[tuple[str, str]]:
        found = super().bodies(kind)
        if kind == "queue_stopped":
            happens, self.meanwhile = self.meanwhile, lambda: None
            happens()
        return found


def test_what_is_queued_after_a_stop_is_not_begun_by_a_worker_that_looked_before(
    host: SampleHost, plugin: LedgerPlugin, tmp_path: Path
) -> None:
    def stop_and_queue() -> None:
        host.queue.stop()
        put(host)

    data = ChangedAfterALook(tmp_path / "data" / "host.sqlite3", host.clock.now)
    data.meanwhile = stop_and_queue
    worker = BatchQueue(
        data=data,
        batches=host.batches,
        profiles=host.profiles,
        usages=host.usages,
        runs=host.runs,
        work=BatchWork(tmp_path / "running", "worker"),
        tasks=FakeTasks(TaskMode.INLINE),
        clock=host.clock,
        new_id=lambda: "unused",
    )
    worker.begin()
    if not host.queue.is_stopped:
        stop_and_queue()
    assert usage_of(host, ONE).waiting == 1
    assert plugin.ledgers["c-1"].invoices == []
