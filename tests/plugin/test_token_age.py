"""How old is a token? By the store's clock where it is stored, by the monotonic one in memory, whatever the time is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from hostspec.errors import SignInNeeded, StoreUnavailable
from hostspec.services import Clock
from hostspec.testing import FakeClock
from tests.canaries import canary
from tests.plugin.grant_builders import ADA, CLIENT, SCOPES, Bench, answer
from tests.plugin.memory_grants import MemoryGrantStore
from xero_connections_plugin.oauth.grant import GrantId
from xero_connections_plugin.oauth.held_tokens import Moment
from xero_connections_plugin.oauth.token_keeper import TokenKeeper


@dataclass(frozen=True)
class WrongClock:
    """The clock of a workstation that is some minutes off."""

    right: Clock
    minutes: float

    def now(self) -> datetime:
        return self.right.now() + timedelta(minutes=self.minutes)

    def monotonic(self) -> float:
        return self.right.monotonic()

    def wait(self, seconds: float) -> None:
        self.right.wait(seconds)


@pytest.fixture
def bench() -> Bench:
    return Bench()


def workstation(bench: Bench, minutes: float) -> TokenKeeper:
    """A machine whose clock is off; the shared store goes by the server's, which is right."""
    name = f"machine {minutes}"
    return bench.another(name, MemoryGrantStore(bench.clock, bench.shelf, name), WrongClock(bench.clock, minutes))


def signed_in_at(keeper: TokenKeeper, bench: Bench, minutes: float) -> GrantId:
    given = bench.xero.gave(answer("0", WrongClock(bench.clock, minutes)))
    return keeper.adopt(given, client_id=CLIENT, identity=ADA, requested_scopes=SCOPES).grant_id


@pytest.mark.parametrize("minutes", [-10.0, 0.0, 10.0])
def test_d5_workstations_whose_clocks_differ_by_minutes_agree_on_when_a_token_expires(
    bench: Bench, minutes: float
) -> None:
    machines = [workstation(bench, off) for off in (-10.0, 0.0, 10.0)]
    grant = signed_in_at(workstation(bench, minutes), bench, minutes)
    for generation in (1, 2, 3):
        bench.clock.advance(1800 - 121)
        assert [machine.access_token(grant).generation for machine in machines] == [generation] * 3
        bench.clock.advance(2)
        assert [machine.access_token(grant).generation for machine in machines] == [generation + 1] * 3
    assert bench.xero.rotations == 3


def test_c36_a_workstation_whose_clock_jumps_keeps_to_the_time_of_the_shared_store(bench: Bench) -> None:
    own = FakeClock(bench.clock.now())
    machine = bench.another("jumping", MemoryGrantStore(bench.clock, bench.shelf, "jumping"), own)
    grant = bench.signed_in()
    assert machine.access_token(grant).generation == 1
    for days in (1, -2, 60, -60, -1):
        own.jump_wall(days * 86400)
        token = machine.access_token(grant)
        assert (token.generation, token.value.get_secret_value()) == (1, canary("access 0"))
    assert bench.xero.presented == []


@pytest.mark.parametrize("days", [-1, -60])
def test_c36_a_clock_set_back_after_the_save_costs_at_most_one_refused_call_and_one_refresh(
    bench: Bench, days: int
) -> None:
    grant = bench.signed_in()
    bench.clock.jump_wall(days * 86400)
    later = bench.another("later")
    assert later.access_token(grant).generation == 1
    bench.clock.advance(40 * 60)
    assert later.access_token(grant, refused=1).generation == 2
    for _ in range(20):
        assert later.access_token(grant).generation == 2
    assert bench.xero.rotations == 1


def test_c36_a_token_is_never_handed_out_for_longer_than_its_lifetime_however_far_the_clock_was_set_back(
    bench: Bench,
) -> None:
    grant = bench.signed_in()
    bench.clock.jump_wall(-86400)
    later = bench.another("later")
    assert later.access_token(grant).generation == 1
    bench.clock.advance(1800 - 121)
    assert (later.access_token(grant).generation, bench.keeper.access_token(grant).generation) == (1, 1)
    bench.clock.advance(2)
    assert later.access_token(grant).generation == 2
    assert bench.keeper.access_token(grant, refused=1).generation == 2
    assert bench.xero.rotations == 1


@pytest.mark.parametrize("days", [1, 60])
def test_c36_a_clock_set_forward_is_no_expired_sign_in_and_costs_one_refresh(bench: Bench, days: int) -> None:
    grant = bench.signed_in()
    bench.clock.jump_wall(days * 86400)
    bench.xero.grace_seconds = float("inf")
    for keeper in (bench.keeper, bench.another("two"), bench.keeper):
        assert keeper.access_token(grant).generation == 2
    bench.clock.jump_wall(-days * 86400)
    for keeper in (bench.keeper, bench.another("three")):
        assert keeper.access_token(grant).generation == 2
    assert bench.xero.rotations == 1


@pytest.mark.parametrize("says_numbers", [True, False], ids=["time as a number too", "dates only"])
def test_a_machine_that_slept_hands_out_no_token_from_before(bench: Bench, says_numbers: bool) -> None:
    keeper = bench.keeper if says_numbers else workstation(bench, 0.0)
    grant = bench.signed_in()
    assert keeper.access_token(grant).generation == 1
    bench.clock.jump_wall(8 * 3600)  # the other clock stood still
    assert keeper.access_token(grant).generation == 2


def test_a_machine_whose_time_was_set_back_hands_out_no_token_for_longer(bench: Bench) -> None:
    grant = bench.signed_in()
    assert bench.keeper.access_token(grant).generation == 1
    bench.clock.jump_wall(-8 * 3600)
    bench.clock.advance(1800)
    assert bench.keeper.access_token(grant).generation == 2


@pytest.mark.parametrize("says_numbers", [True, False], ids=["time as a number too", "dates only"])
def test_the_store_is_not_asked_while_a_token_is_good_by_both_clocks(bench: Bench, says_numbers: bool) -> None:
    keeper = bench.keeper if says_numbers else workstation(bench, 0.0)
    grant = bench.signed_in()
    assert keeper.access_token(grant).generation == 1
    bench.shelf.grants.clear()
    bench.clock.advance(1800 - 121)
    assert keeper.access_token(grant).generation == 1
    bench.clock.advance(1)
    with pytest.raises(SignInNeeded):
        keeper.access_token(grant)


def test_the_lifetime_counts_from_before_the_request_and_by_the_time_of_the_store(bench: Bench) -> None:
    grant = bench.signed_in()
    before = bench.clock.now()

    def slowly() -> None:
        bench.clock.advance(20)
        bench.clock.jump_wall(3600)  # while the request runs, the clock of the machine is set

    bench.xero.during = slowly
    bench.keeper.access_token(grant, refused=1)
    record = bench.shelf.grants[grant].record
    assert record.refreshed_at == before
    assert record.access_expires_at == before + timedelta(seconds=1800)


def test_a_sign_in_that_took_a_while_to_adopt_counts_from_its_request(bench: Bench) -> None:
    given = bench.xero.gave(answer("0", bench.clock))
    asked = bench.clock.now()
    bench.clock.advance(25)
    record = bench.keeper.adopt(given, client_id=CLIENT, identity=ADA, requested_scopes=SCOPES)
    assert (record.created_at, record.authorized_at, record.refreshed_at) == (asked, asked, asked)
    assert record.access_expires_at == asked + timedelta(seconds=1800)
    bench.clock.advance(1800 - 25 - 121)
    assert bench.keeper.access_token(record.grant_id).generation == 1
    bench.clock.advance(2)
    assert bench.keeper.access_token(record.grant_id).generation == 2


def test_a_moment_ago_is_equally_long_ago_by_each_clock() -> None:
    clock = FakeClock()
    asked, stored = clock.now(), clock.now() + timedelta(hours=3)
    clock.advance(7)
    assert Moment.ago(asked, stored, clock) == Moment(
        stored - timedelta(seconds=7), asked.timestamp(), clock.monotonic() - 7
    )


def test_a_sign_in_during_which_the_clock_was_set_back_is_as_old_as_its_save(bench: Bench) -> None:
    given = bench.xero.gave(answer("0", bench.clock))
    bench.clock.jump_wall(-3600)
    record = bench.keeper.adopt(given, client_id=CLIENT, identity=ADA, requested_scopes=SCOPES)
    assert record.refreshed_at == bench.clock.now()


def test_what_is_read_late_does_not_replace_what_is_held_already(bench: Bench) -> None:
    grant = bench.signed_in()
    old = bench.shelf.grants[grant]
    bench.keeper.access_token(grant, refused=1)
    # A read that began before the renewal ends after it.
    bench.shelf.grants[grant] = old
    bench.clock.advance(1800 - 100)
    bench.store.trouble["take_lease"] = [StoreUnavailable("Away.", code="STORE_UNREACHABLE")]
    assert bench.keeper.access_token(grant).value.get_secret_value() == canary("access 1")


def test_a_store_that_is_away_matters_once_the_token_in_memory_has_expired(bench: Bench) -> None:
    grant = bench.signed_in()
    bench.clock.advance(1799)
    bench.store.trouble["read"] = [StoreUnavailable("Away.", code="STORE_UNREACHABLE")] * 2
    assert bench.keeper.access_token(grant).generation == 1
    bench.clock.advance(1)
    with pytest.raises(StoreUnavailable):
        bench.keeper.access_token(grant)
    assert bench.clock.now() == datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
