"""How is a shared store on a server, and the way to it?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from xero_connections_plugin.gateways.checkup import checkup_texts as texts
from xero_connections_plugin.gateways.checkup.checkup_findings import Finding, fine, of_error, problem, warning
from xero_connections_plugin.gateways.checkup.store_look import StoreLook, look_inside
from xero_connections_plugin.gateways.store import store_errors
from xero_connections_plugin.gateways.store.call_limit import CallLimit

if TYPE_CHECKING:
    from pydantic import SecretStr
    from sqlalchemy import Connection

    from hostspec.services import Clock

SERVER: Final = "store.server"
POOLER: Final = "store.pooler"
TRANSPORT: Final = "store.encryption"
WRITABLE: Final = "store.writable"

_MAY_WRITE: Final = " AND ".join(
    f"has_table_privilege('connections', '{what}')" for what in ("SELECT", "INSERT", "UPDATE", "DELETE")
)

_INSUFFICIENT_PRIVILEGE: Final = "42501"

OLDEST: Final = 130_000
"""PostgreSQL 13, as ``server_version_num`` has it."""


def look_at_server_store(url: SecretStr, clock: Clock, *, seconds: float) -> StoreLook:
    """The server, what stands between, and what is in the database.

    Args:
        url: SQLAlchemy address.
        clock: What the limit is told by.
        seconds: Longest wait for the server.
    """
    from sqlalchemy import exc, make_url

    try:
        from xero_connections_plugin.gateways.store import server_link

        address = make_url(url.get_secret_value())
        limit = CallLimit(clock)
        engine = server_link.make_engine(url.get_secret_value(), limit)
    except (exc.ArgumentError, ImportError):
        return StoreLook((problem(SERVER, texts.ADDRESS_UNUSABLE, texts.ADDRESS_REMEDY),))
    where = f"{address.get_backend_name()} at {address.host or 'this machine'}"
    limit.begin(seconds)
    try:
        with server_link.begin(engine, limit, reads=True) as connection:
            found = [*_server(connection, where), *_between(connection, address.host), _writable(connection)]
            inside = look_inside(connection)
            return StoreLook((*found, *inside.findings), inside.facts, inside.revision)
    except exc.DBAPIError as trouble:
        if server_link.is_refusal(trouble.orig):
            return StoreLook((of_error(SERVER, store_errors.refused(where)),))
        if getattr(trouble.orig, "sqlstate", None) == _INSUFFICIENT_PRIVILEGE:
            return StoreLook((problem(WRITABLE, texts.NO_RIGHTS, texts.RIGHTS_REMEDY),))
        return StoreLook((of_error(SERVER, store_errors.translated(trouble.orig, where)),))
    finally:
        engine.dispose()


def _server(connection: Connection, where: str) -> list[Finding]:
    number = int(_asked(connection, "SELECT current_setting('server_version_num')"))
    name = str(_asked(connection, "SELECT current_setting('server_version')")).split(" ")[0]
    if number < OLDEST:
        return [problem(SERVER, texts.server_old(where, name), texts.SERVER_OLD_REMEDY)]
    return [fine(SERVER, texts.server_fine(where, name))]


def _between(connection: Connection, host: str | None) -> list[Finding]:
    driver: Any = connection.connection.driver_connection
    # A pooler gives its clients numbers of its own.
    is_pooled = driver.info.backend_pid != _asked(connection, "SELECT pg_backend_pid()")
    found = [fine(POOLER, texts.POOLER if is_pooled else texts.NO_POOLER)]
    is_far = bool(host) and not str(host).startswith("/") and host not in {"localhost", "127.0.0.1", "::1"}
    if driver.pgconn.ssl_in_use:
        found.append(fine(TRANSPORT, texts.ENCRYPTED))
    elif is_far:
        found.append(warning(TRANSPORT, texts.NOT_ENCRYPTED, texts.ENCRYPT_REMEDY))
    return found


def _writable(connection: Connection) -> Finding:
    if _asked(connection, "SELECT pg_is_in_recovery()"):
        return problem(WRITABLE, texts.STANDBY, texts.STANDBY_REMEDY)
    tables = "SELECT count(*) FROM pg_tables WHERE tablename = 'connections' AND schemaname = current_schema()"
    if not _asked(connection, tables):
        may = _asked(connection, "SELECT has_schema_privilege(current_schema(), 'CREATE')")
    else:
        may = _asked(connection, f"SELECT {_MAY_WRITE}")
    if not may:
        return problem(WRITABLE, texts.NO_RIGHTS, texts.RIGHTS_REMEDY)
    return fine(WRITABLE, texts.WRITABLE)


def _asked(connection: Connection, question: str) -> Any:
    return connection.exec_driver_sql(question).scalar()
