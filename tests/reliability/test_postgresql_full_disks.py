"""The disk of a server fills up between Xero's answer and its saving: the token waits in memory for room there too.

Where this user may mount one, the server's tables lie on a small file system whose last byte is taken. Everywhere the
server itself says at the commit, in its own words and with its own code, that its disk is full; no other way to a full
disk of a server that runs as another user needs neither a mount nor a compiler: PostgreSQL has no quota for tables.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hostspec.errors import StoreUnavailable
from sample_host.xero_simulator.server import SimulatorServer
from tests.plugin.keeper_process import keeping
from tests.plugin.simulated_grants import is_let_in, signed_in
from tests.postgresql_server import PACKAGE_USER, PostgresqlServer, needs_other_user
from tests.reliability.storage_disks import Disk, SmallDisk, kinds, mounted
from tests.reliability.test_storage_full_disks import Filling, clock

pytestmark = pytest.mark.postgresql

SAYS_FULL = """
CREATE FUNCTION says_full() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$
"""
AT_THE_COMMIT = """
CREATE CONSTRAINT TRIGGER full_disk AFTER INSERT OR UPDATE ON {} DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW EXECUTE FUNCTION says_full()
"""


class RefusedCommits:
    """A disk as a server knows it that commits nothing any more."""

    def __init__(self, folder: Path, server: PostgresqlServer, url: str) -> None:
        self.folder = folder
        self._server, self._url = server, url
        self._is_full = False
        server.rows(url, SAYS_FULL)

    def fill(self) -> None:
        if not self._is_full:
            self._on_each_table(AT_THE_COMMIT)
            self._is_full = True

    def make_room(self) -> None:
        if self._is_full:
            self._on_each_table("DROP TRIGGER full_disk ON {}")
            self._is_full = False

    def _on_each_table(self, statement: str) -> None:
        for table in tables(self._server, self._url):
            self._server.rows(self._url, statement.format(table))


def tables(server: PostgresqlServer, url: str) -> list[str]:
    return [str(name) for (name,) in server.rows(url, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]


@contextmanager
def small_tablespace(server: PostgresqlServer, url: str) -> Iterator[Disk]:
    """All tables of a database on a small disk."""
    place = server.folder / "small"
    with mounted(place):
        if needs_other_user():
            shutil.chown(place, PACKAGE_USER, PACKAGE_USER)
        server.rows(url, f"CREATE TABLESPACE small LOCATION '{place}'")
        try:
            for table in tables(server, url):
                server.rows(url, f"ALTER TABLE {table} SET TABLESPACE small")
            yield SmallDisk(place)
        finally:
            server.drop(url)
            server.rows(server.url("postgres"), "DROP TABLESPACE small")
    place.rmdir()


@contextmanager
def disk_of_server(kind: str, folder: Path, server: PostgresqlServer, url: str) -> Iterator[Disk]:
    if kind == "space":
        with small_tablespace(server, url) as disk:
            yield disk
    else:
        yield RefusedCommits(folder, server, url)


CASES = [
    *(("commits", point) for point in ("after Send", "before KeepCandidate", "after KeepCandidate", "before Commit")),
    # From here on the answer needs a page that no table has yet.
    *(("space", point) for point in ("after Send", "before KeepCandidate") if "space" in kinds()),
]


@pytest.mark.parametrize(("kind", "point"), CASES)
def test_c16_a_token_that_a_full_server_cannot_take_waits_in_memory_and_is_saved_once_there_is_room(
    tmp_path: Path, postgresql: PostgresqlServer, postgresql_url: str, kind: str, point: str
) -> None:
    with SimulatorServer() as xero:
        with keeping(tmp_path, xero.origin, database_url=postgresql_url, clock=clock()) as first:
            grant = signed_in(first, xero)
        with disk_of_server(kind, tmp_path, postgresql, postgresql_url) as disk:
            filling = Filling(disk, point)
            with keeping(tmp_path, xero.origin, database_url=postgresql_url, clock=clock(), checkpoint=filling) as kept:
                with pytest.raises(StoreUnavailable) as caught:
                    kept.keeper.access_token(grant, refused=1)
                assert filling.is_full
                assert caught.value.code == "DISK_FULL"
                assert "kept in memory" in str(caught.value)
                filling.make_room()
                kept.keeper.recover()
            with keeping(tmp_path, xero.origin, database_url=postgresql_url, clock=clock()) as later:
                token = later.keeper.access_token(grant)
                assert token.generation == 2
                assert is_let_in(token, xero)
                assert xero.control.state().refreshes == 1
