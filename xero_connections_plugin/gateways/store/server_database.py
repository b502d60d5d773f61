"""How is a shared database on a server opened, and what is tried again when the server or the network fails?"""

from __future__ import annotations

import threading
from contextlib import contextmanager, suppress
from itertools import count
from typing import TYPE_CHECKING, Final

from hostspec.errors import StoreUnavailable
from xero_connections_plugin.gateways.store import store_errors
from xero_connections_plugin.gateways.store.call_limit import SHORTEST_ATTEMPT, CallLimit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from pydantic import SecretStr
    from sqlalchemy import Connection, Engine
    from sqlalchemy.exc import DBAPIError

    from hostspec.errors import ConnectionProblem
    from hostspec.services import Clock

BUDGET_SECONDS: Final = 10.0
"""Longest time that a caller waits for the store, all attempts together."""

AT_MOST: Final = 2
"""Sessions of one process: servers allow 100 by default, and some fifty workstations share them.

Not counted by the pool: who waits there is not told when a session is closed instead of given back.
"""

ONE_ATTEMPT: Final = SHORTEST_ATTEMPT + 0.04
"""Seconds; leaves none for a second one."""

AWAY_SECONDS: Final = 15.0
"""How long a server that did not answer counts as away, unless it answers."""


class LinkLost(Exception):
    """The server ended a transaction, or was not heard any more. Never reaches a caller of the store."""

    def __init__(self, trouble: BaseException | None, *, is_uncertain: bool = False) -> None:
        super().__init__()
        self.trouble = trouble
        self.is_uncertain = is_uncertain
        """It was being committed: all of it was done, or nothing."""


class ServerDatabase:
    """A database on a server.

    Args:
        address: SQLAlchemy address.
        clock: What limits are told by.
        checkpoint: As for the database.
        patience: As for the database.
        heard: Is told the server's time whenever a transaction begins.
    """

    def __init__(
        self,
        address: SecretStr,
        clock: Clock,
        checkpoint: Callable[[str], None],
        patience: float = BUDGET_SECONDS,
        heard: Callable[[datetime], None] = lambda _server_time: None,
    ) -> None:
        self._address = address
        self._checkpoint = checkpoint
        self.limit = CallLimit(clock)
        self._clock = clock
        self._patience = patience
        self._heard = heard
        self._away_until = float("-inf")
        self._returning = threading.Lock()
        self._rests = 0
        self._places = self._free_places()

    def begin_call(self) -> None:
        """A caller's time begins. While the server is known to be away, each gets one short attempt."""
        is_away = self._clock.monotonic() < self._away_until
        self.limit.begin(min(self._patience, ONE_ATTEMPT) if is_away else self._patience)

    def describe(self) -> str:
        """Where it is, for people; holds no password."""
        from sqlalchemy import make_url

        address = make_url(self._address.get_secret_value())
        return f"{address.get_backend_name()} at {address.host or 'this machine'}"

    def opened(self, new_id: Callable[[], str]) -> Engine:
        """An engine on the database, which has the tables of this program.

        Raises:
            StoreUnavailable: It cannot be reached or used, or a newer program made it.
        """
        from sqlalchemy import exc

        # A child of a fork has no thread that could give back what its parent's threads took.
        self._places, self._returning = self._free_places(), threading.Lock()
        try:
            from xero_connections_plugin.gateways.store import schema, server_link

            engine = server_link.make_engine(self._address.get_secret_value(), self.limit)
        except (exc.ArgumentError, ImportError):
            raise StoreUnavailable(
                "The setting database_url cannot be used: it is not an address of a PostgreSQL database, or the "
                "driver (the extra 'postgresql') is not installed. Nothing was changed; correct it.",
                code="STORE_UNREACHABLE",
            ) from None
        try:
            with self.begun(engine, reads=False) as connection:
                schema.bring_up_to_date(connection, new_id, self.describe(), self._checkpoint)
        except BaseException as trouble:
            engine.dispose()
            if isinstance(trouble, exc.DBAPIError):
                raise store_errors.translated(trouble.orig, self.describe()) from None
            raise
        return engine

    @contextmanager
    def begun(self, engine: Engine, *, reads: bool) -> Iterator[Connection]:
        """A connection inside a transaction, rolled back at the end of the block unless it was committed.

        Raises:
            StoreUnavailable: The server does not answer, or lets nobody in.
        """
        from sqlalchemy import exc

        places = self._places
        if not places.acquire(timeout=self.limit.remaining):
            raise store_errors.busy(self.describe())
        try:
            rests = self._rests
            connection = self._connected(engine, reads=reads)
            try:
                yield connection
            finally:
                try:
                    with suppress(exc.DBAPIError):
                        connection.rollback()
                finally:
                    self._give_back(connection, rests)
        finally:
            places.release()

    @staticmethod
    def _free_places() -> threading.BoundedSemaphore:
        return threading.BoundedSemaphore(AT_MOST)

    def rest(self, engine: Engine) -> None:
        """Keep no session open that nobody uses."""
        with self._returning:
            engine.dispose()
            # Only now: who takes a session while the old pool is being emptied may still get it from that.
            self._rests += 1

    def _give_back(self, connection: Connection, rests: int) -> None:
        """Give a session back to its pool, or end it when that was given up since ``rests`` was read."""
        with self._returning:
            if rests != self._rests:
                connection.invalidate()
            connection.close()

    def _connected(self, engine: Engine, *, reads: bool) -> Connection:
        """A transaction. While the server stops, starts or is full, the time of the call is used up."""
        from sqlalchemy import exc

        from xero_connections_plugin.gateways.store import server_link

        for attempt in count():
            try:
                connection = server_link.begin(engine, self.limit, reads=reads)
                self._away_until = float("-inf")
                self._heard(server_link.begun_at(connection))
                return connection
            except exc.DBAPIError as trouble:
                if not server_link.is_passing(trouble):
                    raise self._told(trouble) from None
                if not self.limit.pause(attempt):
                    self._away_until = self._clock.monotonic() + AWAY_SECONDS
                    raise self._told(trouble) from None
        raise AssertionError("attempts never end by themselves")

    def commit(self, connection: Connection, *, reads: bool) -> None:
        """End a transaction.

        Raises:
            LinkLost: Nobody knows whether it was committed, unless it only read.
        """
        from sqlalchemy import exc

        from xero_connections_plugin.gateways.store import server_link

        try:
            connection.commit()
        except exc.DBAPIError as trouble:
            if not server_link.is_passing(trouble):
                raise
            raise LinkLost(trouble.orig, is_uncertain=not reads) from None

    def explained(self, trouble: DBAPIError) -> Exception:
        """The error to raise for one inside of a transaction: ``LinkLost`` when the same may succeed now."""
        from xero_connections_plugin.gateways.store import server_link

        return LinkLost(trouble.orig) if server_link.is_passing(trouble) else self._told(trouble)

    def told(self, lost: LinkLost) -> ConnectionProblem:
        """The error to raise when no time is left for another attempt."""
        self._away_until = self._clock.monotonic() + AWAY_SECONDS
        if lost.is_uncertain:
            return store_errors.uncertain(self.describe())
        return store_errors.translated(lost.trouble, self.describe())

    def _told(self, trouble: DBAPIError) -> ConnectionProblem:
        from xero_connections_plugin.gateways.store import server_link

        if server_link.is_refusal(trouble.orig):
            return store_errors.refused(self.describe())
        return store_errors.translated(trouble.orig, self.describe())
