"""A server that stops, restarts or is killed costs waiting at most, and never what is stored."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from hostspec.testing import FakeClock
from tests.network_relay import NetworkRelay
from tests.plugin.keeper_process import RealClock
from tests.postgresql_server import PostgresqlServer
from tests.reliability.disturbed_server import counted, trouble
from xero_connections_plugin.gateways.store import server_database
from xero_connections_plugin.gateways.store.database import Database
from xero_connections_plugin.gateways.store.tables import installation

pytestmark = pytest.mark.postgresql


def test_a_server_that_restarted_meanwhile_is_not_noticed(
    postgresql: PostgresqlServer, postgresql_url: str, opened: Callable[..., Database]
) -> None:
    database = opened(postgresql_url)
    database.check_writable()
    postgresql.restart()
    assert counted(database) == 1
    postgresql.restart()
    database.check_writable()
    assert counted(database) == 2


def test_a_server_that_is_just_starting_is_waited_for(
    postgresql: PostgresqlServer, postgresql_url: str, opened: Callable[..., Database]
) -> None:
    database = opened(postgresql_url, clock=RealClock())
    database.check_writable()
    postgresql.stop()
    starting = threading.Timer(0.5, postgresql.start)
    starting.start()
    database.check_writable()
    starting.join()
    assert counted(database) == 2


def test_a_server_killed_in_the_middle_of_a_change_gets_it_again(
    postgresql: PostgresqlServer, postgresql_url: str, opened: Callable[..., Database]
) -> None:
    kills = 2

    def kill(name: str) -> None:
        nonlocal kills
        if name == "store:before-commit" and kills:
            kills -= 1
            postgresql.kill()
            postgresql.start()

    opened(postgresql_url).check_writable()
    database = opened(postgresql_url, checkpoint=kill)
    database.check_writable()
    assert (counted(database), kills) == (2, 0)


def test_what_was_committed_outlives_the_kill_of_the_server(
    postgresql: PostgresqlServer, postgresql_url: str, opened: Callable[..., Database]
) -> None:
    database = opened(
        postgresql_url, checkpoint=lambda name: postgresql.kill() if name == "store:after-commit" else None
    )
    database.check_writable()
    postgresql.start()
    assert counted(database) == 1


def test_a_session_that_an_administrator_ends_is_replaced(
    postgresql: PostgresqlServer, postgresql_url: str, opened: Callable[..., Database]
) -> None:
    database = opened(postgresql_url)
    ended = 0

    def read(connection: sa.Connection) -> int:
        nonlocal ended
        if not ended:
            ended = len(
                postgresql.rows(
                    postgresql_url,
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()",
                )
            )
        return int(connection.execute(sa.select(installation.c.write_tests)).scalar_one())

    assert database.reading(read) == 0
    assert ended == 1


def test_idle_links_that_a_firewall_cut_are_replaced(
    relay: NetworkRelay, relayed: str, opened: Callable[..., Database]
) -> None:
    database = opened(relayed)
    database.check_writable()
    relay.cut()
    database.check_writable()
    assert counted(database) == 2


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(auto_advance=True)


@pytest.fixture
def left_alone(relay: NetworkRelay, relayed: str, opened: Callable[..., Database], clock: FakeClock) -> Database:
    """A database that was used, and whose server is away now."""
    database = opened(relayed, clock=clock)
    database.check_writable()
    relay.refuse()
    return database


def test_a_server_that_is_away_is_told_after_the_attempts_that_fit(
    relay: NetworkRelay, left_alone: Database, clock: FakeClock
) -> None:
    database = left_alone
    clock.waits.clear()
    problem = trouble(database.check_writable)
    assert (problem.code, "does not answer" in str(problem)) == ("STORE_UNREACHABLE", True)
    assert 5 < sum(clock.waits) < 10
    relay.accept()
    database.check_writable()
    assert counted(database) == 2


def test_while_a_server_is_known_to_be_away_nobody_waits_for_it_again(
    relay: NetworkRelay, left_alone: Database, clock: FakeClock
) -> None:
    database = left_alone
    trouble(database.check_writable)
    clock.waits.clear()
    assert trouble(database.check_writable).code == "STORE_UNREACHABLE"
    assert clock.waits == []
    relay.accept()
    database.check_writable()
    relay.cut()
    database.check_writable()
    assert counted(database) == 3
    relay.refuse()
    trouble(database.check_writable)
    clock.advance(server_database.AWAY_SECONDS)
    trouble(database.check_writable)
    assert sum(clock.waits) > 10


def test_c34_tables_that_a_newer_program_changed_meanwhile_are_told_as_such(
    postgresql: PostgresqlServer, postgresql_url: str, opened: Callable[..., Database]
) -> None:
    database = opened(postgresql_url)
    database.check_writable()
    postgresql.rows(postgresql_url, "ALTER TABLE installation RENAME COLUMN write_tests TO tests_of_writing")
    assert trouble(database.check_writable).code == "STORE_NEWER"
    postgresql.rows(postgresql_url, "UPDATE alembic_version SET version_num = '9999'")
    assert trouble(opened(postgresql_url).check_writable).code == "STORE_NEWER"
