"""Threads that want the same thing at once share one piece of work, and its failure too."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from hostspec.errors import ProviderUnavailable
from xero_connections_plugin.oauth.flights import Flights, landed


def in_threads(count: int, work: Callable[[], object]) -> None:
    threads = [threading.Thread(target=work) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_one_works_and_everybody_has_the_result() -> None:
    flights: Flights[str, int] = Flights()
    others_wait = threading.Semaphore(0)
    worked: list[int] = []
    got: list[int | None] = []

    def work() -> int:
        for _ in range(31):
            assert others_wait.acquire(timeout=10)
        worked.append(1)
        return 42

    def ask() -> None:
        flight, leading = flights.board("grant")
        if leading:
            got.append(flights.lead("grant", work))
        else:
            others_wait.release()
            got.append(landed(flight))

    in_threads(32, ask)
    assert (worked, got) == ([1], [42] * 32)


def test_a_failure_reaches_everybody_as_an_error_of_their_own() -> None:
    flights: Flights[str, int] = Flights()
    waiting, _ = flights.board("grant")
    failure = ProviderUnavailable("Away.", code="RATE_LIMITED", retry_after=5.0)

    def fail() -> int:
        raise failure

    with pytest.raises(ProviderUnavailable) as led:
        flights.lead("grant", fail)
    with pytest.raises(ProviderUnavailable) as joined:
        landed(waiting)
    assert led.value is failure
    assert joined.value is not failure
    assert (str(joined.value), joined.value.code, joined.value.retry_after) == ("Away.", "RATE_LIMITED", 5.0)


def test_after_the_end_somebody_else_leads() -> None:
    flights: Flights[str, int] = Flights()
    assert flights.board("grant")[1]
    assert not flights.board("grant")[1]
    assert flights.board("other")[1]
    flights.lead("grant", lambda: 1)
    assert flights.board("grant")[1]


def test_an_interrupted_leader_leaves_the_work_to_the_others() -> None:
    flights: Flights[str, int] = Flights()
    waiting, _ = flights.board("grant")

    def interrupted() -> int:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        flights.lead("grant", interrupted)
    assert landed(waiting) is None
    assert flights.board("grant")[1]


def test_a_forked_process_does_not_wait_for_a_thread_that_only_its_parent_has() -> None:
    process = [1]
    flights: Flights[str, int] = Flights(lambda: process[0])
    waiting, _ = flights.board("grant")
    process[0] = 2
    assert flights.board("grant")[1]
    assert flights.lead("grant", lambda: 42) == 42
    assert not waiting.done()
