"""Two programs of one host share its batches: each batch is run by one of them, and by the next when that one died."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sample_host.app import SampleHost
from sample_host.batch_work import BatchWork
from sample_host.batches import BatchState
from tests.host.ledger_plugin import LedgerPlugin
from tests.host.queue_host import PLACE, put, queue_host, step_of, until
from tests.host.running_host import InstalledPlugin, make_host

_AT_WORK = """
import sys
from pathlib import Path
from sample_host.batch_work import BatchWork
work = BatchWork(Path(sys.argv[1]), "dies")
work.begin()
print("at work", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def plugin() -> LedgerPlugin:
    return LedgerPlugin()


@pytest.fixture
def host(tmp_path: Path, plugin: LedgerPlugin) -> Iterator[SampleHost]:
    with queue_host(tmp_path / "data", plugin) as host:
        yield host


def state(host: SampleHost, batch_id: str) -> BatchState:
    batch = host.batches.get(batch_id)
    assert batch is not None
    return batch.state


@pytest.mark.parametrize("begun", ["from the queue", "at once"])
def test_a_batch_that_one_program_runs_is_left_alone_by_another_that_starts(
    host: SampleHost, plugin: LedgerPlugin, tmp_path: Path, begun: str
) -> None:
    seen: list[bool] = []

    def start_another() -> None:
        other = make_host(tmp_path / "data", InstalledPlugin("ledger", plugin))
        try:
            seen.append(other.batches.oldest_waiting() is None)
        finally:
            other.stop(5.0)
            seen.append(other.batches.oldest_waiting() is None)

    plugin.ledgers["c-1"].meanwhile = start_another
    if begun == "from the queue":
        batch_id = put(host)
        until(lambda: state(host, batch_id) is BatchState.DONE)
    else:
        host.runs.start(PLACE[0], step_of(host))
        until(lambda: (run := host.runs.latest(*PLACE)) is not None and not run.running)
    assert seen == [True, True]
    assert plugin.opened == ["c-1"], "once"
    assert len(plugin.ledgers["c-1"].invoices) == 5
    until(lambda: list((tmp_path / "data" / "running").iterdir()) == [])


def test_who_works_on_several_batches_is_at_work_until_the_last_has_ended(tmp_path: Path) -> None:
    one, other = BatchWork(tmp_path / "running", "one"), BatchWork(tmp_path / "running", "other")
    one.begin()
    one.begin()
    one.end()
    assert other.is_at_work("one")
    assert not one.is_at_work("other")
    one.end()
    assert not other.is_at_work("one")
    assert list((tmp_path / "running").iterdir()) == []


def test_a_file_that_cannot_be_removed_holds_nothing_up(tmp_path: Path) -> None:
    work, other = BatchWork(tmp_path / "running", "one"), BatchWork(tmp_path / "running", "other")
    work.begin()
    left = tmp_path / "running" / "one.lock"
    left.unlink()
    left.mkdir()  # which no unlink removes
    work.end()
    assert left.is_dir()
    assert not other.is_at_work("one")


def test_a_process_that_was_killed_is_at_work_no_more(tmp_path: Path) -> None:
    folder = tmp_path / "running"
    command = [sys.executable, "-c", _AT_WORK, str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "at work\n"
        mine = BatchWork(folder, "mine")
        assert mine.is_at_work("dies")
        process.kill()
        process.wait()
        assert not mine.is_at_work("dies")
    assert list(folder.iterdir()) == []


def test_where_nothing_can_be_locked_batches_run_all_the_same(tmp_path: Path) -> None:
    no_folder = tmp_path / "a file"
    no_folder.touch()
    work = BatchWork(no_folder, "mine")
    work.begin()
    assert not work.is_at_work("mine")
    work.end()
    assert no_folder.is_file()
