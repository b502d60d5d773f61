"""Who is let in, with how many sessions, and what is left in them: nothing."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from hostspec.testing import FakeClock
from tests.plugin.keeper_process import RealClock
from tests.postgresql_server import PostgresqlServer
from tests.reliability.disturbed_server import counted, trouble
from tests.transaction_pooler import TransactionPooler
from xero_connections_plugin.gateways.store import server_link
from xero_connections_plugin.gateways.store.database import Database
from xero_connections_plugin.gateways.store.server_database import AT_MOST
from xero_connections_plugin.gateways.store.tables import installation

pytestmark = pytest.mark.postgresql


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
    database = opened(postgresql_url)
    # As the process has them: the server takes a while to notice who hung up.
    sessions: set[object] = set()
    most = 0

    def begin(session: object, _: object) -> None:
        nonlocal most
        sessions.add(session)
        most = max(most, len(sessions))

    def end(session: object, _: object) -> None:
        sessions.discard(session)

    def read(connection: sa.Connection) -> None:
        connection.execute(sa.select(installation)).all()

    threads = [threading.Thread(target=lambda: database.reading(read)) for _ in range(32)]
    with ExitStack() as undo:
        for event, heard in (("connect", begin), ("close", end)):
            sa.event.listen(sa.Pool, event, heard)
            undo.callback(sa.event.remove, sa.Pool, event, heard)
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    assert 1 <= most <= AT_MOST
    assert sessions_come_down(postgresql, postgresql_url, to=server_link.KEPT_OPEN)
    assert len(postgresql.sessions(postgresql_url)) == server_link.KEPT_OPEN
    database.rest()
    assert sessions_come_down(postgresql, postgresql_url, to=0)
    assert counted(database) == 0


def sessions_come_down(postgresql: PostgresqlServer, url: str, *, to: int) -> bool:
    """Waits until the server has noticed who hung up."""
    for _ in range(200):
        if len(postgresql.sessions(url)) <= to:
            return True
        RealClock().wait(0.05)
    return False


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_whoever_waits_for_a_session_goes_on_when_another_ends_although_the_process_rests(
    postgresql_url: str, opened: Callable[..., Database]
) -> None:
    database = opened(postgresql_url, clock=RealClock())
    database.check_writable()
    inside = [threading.Event() for _ in range(AT_MOST)]
    leave = [threading.Event() for _ in range(AT_MOST)]

    def stay(number: int) -> None:
        with database.read():
            inside[number].set()
            assert leave[number].wait(30)

    def come() -> None:
        counted(database)
        came.set()

    came = threading.Event()
    threads = [threading.Thread(target=stay, args=(number,)) for number in range(AT_MOST)]
    for number, thread in enumerate(threads):
        thread.start()
        assert inside[number].wait(10)
    threads.append(threading.Thread(target=come))
    threads[-1].start()
    assert not came.wait(0.3)
    database.rest()
    leave[0].set()
    assert came.wait(30)
    leave[1].set()
    for thread in threads:
        thread.join(10)


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
