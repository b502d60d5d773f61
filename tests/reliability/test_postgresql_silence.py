"""A server or a network that falls silent holds nobody longer than the limit, and no rows for long."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from hostspec.errors import StoreUnavailable
from hostspec.testing import FakeClock
from tests.network_relay import NetworkRelay
from tests.plugin.keeper_process import RealClock
from tests.postgresql_server import PostgresqlServer
from tests.reliability.disturbed_server import PATIENCE, counted, in_peace, trouble, within
from xero_connections_plugin.gateways.store.database import Database
from xero_connections_plugin.gateways.store.tables import installation

pytestmark = pytest.mark.postgresql


@pytest.mark.parametrize("phase", ["connecting", "beginning", "reading", "committing"])
def test_a_network_that_falls_silent_holds_nobody_longer_than_the_limit(
    phase: str, relay: NetworkRelay, postgresql_url: str, relayed: str, opened: Callable[..., Database]
) -> None:
    silent: list[str] = []
    is_warm = False

    def fall_silent() -> None:
        relay.stall()
        silent.append(phase)

    def arrive(name: str) -> None:
        if phase == "committing" and name == "store:before-commit" and is_warm:
            fall_silent()

    def read(connection: sa.Connection) -> object:
        fall_silent()
        return connection.execute(sa.select(installation)).all()

    calm = opened(postgresql_url)
    before = counted(calm)
    database = opened(relayed, clock=RealClock(), patience=PATIENCE, checkpoint=arrive)
    in_peace(lambda: counted(database))
    is_warm = True
    if phase == "connecting":
        database.rest()
    if phase in {"connecting", "beginning"}:
        fall_silent()
    act = (lambda: database.reading(read)) if phase == "reading" else database.check_writable
    while True:
        with within(3 * PATIENCE):
            problem = trouble(act)
        assert problem.code == "STORE_UNREACHABLE"
        if silent:  # a busy machine may use up the time before that
            break
    assert ("saved whole or not at all" in str(problem)) == (phase == "committing")
    relay.flow()
    # Silence during a commit leaves open what became of it; all others were surely undone.
    assert in_peace(lambda: counted(database)) - before in ({0, 1} if phase == "committing" else {0})
    is_warm = False
    in_peace(database.check_writable)


def test_a_frozen_server_holds_nobody_longer_than_the_limit(
    postgresql: PostgresqlServer, postgresql_url: str, opened: Callable[..., Database]
) -> None:
    before = counted(opened(postgresql_url))
    database = opened(postgresql_url, clock=RealClock(), patience=PATIENCE)
    in_peace(lambda: counted(database))
    postgresql.freeze()
    with within(3 * PATIENCE):
        problem = trouble(lambda: counted(database))
    assert problem.code == "STORE_UNREACHABLE"
    postgresql.thaw()
    assert in_peace(lambda: counted(database)) == before


def test_many_threads_before_a_silent_server_all_come_back_in_time(
    relay: NetworkRelay, relayed: str, opened: Callable[..., Database]
) -> None:
    relay.stall()
    database = opened(relayed, clock=RealClock(), patience=PATIENCE)
    problems: list[StoreUnavailable] = []
    threads = [threading.Thread(target=lambda: problems.append(trouble(lambda: counted(database)))) for _ in range(12)]
    with within(4 * PATIENCE):
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    assert [problem.code for problem in problems] == ["STORE_UNREACHABLE"] * 12


def test_rows_of_a_workstation_that_fell_asleep_are_free_after_the_limit(
    postgresql_url: str, opened: Callable[..., Database]
) -> None:
    before = counted(opened(postgresql_url))
    asleep, other = (opened(postgresql_url, patience=PATIENCE) for _ in range(2))
    locked, wake = threading.Event(), threading.Event()
    problems: list[StoreUnavailable] = []

    def half() -> None:
        with asleep.write() as connection:
            connection.execute(installation.update().values(write_tests=99))
            locked.set()
            assert wake.wait(60)

    def sleep_in_the_middle() -> None:
        in_peace(lambda: counted(asleep))
        problems.append(trouble(half))

    thread = threading.Thread(target=sleep_in_the_middle)
    thread.start()
    assert locked.wait(30)
    codes: list[str] = []
    while len(codes) < 10:
        try:
            other.check_writable()
            break
        except StoreUnavailable as busy:
            codes.append(busy.code)
    wake.set()
    thread.join(60)
    assert set(codes) <= {"STORE_BUSY"}
    assert counted(other) == before + 1
    assert [problem.code for problem in problems] == ["STORE_UNREACHABLE"]


def test_who_waits_for_rows_hears_from_the_server_that_it_is_busy_although_some_time_is_used_up(
    postgresql_url: str, opened: Callable[..., Database]
) -> None:
    clock = FakeClock(auto_advance=True)
    holder, waiting = opened(postgresql_url), opened(postgresql_url, clock=clock, patience=2 * PATIENCE)
    in_peace(lambda: counted(waiting))

    def slowly(connection: sa.Connection) -> None:
        clock.advance(0.1 * PATIENCE)
        connection.execute(installation.update().values(write_tests=99))

    with holder.write() as connection:
        connection.execute(installation.update().values(write_tests=7))
        assert trouble(lambda: waiting.writing(slowly)).code == "STORE_BUSY"
    # Nor is the server taken for one that is away.
    assert counted(waiting) == 7
