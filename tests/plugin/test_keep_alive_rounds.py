"""One round of keeping sign-ins alive: a few at a time, in turns, and patient with what fails."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from hostspec.errors import (
    CaptureError,
    ProviderUnavailable,
    SecretStoreUnavailable,
    SignInNeeded,
    SignInRejected,
    StoreUnavailable,
)
from hostspec.testing import FakeClock
from tests.plugin.keep_alive_world import MemoryTurn, MemoryTurns
from xero_connections_plugin.oauth.grant import GrantId
from xero_connections_plugin.oauth.keep_alive import MOST_PER_TURN, KeepAlive, UsedGrant

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
MINUTE, HOUR = 60.0, 3600.0
OFFLINE = ProviderUnavailable("Xero cannot be reached.", code="OFFLINE")


class Bench:
    """Idle grants, and a keeper that does what the test says."""

    def __init__(self, count: int, *, after: float | None = 20) -> None:
        self.clock = FakeClock(NOW)
        self.idle = {f"g{number}": 40.0 - number / 100 for number in range(count)}
        self.asked: list[str] = []
        self.generations: list[int | None] = []
        self.reports: list[tuple[str, str]] = []
        self.problems: dict[str, CaptureError] = {}
        self.during: Callable[[], None] = lambda: None
        self.turns = MemoryTurns(self.clock)
        self.keep_alive = KeepAlive(
            self,
            self.renew,
            lambda: self.turns.take("one"),
            self.clock,
            after=None if after is None else timedelta(days=after),
            report=self.report,
        )

    def now(self) -> datetime:
        return self.clock.now()

    def used(self) -> list[UsedGrant]:
        return [UsedGrant(GrantId(name), 3, NOW - timedelta(days=idle)) for name, idle in sorted(self.idle.items())]

    def renew(self, grant_id: GrantId, *, refused: int | None = None) -> None:
        self.asked.append(grant_id)
        self.generations.append(refused)
        self.during()
        if grant_id in self.problems:
            if isinstance(self.problems[grant_id], SignInNeeded):
                del self.idle[grant_id]
            raise self.problems[grant_id]
        self.idle[grant_id] = (NOW - self.clock.now()) / timedelta(days=1)

    def report(self, grant_id: GrantId, problem: CaptureError | None) -> None:
        self.reports.append((grant_id, problem.code if problem is not None else "renewed"))

    def rounds(self, count: int, seconds: float = MINUTE) -> list[str]:
        """What is asked for in so many rounds, one after the other."""
        before = len(self.asked)
        for _ in range(count):
            self.keep_alive.round()
            self.clock.advance(seconds)
        return self.asked[before:]


def test_a_few_are_renewed_in_each_turn_the_oldest_first() -> None:
    bench = Bench(12)
    assert bench.rounds(1) == ["g0", "g1", "g2", "g3", "g4"]
    assert len(bench.asked) == MOST_PER_TURN
    assert bench.rounds(2) == ["g5", "g6", "g7", "g8", "g9", "g10", "g11"]
    assert bench.rounds(5) == []
    assert bench.reports == [(f"g{number}", "renewed") for number in range(12)]


def test_what_another_process_renewed_meanwhile_is_not_renewed_again() -> None:
    bench = Bench(1)
    bench.rounds(1)
    assert bench.generations == [3]


def test_a_turn_runs_out_by_itself_so_that_rounds_in_quick_succession_do_no_more() -> None:
    bench = Bench(20)
    assert len(bench.rounds(40, 1.0)) == MOST_PER_TURN
    assert len(bench.rounds(10, 1.0)) == MOST_PER_TURN


def test_nobody_takes_a_turn_while_nothing_is_due() -> None:
    bench = Bench(3)
    bench.idle = {"g0": 19.0, "g1": 0.0}
    bench.rounds(3)
    assert bench.turns.taken == []


def test_it_can_be_switched_off() -> None:
    bench = Bench(3, after=None)
    assert bench.rounds(3) == []


def test_it_ends_when_there_is_no_time_left() -> None:
    bench = Bench(5)
    bench.keep_alive.round(lambda: len(bench.asked) < 2)
    assert bench.asked == ["g0", "g1"]


def test_without_any_time_no_turn_is_taken() -> None:
    bench = Bench(5)
    bench.keep_alive.round(lambda: False)
    assert bench.turns.taken == []


def test_it_ends_when_somebody_else_has_the_turn_by_now() -> None:
    bench = Bench(5)

    def lose() -> None:
        bench.turns.taken[-1].is_lost = True

    bench.during = lose
    bench.keep_alive.round()
    assert bench.asked == ["g0"]


def test_a_slow_renewal_keeps_the_turn() -> None:
    bench = Bench(2)
    others: list[MemoryTurn | None] = []

    def slow() -> None:
        bench.clock.advance(40)
        others.append(bench.turns.take("two"))

    bench.during = slow
    bench.keep_alive.round()
    assert others == [None, None]


def test_a_second_call_at_once_does_nothing() -> None:
    bench = Bench(2)

    def again() -> None:
        bench.keep_alive.round()

    bench.during = again
    bench.keep_alive.round()
    assert bench.asked == ["g0", "g1"]


def test_another_process_may_have_renewed_all_before_the_turn_was_taken() -> None:
    bench = Bench(2)

    def wait_for_a_turn() -> MemoryTurn | None:
        bench.idle.clear()
        return bench.turns.take("one")

    keep_alive = KeepAlive(
        bench, bench.renew, wait_for_a_turn, bench.clock, after=timedelta(days=20), report=bench.report
    )
    keep_alive.round()
    assert (len(bench.turns.taken), bench.asked) == (1, [])


def test_a_sign_in_that_has_ended_is_told_and_keeps_nobody_waiting() -> None:
    bench = Bench(3)
    bench.problems["g0"] = SignInNeeded("It was revoked.", code="REVOKED")
    bench.problems["g1"] = SignInNeeded("It was revoked.", code="REVOKED")
    bench.keep_alive.round()
    assert bench.reports == [("g0", "REVOKED"), ("g1", "REVOKED"), ("g2", "renewed")]


def test_two_failures_in_a_row_end_the_turn_and_the_next_are_others() -> None:
    bench = Bench(6)
    bench.problems = dict.fromkeys(bench.idle, OFFLINE)
    assert bench.rounds(1) == ["g0", "g1"]
    assert bench.rounds(1) == ["g2", "g3"]
    assert bench.reports == []


def test_one_that_fails_keeps_no_other_waiting() -> None:
    bench = Bench(4)
    bench.problems["g0"] = OFFLINE
    assert bench.rounds(1) == ["g0", "g1", "g2", "g3"]
    bench.problems.clear()
    assert bench.rounds(9) == []
    assert bench.rounds(1) == ["g0"]


def test_pauses_and_rests_grow_but_end() -> None:
    bench = Bench(2)
    bench.problems = dict.fromkeys(bench.idle, OFFLINE)
    asked: list[int] = []
    for minute in range(30 * 60):
        if bench.rounds(1):
            asked.append(minute)
    # Ten minutes, twice as long each time, never more than six hours.
    assert [later - sooner for sooner, later in pairwise(asked)] == [10, 20, 40, 80, 160, 320, 360, 360, 360]
    bench.problems.clear()
    assert sorted(bench.rounds(361)) == ["g0", "g1"]
    bench.idle = {"g0": 40.0, "g1": 41.0}
    bench.problems = dict.fromkeys(bench.idle, OFFLINE)
    assert len(bench.rounds(20)) == 4


def test_while_the_server_is_down_it_is_asked_at_most_twice_in_half_an_hour() -> None:
    bench = Bench(200)
    bench.problems = dict.fromkeys(bench.idle, OFFLINE)
    bench.rounds(2 * 60)
    assert len(bench.rounds(6 * 60)) <= 2 * 2 * 6
    assert len(bench.asked) >= 2 * 2 * 6
    bench.problems.clear()
    assert len(bench.rounds(32)) >= 5


@pytest.mark.parametrize(("asked_for", "waits"), [(None, 10), (5.0, 10), (2 * HOUR, 120), (90 * 24 * HOUR, 360)])
def test_it_waits_as_long_as_the_server_asks_for_within_reason(asked_for: float | None, waits: int) -> None:
    bench = Bench(1)
    bench.problems["g0"] = ProviderUnavailable("Too many requests.", code="RATE_LIMITED", retry_after=asked_for)
    assert bench.rounds(waits) == ["g0"]
    assert bench.rounds(1) == ["g0"]


def test_a_pause_that_the_server_asks_for_holds_for_all() -> None:
    bench = Bench(6)
    busy = ProviderUnavailable("Too many requests.", code="RATE_LIMITED", retry_after=2 * HOUR)
    bench.problems = {"g0": busy, "g1": busy}
    assert bench.rounds(120) == ["g0", "g1"]
    assert bench.rounds(1)[:1] == ["g0"]


def test_an_app_that_is_refused_says_nothing_about_the_others() -> None:
    bench = Bench(5)
    bench.problems = {name: SignInRejected("The app was deleted.") for name in ("g0", "g1", "g2")}
    assert bench.rounds(1) == ["g0", "g1", "g2", "g3", "g4"]
    assert bench.rounds(9) == []
    assert bench.rounds(1) == ["g0", "g1", "g2"]


@pytest.mark.parametrize(
    "trouble",
    [
        SecretStoreUnavailable("The key is missing.", code="KEY_MISSING"),
        StoreUnavailable("The disk is full.", code="DISK_FULL"),
    ],
)
def test_trouble_of_this_machine_ends_the_turn_at_once(trouble: CaptureError) -> None:
    bench = Bench(3)
    bench.problems = dict.fromkeys(bench.idle, trouble)
    assert bench.rounds(1) == ["g0"]
    assert bench.rounds(1) == ["g1"]
    assert bench.rounds(1) == []
    assert bench.reports == []


def test_what_is_used_no_longer_is_forgotten() -> None:
    bench = Bench(1)
    bench.problems["g0"] = OFFLINE
    bench.rounds(5)
    bench.idle = {}
    bench.rounds(1)
    bench.idle = {"g0": 40.0}
    assert bench.rounds(1) == ["g0"]


def test_it_is_known_whether_others_are_about_to_be_renewed() -> None:
    bench = Bench(6)
    assert bench.keep_alive.round(lambda: False)
    assert bench.keep_alive.round()
    assert bench.keep_alive.round(), "the turn has to run out first"
    bench.clock.advance(MINUTE)
    assert not bench.keep_alive.round()
    assert len(bench.asked) == 6
    assert not bench.keep_alive.round()


def test_nobody_is_about_to_be_renewed_while_it_fails_or_is_switched_off() -> None:
    bench = Bench(12)
    bench.problems = dict.fromkeys(bench.idle, OFFLINE)
    assert not bench.keep_alive.round()
    bench.clock.advance(MINUTE / 2)
    assert not bench.keep_alive.round()
    assert not Bench(12, after=None).keep_alive.round()


def test_failures_that_are_not_in_a_row_do_not_end_the_turn() -> None:
    bench = Bench(5)
    bench.problems = {"g0": OFFLINE, "g2": OFFLINE, "g4": OFFLINE}
    assert bench.rounds(1) == ["g0", "g1", "g2", "g3", "g4"]


def test_a_turn_that_did_everything_leaves_nobody_waiting() -> None:
    assert not Bench(MOST_PER_TURN).keep_alive.round()
    assert Bench(MOST_PER_TURN + 1).keep_alive.round()
