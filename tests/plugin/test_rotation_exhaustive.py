"""Every interleaving of two processes that refresh one grant: nothing recoverable is ever lost.

Kills at every step, lost answers, requests that arrive late, leases that run out under a living owner.
"""

from __future__ import annotations

import functools
from dataclasses import replace

import pytest

from tests.plugin.rotation_world import READINGS, Grant, Server, World, fresh, moves, recovered, survives
from xero_connections_plugin.oauth import rotation_words as w

BUDGETS = ((1, 1, 0), (0, 2, 0), (0, 2, 1), (2, 0, 0), (1, 0, 1), (0, 0, 3))
"""Kills, expiries, losses."""

WIDE_BUDGETS = ((2, 2, 0), (1, 2, 1))


def explored(
    reading: str, budget: tuple[int, int, int], *, discard_late: bool = False, confirm: bool = True
) -> tuple[int, str]:
    """How many states there are, and what was lost in the first bad one."""
    kills, expiries, losses = budget
    first = World(Server(), Grant(), (fresh(), fresh()), kills=kills, expiries=expiries, losses=losses)
    seen, waiting = {first}, [first]

    @functools.cache
    def works(server: Server, grant: Grant, *, after_grace: bool = False) -> bool:
        return recovered(server, grant, reading, after_grace=after_grace)

    @functools.cache
    def lasts(server: Server, grant: Grant, adrift: tuple[int, ...]) -> bool:
        return survives(World(server, grant, (), adrift), reading, confirm=confirm)

    while waiting:
        world = waiting.pop()
        for process in world.processes:
            if process.act == w.Finish(w.Ending.SIGN_IN_NEEDED):
                return len(seen), "somebody was told to sign in again"
        arrived, grant = world.server, replace(world.grant, owner=None)
        for token in world.adrift:
            arrived = arrived.present(token, reading)[0]
        if not works(world.server, grant) or not works(arrived, grant):
            return len(seen), "nothing that is stored works"
        if world.ended_orderly and not works(world.server, grant, after_grace=True):
            return len(seen), "nothing that is stored works after the grace"
        if world.is_over and not lasts(world.server, grant, world.adrift):
            return len(seen), "nothing that is stored works after the grace and a stray request"
        for later in moves(world, reading, discard_late=discard_late):
            if later not in seen:
                seen.add(later)
                waiting.append(later)
    return len(seen), ""


@pytest.mark.parametrize("reading", READINGS)
@pytest.mark.parametrize("budget", BUDGETS)
def test_no_interleaving_loses_a_sign_in(reading: str, budget: tuple[int, int, int]) -> None:
    states, lost = explored(reading, budget)
    assert not lost
    assert states > 1500


@pytest.mark.sweep(sample=0)
@pytest.mark.parametrize("reading", READINGS)
@pytest.mark.parametrize("budget", WIDE_BUDGETS)
def test_no_interleaving_of_many_faults_loses_a_sign_in(reading: str, budget: tuple[int, int, int]) -> None:
    states, lost = explored(reading, budget)
    assert not lost
    assert states > 150_000


def test_a_protocol_that_throws_late_answers_away_is_caught() -> None:
    caught = {reading for reading in READINGS if explored(reading, (0, 2, 0), discard_late=True)[1]}
    assert caught == {"G2", "G2c", "G4"}


@pytest.mark.parametrize("budget", [(1, 1, 0), (0, 2, 1), (0, 0, 3)])
def test_a_protocol_that_never_confirms_what_came_of_a_replay_is_caught(budget: tuple[int, int, int]) -> None:
    caught = {reading for reading in READINGS if explored(reading, budget, confirm=False)[1]}
    assert caught == {"G2", "G2c", "G4"}
