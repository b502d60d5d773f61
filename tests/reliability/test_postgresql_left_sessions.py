"""No session is left open that nobody can reach any more, whatever happens while it begins or is given back."""

from __future__ import annotations

import gc
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import count

import pytest
import sqlalchemy as sa

from hostspec.errors import StoreUnavailable
from tests.network_relay import NetworkRelay
from tests.plugin.keeper_process import RealClock
from tests.postgresql_server import PostgresqlServer
from tests.reliability.disturbed_server import counted, trouble
from xero_connections_plugin.gateways.store.database import Database

pytestmark = pytest.mark.postgresql


@contextmanager
def none_left_open() -> Iterator[None]:
    """Fails when a session was thrown away that is still open, as the driver notices then."""
    gc.collect()
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always", ResourceWarning)
        yield
        gc.collect()
    assert [str(warning.message) for warning in said] == []


@contextmanager
def at_first(target: type, event: str, act: Callable[[], object]) -> Iterator[None]:
    """Acts once, in the middle of something that SQLAlchemy does for any engine."""

    acts = iter([act])

    def heard(*_: object) -> None:
        for once in acts:
            once()

    sa.event.listen(target, event, heard)
    try:
        yield
    finally:
        sa.event.remove(target, event, heard)


def test_a_session_that_begins_while_the_process_comes_to_rest_is_closed_too(
    postgresql_url: str, opened: Callable[..., Database]
) -> None:
    database = opened(postgresql_url, clock=RealClock())
    database.check_writable()
    inside, leave = threading.Event(), threading.Event()

    def stay(_: sa.Connection) -> None:
        inside.set()
        assert leave.wait(30)

    late = threading.Thread(target=lambda: database.reading(stay))

    def come() -> None:
        late.start()
        assert inside.wait(10)

    with none_left_open():
        with at_first(sa.Pool, "close", come):
            database.rest()
        leave.set()
        late.join(10)
        database.close()
    assert counted(database) == 1


def test_a_session_that_cannot_begin_is_closed_although_the_process_rests_meanwhile(
    postgresql: PostgresqlServer, postgresql_url: str, opened: Callable[..., Database]
) -> None:
    opened(postgresql_url).check_writable()
    postgresql.rows(postgresql_url, "CREATE ROLE guest LOGIN PASSWORD 'guest'")
    try:
        name = postgresql_url.rpartition("/")[2]
        postgresql.rows(postgresql_url, "GRANT ALL ON ALL TABLES IN SCHEMA public TO guest")
        database = opened(f"postgresql+psycopg://guest:guest@127.0.0.1:{postgresql.port}/{name}")
        assert counted(database) == 1
        # The session lives, but gets no limits for its transaction.
        postgresql.rows(postgresql_url, "REVOKE EXECUTE ON FUNCTION set_config FROM PUBLIC")
        with none_left_open():
            with at_first(sa.Engine, "handle_error", database.rest):
                trouble(database.check_writable)
            database.close()
    finally:
        postgresql.rows(postgresql_url, "DROP OWNED BY guest")
        postgresql.rows(postgresql_url, "DROP ROLE guest")


@pytest.mark.parametrize("loses_answer", [False, True], ids=["never arrives", "is not answered"])
def test_no_session_is_left_open_whichever_message_of_its_beginning_is_lost(
    loses_answer: bool, relay: NetworkRelay, relayed: str, opened: Callable[..., Database]
) -> None:
    opened(relayed).check_writable()
    with none_left_open():
        for message in count(1):
            database = opened(relayed)
            relay.strike(message, loses_answer=loses_answer)
            with suppress(StoreUnavailable):
                counted(database)
            database.close()
            if not relay.has_struck:
                break
    assert message > 5, "the beginning has several messages"
