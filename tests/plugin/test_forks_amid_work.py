"""A child that is forked while other threads of its parent are in the middle of something can do the same itself."""

from __future__ import annotations

import ast
import os
from pathlib import Path

import pytest

from tests.plugin.store_probes import ROOT, in_own_process
from tests.plugin.test_forks_while_opening import FORKING

forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")

ENDING = """
leave.set()
thread.join(30)
print(status)
"""

WINDOWS_AND_CONNECTIONS = (
    # What is on a screen, or on the line, belongs to the process that shows or opened it.
    "ui",
    "cli",
    "gateways/network/transport_guard.py",
    "gateways/sign_in/callback_visitors.py",
    # Made anew for a child, with all that is in it.
    "gateways/store/server_database.py",
    "gateways/keys/keychain.py",
    "own_locks.py",
)


@forks
def test_a_lock_that_another_thread_holds_is_free_in_a_child(tmp_path: Path) -> None:
    code = f"""{FORKING}
from xero_connections_plugin.own_locks import ProcessLock, ProcessSet
lock, at_work = ProcessLock(), ProcessSet()

def work():
    with lock.own:
        at_work.add("it")
        hold()

def can_work():
    with lock.own:
        return "it" not in at_work

thread = held_thread(work)
status = how_child_ends(can_work)
assert "it" in at_work and lock.own.locked()
{ENDING}"""
    assert in_own_process(code, tmp_path) == "0\n"


@forks
def test_a_child_records_and_reads_history_while_a_thread_of_its_parent_writes_it(tmp_path: Path) -> None:
    code = f"""{FORKING}
from hostspec.hosting import ThreadTasks
from xero_connections_plugin.connections.history import EventKind, History, HistoryQuery

class Store:
    kept = []
    def append(self, events):
        if os.getpid() == parent:
            hold()
        self.kept += events
    def find(self, query, *, offset=0, limit):
        return tuple(self.kept)

parent = os.getpid()
tasks = ThreadTasks(FakeClock())
history = History(Store(), FakeClock(), tasks, "here", lambda: os.urandom(8).hex())
history.record(EventKind.ADDED, label="before")
assert inside.wait(30)
# Its task is held in the middle of writing; that of the next event is still to begin when the fork comes.
class Pool:
    def start(self, name, work):
        pass

history._tasks = Pool()
history.record(EventKind.ADDED, label="waiting")

def is_kept():
    own = ThreadTasks(FakeClock())
    history._tasks = own
    history.record(EventKind.ADDED, label="of the child")
    written_by_its_task = own.end(20, cancel=False) and "of the child" in [event.label for event in Store.kept]
    return written_by_its_task and history.find(HistoryQuery(), limit=9)

status = how_child_ends(is_kept)
leave.set()
tasks.end(30, cancel=False)
history.close()
print(status, [event.label for event in Store.kept])
"""
    assert in_own_process(code, tmp_path) == "0 ['before', 'waiting']\n"


@forks
def test_a_child_calls_xero_while_the_threads_of_its_parent_make_as_many_calls_as_they_may(tmp_path: Path) -> None:
    code = f"""{FORKING}
from xero_connections_plugin.gateways.xero_calls.call_limiter import TenantCallLimiter
limiter = TenantCallLimiter()

def call():
    slots = [limiter.take("tenant") for _ in range(limiter.limit)]
    assert all(slots)
    hold()

thread = held_thread(call)
assert limiter.take("tenant", patience=0) is None
status = how_child_ends(lambda: limiter.take("tenant", patience=0))
{ENDING}"""
    assert in_own_process(code, tmp_path) == "0\n"


@forks
def test_work_that_one_thread_does_at_a_time_falls_to_a_child_anew(tmp_path: Path) -> None:
    code = f"""{FORKING}
from xero_connections_plugin.connections.one_at_a_time import OneAtATime
turn = OneAtATime()
assert turn.take()
thread = held_thread(lambda: turn.run(hold))
status = how_child_ends(turn.take)
{ENDING}"""
    assert in_own_process(code, tmp_path) == "0\n"


def test_no_lock_of_what_goes_on_behind_the_windows_can_be_left_held_in_a_child() -> None:
    package = ROOT / "xero_connections_plugin"
    found = [
        f"{file.relative_to(package).as_posix()}:{node.lineno}"
        for file in sorted(package.rglob("*.py"))
        if not file.relative_to(package).as_posix().startswith(WINDOWS_AND_CONNECTIONS)
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and ast.unparse(node) == "threading.Lock"
    ]
    assert found == [], "a ProcessLock is free in the child of a fork"
