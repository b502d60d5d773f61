"""How do we reach a shared database server, and how long do we wait for it? Imports the driver: on first use only.

Nothing is set for a session, only for a transaction: behind a proxy that pools transactions the next one may meet
another session. Writes run as READ COMMITTED and lock the rows that they decide on; reads see one snapshot.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

import psycopg
import sqlalchemy as sa

from xero_connections_plugin.gateways.store.call_limit import SHORTEST_ATTEMPT

if TYPE_CHECKING:
    from collections.abc import Generator
    from datetime import datetime

    from psycopg.abc import PQGen
    from sqlalchemy.engine.interfaces import DBAPIConnection, Dialect

    from xero_connections_plugin.gateways.store.call_limit import CallLimit

T = TypeVar("T")

KEPT_OPEN: Final = 1
"""Sessions that a process keeps while it works; how many it may have is counted by whoever asks for them."""

_POLL_SECONDS: Final = 0.1

_SERVERS_SHARE: Final = 0.8
"""Of the time left. A server that ends a statement must be heard before we hang up: else busy rows pass for silence."""

# Class and codes of https://www.postgresql.org/docs/current/errcodes-appendix.html: nothing was done, and a repetition
# may succeed: the server stops, starts or is full, ended the session, or undid one of two deadlocked transactions.
_PASSING: Final = frozenset({"57P01", "57P02", "57P03", "57P05", "53300", "25P03", "40001", "40P01"})

_PASSING_SIGNS: Final = (
    "slots",
    "too many",
    "starting up",
    "shutting down",
    "recovery",
    "unexpectedly",
    "reset",
    "time",
)
"""In what libpq and the server say while they connect."""


class OutOfTime(psycopg.OperationalError):
    """The server did not answer in time; the link is closed."""


class _BoundedConnection(psycopg.Connection[Any]):
    """A connection that waits for the server no longer than the call may take, whatever the network does."""

    limit: CallLimit | None = None

    def wait(self, gen: PQGen[T], interval: float = _POLL_SECONDS, timeout: float | None = None) -> T:  # noqa: ARG002 -- as the driver has it
        # The bound is our own; older versions of the driver know no timeout.
        return super().wait(self._bounded(gen), interval)

    def _bounded(self, gen: PQGen[T]) -> Generator[Any, Any, T]:
        # Counted in empty polls: the network's time is real, also where a test moves the clock.
        polls = (self.limit.remaining if self.limit is not None else 0.0) / _POLL_SECONDS
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                if not ready:
                    polls -= 1
                    if polls < 0:
                        self.close()
                        raise OutOfTime("the server did not answer in time")
                wanted = gen.send(ready)
        except StopIteration as end:
            answer: T = end.value
            return answer


def make_engine(address: str, limit: CallLimit) -> sa.Engine:
    """An engine for a shared database; connects to nothing yet.

    Raises:
        sqlalchemy.exc.ArgumentError, ImportError: The address is wrong, or of a database without support here.
    """
    url = sa.make_url(address)
    if url.drivername not in {"postgresql", "postgresql+psycopg"}:
        raise sa.exc.ArgumentError("only PostgreSQL is supported")
    settings: dict[str, Any] = {
        # Prepared statements do not survive a proxy that pools transactions.
        "prepare_threshold": None,
        "application_name": "xero-connections",
        # A machine that vanished is noticed, on both sides of a request.
        "keepalives_idle": 10,
        "keepalives_interval": 3,
        "keepalives_count": 3,
        "tcp_user_timeout": 10_000,
    }
    engine = sa.create_engine(
        url.set(drivername="postgresql+psycopg"),
        pool_size=KEPT_OPEN,
        max_overflow=-1,
        pool_use_lifo=True,
        hide_parameters=True,
        use_native_hstore=False,
        connect_args={name: value for name, value in settings.items() if name not in url.query},
    )

    def connect(_dialect: Dialect, _record: object, arguments: Any, named: dict[str, Any]) -> DBAPIConnection:
        hosts = str(named.get("host", "")).count(",") + 1
        named["connect_timeout"] = max(SHORTEST_ATTEMPT, limit.remaining / hosts)
        connection: Any = _BoundedConnection.connect(*arguments, **named)
        connection.limit = limit
        return connection  # type: ignore[no-any-return]  # psycopg's own type is not SQLAlchemy's protocol

    sa.event.listen(engine, "do_connect", connect)
    return engine


def begin(engine: sa.Engine, limit: CallLimit, *, reads: bool) -> sa.Connection:
    """A connection inside a transaction, whose statements the server ends when the time of the call is up.

    Raises:
        sqlalchemy.exc.DBAPIError: There is none to be had now.
    """
    connection = engine.connect()
    try:
        if reads:
            connection = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        else:
            connection = connection.execution_options(isolation_level="READ COMMITTED")
        milliseconds = str(int(limit.remaining * _SERVERS_SHARE * 1000) + 1)
        bounds = [
            sa.func.set_config(name, milliseconds, True)
            # The last one frees the rows of a workstation that went to sleep, or lost its network, in the middle.
            for name in ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout")
        ]
        clock = sa.func.clock_timestamp(type_=sa.DateTime(timezone=True))
        found = connection.execute(sa.select(clock, *bounds)).one()
        connection.info["begun_at"] = found[0]
        connection.info["read_at"] = found[0] if reads else None
    except BaseException:
        # Not given back: its pool may have been given up meanwhile, and would keep it open.
        connection.invalidate()
        connection.close()
        raise
    return connection


def begun_at(connection: sa.Connection) -> datetime:
    """The server's clock when the transaction began."""
    begun: datetime = connection.info["begun_at"]
    return begun


def server_time(connection: sa.Connection) -> datetime:
    """The server's clock: in a read, as it was when the snapshot was taken; in a write, as it is now."""
    read_at: datetime | None = connection.info.get("read_at")
    if read_at is not None:
        return read_at
    now: datetime = connection.execute(
        sa.select(sa.func.clock_timestamp(type_=sa.DateTime(timezone=True)))
    ).scalar_one()
    return now


def is_passing(trouble: sa.exc.DBAPIError) -> bool:
    """Whether the same may succeed a moment later, and nothing was done."""
    if trouble.connection_invalidated:
        return True
    said = trouble.orig
    state = getattr(said, "sqlstate", None)
    if state is not None:
        return state in _PASSING or state.startswith("08")
    return isinstance(said, psycopg.OperationalError) and not is_refusal(said)


def is_refusal(said: BaseException | None) -> bool:
    """Whether a server that was reached lets nobody in: a wrong password, no such database, an untrusted certificate.

    libpq hands out no code for a failed connection, only whether a password was sent before, and a text. Where a text
    is translated, a full server counts as refusing: it is told at once instead of after some attempts.
    """
    if not isinstance(said, psycopg.OperationalError) or said.pgconn is None:
        return False
    text = str(said)
    if "certificate" in text or "SSL was required" in text:
        return True
    return said.pgconn.used_password and not any(sign in text for sign in _PASSING_SIGNS)
