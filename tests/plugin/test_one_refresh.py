"""Whoever needs a token at the same moment shares one refresh, and a killed process costs nobody the sign-in.

Real threads and processes, a real file, a real key, HTTP to the simulator of Xero.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from hostspec.errors import SignInNeeded
from sample_host.xero_simulator.faults import Slow, Stage
from sample_host.xero_simulator.server import SimulatorServer
from tests.canaries import assert_no_leaks
from tests.plugin.keeper_process import Kept, keeping, start
from tests.plugin.simulated_grants import is_let_in, signed_in
from xero_connections_plugin.oauth.grant import GrantId


@pytest.fixture
def xero() -> Iterator[SimulatorServer]:
    with SimulatorServer() as server:
        yield server


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def kept(folder: Path, xero: SimulatorServer) -> Iterator[Kept]:
    with keeping(folder, xero.origin) as kept:
        yield kept


@pytest.fixture
def grant(kept: Kept, xero: SimulatorServer) -> GrantId:
    return signed_in(kept, xero)


def test_64_threads_in_4_keepers_cause_one_refresh(folder: Path, xero: SimulatorServer, grant: GrantId) -> None:
    got: list[int] = []
    with ExitStack() as stack:
        keepers = [stack.enter_context(keeping(folder, xero.origin)).keeper for _ in range(4)]

        def ask(number: int) -> None:
            got.append(keepers[number % 4].access_token(grant, refused=1).generation)

        threads = [threading.Thread(target=ask, args=(number,)) for number in range(64)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert got == [2] * 64
    assert xero.control.state().refreshes == 1


def test_processes_that_need_a_token_at_once_cause_one_refresh_each_time(
    folder: Path, xero: SimulatorServer, grant: GrantId, kept: Kept
) -> None:
    for rotation in (1, 2):
        # The winner is held up, so that the others surely come while it works.
        xero.control.set_fault(Slow(at="token", seconds=1.0, times=1))
        running = [start(folder, xero.origin, grant, threads=8, refused=rotation) for _ in range(4)]
        assert [process.generations() for process in running] == [[rotation + 1] * 8] * 4
        assert xero.control.state().refreshes == rotation
    assert is_let_in(kept.keeper.access_token(grant, refused=2), xero)


def test_a_waiting_thread_gets_the_still_valid_token_at_once(
    folder: Path, xero: SimulatorServer, grant: GrantId, kept: Kept
) -> None:
    xero.control.set_fault(Slow(at="token", seconds=30.0, times=1))
    busy = start(folder, xero.origin, grant, threads=1, refused=1)
    try:
        while not kept.store.is_held(grant):
            threading.Event().wait(0.01)
        assert kept.keeper.access_token(grant).generation == 1
    finally:
        busy.kill()
        busy.communicate()


def test_a_kill_after_the_rotation_is_named_when_the_grace_is_over(
    folder: Path, xero: SimulatorServer, grant: GrantId, kept: Kept
) -> None:
    xero.control.set_fault(Slow(at="token", seconds=0.1, stage=Stage.AFTER))
    assert start(folder, xero.origin, grant, threads=1, refused=1, stop_at="after Send").killed()
    xero.control.advance(31 * 60)
    with pytest.raises(SignInNeeded) as caught:
        kept.keeper.access_token(grant, refused=1)
    # By this machine's clock the grace still runs, so it cannot know that an answer was lost for too long.
    assert caught.value.code == "REVOKED"


def test_no_token_stands_in_the_clear_in_any_file(
    folder: Path, xero: SimulatorServer, grant: GrantId, kept: Kept
) -> None:
    tokens = [kept.keeper.access_token(grant)]
    for generation in (1, 2):
        tokens.append(kept.keeper.access_token(grant, refused=generation))
    assert_no_leaks(folder, {f"access {token.generation}": token.value.get_secret_value() for token in tokens})
