"""An older and a newer program on one store: nothing is lost, and the older one never harms what it does not know."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from hostspec import HttpSession
from hostspec.errors import StoreUnavailable
from hostspec.testing import FakeClock
from hostspec.value import ConnectionId
from tests.plugin.store_probes import trouble
from tests.reliability.newer_program import NEWER_REVISION, NewerProgram
from tests.stories.capture_site import Site
from xero_connections_plugin.gateways.store.database import FILE_NAME, Database
from xero_connections_plugin.gateways.store.schema import HEAD


@pytest.fixture(scope="module")
def newer(tmp_path_factory: pytest.TempPathFactory) -> NewerProgram:
    return NewerProgram(tmp_path_factory.mktemp("program"))


def rows(data_dir: Path) -> dict[str, list[tuple[object, ...]]]:
    """All that the older program knows of."""
    with closing(sqlite3.connect(data_dir / FILE_NAME)) as raw:
        names = ("connections", "candidates", "data_keys", "published_usages")
        found = {name: raw.execute(f"SELECT * FROM {name} ORDER BY 1").fetchall() for name in names}
        found["grants"] = raw.execute("SELECT grant_id, generation, state, sealed FROM grants").fetchall()
        return found


def revision(data_dir: Path) -> str:
    with closing(sqlite3.connect(data_dir / FILE_NAME)) as raw:
        return str(raw.execute("SELECT version_num FROM alembic_version").fetchone()[0])


def is_used(site: Site, connection_id: ConnectionId) -> bool:
    with site.host.hooks.open_session(connection_id) as session:
        assert isinstance(session, HttpSession)
        return session.http.get("Organisation").status_code == 200


def downgrade(data_dir: Path) -> None:
    """For the look at the end, with the older program."""
    with closing(sqlite3.connect(data_dir / FILE_NAME)) as raw, raw:
        raw.execute("UPDATE alembic_version SET version_num = ?", (HEAD,))


def test_c34_a_running_program_works_on_while_a_newer_one_upgrades_the_store_under_it(
    tmp_path: Path, newer: NewerProgram
) -> None:
    with Site(tmp_path / "data") as site:
        connection_id = site.add(site.tab(), "Head office")
        site.host.tasks.join()
        before = rows(tmp_path / "data")
        assert newer.run(tmp_path / "data") == [NEWER_REVISION, "1"]
        assert rows(tmp_path / "data") == before
        # The older one reads, renews and saves as before.
        assert is_used(site, connection_id)
        site.host.clock.advance(3600)
        site.xero.control.advance(3600)
        assert is_used(site, connection_id)
        assert site.xero.control.state().refreshes == 1
        site.add(site.tab(), "Kiosk")
        assert site.tab().rows == ["Head office", "Kiosk"]
        site.host.hooks.maintain(5.0)
        # The newer one finds all of it, and its own.
        assert newer.run(tmp_path / "data") == [NEWER_REVISION, "1"]
        site.host.stop()
        content = (tmp_path / "data" / FILE_NAME).read_bytes()
        with site.make_host("host-a") as later:
            later.tasks.join()
            with pytest.raises(StoreUnavailable) as caught:
                later.tab("Connections")
            assert caught.value.code == "STORE_NEWER"
        assert (tmp_path / "data" / FILE_NAME).read_bytes() == content
        downgrade(tmp_path / "data")


def test_c34_a_running_program_says_newer_where_it_no_longer_understands_the_tables(tmp_path: Path) -> None:
    database = Database(tmp_path / "data", FakeClock())
    database.check_writable()
    with closing(sqlite3.connect(tmp_path / "data" / FILE_NAME)) as raw, raw:
        raw.execute("ALTER TABLE installation RENAME COLUMN write_tests TO probes")
        raw.execute("UPDATE alembic_version SET version_num = '0099'")
    content = (tmp_path / "data" / FILE_NAME).read_bytes()
    assert trouble(database).code == "STORE_NEWER"
    assert (tmp_path / "data" / FILE_NAME).read_bytes() == content


def test_c34_a_newer_store_with_a_stray_journal_of_nothing_is_left_as_it_is(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    Database(folder, FakeClock()).check_writable()
    with closing(sqlite3.connect(folder / FILE_NAME)) as raw, raw:
        raw.execute("UPDATE alembic_version SET version_num = '0099'")
    content = (folder / FILE_NAME).read_bytes()
    for _ in range(3):
        assert trouble(Database(folder, FakeClock())).code == "STORE_NEWER"
    assert (folder / FILE_NAME).read_bytes() == content
    assert {file.name for file in folder.iterdir()} == {FILE_NAME, f"{FILE_NAME}.lock"}


def test_an_upgrade_that_is_killed_leaves_the_old_store_and_is_done_at_the_next_start(
    tmp_path: Path, newer: NewerProgram
) -> None:
    with Site(tmp_path / "data") as site:
        connection_id = site.add(site.tab(), "Head office")
        site.host.stop()
        before = rows(tmp_path / "data")
        assert newer.run(tmp_path / "data", stop_at="store: tables made") == []
        # The older program rolls back what was half done, and works.
        with site.make_host("host-a") as site.host:
            assert rows(tmp_path / "data") == before
            assert is_used(site, connection_id)
        # What it learned of the company in doing so stays too.
        before = rows(tmp_path / "data")
        assert revision(tmp_path / "data") == HEAD
        assert newer.run(tmp_path / "data", stop_at="store: tables made") == []
        assert newer.run(tmp_path / "data") == [NEWER_REVISION, "1"]
        after = rows(tmp_path / "data")
        assert after == before
        downgrade(tmp_path / "data")


@pytest.mark.parametrize(
    "point", ["store: file made", "store: tables made", "store: file checked", "store: file in place"]
)
def test_a_creation_that_is_killed_is_begun_anew_at_the_next_start(
    tmp_path: Path, newer: NewerProgram, point: str
) -> None:
    folder = tmp_path / "data"
    assert newer.run(folder, stop_at=point) == []
    assert newer.run(folder) == [NEWER_REVISION, "0"]
    assert {file.name for file in folder.iterdir()} == {FILE_NAME, f"{FILE_NAME}.lock"}


def test_newer_programs_that_start_together_upgrade_once(tmp_path: Path, newer: NewerProgram) -> None:
    folder = tmp_path / "data"
    database = Database(folder, FakeClock())
    database.check_writable()
    running = [newer.start(folder) for _ in range(4)]
    for process in running:
        said, problem = process.communicate(timeout=90)
        assert said.split() == [NEWER_REVISION, "0"], problem
    database.check_writable()
