"""Networks and databases that a test may disturb."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from pydantic import SecretStr

from hostspec.testing import FakeClock
from tests.network_relay import NetworkRelay
from tests.postgresql_server import PostgresqlServer
from xero_connections_plugin.gateways.database import Database


@pytest.fixture
def relay(postgresql: PostgresqlServer) -> Iterator[NetworkRelay]:
    """A network before the server of this run."""
    with NetworkRelay(postgresql.port) as relay:
        yield relay


@pytest.fixture
def relayed(postgresql: PostgresqlServer, postgresql_url: str, relay: NetworkRelay) -> str:
    """The address of a fresh database behind it."""
    return postgresql.url(postgresql_url.rpartition("/")[2], port=relay.port)


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Callable[..., Database]]:
    """Opens databases that are closed after the test."""
    with ExitStack() as undo:

        def open_database(url: str, **options: object) -> Database:
            clock = options.pop("clock", FakeClock(auto_advance=True))
            database = Database(tmp_path, clock, url=SecretStr(url), **options)  # type: ignore[arg-type]  # a test's words
            undo.callback(database.close)
            return database

        yield open_database
