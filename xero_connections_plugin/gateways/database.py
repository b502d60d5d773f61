"""How do we reach the database? One engine per process, short transactions, errors translated at the edge."""

from __future__ import annotations

import os
import secrets
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from hostspec.errors import StoreUnavailable
from xero_connections_plugin.gateways import store_errors
from xero_connections_plugin.gateways.sqlite_file import BUSY_SECONDS, SqliteFile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from pathlib import Path

    from pydantic import SecretStr
    from sqlalchemy import Connection, Engine

    from hostspec.errors import ConnectionProblem
    from hostspec.services import Clock

FILE_NAME: Final = "xero-connections.sqlite3"


class Database:
    """The store of an installation. Any thread may use it; it survives a fork.

    Making one touches nothing; the first transaction opens the store and creates or upgrades its tables.

    Args:
        data_dir: Where the file lies when no address is given.
        clock: What leases and time stamps in a local store are judged by; a shared one uses the server's.
        url: SQLAlchemy address of a shared database.
        new_id: Makes the id of a new installation.
        checkpoint: Called before and after every commit of changes; crash tests end the process there.
    """

    def __init__(
        self,
        data_dir: Path,
        clock: Clock,
        *,
        url: SecretStr | None = None,
        new_id: Callable[[], str] = lambda: secrets.token_hex(16),
        checkpoint: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._clock = clock
        self._url = url
        self._new_id = new_id
        self._checkpoint = checkpoint
        self._file = SqliteFile(data_dir / FILE_NAME, clock) if url is None else None
        self._lock = threading.Lock()
        self._engine: Engine | None = None
        self._process = 0

    @property
    def is_shared(self) -> bool:
        """Whether other machines may use it too."""
        return self._file is None

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One consistent view of what is committed.

        Raises:
            StoreUnavailable, StoredDataDamaged: See the port that is being performed.
        """
        with self._transaction("BEGIN") as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction that is committed at the end, or rolled back when the block raises.

        Raises:
            StoreUnavailable, StoredDataDamaged: Nothing was written.
            sqlalchemy.exc.IntegrityError: Something unique exists already; nothing was written.
        """
        with self._transaction("BEGIN IMMEDIATE") as connection:
            yield connection
            self._checkpoint("store:before-commit")
        self._checkpoint("store:after-commit")

    def now(self, connection: Connection) -> datetime:
        """The time that all users of this store agree on (UTC)."""
        if self._file is not None:
            return self._clock.now()
        from xero_connections_plugin.gateways.schema import server_time

        return server_time(connection)

    def check_writable(self) -> None:
        """Write and commit something, so that trouble shows before anything depends on it.

        Raises:
            StoreUnavailable, StoredDataDamaged: It cannot be written.
        """
        from xero_connections_plugin.gateways.tables import installation

        with self.write() as connection:
            connection.execute(installation.update().values(write_tests=installation.c.write_tests + 1))

    def installation_id(self) -> str:
        """What tells this store from every other.

        Raises:
            StoreUnavailable, StoredDataDamaged: It cannot be read.
        """
        from xero_connections_plugin.gateways.tables import installation

        with self.read() as connection:
            found = connection.execute(installation.select()).first()
        if found is None:
            raise store_errors.damaged(self.describe())
        return str(found.installation_id)

    def describe(self) -> str:
        """Where it is, for people; holds no password."""
        if self._file is not None:
            return str(self._file.path)
        from sqlalchemy import make_url

        address = make_url(self._address())
        return f"{address.get_backend_name()} at {address.host or 'this machine'}"

    def close(self) -> None:
        """Close idle connections; the next transaction opens again."""
        with self._lock:
            if self._engine is not None and self._process == os.getpid():
                self._engine.dispose()
            self._engine = None

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[Connection]:
        from sqlalchemy import exc

        engine = self._ready()
        try:
            with engine.connect() as connection:
                if self._file is not None:
                    connection.exec_driver_sql(begin)
                else:
                    connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{BUSY_SECONDS}s'")
                yield connection
                connection.commit()
        except exc.IntegrityError:
            raise
        except exc.DBAPIError as trouble:
            raise self._explained(trouble.orig) from None
        except exc.TimeoutError:
            raise store_errors.busy(self.describe()) from None

    def _explained(self, trouble: BaseException | None) -> ConnectionProblem:
        if self._file is not None:
            return self._file.explained(trouble)
        return store_errors.translated(trouble, self.describe())

    def _ready(self) -> Engine:
        engine = self._engine
        if engine is not None and self._process == os.getpid():
            return engine
        with self._lock:
            if self._engine is not None and self._process != os.getpid():
                # Connections of the parent process must be neither used nor closed here.
                self._engine.dispose(close=False)
                self._engine = None
            if self._engine is None:
                self._engine = self._opened()
                self._process = os.getpid()
            return self._engine

    def _opened(self) -> Engine:
        from sqlalchemy import exc

        from xero_connections_plugin.gateways import schema

        if self._file is not None:
            return self._file.opened(self._new_id)
        try:
            engine = schema.server_engine(self._address())
        except (exc.ArgumentError, ImportError):
            raise StoreUnavailable(
                "The setting database_url cannot be used: it is not an address of a database whose driver is "
                "installed (for PostgreSQL: the extra 'postgresql'). Nothing was changed; correct it.",
                code="STORE_UNREACHABLE",
            ) from None
        try:
            with engine.connect() as connection:
                schema.bring_up_to_date(connection, self._new_id, self.describe())
        except exc.DBAPIError as trouble:
            engine.dispose()
            raise store_errors.translated(trouble.orig, self.describe()) from None
        except BaseException:
            engine.dispose()
            raise
        return engine

    def _address(self) -> str:
        if self._url is None:
            raise ValueError("this store is a file")
        return self._url.get_secret_value()
