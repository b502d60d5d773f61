"""How do we reach the database? One engine per process, short transactions, errors translated at the edge."""

from __future__ import annotations

import os
import secrets
from contextlib import contextmanager, suppress
from itertools import count
from typing import TYPE_CHECKING, Final, TypeVar

from xero_connections_plugin.gateways.store import store_errors
from xero_connections_plugin.gateways.store.server_database import BUDGET_SECONDS, LinkLost, ServerDatabase
from xero_connections_plugin.gateways.store.sql_loading import load_sql
from xero_connections_plugin.gateways.store.sqlite_file import SqliteFile
from xero_connections_plugin.gateways.store.sqlite_texts import UnreadableText, is_unreadable_text, trust_texts
from xero_connections_plugin.gateways.store.store_clock import StoreClock
from xero_connections_plugin.own_locks import ProcessLock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from pathlib import Path

    from pydantic import SecretStr
    from sqlalchemy import Connection, Engine

    from hostspec.errors import ConnectionProblem
    from hostspec.services import Clock

T = TypeVar("T")

FILE_NAME: Final = "xero-connections.sqlite3"


class Database:
    """The store of an installation. Any thread may use it; it survives a fork.

    Making one touches nothing; the first transaction opens the store and creates or upgrades its tables.

    Args:
        data_dir: Where the file lies when no address is given.
        clock: What leases and time stamps in a local store are judged by; a shared one uses the server's.
        url: SQLAlchemy address of a shared database.
        new_id: Makes the id of a new installation.
        checkpoint: Called before and after every commit of changes, and while the store is made; crash tests end the
            process there.
        patience: Longest time that a caller waits for a server, all attempts together (seconds).
    """

    def __init__(
        self,
        data_dir: Path,
        clock: Clock,
        *,
        url: SecretStr | None = None,
        new_id: Callable[[], str] = lambda: secrets.token_hex(16),
        checkpoint: Callable[[str], None] = lambda _: None,
        patience: float = BUDGET_SECONDS,
    ) -> None:
        self._clock = clock
        self._url = url
        self._new_id = new_id
        self._checkpoint = checkpoint
        self._file = SqliteFile(data_dir / FILE_NAME, clock, checkpoint)
        self.store_clock = StoreClock(clock)
        """The same clock, showing the time of the store as it was heard last; asking it costs nothing."""
        heard = self.store_clock.heard
        self._server = ServerDatabase(url, clock, checkpoint, patience, heard) if url is not None else None
        self._lock = ProcessLock()
        self._engine: Engine | None = None
        self._process = 0
        self._is_closing = False

    @property
    def is_shared(self) -> bool:
        """Whether other machines may use it too."""
        return self._server is not None

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One consistent view of what is committed.

        Raises:
            StoreUnavailable, StoredDataDamaged: See the port that is being performed.
        """
        with self._once(), self._transaction(reads=True) as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction that is committed at the end, or rolled back when the block raises.

        Raises:
            StoreUnavailable, StoredDataDamaged: Nothing was written, or, where the text says so, that is not known.
            sqlalchemy.exc.IntegrityError: Something unique exists already; nothing was written.
        """
        with self._once(), self._transaction(reads=False) as connection:
            yield connection

    def reading(self, work: Callable[[Connection], T]) -> T:
        """What ``work`` finds in one consistent view; it is asked again when a server went away meanwhile.

        Raises:
            StoreUnavailable, StoredDataDamaged: See the port that is being performed.
        """
        if self._server is None:
            with suppress(UnreadableText):
                return self._repeated(work, reads=True, trusts_texts=True)
        return self._repeated(work, reads=True)

    def writing(self, work: Callable[[Connection], T]) -> T:
        """One transaction that is committed at the end, or rolled back when ``work`` raises.

        A transaction that a server ended is repeated. Whether it was committed cannot be known when the link broke
        during the commit: so ``work`` recognizes what it has done already, and then answers as it did.

        Raises:
            StoreUnavailable, StoredDataDamaged: As ``write``.
            sqlalchemy.exc.IntegrityError: As ``write``.
        """
        return self._repeated(work, reads=False)

    def noting(self, work: Callable[[Connection], T]) -> T:
        """The same for what nobody waits for and nothing depends on: it comes by no checkpoint.

        Raises:
            StoreUnavailable, StoredDataDamaged: As ``write``.
        """
        return self._repeated(work, reads=False, checkpoint=lambda _: None)

    def now(self, connection: Connection) -> datetime:
        """The time that all users of this store agree on (UTC).

        Of a server: in a read, when it began; in a write, now. So a time to be compared with those of others is asked
        for after the rows are locked.
        """
        if self._server is None:
            return self._clock.now()
        from xero_connections_plugin.gateways.store.server_link import server_time

        return server_time(connection)

    def clock(self, connection: Connection) -> Callable[[], datetime]:
        """Tells ``now`` of a transaction whenever it is asked."""
        return lambda: self.now(connection)

    def check_writable(self) -> None:
        """Write and commit something, so that trouble shows before anything depends on it.

        Raises:
            StoreUnavailable, StoredDataDamaged: It cannot be written.
        """
        from xero_connections_plugin.gateways.store.tables import installation

        def touch(connection: Connection) -> None:
            connection.execute(installation.update().values(write_tests=installation.c.write_tests + 1))

        self.writing(touch)

    def installation_id(self) -> str:
        """What tells this store from every other.

        Raises:
            StoreUnavailable, StoredDataDamaged: It cannot be read.
        """
        from xero_connections_plugin.gateways.store.tables import installation

        found = self.reading(lambda connection: connection.execute(installation.select()).first())
        if found is None:
            raise store_errors.damaged(self.describe())
        return str(found.installation_id)

    def describe(self) -> str:
        """Where it is, for people; holds no password."""
        return str(self._file.path) if self._server is None else self._server.describe()

    def close(self) -> None:
        """Close idle connections, and from now on each at the end of its transaction: a last task may be under way."""
        self._is_closing = True
        self.rest()

    def rest(self) -> None:
        """Keep no session on a server open until somebody needs it again."""
        engine = self._engine
        if engine is None or self._process != os.getpid():
            return
        if self._server is not None:
            self._server.rest(engine)
        else:
            engine.dispose()

    @contextmanager
    def _once(self) -> Iterator[None]:
        self._begin_call()
        try:
            yield
        except LinkLost as lost:
            raise self._told(lost) from None

    def _repeated(
        self,
        work: Callable[[Connection], T],
        *,
        reads: bool,
        checkpoint: Callable[[str], None] | None = None,
        trusts_texts: bool = False,
    ) -> T:
        self._begin_call()
        is_uncertain = False
        for attempt in count():
            try:
                with self._transaction(reads=reads, checkpoint=checkpoint, trusts_texts=trusts_texts) as connection:
                    return work(connection)
            except LinkLost as lost:
                is_uncertain = is_uncertain or lost.is_uncertain
                if self._server is None or not self._server.limit.pause(attempt):
                    raise self._told(LinkLost(lost.trouble, is_uncertain=is_uncertain)) from None
        raise AssertionError("attempts never end by themselves")

    def _begin_call(self) -> None:
        if self._server is not None:
            self._server.begin_call()

    def _told(self, lost: LinkLost) -> ConnectionProblem:
        if self._server is None:
            return store_errors.translated(lost.trouble, self.describe())
        return self._server.told(lost)

    @contextmanager
    def _transaction(
        self, *, reads: bool, checkpoint: Callable[[str], None] | None = None, trusts_texts: bool = False
    ) -> Iterator[Connection]:
        load_sql()
        from sqlalchemy import exc

        checkpoint = checkpoint or self._checkpoint
        engine = self._ready()
        try:
            with self._begun(engine, reads=reads) as connection:
                if trusts_texts:
                    trust_texts(connection)
                yield connection
                if not reads:
                    checkpoint("store:before-commit")
                if self._server is not None:
                    self._server.commit(connection, reads=reads)
                else:
                    connection.commit()
            if not reads:
                checkpoint("store:after-commit")
        except exc.IntegrityError:
            raise
        except exc.DBAPIError as trouble:
            if self._server is not None:
                raise self._server.explained(trouble) from None
            if trusts_texts and is_unreadable_text(trouble.orig):
                raise UnreadableText from None
            raise self._file.explained(trouble.orig) from None
        except UnicodeDecodeError:
            # Python's driver, about a message of SQLite's that quotes a damaged schema.
            raise store_errors.damaged(self.describe()) from None
        finally:
            if self._is_closing:
                self.rest()

    @contextmanager
    def _begun(self, engine: Engine, *, reads: bool) -> Iterator[Connection]:
        if self._server is not None:
            with self._server.begun(engine, reads=reads) as connection:
                yield connection
            return
        with engine.connect() as connection:
            connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")
            yield connection

    def _ready(self) -> Engine:
        engine = self._engine
        if engine is not None and self._process == os.getpid():
            return engine
        lock = self._lock.own
        # Whoever waits for another thread's attempt does so within the time of its own call.
        if not lock.acquire(timeout=-1 if self._server is None else self._server.limit.remaining):
            raise store_errors.translated(None, self.describe())
        try:
            if self._engine is not None and self._process != os.getpid():
                # Connections of the parent process must be neither used nor closed here.
                self._engine.dispose(close=False)
                self._engine = None
            if self._engine is None:
                place = self._server or self._file
                self._engine = place.opened(self._new_id)
                self._process = os.getpid()
            return self._engine
        finally:
            lock.release()
