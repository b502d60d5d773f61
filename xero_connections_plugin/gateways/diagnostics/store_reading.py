"""What does the store say that helps support? Read without the key, so nothing of it is secret."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from xero_connections_plugin.connections.history_events import EventKind
from xero_connections_plugin.gateways.store.database import FILE_NAME
from xero_connections_plugin.gateways.store.sqlite_file import file_engine

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection

    from hostspec.services import Clock
    from xero_connections_plugin.settings import Settings

MOST_EVENTS: Final = 300
_SECONDS: Final = 8.0
_FAILURES: Final = frozenset(
    {
        EventKind.SIGN_IN_FAILED,
        EventKind.SIGN_IN_ENDED,
        EventKind.REFRESH_FAILED,
        EventKind.TROUBLE,
        EventKind.TENANT_MISMATCH,
        EventKind.KEY_CHANGED,
    }
)


@dataclass(frozen=True)
class StoreReading:
    """Rows, as plain values; nothing that is sealed."""

    rows: dict[str, int] = field(default_factory=dict)
    """How many each table has."""
    connections: list[dict[str, Any]] = field(default_factory=list)
    grants: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    names: dict[str, list[str]] = field(default_factory=dict)
    """What is not to be handed out, by kind."""


@contextmanager
def opened_to_read(settings: Settings, data_dir: Path | None, clock: Clock) -> Iterator[Connection | None]:
    """A transaction that changes nothing; ``None`` where there is no store.

    Raises:
        sqlalchemy.exc.SQLAlchemyError, ImportError: It cannot be opened.
    """
    if settings.database_url is not None:
        from xero_connections_plugin.gateways.store import server_link
        from xero_connections_plugin.gateways.store.call_limit import CallLimit

        limit = CallLimit(clock)
        engine = server_link.make_engine(settings.database_url.get_secret_value(), limit)
        limit.begin(_SECONDS)
        try:
            with server_link.begin(engine, limit, reads=True) as connection:
                yield connection
        finally:
            engine.dispose()
        return
    if data_dir is None or not (data_dir / FILE_NAME).is_file():
        yield None
        return
    with file_engine(data_dir / FILE_NAME, read_only=True).connect() as connection:
        connection.exec_driver_sql("BEGIN")
        yield connection


def read_store(connection: Connection) -> StoreReading:
    """Everything but what is sealed.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: It cannot be read.
    """
    import sqlalchemy as sa

    from xero_connections_plugin.gateways.store.tables import connections, grants, history, metadata, published_usages

    rows = {
        table.name: int(connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())
        for table in metadata.sorted_tables
    }
    entries = _plain(connection, sa.select(*_open(connections)).order_by(connections.c.created_at))
    kept = _plain(connection, sa.select(*_open(grants)).order_by(grants.c.created_at))
    kinds = [kind.value for kind in _FAILURES]
    failed = history.c.passed.is_(False) | history.c.kind.in_(kinds)
    latest = sa.select(history).where(failed).order_by(history.c.history_id.desc()).limit(MOST_EVENTS)
    events = _plain(connection, latest)
    said = [row[0] for row in connection.execute(sa.select(history.c.label).distinct())]
    people = _texts(connection, history.c.user_name, history.c.user_id, history.c.account, grants.c.account)
    uses = _texts(connection, published_usages.c.profile, published_usages.c.step)
    names = {
        "Connection": [*(str(row["display_name"]) for row in entries), *map(str, said)],
        "Company": [
            *(str(row["subtitle"]) for row in entries),
            *(str(_settings(row).get("tenant_name", "")) for row in entries),
        ],
        "Person": people,
        "Host": _texts(connection, history.c.host_name, published_usages.c.host_name),
        "Profile": uses,
    }
    return StoreReading(rows, entries, kept, events, names)


def _open(table: Any) -> list[Any]:
    """The columns that hold no ciphertext."""
    import sqlalchemy as sa

    return [column for column in table.columns if not isinstance(column.type, sa.LargeBinary)]


def _plain(connection: Connection, query: Any) -> list[dict[str, Any]]:
    return [dict(row) for row in connection.execute(query).mappings()]


def _texts(connection: Connection, *columns: Any) -> list[str]:
    import sqlalchemy as sa

    return [str(row[0]) for column in columns for row in connection.execute(sa.select(column).distinct())]


def _settings(row: dict[str, Any]) -> dict[str, Any]:
    found = row["settings"]
    return found if isinstance(found, dict) else {}
