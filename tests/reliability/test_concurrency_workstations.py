"""Workstations with wrong clocks, each in a network of its own, and one PostgreSQL: still one refresh each time."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import pytest

from sample_host.xero_simulator.faults import Slow
from tests.postgresql_server import PostgresqlServer
from tests.reliability.network_spaces import SERVERS, NetworkSpaces, why_refused
from tests.reliability.process_crowd import Got, Round, Station, Worker
from tests.reliability.token_world import LIFETIME, TokenWorld, refused_tokens, token_world
from xero_connections_plugin.oauth.grant import GrantId
from xero_connections_plugin.oauth.grant_ports import LEASE_SECONDS

OFFSETS: Final = (-600.0, 0.0, 600.0)
THREADS: Final = 4

pytestmark = [pytest.mark.postgresql, pytest.mark.network_spaces]


class Workstations:
    """Each with a network, a data directory, a copy of the key, and a clock that is wrong in its own way."""

    def __init__(self, folder: Path, world: TokenWorld, server: PostgresqlServer, stack: ExitStack) -> None:
        assert world.database_url is not None
        self.spaces = stack.enter_context(NetworkSpaces(len(OFFSETS)))
        self.spaces.serve(world.xero.port)
        self.spaces.serve(server.port)
        url = world.database_url.replace("127.0.0.1", SERVERS)
        self.workers: list[Worker] = []
        for number, offset in enumerate(OFFSETS):
            own = folder / f"workstation-{number}"
            own.mkdir(mode=0o700)
            station = Station(
                folder=own / "data",
                origin=world.xero.origin,
                clock_file=world.shared_time.path,
                wall_offset=offset,
                data_key=Path(shutil.copy(world.data_key, own / "data.key")),
                threads=THREADS,
            )
            self.workers.append(Worker(station, url, self.spaces.program_in(number)))
            stack.callback(self.workers[-1].close)
        for worker in self.workers:
            worker.wait_until_ready()

    def race(self, grant: GrantId, *numbers: int) -> list[Got]:
        """All threads of these workstations at once; of all of them where none is named."""
        racing = [self.workers[number] for number in numbers or range(len(self.workers))]
        for worker in racing:
            worker.begin(Round(grants=(grant,)))
        return [got for worker in racing for got in worker.outcome().got]


@pytest.fixture
def world(tmp_path: Path, postgresql: PostgresqlServer, postgresql_url: str) -> Iterator[TokenWorld]:
    with token_world(tmp_path, postgresql_url, postgresql) as world:
        yield world


@pytest.fixture
def workstations(tmp_path: Path, world: TokenWorld, postgresql: PostgresqlServer) -> Iterator[Workstations]:
    if reason := why_refused():
        pytest.skip(reason)
    world.sign_in(1)
    with ExitStack() as stack:
        yield Workstations(tmp_path, world, postgresql, stack)


def test_d5_three_workstations_with_wrong_clocks_renew_once_each_time(
    world: TokenWorld, workstations: Workstations
) -> None:
    rotations = 300
    (grant,) = world.grants
    for rotation in range(1, rotations + 1):
        world.shared_time.advance(LIFETIME)
        assert {(got.generation, got.trouble) for got in workstations.race(grant)} == {(rotation + 1, None)}
    state = world.state()
    assert state.refreshes == rotations
    assert refused_tokens(state) == 0


def test_d5_a_workstation_cut_off_during_its_refresh_stops_nobody_and_comes_back(
    world: TokenWorld, workstations: Workstations
) -> None:
    (grant,) = world.grants
    world.shared_time.advance(LIFETIME)
    world.xero.control.set_fault(Slow(at="token:refresh_token", seconds=1.0))
    workstations.workers[0].begin(Round(grants=(grant,)))
    world.wait_until_held(grant)
    workstations.spaces.pull_cable(0)
    # Nobody can know that it is cut off; its lease runs out.
    world.shared_time.advance(LEASE_SECONDS + 1)
    generation = 1
    for _ in range(5):
        got = workstations.race(grant, 1, 2)
        assert {(one.generation, one.trouble) for one in got} == {(generation + 1, None)}
        generation += 1
        world.shared_time.advance(LIFETIME)
    workstations.spaces.plug_in(0)
    first = workstations.workers[0].outcome().got
    assert {one.trouble for one in first} <= {None, "OFFLINE", "XERO_DOWN", "STORE_UNREACHABLE"}
    for _ in range(5):
        world.shared_time.advance(LIFETIME)
        numbers = {(one.generation, one.trouble) for one in workstations.race(grant)}
        ((renewed, trouble),) = numbers
        assert trouble is None
        assert renewed is not None
        assert renewed > generation
        generation = renewed
    # One token was presented twice: the one whose answer never reached the workstation that was cut off.
    assert world.state().refreshes <= 1 + (generation - 1)
    assert refused_tokens(world.state()) == 0
