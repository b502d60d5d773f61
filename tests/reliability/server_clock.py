"""What time is it for a database server, when a test is to say so? PostgreSQL's own clock cannot be moved.

But a function is looked up by its name: a schema that is searched before the server's own may hold another one.
"""

from __future__ import annotations

from datetime import datetime

import psycopg

from tests.postgresql_server import ROLE, PostgresqlServer

_SCHEMA = "moved_time"


class ServerClock:
    """The clock of one database, standing still at ``start`` until it is moved. Make it before anybody connects."""

    def __init__(self, server: PostgresqlServer, url: str, start: datetime) -> None:
        self._url = url
        database = url.rpartition("/")[2].partition("?")[0]
        for statement in (
            f"CREATE SCHEMA {_SCHEMA}",
            f"CREATE TABLE {_SCHEMA}.hand (shows timestamptz NOT NULL)",
            *(
                f"CREATE FUNCTION {_SCHEMA}.{name}() RETURNS timestamptz LANGUAGE sql STABLE "
                f"AS 'SELECT shows FROM {_SCHEMA}.hand'"
                for name in ("clock_timestamp", "statement_timestamp", "transaction_timestamp", "now")
            ),
            f"GRANT USAGE ON SCHEMA {_SCHEMA} TO PUBLIC",
            f"GRANT SELECT ON {_SCHEMA}.hand TO PUBLIC",
            f"ALTER DATABASE {database} SET search_path = public, {_SCHEMA}, pg_catalog",
        ):
            server.rows(url, statement)
        server.rows(url, f"INSERT INTO {_SCHEMA}.hand VALUES (%s)", start)

    def advance(self, seconds: float) -> None:
        """Let that many seconds pass; negative ones go back."""
        let_pass(self._url, seconds)


def let_pass(url: str, seconds: float) -> None:
    """Move the clock that was made for a database, in whichever process that was."""
    statement = f"UPDATE {_SCHEMA}.hand SET shows = shows + make_interval(secs => %s::double precision)".encode()
    address = url.replace("+psycopg", "", 1)
    with psycopg.connect(address, autocommit=True, connect_timeout=10, application_name=ROLE) as connection:
        connection.execute(statement, (seconds,))
