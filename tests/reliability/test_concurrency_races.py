"""However many need a token at the same moment: one refresh, and nobody fails. Real processes, a clock from a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sample_host.xero_simulator.faults import Slow
from tests.postgresql_server import PostgresqlServer
from tests.reliability.process_crowd import percentile
from tests.reliability.token_world import LIFETIME, TokenWorld, refused_tokens, token_world
from tests.sampling import how_many

PROCESSES = 8
THREADS = 32


@pytest.fixture
def world(request: pytest.FixtureRequest, tmp_path: Path, store_url: str | None) -> Iterator[TokenWorld]:
    server = None if store_url is None else request.getfixturevalue("postgresql")
    assert server is None or isinstance(server, PostgresqlServer)
    with token_world(tmp_path, store_url, server) as world:
        yield world


@pytest.mark.own_machine
def test_d1_256_callers_in_8_processes_cause_one_refresh_per_expiry(
    world: TokenWorld, figure: Callable[[str, object], None]
) -> None:
    """The waits are told and bounded tenfold only: 256 threads share whatever processors the machine has, so that the
    stated figure (a refresh and a quarter of a second) says more about them than about the product. What does not hang
    on the machine is asserted as it is stated: as many refreshes as expiries, no refusal, no error.
    """
    rotations = how_many(commit=100, whole=200)
    (grant,) = world.sign_in(1)
    waits: list[float] = []
    with world.crowd(PROCESSES, THREADS) as crowd:
        for rotation in range(1, rotations + 1):
            world.shared_time.advance(LIFETIME)
            got = crowd.race([grant])
            assert {(one.generation, one.trouble) for one in got} == {(rotation + 1, None)}
            waits += [one.seconds for one in got]
    state = world.state()
    assert state.refreshes == rotations
    assert refused_tokens(state) == 0
    figure("p99 wait in seconds, the refresh included", round(percentile(waits, 0.99), 3))
    assert percentile(waits, 0.99) < 10 * 0.35


@pytest.mark.own_machine
def test_d2_50_connections_are_renewed_side_by_side_exactly_once_each(world: TokenWorld) -> None:
    rotations = how_many(commit=5, whole=20)
    grants = world.sign_in(50)
    with world.crowd(PROCESSES, how_many(commit=8, whole=THREADS)) as crowd:
        for rotation in range(1, rotations + 1):
            world.shared_time.advance(LIFETIME)
            got = crowd.race(grants)
            assert {one.grant for one in got} == set(grants)
            assert {(one.generation, one.trouble) for one in got} == {(rotation + 1, None)}
    state = world.state()
    assert state.refreshes == 50 * rotations
    assert {grant.refreshes for grant in state.grants} == {rotations}
    assert refused_tokens(state) == 0


@pytest.mark.own_machine
def test_d2_a_connection_whose_refresh_hangs_holds_up_no_other(
    world: TokenWorld, figure: Callable[[str, object], None]
) -> None:
    """Everyone else comes to the end of rounds while one refresh hangs; that is asserted. How much slower they are is
    told, and bounded loosely: within rounds of milliseconds a busy machine alone makes up a factor of two.
    """
    hangs, rounds = how_many(commit=15, whole=20), how_many(commit=2, whole=4)
    stuck, *others = world.sign_in(50)
    with world.crowd(PROCESSES, 8) as crowd:
        calm: list[float] = []
        disturbed: list[float] = []
        for rotation in range(1, rounds + 1):
            got = crowd.race(others, refused=rotation)
            assert {(one.generation, one.trouble) for one in got} == {(rotation + 1, None)}
            calm += [one.seconds for one in got]
        world.xero.control.set_fault(Slow(at="token:refresh_token", seconds=hangs))
        # Each process has a thread that wants the hanging one, beside those who want the others.
        assert crowd.race([], refused=1, aside=stuck) == []
        world.wait_until_held(stuck)
        rotation = rounds
        while rotation < 2 * rounds and (world.is_held(stuck) or not disturbed):
            rotation += 1
            got = crowd.race(others, refused=rotation)
            assert {(one.generation, one.trouble) for one in got} == {(rotation + 1, None)}
            if world.is_held(stuck):
                disturbed += [one.seconds for one in got]
        late = crowd.recall()
    assert {(one.grant, one.generation, one.trouble) for one in late} == {(stuck, 2, None)}
    assert max(one.seconds for one in late) >= hangs
    state = world.state()
    assert state.refreshes == 1 + 49 * rotation
    assert refused_tokens(state) == 0
    assert disturbed, "the refresh hung for less than one round"
    ratio = percentile(disturbed, 0.99) / percentile(calm, 0.99)
    figure("p99 of the others, beside the hanging one against without it", round(ratio, 2))
    assert ratio < 5
