"""A server that stops, restarts, is killed, is full or falls silent costs waiting at most, and never what is stored."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from hostspec.errors import StoreUnavailable
from hostspec.testing import FakeClock
from tests.network_relay import NetworkRelay
from tests.plugin.keeper_process import RealClock
from tests.postgresql_server import PostgresqlServer
from tests.transaction_pooler import TransactionPooler
from xero_connections_plugin.gateways import server_database, server_link
from xero_connections_plugin.gateways.database import Database
from xero_connections_plugin.gateways.tables import installation

pytestmark = pytest.mark.postgresql

PATIENCE = 2.5
"""Seconds; enough for the shortest attempt."""


@pytest.fixture
def relay(postgresql: PostgresqlServer) -> Iterator[NetworkRelay]:
    with NetworkRelay(postgresql.port) as relay:
        yield relay


@pytest.fixture
def relayed(postgresql: PostgresqlServer, postgresql_url: str, relay: NetworkRelay) -> str:
    return postgresql.url(postgresql_url.rpartition("/")[2], port=relay.port)


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Callable[..., Database]]:
    with ExitStack() as undo:

        def open_database(url: str, **options: object) -> Database:
            clock = options.pop("clock", FakeClock(auto_advance=True))
            database = Database(tmp_path, clock, url=SecretStr(url), **options)  # type: ignore[arg-type]  # a test's words
            undo.callback(database.close)
            return database

        yield open_database


def counted(database: Database) -> int:
    """How often the store was written for a test of writing."""
    query = sa.select(installation.c.write_tests)
    return database.reading(lambda connection: int(connection.execute(query).scalar_one()))


def trouble(act: Callable[[], object]) -> StoreUnavailable:
    with pytest.raises(StoreUnavailable) as caught:
        act()
    assert len(str(caught.value)) <= 300
    return caught.value


def within(seconds: float, act: Callable[[], object]) -> object:
    began = time.monotonic()
    try:
        return act()
    finally:
        assert time.monotonic() - began < seconds


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


def test_a_server_that_is_away_is_told_after_the_attempts_that_fit(
    relay: NetworkRelay, relayed: str, opened: Callable[..., Database]
) -> None:
    clock = FakeClock(auto_advance=True)
    database = opened(relayed, clock=clock)
    database.check_writable()
    relay.refuse()
    clock.waits.clear()
    problem = trouble(database.check_writable)
    assert (problem.code, "does not answer" in str(problem)) == ("STORE_UNREACHABLE", True)
    assert 5 < sum(clock.waits) < 10
    relay.accept()
    database.check_writable()
    assert counted(database) == 2


def test_while_a_server_is_known_to_be_away_nobody_waits_for_it_again(
    relay: NetworkRelay, relayed: str, opened: Callable[..., Database]
) -> None:
    clock = FakeClock(auto_advance=True)
    database = opened(relayed, clock=clock)
    database.check_writable()
    relay.refuse()
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


def test_tables_that_a_newer_program_changed_meanwhile_are_told_as_such(
    postgresql: PostgresqlServer, postgresql_url: str, opened: Callable[..., Database]
) -> None:
    database = opened(postgresql_url)
    database.check_writable()
    postgresql.rows(postgresql_url, "ALTER TABLE installation RENAME COLUMN write_tests TO tests_of_writing")
    assert trouble(database.check_writable).code == "STORE_NEWER"
    postgresql.rows(postgresql_url, "UPDATE alembic_version SET version_num = '9999'")
    assert trouble(opened(postgresql_url).check_writable).code == "STORE_NEWER"


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


def test_a_server_without_room_for_another_session_is_waited_for(
    postgresql: PostgresqlServer, postgresql_url: str, opened: Callable[..., Database]
) -> None:
    opened(postgresql_url).check_writable()
    postgresql.rows(postgresql_url, "CREATE ROLE guest LOGIN PASSWORD 'guest' CONNECTION LIMIT 1")
    try:
        name = postgresql_url.rpartition("/")[2]
        guest = f"postgresql+psycopg://guest:guest@127.0.0.1:{postgresql.port}/{name}"
        postgresql.rows(postgresql_url, "GRANT ALL ON ALL TABLES IN SCHEMA public TO guest")
        taken = psycopg.connect(guest.replace("+psycopg", "", 1))
        leaving = threading.Timer(0.5, taken.close)
        leaving.start()
        database = opened(guest, clock=RealClock())
        assert counted(database) == 1
        leaving.join()
        database.close()
    finally:
        postgresql.rows(postgresql_url, "DROP OWNED BY guest")
        postgresql.rows(postgresql_url, "DROP ROLE guest")


@pytest.mark.parametrize("wrong", ["password", "user", "database"])
def test_a_server_that_lets_nobody_in_is_told_at_once_and_without_the_password(
    wrong: str, postgresql: PostgresqlServer, postgresql_url: str, opened: Callable[..., Database]
) -> None:
    clock = FakeClock(auto_advance=True)
    url = {
        "password": postgresql_url.replace(postgresql.password, "hunter22hunter22"),
        "user": postgresql_url.replace("tester:", "nobody:"),
        "database": f"{postgresql_url}_not",
    }[wrong]
    problem = trouble(opened(url, clock=clock).check_writable)
    assert (problem.code, clock.waits) == ("STORE_UNREACHABLE", [])
    assert "refuses this program" in str(problem)
    assert not [secret for secret in (postgresql.password, "hunter22") if secret in str(problem)]


def test_a_user_without_rights_to_write_is_told_before_anything_is_made(
    postgresql: PostgresqlServer, postgresql_url: str, opened: Callable[..., Database]
) -> None:
    opened(postgresql_url).check_writable()
    postgresql.rows(postgresql_url, "CREATE ROLE reader LOGIN PASSWORD 'reader'")
    try:
        postgresql.rows(postgresql_url, "GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader")
        name = postgresql_url.rpartition("/")[2]
        database = opened(f"postgresql+psycopg://reader:reader@127.0.0.1:{postgresql.port}/{name}")
        assert counted(database) == 1
        assert trouble(database.check_writable).code == "STORE_READONLY"
        database.close()
    finally:
        postgresql.rows(postgresql_url, "DROP OWNED BY reader")
        postgresql.rows(postgresql_url, "DROP ROLE reader")


def test_a_process_uses_few_sessions_and_none_while_it_rests(
    postgresql: PostgresqlServer, postgresql_url: str, opened: Callable[..., Database]
) -> None:
    database = opened(postgresql_url, clock=RealClock())
    most = 0

    def read(connection: sa.Connection) -> None:
        nonlocal most
        connection.execute(sa.select(installation)).all()
        most = max(most, len(postgresql.sessions(postgresql_url)))

    threads = [threading.Thread(target=lambda: database.reading(read)) for _ in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert 1 <= most <= server_link.AT_MOST
    assert len(postgresql.sessions(postgresql_url)) == server_link.KEPT_OPEN
    database.rest()
    assert sessions_end(postgresql, postgresql_url)
    assert counted(database) == 0


def sessions_end(postgresql: PostgresqlServer, url: str) -> bool:
    """Waits until the server has noticed that everybody hung up."""
    for _ in range(200):
        if not postgresql.sessions(url):
            return True
        RealClock().wait(0.05)
    return False


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_forked_process_and_its_parent_use_sessions_of_their_own(
    postgresql_url: str, opened: Callable[..., Database]
) -> None:
    database = opened(postgresql_url)

    def session() -> int:
        return database.reading(
            lambda connection: int(connection.execute(sa.text("SELECT pg_backend_pid()")).scalar_one())
        )

    before = session()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(writing, str(session()).encode())
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    os.close(writing)
    with os.fdopen(reading) as said:
        assert int(said.read()) != before
    assert session() == before


def test_many_threads_work_behind_a_proxy_that_pools_transactions(
    postgresql: PostgresqlServer, postgresql_url: str, tmp_path: Path, opened: Callable[..., Database]
) -> None:
    with TransactionPooler(postgresql, pool_size=2) as pooler:
        pooled = pooler.url(postgresql_url.rpartition("/")[2])
        databases = [opened(pooled, clock=RealClock()) for _ in range(4)]

        def write(database: Database) -> None:
            for _ in range(10):
                database.check_writable()

        threads = [threading.Thread(target=write, args=(database,)) for database in databases for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(120)
        assert counted(databases[0]) == 160
        assert len(postgresql.sessions(postgresql_url)) <= 2
        for database in databases:
            database.close()


def test_nothing_is_left_in_a_session_for_whoever_gets_it_next(
    postgresql: PostgresqlServer, postgresql_url: str, opened: Callable[..., Database]
) -> None:
    with TransactionPooler(postgresql, pool_size=1) as pooler:
        pooled = pooler.url(postgresql_url.rpartition("/")[2])
        watched = ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout", "search_path")
        query = f"SELECT {', '.join(f'current_setting({name!r})' for name in watched)}"
        before = postgresql.rows(pooled, query)
        with closing(opened(pooled)) as database:
            database.check_writable()
            assert counted(database) == 1
        assert postgresql.rows(pooled, query) == before
        held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
        assert postgresql.rows(pooled, held) == [(0,)]
        assert postgresql.rows(pooled, "SELECT count(*) FROM pg_prepared_statements") == [(0,)]
