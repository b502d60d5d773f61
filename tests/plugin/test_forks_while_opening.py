"""A child that is forked while another thread of its parent opens the store comes to use the store all the same."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.plugin.store_probes import in_own_process

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")

FORKING = """
import signal, threading

def held_thread(work):
    thread = threading.Thread(target=work)
    thread.start()
    assert inside.wait(30)
    return thread

def how_child_ends(work):
    # A child that waits for ever is ended by the system, and so told from one that comes back.
    child = os.fork()
    if child == 0:
        signal.alarm(20)
        os._exit(0 if work() else 1)
    begun.set()
    return os.waitpid(child, 0)[1]

inside, leave, begun = threading.Event(), threading.Event(), threading.Event()

def hold(_=None):
    inside.set()
    assert leave.wait(30)
"""

OPENING = """
database = Database(Path(sys.argv[1]), FakeClock(), checkpoint=lambda name: name == MOMENT and hold())
thread = held_thread(database.installation_id)

def let_go():
    begun.wait(30)
    leave.set()

goes_on = threading.Thread(target=let_go)
goes_on.start()
status = how_child_ends(lambda: database.check_writable() is None)
thread.join(30)
goes_on.join(30)
print(status, bool(database.installation_id()))
"""


@pytest.mark.parametrize("moment", ["store: file made", "store: file checked"])
def test_a_store_in_a_file_opens_in_a_child_forked_while_a_thread_opens_it(moment: str, tmp_path: Path) -> None:
    code = f"{FORKING}\nMOMENT = {moment!r}\n{OPENING}"
    assert in_own_process(code, tmp_path / "data").split() == ["0", "True"]


def test_a_child_forked_while_a_thread_appears_as_an_owner_appears_itself(tmp_path: Path) -> None:
    code = f"""{FORKING}
from xero_connections_plugin.gateways.store.machine_presence import MachinePresence
parent = os.getpid()
named = iter(range(9))

def new_id():
    if os.getpid() == parent:
        hold()
    return f"{{os.getpid()}}-{{next(named)}}"

presence = MachinePresence(Path(sys.argv[1]), new_id=new_id)
thread = held_thread(presence.owner)
status = how_child_ends(lambda: presence.owner().startswith(str(os.getpid())))
leave.set()
thread.join(30)
print(status, presence.owner().startswith(str(parent)))
presence.close()
"""
    assert in_own_process(code, tmp_path).split() == ["0", "True"]


def test_a_fork_waits_while_a_thread_imports_what_children_need_whole(tmp_path: Path) -> None:
    code = f"""{FORKING}
class Held:
    def find_spec(self, name, path=None, target=None):
        if name.endswith("gateways.store.tables"):
            hold()

sys.meta_path.insert(0, Held())
from xero_connections_plugin.gateways.store.sql_loading import load_sql
thread = held_thread(load_sql)
goes_on = threading.Timer(0.3, leave.set)
goes_on.start()
status = how_child_ends(lambda: database.installation_id())
thread.join(30)
goes_on.join(30)
print(status)
"""
    assert in_own_process(code, tmp_path / "data").split() == ["0"]


IN_A_TRANSACTION = """
def change():
    with database.write() as connection:
        connection.exec_driver_sql("UPDATE installation SET write_tests = write_tests + 1")
        hold()

database.check_writable()
"""


def test_a_child_forked_while_a_thread_writes_can_write_itself(tmp_path: Path) -> None:
    code = f"""{FORKING}{IN_A_TRANSACTION}
thread = held_thread(change)
goes_on = threading.Timer(0.3, leave.set)
goes_on.start()
status = how_child_ends(lambda: database.check_writable() is None)
thread.join(30)
goes_on.join(30)
database.check_writable()
with database.read() as connection:
    print(status, connection.exec_driver_sql("SELECT write_tests FROM installation").scalar())
"""
    assert in_own_process(code, tmp_path / "data").split() == ["0", "4"]


def test_a_thread_that_forks_in_its_own_transaction_waits_for_nobody(tmp_path: Path) -> None:
    code = f"""{FORKING}{IN_A_TRANSACTION}
import time

def read():
    with database.read():
        hold()

thread = held_thread(read)
with database.write():
    # The other thread goes on only once this one has forked.
    began = time.monotonic()
    status = how_child_ends(lambda: True)
    print(status, time.monotonic() - began < 8)
leave.set()
thread.join(30)
database.check_writable()
"""
    assert in_own_process(code, tmp_path / "data").split() == ["0", "True"]
