"""The checks after every case catch what they are there for: shown by breaking each invariant on purpose."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Self

import pytest

from hostspec.connections import (
    ChangeKind,
    ChoiceQuery,
    ConnectionChoice,
    ConnectionRef,
    ConnectionsChange,
    ConnectionStatus,
    Session,
)
from hostspec.errors import CaptureError, ProviderUnavailable, SignInNeeded
from hostspec.markers import hookimpl
from hostspec.testing import FakeHost
from hostspec.value import ConnectionId, TypeId
from sample_host.xero_simulator.control_messages import SimulatorState, TokenCounters
from tests.canaries import canary
from tests.plugin.grant_builders import Bench
from tests.reliability.invariants import (
    USABLE,
    check_error,
    check_folder,
    check_grants,
    check_refreshes,
    check_refusals,
    same_again,
    unchanged_definitions,
)
from tests.reliability.left_overs import STORE
from tests.reliability.world_check import (
    Bystander,
    check_announced,
    check_bystanders,
    check_entries,
    check_refreshed_again,
    refresh_budget,
)
from tests.stories.capture_site import Site

ROOT = Path(__file__).parents[2]
BREAKS = """
import socket, subprocess, sys, threading
import pytest
from hostspec.errors import SignInNeeded, StoreUnavailable

STAYS = []
@pytest.fixture(scope="session")
def server():
    opened = socket.create_server(("127.0.0.1", 0)); yield opened; opened.close()

def test_a1_leaves_a_thread():
    STAYS.append(threading.Event()); threading.Thread(target=STAYS[-1].wait, args=(20,), daemon=True).start()
def test_a1_leaves_a_socket(): STAYS.append(socket.create_server(("127.0.0.1", 0)))
def test_a1_leaves_a_process(): STAYS.append(subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE))
def test_a1_leaves_a_file_open(tmp_path): STAYS.append((tmp_path / "lock").open("w"))
def store(tmp_path, *more):
    folder = tmp_path / "deep" / "data"; folder.mkdir(parents=True); folder.chmod(0o700)
    for name in ("xero-connections.sqlite3", *more): (folder / name).touch(mode=0o600)
    return folder
def test_a1_leaves_an_unfinished_file(tmp_path): store(tmp_path, "connections.key.new")
def test_a1_leaves_a_journal(tmp_path): store(tmp_path, "xero-connections.sqlite3-journal")
def test_a1_opens_a_file_to_others(tmp_path): (store(tmp_path) / "xero-connections.sqlite3").chmod(0o640)
def test_a1_opens_the_folder_to_others(tmp_path): store(tmp_path).chmod(0o755)
def test_a1_makes_an_error_without_a_code(): SignInNeeded("Please sign in.", code="what?")
def test_a1_makes_an_error_without_a_text(): SignInNeeded("")
def test_a1_makes_an_error_with_a_page(): SignInNeeded("Xero said <html><body>Bad gateway.")
def test_a1_makes_an_error_with_a_traceback(): SignInNeeded("KeyError('x') at 0x7f00deadbeef.")
def test_a1_makes_an_error_that_breaks_off(): StoreUnavailable("The store is")

class TestHarmless:
    def test_a1_is_tidy(self, tmp_path, server): store(tmp_path)
    def test_a1_makes_a_proper_error(self): SignInNeeded("The sign-in has ended. Choose Edit, then Authorize.")
    def test_a1_ends_its_thread_in_a_moment(self): threading.Timer(0.3, STAYS.clear).start()
    @pytest.mark.exempt(I8="the file is left as it was found")
    def test_a1_says_why(self, tmp_path): store(tmp_path).chmod(0o755)
    def test_without_an_id_it_is_not_looked_at(self, tmp_path): store(tmp_path).chmod(0o755)
"""


def test_what_a_case_leaves_behind_or_says_wrongly_is_found(tmp_path: Path) -> None:
    (tmp_path / "test_inside.py").write_text(BREAKS)
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --strict-markers\n")
    environment = {name: value for name, value in os.environ.items() if name != "PYTEST_ADDOPTS"}
    environment["PYTHONPATH"] = str(ROOT)
    plugins = ["-p", "tests.exemptions", "-p", "tests.reliability.invariants", "-p", "no:cacheprovider"]
    command = [sys.executable, "-m", "pytest", *plugins, "-rA", "--tb=line", f"--basetemp={tmp_path}/base"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    lines = [line.split(" - ")[0].split("::", 1) for line in done.stdout.splitlines() if "::" in line]
    wrong = {line[1] for line in lines if line[0].startswith(("FAILED", "ERROR"))}
    passed = {line[1] for line in lines if line[0].startswith("PASSED")} - wrong
    assert len(passed) == 5, done.stdout
    assert all(name.startswith("TestHarmless") for name in passed), passed
    assert len(wrong) == 13, done.stdout


def leaky(token: str) -> CaptureError:
    return SignInNeeded(f"The token {token[:12]} is bad.")


def test_i1_an_error_that_tells_a_secret_is_caught() -> None:
    with pytest.raises(AssertionError, match="I1: the text of SIGN_IN_NEEDED tells a secret"):
        check_error(leaky(canary("x")))


def test_i2_a_changed_definition_is_caught() -> None:
    names = ["Head office"]
    with pytest.raises(AssertionError, match="I2"), unchanged_definitions(lambda: tuple(names)):
        names.append("Branch office")


def test_i2_a_lost_entry_is_caught(tmp_path: Path) -> None:
    with FakeHost(tmp_path) as host:
        host.hooks.connections_changed(ConnectionsChange(kind=ChangeKind.ADDED, connection_ids=(ConnectionId("a"),)))
        check_announced([host], frozenset({ConnectionId("a"), ConnectionId("older")}))
        with pytest.raises(AssertionError, match="I2: 1 entries"):
            check_announced([host], frozenset())
        host.hooks.connections_changed(ConnectionsChange(kind=ChangeKind.REMOVED, connection_ids=(ConnectionId("a"),)))
        check_announced([host], frozenset())
        with pytest.raises(AssertionError, match="removed are there"):
            check_announced([host], frozenset({ConnectionId("a")}))


class OneEntry:
    """A plugin with one entry, whose sessions end in these ways, one after the other."""

    def __init__(self, *problems: Exception, status: ConnectionStatus = ConnectionStatus.READY) -> None:
        self._problems = list(problems)
        self._status = status

    @hookimpl
    def capture_connection_choices(self, query: ChoiceQuery) -> list[ConnectionChoice]:
        entry_id, type_id = ConnectionId("a"), TypeId("x")
        return [ConnectionChoice(connection_id=entry_id, type_id=type_id, label="Office", status=self._status)]

    @hookimpl
    def capture_open_session(self, connection_id: ConnectionId) -> Session:
        if self._problems:
            raise self._problems.pop(0)
        return OpenedSession()


class OpenedSession:
    connection = ConnectionRef(connection_id=ConnectionId("a"), type_id=TypeId("x"), display_name="Office")

    def close(self) -> None: ...

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None: ...


def ended() -> CaptureError:
    return SignInNeeded("The sign-in has ended. Choose Edit, then Authorize.", code="REVOKED")


def offline() -> CaptureError:
    return ProviderUnavailable("Xero cannot be reached. Try again.", code="OFFLINE")


def outcome(folder: Path, plugin: OneEntry) -> str:
    with FakeHost(folder, plugins={"one": plugin}) as host:
        (found,) = check_entries(host).values()
        return found


def test_i3_an_entry_is_usable_or_needs_what_it_says_and_nothing_else(tmp_path: Path) -> None:
    assert outcome(tmp_path, OneEntry()) == USABLE
    assert outcome(tmp_path, OneEntry(ended(), ended(), status=ConnectionStatus.NEEDS_SIGN_IN)) == "REVOKED"
    with pytest.raises(AssertionError, match="I3: in a calm world an entry ends in OFFLINE"):
        outcome(tmp_path, OneEntry(offline()))
    with pytest.raises(AssertionError, match="I3: in a calm world an entry ends in PLUGIN_FAILED"):
        outcome(tmp_path, OneEntry(RuntimeError("x")))
    with pytest.raises(AssertionError, match="I3: an entry works, and the list says needs_sign_in"):
        outcome(tmp_path, OneEntry(status=ConnectionStatus.NEEDS_SIGN_IN))


def test_i3_a_token_that_the_server_does_not_take_is_caught() -> None:
    bench = Bench()
    grant_id = bench.signed_in()
    assert check_grants(bench.keeper, [grant_id], lambda _token: 200) == {grant_id: USABLE}
    with pytest.raises(AssertionError, match="I3: the server answers 403"):
        check_grants(bench.keeper, [grant_id], lambda _token: 403)


def test_i4_one_refresh_too_many_is_caught() -> None:
    before = state_of(tokens={})
    after = before.model_copy(update={"refreshes": before.refreshes + 3})
    check_refreshes(before, after, needed=3)
    check_refreshes(before, after, needed=2, faults=1)
    for needed in (2, 4):
        with pytest.raises(AssertionError, match="I4"):
            check_refreshes(before, after, needed=needed)


def test_i4_a_token_presented_again_without_a_fault_is_caught() -> None:
    again = {"x" * 32: TokenCounters(presented=2, rotated=2, refused=0)}
    check_refreshed_again(state_of(tokens=again, strikes=1))
    with pytest.raises(AssertionError, match="I4"):
        check_refreshed_again(state_of(tokens=again, strikes=0))


def test_i6_too_long_a_wait_is_caught(tmp_path: Path) -> None:
    with FakeHost(tmp_path) as host:
        with refresh_budget(host):
            host.clock.advance(65)
        with pytest.raises(AssertionError, match="I6"), refresh_budget(host):
            host.clock.advance(66)


def test_i8_a_folder_open_to_others_is_caught(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    check_folder(tmp_path)
    tmp_path.chmod(0o750)
    with pytest.raises(AssertionError, match="has the mode 750"):
        check_folder(tmp_path)


def test_i9_a_refused_token_presented_again_is_caught() -> None:
    check_refusals(state_of(tokens={"x" * 32: TokenCounters(presented=2, rotated=1, refused=1)}))
    with pytest.raises(AssertionError, match="I9"):
        check_refusals(state_of(tokens={"x" * 32: TokenCounters(presented=2, rotated=0, refused=2)}))


def test_i10_an_answer_that_gets_worse_is_caught(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="I10"):
        outcome(tmp_path, OneEntry(ended()))
    answers = iter(["usable", "REVOKED"])
    with pytest.raises(AssertionError, match="the first answer was usable"):
        same_again(lambda: next(answers))


def test_i12_a_plugin_that_was_left_out_is_caught(tmp_path: Path) -> None:
    before, after = Bystander(), Bystander()
    host = FakeHost(tmp_path, plugins={"before": before, "after": after})
    with host:
        host.hooks.connections_changed(ConnectionsChange(kind=ChangeKind.ADDED, connection_ids=(ConnectionId("a"),)))
    check_bystanders(before, after, host)
    after.changes.clear()
    with pytest.raises(AssertionError, match="I12"):
        check_bystanders(before, after, host)


def test_a_story_is_looked_at_once_more_by_a_host_that_starts_anew(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="I2"):
        lose_an_entry(tmp_path / "lost")
    lose_an_entry(tmp_path / "excused", why="the row was taken away on purpose")


def lose_an_entry(folder: Path, why: str = "") -> None:
    with Site(folder) as site:
        site.add(site.tab(), "Head office")
        with closing(sqlite3.connect(folder / STORE)) as database, database:
            database.execute("DELETE FROM connections")
        if why:
            site.leave_unchecked("I2", why)


def state_of(tokens: dict[str, TokenCounters], *, strikes: int = 0) -> SimulatorState:
    return SimulatorState(
        now=0.0,
        requests={},
        fault_strikes=strikes,
        refreshes=7,
        early_refreshes=0,
        grants=[],
        tokens=tokens,
        links=[],
        invoices=[],
        faults=[],
    )
