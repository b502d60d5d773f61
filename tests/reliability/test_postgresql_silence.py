"""A server or a network that falls silent holds nobody longer than the limit, and no rows for long."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from hostspec.errors import StoreUnavailable
from tests.network_relay import NetworkRelay
from tests.plugin.keeper_process import RealClock
from tests.postgresql_server import PostgresqlServer
from tests.reliability.disturbed_server import PATIENCE, counted, trouble, within
from xero_connections_plugin.gateways.store.database import Database
from xero_connections_plugin.gateways.store.tables import installation

pytestmark = pytest.mark.postgresql


@pytest.mark.parametrize("phase", ["connecting", "beginning", "reading", "committing"])
def test_a_network_that_falls_silent_holds_nobody_longer_than_the_limit(
    phase: str, relay: NetworkRelay, relayed: str, opened: Callable[..., Database]
) -> None:
    def stall(name: str) -> None:
        if phase == "committing" and name == "store:before-commit" and is_warm:
            relay.stall()

    is_warm = False
    database = opened(relayed, clock=RealClock(), patience=PATIENCE, checkpoint=stall)
    database.check_writable()
    is_warm = True
    if phase == "connecting":
        database.rest()
    if phase in {"connecting", "beginning"}:
        relay.stall()

    def read(connection: sa.Connection) -> object:
        relay.stall()
        return connection.execute(sa.select(installation)).all()

    act = (lambda: database.reading(read)) if phase == "reading" else database.check_writable
    problem = within(6 * PATIENCE, lambda: trouble(act))
    assert isinstance(problem, StoreUnavailable)
    assert problem.code == "STORE_UNREACHABLE"
    assert ("saved whole or not at all" in str(problem)) == (phase == "committing")
    relay.flow()
    is_warm = False
    database.check_writable()
    # Silence during a commit leaves open what became of it; all others were surely undone.
    assert counted(database) in ({2, 3} if phase == "committing" else {2})


def test_a_frozen_server_holds_nobody_longer_than_the_limit(
    postgresql: PostgresqlServer, postgresql_url: str, opened: Callable[..., Database]
) -> None:
    database = opened(postgresql_url, clock=RealClock(), patience=PATIENCE)
    database.check_writable()
    postgresql.freeze()
    problem = within(6 * PATIENCE, lambda: trouble(lambda: counted(database)))
    assert isinstance(problem, StoreUnavailable)
    assert problem.code == "STORE_UNREACHABLE"
    postgresql.thaw()
    assert counted(database) == 1


def test_many_threads_before_a_silent_server_all_come_back_in_time(
    relay: NetworkRelay, relayed: str, opened: Callable[..., Database]
) -> None:
    relay.stall()
    database = opened(relayed, clock=RealClock(), patience=PATIENCE)
    problems: list[StoreUnavailable] = []
    threads = [threading.Thread(target=lambda: problems.append(trouble(lambda: counted(database)))) for _ in range(12)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert time.monotonic() - began < 6 * PATIENCE
    assert [problem.code for problem in problems] == ["STORE_UNREACHABLE"] * 12


def test_rows_of_a_workstation_that_fell_asleep_are_free_after_the_limit(
    postgresql_url: str, opened: Callable[..., Database]
) -> None:
    asleep, other = (opened(postgresql_url, clock=RealClock(), patience=PATIENCE) for _ in range(2))
    other.check_writable()
    locked, wake = threading.Event(), threading.Event()
    problems: list[StoreUnavailable] = []

    def sleep_in_the_middle() -> None:
        def half() -> None:
            with asleep.write() as connection:
                connection.execute(installation.update().values(write_tests=99))
                locked.set()
                assert wake.wait(60)

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
    assert counted(other) == 2
    assert [problem.code for problem in problems] == ["STORE_UNREACHABLE"]
