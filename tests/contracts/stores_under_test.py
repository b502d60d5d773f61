"""The databases that every store is tested on. A further database is one more line here."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import pytest
from pydantic import SecretStr

from hostspec.testing import FakeClock
from tests.postgresql_server import PostgresqlServer
from tests.reliability.server_clock import ServerClock
from xero_connections_plugin.gateways.store.database import Database
from xero_connections_plugin.gateways.store.machine_presence import MachinePresence

DATABASES: Final = ("sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql))
"""Parameters for a fixture, or a test, that hands what it gets to ``database_under_test``."""


class ServedClock(FakeClock):
    """A clock whose moves a database server follows, as if it stood beside it."""

    def __init__(self, now: datetime, server: PostgresqlServer, url: str) -> None:
        super().__init__(now, auto_advance=True)
        self._server = ServerClock(server, url, now)

    def _move(self, *, wall: float, monotonic: float) -> None:
        super()._move(wall=wall, monotonic=monotonic)
        self._server.advance(wall)


@dataclass(frozen=True)
class DatabaseUnderTest:
    """A fresh database; ``another`` opens it once more, as a process or a workstation does."""

    folder: Path
    clock: FakeClock
    url: str | None
    _undo: ExitStack

    def opened(self, name: str = "data") -> Database:
        """The database, with the data directory of this name."""
        url = SecretStr(self.url) if self.url is not None else None
        database = Database(self.folder / (name if url is not None else "data"), self.clock, url=url)
        self._undo.callback(database.close)
        return database

    def presence(self, name: str = "data") -> MachinePresence:
        """One process more, as others on the machine with this data directory see it."""
        presence = MachinePresence(self.folder / name, new_id=lambda: secrets.token_hex(6))
        self._undo.callback(presence.close)
        return presence


@contextmanager
def database_under_test(request: pytest.FixtureRequest, name: str, now: datetime) -> Iterator[DatabaseUnderTest]:
    """A database of one of the kinds in ``DATABASES``, with a clock that it follows."""
    folder: Path = request.getfixturevalue("tmp_path")
    with ExitStack() as undo:
        if name == "sqlite":
            yield DatabaseUnderTest(folder, FakeClock(now, auto_advance=True), None, undo)
            return
        server: PostgresqlServer = request.getfixturevalue("postgresql")
        url: str = request.getfixturevalue("postgresql_url")
        yield DatabaseUnderTest(folder, ServedClock(now, server, url), url, undo)
