"""What becomes of refresh tokens, in each reading of the grace, by the rules alone and through the token endpoint."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sample_host.xero_simulator.control_messages import token_digest
from sample_host.xero_simulator.server import SimulatorServer
from sample_host.xero_simulator.token_rotation import (
    GraceReading,
    NewSuccessor,
    Refusal,
    RefusalReason,
    RotationRules,
    SameSuccessor,
    TokenFamily,
    apply,
    decide,
    issue,
)
from tests.simulator.signed_in_client import SignedIn, refresh, refreshed

HALF_HOUR = 30 * 60
SIXTY_DAYS = 60 * 24 * 3600
EVERY_READING = pytest.mark.parametrize("reading", list(GraceReading))


def family_of_one(now: float = 0.0) -> TokenFamily:
    family = TokenFamily("family", "event")
    issue(family, None, now)
    return family


def present(family: TokenFamily, serial: int, now: float, reading: GraceReading) -> int | None:
    return apply(family, serial, decide(family, serial, now, RotationRules(reading)), now)


@EVERY_READING
def test_a_fresh_token_gives_a_new_one_in_every_reading(reading: GraceReading) -> None:
    family = family_of_one()

    assert present(family, 0, 1.0, reading) == 1
    assert present(family, 1, 2.0, reading) == 2


@EVERY_READING
def test_a_token_may_be_replayed_to_the_last_second_of_the_grace(reading: GraceReading) -> None:
    family = family_of_one()
    present(family, 0, 100.0, reading)

    assert present(family, 0, 100.0 + HALF_HOUR, reading) is not None


@EVERY_READING
def test_a_token_is_refused_after_the_grace(reading: GraceReading) -> None:
    family = family_of_one()
    present(family, 0, 100.0, reading)

    decision = decide(family, 0, 100.1 + HALF_HOUR, RotationRules(reading))

    assert decision == Refusal(RefusalReason.SUPERSEDED, cancels_family=reading is GraceReading.LATE_REPLAY_CANCELS)


@EVERY_READING
def test_replays_do_not_prolong_the_grace(reading: GraceReading) -> None:
    family = family_of_one()
    present(family, 0, 0.0, reading)
    present(family, 0, HALF_HOUR - 1, reading)

    assert present(family, 0, HALF_HOUR + 1, reading) is None


@EVERY_READING
def test_an_unused_token_dies_after_sixty_days(reading: GraceReading) -> None:
    family = family_of_one()

    assert isinstance(decide(family, 0, SIXTY_DAYS, RotationRules(reading)), NewSuccessor)
    assert decide(family, 0, SIXTY_DAYS + 1, RotationRules(reading)) == Refusal(RefusalReason.IDLE)


def test_in_g1_every_successor_stays_valid() -> None:
    family = family_of_one()
    first = present(family, 0, 1.0, GraceReading.EVERY_SUCCESSOR)
    second = present(family, 0, 2.0, GraceReading.EVERY_SUCCESSOR)

    assert first is not None
    assert second is not None
    assert first != second
    assert present(family, first, 3.0, GraceReading.EVERY_SUCCESSOR) is not None
    assert present(family, second, 4.0, GraceReading.EVERY_SUCCESSOR) is not None


def test_in_g2_the_first_successor_dies_but_what_came_of_it_lives() -> None:
    family = family_of_one()
    first = present(family, 0, 1.0, GraceReading.NEWEST_SUCCESSOR)
    assert first is not None
    grandchild = present(family, first, 2.0, GraceReading.NEWEST_SUCCESSOR)
    newest = present(family, 0, 3.0, GraceReading.NEWEST_SUCCESSOR)
    assert grandchild is not None
    assert newest is not None

    assert present(family, first, 4.0, GraceReading.NEWEST_SUCCESSOR) is None
    assert present(family, grandchild, 5.0, GraceReading.NEWEST_SUCCESSOR) is not None
    assert present(family, newest, 6.0, GraceReading.NEWEST_SUCCESSOR) is not None


def test_in_g2c_the_whole_branch_below_dies() -> None:
    family = family_of_one()
    first = present(family, 0, 1.0, GraceReading.BRANCH_CANCELLED)
    assert first is not None
    grandchild = present(family, first, 2.0, GraceReading.BRANCH_CANCELLED)
    newest = present(family, 0, 3.0, GraceReading.BRANCH_CANCELLED)
    assert grandchild is not None
    assert newest is not None

    assert present(family, grandchild, 4.0, GraceReading.BRANCH_CANCELLED) is None
    assert present(family, newest, 5.0, GraceReading.BRANCH_CANCELLED) is not None


def test_in_g3_the_same_successor_comes_back() -> None:
    family = family_of_one()
    first = present(family, 0, 1.0, GraceReading.SAME_SUCCESSOR)

    assert decide(family, 0, 2.0, RotationRules(GraceReading.SAME_SUCCESSOR)) == SameSuccessor(1)
    assert present(family, 0, 2.0, GraceReading.SAME_SUCCESSOR) == first


def test_in_g4_a_late_replay_ends_the_newest_token_too() -> None:
    family = family_of_one()
    newest = present(family, 0, 0.0, GraceReading.LATE_REPLAY_CANCELS)
    assert newest is not None

    assert present(family, 0, HALF_HOUR + 1, GraceReading.LATE_REPLAY_CANCELS) is None
    assert decide(family, newest, HALF_HOUR + 2, RotationRules()) == Refusal(RefusalReason.REVOKED)


@given(
    # In G3 an old successor may come back, long spent itself.
    reading=st.sampled_from([one for one in GraceReading if one is not GraceReading.SAME_SUCCESSOR]),
    steps=st.lists(st.tuples(st.integers(0, 30), st.floats(0, HALF_HOUR)), max_size=30),
)
def test_whatever_was_presented_before_the_newest_answer_is_usable(
    reading: GraceReading, steps: list[tuple[int, float]]
) -> None:
    family, now = family_of_one(), 0.0
    for choice, pause in steps:
        now += pause
        handed_out = present(family, choice % len(family.records), now, reading)
        if handed_out is not None:
            assert not isinstance(decide(family, handed_out, now, RotationRules(reading)), Refusal)


@pytest.mark.parametrize(
    ("reading", "first_lives", "same"),
    [("G1", True, False), ("G2", False, False), ("G2c", False, False), ("G3", True, True), ("G4", False, False)],
)
def test_the_endpoint_follows_the_reading_that_was_switched_on(
    xero: SimulatorServer, reading: str, first_lives: bool, same: bool
) -> None:
    xero.control.change(grace_reading=reading)
    old = SignedIn(xero).refresh_token
    first = refreshed(xero, old)
    second = refreshed(xero, old)

    assert (first == second) is same
    assert refresh(xero, second).status_code == 200
    assert (refresh(xero, first).status_code == 200) is first_lives


def test_a_spent_refresh_token_is_refused_after_the_grace_with_one_key_only(xero: SimulatorServer) -> None:
    old = SignedIn(xero).refresh_token
    newest = refreshed(xero, old)
    xero.control.advance(HALF_HOUR + 1)

    answer = refresh(xero, old)

    assert answer.status_code == 400
    assert answer.json() == {"error": "invalid_grant"}
    assert refresh(xero, newest).status_code == 200


def test_sixty_idle_days_end_a_sign_in_and_a_refresh_begins_them_anew(xero: SimulatorServer) -> None:
    token = SignedIn(xero).refresh_token
    xero.control.advance(59 * 24 * 3600)
    token = refreshed(xero, token)
    xero.control.advance(59 * 24 * 3600)
    token = refreshed(xero, token)
    xero.control.advance(SIXTY_DAYS + 60)

    assert refresh(xero, token).json() == {"error": "invalid_grant"}


def test_every_presentation_is_counted_without_keeping_the_token(xero: SimulatorServer) -> None:
    old = SignedIn(xero).refresh_token
    refreshed(xero, old)
    refreshed(xero, old)
    xero.control.advance(HALF_HOUR + 1)
    refresh(xero, old)

    state = xero.control.state()

    count = state.tokens[token_digest(old)]
    assert (count.presented, count.rotated, count.refused) == (3, 2, 1)
    assert state.refreshes == 2
    assert state.grants[0].refreshes == 2
    assert old not in state.model_dump_json()


def test_parallel_refreshes_are_each_handled_as_one_step(xero: SimulatorServer) -> None:
    xero.control.change(grace_reading="G3")
    token = SignedIn(xero).refresh_token
    together = threading.Barrier(8)

    def present_at_once(_: int) -> str:
        together.wait()
        return refreshed(xero, token)

    with ThreadPoolExecutor(8) as pool:
        answers = set(pool.map(present_at_once, range(8)))

    assert len(answers) == 1
    assert xero.control.state().tokens[token_digest(token)].rotated == 8


def test_a_token_of_another_app_is_refused(xero: SimulatorServer) -> None:
    token = SignedIn(xero).refresh_token

    assert refresh(xero, token, client_id="5EC0ED0123456789ABCDEF0123456789").json() == {"error": "invalid_grant"}
    assert refresh(xero, token).status_code == 200
