"""Everything at once: processes that are killed, servers that fail, tokens that expire, clocks that jump.

In the end every sign-in works, and the server was asked no more often than the disturbances explain.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import httpx
import pytest

from sample_host.xero_simulator.faults import Answer, CutOff, HttpFault, RateLimited, Reset, Slow, Stage, Truncated
from tests.postgresql_server import PostgresqlServer
from tests.reliability.invariants import USABLE, check_grants, check_refusals
from tests.reliability.process_crowd import Outcome, Round, Station, Worker
from tests.reliability.token_world import LIFETIME, TokenWorld, token_world
from tests.sampling import seed

PROCESSES: Final = 4
THREADS: Final = 8
GRANTS: Final = 5
STEPS: Final = 20

_AT: Final = "token:refresh_token"
FAULTS: Final[tuple[HttpFault, ...]] = (
    Slow(at=_AT, seconds=0.5, times=2),
    Slow(at=_AT, seconds=0.5, stage=Stage.AFTER),
    Answer(at=_AT, status=503, times=2),
    RateLimited(at=_AT, retry_after=1),
    Reset(at=_AT),
    Reset(at=_AT, stage=Stage.AFTER),
    CutOff(at=_AT),
    Truncated(at=_AT),
)
PASSING: Final = frozenset({"XERO_DOWN", "OFFLINE", "RATE_LIMITED", "STORE_BUSY"})
"""What a caller may be told while it lasts; a sign-in that is asked for is not among it."""


class Soak:
    """Processes, and what happens to them."""

    def __init__(self, world: TokenWorld, chance: random.Random) -> None:
        self.world = world
        self.kills = 0
        self.troubles: set[str] = set()
        self._chance = chance
        self.workers = [self._started() for _ in range(PROCESSES)]
        for worker in self.workers:
            worker.wait_until_ready()

    def step(self) -> None:
        """Time passes, something may go wrong, and everybody wants tokens."""
        match self._chance.randrange(6):
            case 0:
                self.world.shared_time.advance(self._chance.uniform(1, 600))
            case 1:
                self.world.shared_time.jump_wall(self._chance.choice((-86_400.0, -3600.0, 3600.0, 86_400.0)))
            case _:
                self.world.shared_time.advance(LIFETIME)
        if self._chance.random() < 0.6:
            self.world.xero.control.set_fault(self._chance.choice(FAULTS))
        for number, worker in enumerate(self.workers):
            worker.begin(Round(grants=tuple(self.world.grants), first=number))
        victim = self._chance.randrange(PROCESSES) if self._chance.random() < 0.4 else None
        if victim is not None:
            threading.Event().wait(self._chance.uniform(0, 0.15))
            self.workers[victim].kill()
            self.kills += 1
        for number, worker in enumerate(self.workers):
            if number == victim:
                worker.close()
                self.workers[number] = self._started()
            else:
                self._judge(worker.outcome())
        if victim is not None:
            self.workers[victim].wait_until_ready()

    def close(self) -> None:
        """End every process."""
        for worker in self.workers:
            worker.close()

    def _judge(self, outcome: Outcome) -> None:
        self.troubles |= {one.trouble for one in outcome.got if one.trouble is not None}
        assert self.troubles <= PASSING

    def _started(self) -> Worker:
        world = self.world
        station = Station(
            folder=world.folder,
            origin=world.xero.origin,
            clock_file=world.shared_time.path,
            data_key=world.data_key,
            threads=THREADS,
        )
        return Worker(station, world.database_url)


@pytest.fixture
def world(request: pytest.FixtureRequest, tmp_path: Path, store_url: str | None) -> Iterator[TokenWorld]:
    server = None if store_url is None else request.getfixturevalue("postgresql")
    assert server is None or isinstance(server, PostgresqlServer)
    with token_world(tmp_path, store_url, server) as world:
        yield world


@pytest.mark.sweep(sample=0)
@pytest.mark.parametrize("reading", ["G1", "G2", "G2c", "G3", "G4"])
def test_no_sign_in_is_lost_while_everything_goes_wrong(
    world: TokenWorld, reading: str, figure: Callable[[str, object], None]
) -> None:
    world.sign_in(GRANTS)
    world.xero.control.change(grace_reading=reading)
    soak = Soak(world, random.Random(f"{seed()} {reading} {world.database_url is None}"))
    try:
        for _ in range(STEPS):
            soak.step()
    finally:
        soak.close()
    struck = world.state().fault_strikes
    world.xero.control.clear()

    def use(token: str) -> int:
        bearer = {"Authorization": f"Bearer {token}"}
        return httpx.get(world.xero.addresses.connections_url, headers=bearer).status_code

    with world.restarted() as keeper:
        keeper.recover()
        assert check_grants(keeper, world.grants, use) == dict.fromkeys(world.grants, USABLE)
        renewals = sum(record.generation - 1 for record in keeper.records(world.grants).values())
    state = world.state()
    check_refusals(state)
    figure("kills, faults, renewals, refreshes", (soak.kills, struck, renewals, state.refreshes))
    figure("what callers were told meanwhile", sorted(soak.troubles))
    # Each disturbance costs a replay at most, and a replay one refresh that confirms it.
    assert state.refreshes - renewals <= 2 * (struck + soak.kills)
