"""Threads and processes that need the same token: who works, who waits, and what those who wait get."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime

import pytest

from hostspec.errors import ProviderUnavailable, SignInNeeded
from tests.canaries import canary
from tests.plugin.grant_builders import Bench, unanswered
from tests.plugin.memory_grants import MemoryGrantStore
from xero_connections_plugin.oauth.grant import AccessToken, GrantId
from xero_connections_plugin.oauth.grant_ports import Lease
from xero_connections_plugin.oauth.grant_views import intent_for
from xero_connections_plugin.oauth.rotation_words import Place, Token
from xero_connections_plugin.oauth.token_keeper import TokenKeeper


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as pool:
        yield pool


class Gate:
    """Holds whoever comes to it up, until it is opened."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self._open = threading.Event()

    def __call__(self) -> None:
        self.reached.set()
        assert self._open.wait(20)

    def open(self) -> None:
        self._open.set()


class CountingKeeper:
    """Asks a keeper in threads, and knows when all of them wait for the one that works."""

    def __init__(self, keeper: TokenKeeper, pool: ThreadPoolExecutor) -> None:
        self._keeper = keeper
        self._pool = pool

    def ask(self, grant: GrantId, refused: int | None) -> Future[AccessToken]:
        asking = threading.Event()

        def work() -> AccessToken:
            asking.set()
            return self._keeper.access_token(grant, refused=refused)

        future = self._pool.submit(work)
        assert asking.wait(20)
        return future


def test_threads_that_come_while_one_renews_take_what_it_got(bench: Bench, threads: ThreadPoolExecutor) -> None:
    grant = bench.signed_in()
    gate = Gate()
    bench.xero.during = gate
    keeper = CountingKeeper(bench.keeper, threads)
    first = keeper.ask(grant, 1)
    assert gate.reached.wait(20)
    others = [keeper.ask(grant, 1) for _ in range(6)]
    gate.open()
    assert {future.result(20).generation for future in (first, *others)} == {2}
    assert bench.xero.rotations == 1


def test_a_thread_whose_token_is_still_valid_does_not_wait_for_the_one_that_renews(
    bench: Bench, threads: ThreadPoolExecutor
) -> None:
    grant = bench.signed_in()
    bench.clock.advance(1800 - 60)
    gate = Gate()
    bench.xero.during = gate
    first = CountingKeeper(bench.keeper, threads).ask(grant, None)
    assert gate.reached.wait(20)
    assert bench.keeper.access_token(grant).generation == 1
    gate.open()
    assert first.result(20).generation == 2


def test_a_thread_that_needs_a_newer_token_than_the_one_renewed_gets_one(
    bench: Bench, threads: ThreadPoolExecutor
) -> None:
    grant = bench.signed_in()
    gate = Gate()
    bench.xero.during = gate
    keeper = CountingKeeper(bench.keeper, threads)
    first = keeper.ask(grant, 1)
    assert gate.reached.wait(20)
    second = keeper.ask(grant, 2)
    bench.xero.during = lambda: None
    gate.open()
    assert (first.result(20).generation, second.result(20).generation) == (2, 3)


def test_each_thread_that_waited_is_told_what_went_wrong(bench: Bench, threads: ThreadPoolExecutor) -> None:
    grant = bench.signed_in()
    gate = Gate()
    bench.xero.during = gate
    bench.xero.lost_answers = [unanswered() for _ in range(40)]
    keeper = CountingKeeper(bench.keeper, threads)
    asked = [keeper.ask(grant, 1)]
    assert gate.reached.wait(20)
    asked += [keeper.ask(grant, 1) for _ in range(3)]
    gate.open()
    told = [future.exception(20) for future in asked]
    assert all(isinstance(one, ProviderUnavailable) for one in told)
    assert len({id(one) for one in told}) == 4
    assert len(bench.xero.presented) == 4


def test_an_interrupted_thread_is_followed_by_the_next(bench: Bench, threads: ThreadPoolExecutor) -> None:
    grant = bench.signed_in()
    gate = Gate()
    bench.xero.during = gate
    bench.xero.lost_answers = [KeyboardInterrupt()]  # type: ignore[list-item]  # as Ctrl-C in that thread
    keeper = CountingKeeper(bench.keeper, threads)
    first = keeper.ask(grant, 1)
    assert gate.reached.wait(20)
    second = keeper.ask(grant, 1)
    gate.open()
    assert isinstance(first.exception(20), KeyboardInterrupt)
    assert second.result(20).generation == 2


def test_a_process_whose_token_is_still_valid_does_not_wait_for_another_that_renews(bench: Bench) -> None:
    grant = bench.signed_in()
    bench.clock.advance(1800 - 60)
    seen: list[int] = []
    bench.xero.during = lambda: seen.append(bench.another("two").access_token(grant).generation)
    assert bench.keeper.access_token(grant).generation == 2
    assert seen == [1]
    assert bench.xero.rotations == 1


class Holder:
    """Another process that has just taken the lease of a grant when ours comes to it. The clock of ours, too."""

    def __init__(self, bench: Bench, grant: GrantId) -> None:
        self.store = MemoryGrantStore(bench.clock, bench.shelf, "holder")
        self.meanwhile: Callable[[], None] = lambda: None
        """What happens when ours begins to wait."""
        self.at_each_pause: Callable[[], None] = lambda: None
        """What happens while ours waits."""
        self._clock = bench.clock
        self._grant = grant
        self.waiting = MemoryGrantStore(self, bench.shelf, "waiting")
        self.keeper = bench.another("waiting", self.waiting, clock=self, checkpoint=self._checkpoint)
        self.lease: Lease | None = None

    def now(self) -> datetime:
        return self._clock.now()

    def monotonic(self) -> float:
        return self._clock.monotonic()

    def wait(self, seconds: float) -> None:
        self.at_each_pause()
        self._clock.wait(seconds)

    def take(self) -> None:
        current = Token(Place.CURRENT, 1)
        leased = self.store.take_lease(self._grant, choose=lambda found: intent_for(current, found))
        assert leased is not None
        self.lease = leased.lease

    def let_go(self) -> None:
        assert self.lease is not None
        assert self.store.let_go(self.lease, clear_intent=False)

    def extend(self) -> None:
        assert self.lease is not None
        assert self.store.extend_lease(self.lease)

    def _checkpoint(self, name: str) -> None:
        if name == "before TakeLease" and self.lease is None:
            self.take()
        if name == "before WaitForOwner":
            self.meanwhile()


def test_a_process_waits_65_seconds_for_another_and_says_who_is_at_work(bench: Bench) -> None:
    grant = bench.signed_in()
    holder = Holder(bench, grant)
    holder.at_each_pause = holder.extend
    before = bench.clock.monotonic()
    with pytest.raises(ProviderUnavailable) as caught:
        holder.keeper.access_token(grant, refused=1)
    assert str(caught.value) == (
        "Another program here is renewing this sign-in, and the sign-in server has not answered it yet. "
        "Nothing is lost; try again in a minute."
    )
    assert caught.value.code == "XERO_DOWN"
    assert 65 < bench.clock.monotonic() - before < 65.3
    assert all(0.02 <= wait <= 0.15 for wait in bench.clock.waits)
    assert bench.xero.presented == []


def test_a_process_that_sees_another_at_work_only_looks_until_that_is_done(bench: Bench) -> None:
    grant = bench.signed_in()
    holder = Holder(bench, grant)
    holder.take()

    def renew() -> None:
        holder.let_go()
        assert bench.keeper.access_token(grant, refused=1).generation == 2

    holder.at_each_pause = renew
    # Taking a lease locks a row, or a whole file, which the one at work needs for what it got.
    holder.waiting.trouble["take_lease"] = [AssertionError("it asked for the lease")]  # type: ignore[list-item]  # no problem of a store
    assert holder.keeper.access_token(grant, refused=1).generation == 2
    assert bench.xero.rotations == 1


def test_a_process_that_hears_of_the_end_does_not_wait_for_its_pause_to_end(bench: Bench) -> None:
    grant = bench.signed_in()
    holder = Holder(bench, grant)
    holder.meanwhile = holder.let_go
    assert holder.keeper.access_token(grant, refused=1).generation == 2
    assert bench.clock.waits == []


def test_a_process_goes_on_where_another_let_go(bench: Bench) -> None:
    grant = bench.signed_in()
    holder = Holder(bench, grant)
    holder.meanwhile = holder.let_go
    assert holder.keeper.access_token(grant, refused=1).generation == 2
    assert bench.xero.rotations == 1


def test_a_process_takes_what_another_stored_while_it_waited(bench: Bench) -> None:
    grant = bench.signed_in()
    holder = Holder(bench, grant)

    def renew() -> None:
        holder.let_go()
        assert bench.keeper.access_token(grant, refused=1).generation == 2

    holder.meanwhile = renew
    assert holder.keeper.access_token(grant, refused=1).generation == 2
    assert bench.xero.rotations == 1


@pytest.mark.parametrize("when", ["before TakeLease", "before WaitForOwner", "before ReadGrant"])
def test_a_grant_that_is_wiped_meanwhile_needs_a_sign_in(bench: Bench, when: str) -> None:
    grant = bench.signed_in()
    if when == "before ReadGrant":
        bench.xero.end_grants()
    if when == "before WaitForOwner":
        holder = Holder(bench, grant)
        holder.meanwhile = lambda: bench.store.forget(grant)
        keeper = holder.keeper
    else:
        keeper = bench.another("two", checkpoint=lambda name: bench.store.forget(grant) if name == when else None)
    with pytest.raises(SignInNeeded) as caught:
        keeper.access_token(grant, refused=1)
    assert caught.value.code == "SIGN_IN_NEEDED"
    assert bench.shelf.grants == {}


def test_another_that_took_over_before_the_next_token_was_noted_is_waited_for(bench: Bench) -> None:
    grant = bench.signed_in()
    assert bench.keeper.access_token(grant, refused=1).generation == 2
    bench.xero.kill(canary("refresh 1"))
    noted: list[str] = []

    def checkpoint(name: str) -> None:
        if name == "before NoteIntent":
            noted.append(name)
            if len(noted) == 2:
                bench.clock.advance(46)
                assert bench.keeper.access_token(grant, refused=2).generation == 3

    assert bench.another("two", checkpoint=checkpoint).access_token(grant, refused=2).generation == 3
    assert bench.xero.rotations == 2
