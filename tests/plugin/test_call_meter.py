from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest

from hostspec.errors import ProviderUnavailable, TenantMismatch
from hostspec.testing import FakeClock
from tests.plugin.session_builders import TENANT, Reports, WatchedCompany, session_to
from tests.plugin.small_server import Said, SmallServer
from xero_connections_plugin.xero.answer_verdicts import LimitKind, LimitReached
from xero_connections_plugin.xero.call_meter import CallMeter, TenantMeter

APP = "A" * 32
LEFT = {"X-MinLimit-Remaining": "57", "X-DayLimit-Remaining": "4321", "X-AppMinLimit-Remaining": "9999"}
DAY_USED_UP = Said(429, headers={"X-Rate-Limit-Problem": "day", "Retry-After": "14400"})


class Bell:
    def __init__(self) -> None:
        self.rung = 0

    def __call__(self) -> None:
        self.rung += 1


def meter_of(clock: FakeClock, bell: Bell) -> tuple[CallMeter, TenantMeter]:
    meter = CallMeter(clock)
    return meter, meter.of(APP, TENANT, bell)


def test_what_answers_say_is_remembered_with_the_time() -> None:
    clock = FakeClock(auto_advance=True)
    meter, of_tenant = meter_of(clock, Bell())
    with SmallServer(Said(headers=LEFT)) as server, session_to(server.origin, clock=clock, meter=of_tenant) as session:
        session.http.get("Contacts")
    left = meter.left(APP, TENANT)
    assert left is not None
    assert (left.minute, left.day, left.app_minute, left.seen_at) == (57, 4321, 9999, clock.now())
    assert meter.left(APP, "another") is None
    assert meter.left("B" * 32, TENANT) is None


@pytest.mark.parametrize("said", ["", "many", "-1", "1.5", "²", "9" * 40])
def test_what_is_no_number_stays_unknown(said: str) -> None:
    meter, of_tenant = meter_of(FakeClock(), Bell())
    of_tenant.answered({"X-DayLimit-Remaining": said})
    left = meter.left(APP, TENANT)
    assert left is not None
    assert (left.minute, left.day, left.app_minute) == (None, None, None)


def test_an_answer_without_numbers_leaves_the_earlier_ones() -> None:
    meter, of_tenant = meter_of(FakeClock(), Bell())
    of_tenant.answered(LEFT)
    of_tenant.answered({"X-MinLimit-Remaining": "3"})
    left = meter.left(APP, TENANT)
    assert left is not None
    assert (left.minute, left.day) == (3, 4321)


def test_a_day_that_is_used_up_is_known_until_it_is_over() -> None:
    clock, bell = FakeClock(auto_advance=True), Bell()
    meter, of_tenant = meter_of(clock, bell)
    with SmallServer(DAY_USED_UP) as server, session_to(server.origin, clock=clock, meter=of_tenant) as session:
        for _ in range(2):
            with pytest.raises(ProviderUnavailable) as caught:
                session.http.get("Contacts")
            assert caught.value.retry_after == 14400
    used_up = meter.used_up(APP, TENANT)
    assert used_up is not None
    assert (used_up.day, used_up.day_ends_at) == (0, clock.now() + timedelta(hours=4))
    assert bell.rung == 1
    clock.advance(4 * 3600)
    assert meter.used_up(APP, TENANT) is None


def test_an_answer_ends_a_day_that_was_used_up() -> None:
    bell = Bell()
    meter, of_tenant = meter_of(FakeClock(), bell)
    of_tenant.refused(LimitReached(LimitKind.DAY, None))
    known = meter.used_up(APP, TENANT)
    assert known is not None
    assert known.day_ends_at is None
    of_tenant.answered({})
    of_tenant.answered({})
    assert meter.used_up(APP, TENANT) is None
    assert bell.rung == 2


def test_other_limits_use_up_no_day() -> None:
    bell = Bell()
    meter, of_tenant = meter_of(FakeClock(), bell)
    of_tenant.refused(LimitReached(LimitKind.MINUTE, 7.0))
    of_tenant.refused(LimitReached(LimitKind.CONCURRENT, None))
    left = meter.left(APP, TENANT)
    assert left is not None
    assert (left.minute, left.day, meter.used_up(APP, TENANT), bell.rung) == (0, None, None, 0)


def test_processes_that_were_refused_at_the_same_moment_come_back_at_different_ones() -> None:
    busy = Said(429, headers={"X-Rate-Limit-Problem": "concurrent"})
    waits: list[list[float]] = []
    for luck in (0.0, 0.6, 1.0):
        clock = FakeClock(auto_advance=True)
        with (
            SmallServer(busy, busy, Said()) as server,
            session_to(server.origin, clock=clock, jitter=partial(float, luck)) as session,
        ):
            assert session.http.put("Invoices", json={}).ok
        waits.append(clock.waits)
    assert waits == [[0.5, 1.0], [pytest.approx(0.65), pytest.approx(1.3)], [0.75, 1.5]]


def test_an_answer_about_the_company_is_heard_and_others_are_not() -> None:
    company = WatchedCompany()
    with (
        SmallServer(Said(body=b'{"Organisations":[]}')) as server,
        session_to(server.origin, company=company) as session,
    ):
        session.http.get("Contacts")
        session.http.get("Organisation/Actions")
        with session.http.get("Organisation", stream=True) as streamed:
            assert streamed.content
        session.http.get("organisation?x=1")
    assert company.bodies == [b'{"Organisations":[]}']


def test_a_company_that_is_another_one_costs_the_answer_and_is_reported() -> None:
    company, reports = WatchedCompany(), Reports()
    company.problem = TenantMismatch("Another company answers.", expected="Bakehouse Ltd", found="Harbour Coffee")
    with (
        SmallServer() as server,
        session_to(server.origin, company=company, report=reports) as session,
        pytest.raises(TenantMismatch),
    ):
        session.http.get("Organisation")
    assert [one is not None and one.cause for one in reports.conditions] == ["Another company answers."]
