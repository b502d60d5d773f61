import gc
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from hostspec.errors import ProviderUnavailable
from hostspec.testing.fake_clock import FakeClock
from tests.plugin.session_builders import TENANT, CountingTokens, accepting, session_to
from tests.plugin.small_server import Call, Said, SmallServer
from xero_connections_plugin.gateways.xero_calls.authorized_session import XeroSession
from xero_connections_plugin.gateways.xero_calls.call_limiter import TenantCallLimiter

TOO_MANY_A_MINUTE = Said(429, headers={"X-Rate-Limit-Problem": "minute", "Retry-After": "7"})


def test_at_most_five_calls_of_a_tenant_are_under_way() -> None:
    entered = threading.Semaphore(0)
    let_go = threading.Event()
    lock = threading.Lock()
    under_way = most = 0

    def slow(call: Call) -> Said:
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
        entered.release()
        let_go.wait(30)
        with lock:
            under_way -= 1
        return Said()

    limiter = TenantCallLimiter(patience=30)
    statuses: list[int] = []

    def work(origin: str) -> None:
        with session_to(origin, limiter=limiter) as session:
            statuses.append(session.http.get("Contacts").status_code)

    with SmallServer(slow) as server:
        threads = [threading.Thread(target=work, args=(server.origin,)) for _ in range(12)]
        for thread in threads:
            thread.start()
        for _ in range(5):
            assert entered.acquire(timeout=30)
        let_go.set()
        for thread in threads:
            thread.join(30)
    assert (statuses, most) == ([200] * 12, 5)


def test_tenants_do_not_wait_for_each_other() -> None:
    limiter = TenantCallLimiter(limit=1, patience=0)
    with (
        SmallServer() as server,
        session_to(server.origin, limiter=limiter) as one,
        session_to(server.origin, limiter=limiter, tenant_id="another") as other,
        one.http.get("Contacts", stream=True),
    ):
        assert other.http.get("Contacts").ok


def test_a_streamed_answer_keeps_its_slot_until_its_body_is_read() -> None:
    with _one_slot() as (one, other):
        streamed = one.http.get("Contacts", stream=True)
        with pytest.raises(ProviderUnavailable, match="at the same time"):
            other.http.get("Contacts")
        assert streamed.content == b"{}"
        assert other.http.get("Contacts").ok


def test_a_streamed_answer_frees_its_slot_when_it_is_closed() -> None:
    with _one_slot() as (one, other):
        one.http.get("Contacts", stream=True).close()
        assert other.http.get("Contacts").ok


def test_a_streamed_answer_frees_its_slot_when_nobody_refers_to_it() -> None:
    limiter = TenantCallLimiter(limit=1, patience=0)
    with SmallServer() as server, session_to(server.origin, limiter=limiter) as session:
        answer = session.http.head("Contacts", stream=True)
        assert limiter.take(TENANT) is None
        del answer
        gc.collect()
        slot = limiter.take(TENANT)
        assert slot is not None
        slot.release()


def test_closing_the_session_frees_what_was_never_read() -> None:
    with _one_slot() as (one, other):
        kept = one.http.get("Contacts", stream=True)
        one.close()
        assert other.http.get("Contacts").ok
        assert kept.raw.closed


def test_a_session_that_holds_every_slot_itself_is_told_at_once() -> None:
    limiter = TenantCallLimiter(limit=3, patience=600)
    with SmallServer() as server, session_to(server.origin, limiter=limiter) as session, ExitStack() as open_answers:
        for _ in range(3):
            open_answers.enter_context(session.http.get("Contacts", stream=True))
        with pytest.raises(ProviderUnavailable, match="at the same time") as caught:
            session.http.get("Contacts")
        assert caught.value.code == "RATE_LIMITED"


def test_a_slot_can_be_given_back_twice_and_counts_once() -> None:
    limiter = TenantCallLimiter(limit=1, patience=0)
    slot = limiter.take(TENANT)
    assert slot is not None
    slot.release()
    slot.release()
    assert limiter.take(TENANT) is not None
    assert limiter.take(TENANT) is None


def test_no_slot_is_held_while_a_limit_is_waited_for() -> None:
    limiter = TenantCallLimiter(limit=1, patience=0)
    free_while_waiting: list[bool] = []

    class WatchingClock(FakeClock):
        def wait(self, seconds: float) -> None:
            slot = limiter.take(TENANT)
            free_while_waiting.append(slot is not None)
            if slot is not None:
                slot.release()
            super().wait(seconds)

    with (
        SmallServer(TOO_MANY_A_MINUTE, Said(503), Said()) as server,
        session_to(server.origin, limiter=limiter, clock=WatchingClock(auto_advance=True)) as session,
    ):
        assert session.http.get("Contacts").ok
    assert free_while_waiting == [True, True]


def test_b36_a_storm_of_refused_tokens_from_256_threads_causes_one_refresh() -> None:
    tokens = CountingTokens()
    limiter = TenantCallLimiter(patience=60)
    start = threading.Barrier(256)
    statuses: list[int] = []

    def work(origin: str) -> None:
        with session_to(origin, tokens=tokens, limiter=limiter) as session:
            start.wait(60)
            statuses.append(session.http.get("Contacts").status_code)

    with SmallServer(accepting(2)) as server:
        threads = [threading.Thread(target=work, args=(server.origin,)) for _ in range(256)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    assert statuses == [200] * 256
    assert tokens.refreshes == 1


@contextmanager
def _one_slot() -> Iterator[tuple[XeroSession, XeroSession]]:
    limiter = TenantCallLimiter(limit=1, patience=0)
    with (
        SmallServer() as server,
        session_to(server.origin, limiter=limiter) as one,
        session_to(server.origin, limiter=limiter) as other,
    ):
        yield one, other
