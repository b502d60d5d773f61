"""A piece of work is seen by everybody while it goes on, and ends with the process that was at it."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from sample_host.work_locks import WorkLocks

_AT_WORK = """
import sys
from pathlib import Path
from sample_host.work_locks import WorkLocks
end = WorkLocks(Path(sys.argv[1])).take("bills")
print("at work" if end is not None else "refused", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "working"


def test_what_somebody_is_at_work_on_nobody_else_begins(folder: Path) -> None:
    one, other = WorkLocks(folder), WorkLocks(folder)
    end = one.take("bills")
    assert end is not None
    assert (other.is_held("bills"), other.is_held("orders")) == (True, False)
    assert other.take("bills") is None
    assert one.take("bills") is None, "not even in the same process"
    free = other.take("orders")
    assert free is not None
    end()
    free()
    assert not other.is_held("bills")
    again = other.take("bills")
    assert again is not None
    again()


def test_work_may_end_in_another_thread_than_it_began_in(folder: Path) -> None:
    locks = WorkLocks(folder)
    end = locks.take("bills")
    assert end is not None
    ending = threading.Thread(target=end)
    ending.start()
    ending.join()
    assert not locks.is_held("bills")


def test_who_has_patience_begins_when_the_other_ends(folder: Path) -> None:
    locks = WorkLocks(folder)
    end = locks.take("bills")
    assert end is not None
    ending = threading.Timer(0.2, end)
    ending.start()
    after = locks.take("bills", patience_seconds=30.0)
    ending.join()
    assert after is not None
    after()


def test_whoever_only_looks_keeps_nobody_from_beginning(folder: Path) -> None:
    from filelock import FileLock

    folder.mkdir()
    with FileLock(folder / "bills.lock", thread_local=False) as look:
        ending = threading.Timer(0.1, look.release)
        ending.start()
        end = WorkLocks(folder).take("bills")
        ending.join()
    assert end is not None
    assert WorkLocks(folder).is_held("bills")
    end()


def test_what_a_killed_process_was_at_is_free(folder: Path) -> None:
    command = [sys.executable, "-c", _AT_WORK, str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "at work\n"
        locks = WorkLocks(folder)
        assert locks.is_held("bills")
        process.kill()
        process.wait()
    assert not locks.is_held("bills")
    assert locks.left() == ("bills",)


def test_what_is_left_is_named_and_can_be_forgotten(folder: Path) -> None:
    locks = WorkLocks(folder)
    assert locks.left() == ()
    for name in ("orders", "bills"):
        end = locks.take(name)
        assert end is not None
        end()
    assert locks.left() == ("bills", "orders")
    locks.forget("bills")
    locks.forget("bills")
    assert locks.left() == ("orders",)


def test_a_look_may_tidy_up_but_never_what_somebody_is_at(folder: Path) -> None:
    locks = WorkLocks(folder)
    end = locks.take("bills")
    assert end is not None
    assert locks.is_held("bills", tidy=True)
    assert locks.left() == ("bills",)
    end()
    assert not locks.is_held("bills")
    assert locks.left() == ("bills",)
    assert not locks.is_held("bills", tidy=True)
    assert locks.left() == ()


def test_where_nothing_can_be_locked_work_goes_on_unseen(tmp_path: Path) -> None:
    no_folder = tmp_path / "a file"
    no_folder.touch()
    locks = WorkLocks(no_folder)
    end = locks.take("bills")
    assert end is not None
    assert not locks.is_held("bills")
    assert locks.left() == ()
    end()
    locks.forget("bills")
    assert no_folder.is_file()


def test_making_one_touches_nothing_and_its_files_are_nobody_elses(folder: Path) -> None:
    locks = WorkLocks(folder)
    assert not locks.is_held("bills")
    assert not folder.exists()
    end = locks.take("bills")
    assert end is not None
    assert folder.stat().st_mode & 0o077 == 0
    assert (folder / "bills.lock").stat().st_mode & 0o077 == 0
    end()
