"""Rate limits: what is counted, what is said, and when it is over."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from sample_host.xero_simulator.faults import RateLimited, Slow
from sample_host.xero_simulator.rate_limits import LimitProblem, Limits, RateLimiter, Remaining
from sample_host.xero_simulator.server import SimulatorServer
from tests.simulator.signed_in_client import SignedIn

LIMITS = Limits(minute=2, app_minute=3, day=4, concurrent=5)


def test_a_minute_is_a_rolling_window() -> None:
    limiter = RateLimiter()

    assert limiter.count("app", "tenant", 0.0, LIMITS) == Remaining(minute=1, day=3, app_minute=2)
    assert limiter.count("app", "tenant", 30.0, LIMITS) == Remaining(minute=0, day=2, app_minute=1)
    assert limiter.count("app", "tenant", 45.5, LIMITS) == LimitProblem("minute", 15)
    assert isinstance(limiter.count("app", "tenant", 60.0, LIMITS), Remaining)


def test_an_app_has_a_limit_over_all_its_tenants() -> None:
    limiter = RateLimiter()
    for tenant in ("one", "two", "three"):
        assert isinstance(limiter.count("app", tenant, 0.0, LIMITS), Remaining)

    assert limiter.count("app", "four", 1.0, LIMITS) == LimitProblem("appminute", 59)
    assert isinstance(limiter.count("other app", "four", 1.0, LIMITS), Remaining)


def test_a_days_calls_may_be_used_up_for_hours() -> None:
    limiter = RateLimiter()
    for minute in range(4):
        limiter.count("app", "tenant", minute * 60.0, LIMITS)

    assert limiter.count("app", "tenant", 3600.0, LIMITS) == LimitProblem("day", 23 * 3600)


def test_a_clock_set_back_does_not_lock_anybody_out() -> None:
    limiter = RateLimiter()
    for _ in range(2):
        limiter.count("app", "tenant", 10_000.0, LIMITS)

    assert isinstance(limiter.count("app", "tenant", 100.0, LIMITS), Remaining)


def test_the_sixty_first_call_of_a_minute_is_refused_until_the_clock_has_moved_on(xero: SimulatorServer) -> None:
    client = SignedIn(xero)
    xero.control.freeze()
    xero.control.change(minute_limit=3)
    remaining = [client.call("GET", "Currencies").headers["x-minlimit-remaining"] for _ in range(3)]
    refused = client.call("GET", "Currencies")

    assert remaining == ["2", "1", "0"]
    assert refused.status_code == 429
    assert refused.headers["x-rate-limit-problem"] == "minute"
    assert refused.headers["retry-after"] == "60"

    xero.control.advance(60)
    assert client.call("GET", "Currencies").status_code == 200


def test_limits_are_sixty_a_minute_and_five_thousand_a_day_from_the_start(xero: SimulatorServer) -> None:
    headers = SignedIn(xero).call("GET", "Currencies").headers

    assert [headers[f"x-{name}limit-remaining"] for name in ("min", "day", "appmin")] == ["59", "4999", "9999"]


def test_a_sixth_call_at_once_is_refused_without_a_time(xero: SimulatorServer) -> None:
    client = SignedIn(xero)
    xero.control.set_fault(Slow(at="accounting", seconds=0.5, times=None))

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: client.call("GET", "Currencies"), range(6)))

    refused = [answer for answer in answers if answer.status_code == 429]
    assert len(refused) == 1
    assert refused[0].headers["x-rate-limit-problem"] == "concurrent"
    assert "retry-after" not in refused[0].headers


@pytest.mark.parametrize(("problem", "retry_after"), [("minute", 3), ("day", 20_000), ("concurrent", None)])
def test_a_limit_can_be_switched_on(xero: SimulatorServer, problem: str, retry_after: int | None) -> None:
    client = SignedIn(xero)
    xero.control.set_fault(RateLimited(at="accounting", problem=problem, retry_after=retry_after))

    refused = client.call("GET", "Currencies")

    assert refused.status_code == 429
    assert refused.headers["x-rate-limit-problem"] == problem
    assert refused.headers.get("retry-after") == (None if retry_after is None else str(retry_after))
    assert client.call("GET", "Currencies").status_code == 200
