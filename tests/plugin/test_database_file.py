"""The local database file: made whole, kept private, never overwritten, and its troubles told apart."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from pydantic import SecretStr

from hostspec.errors import StoreUnavailable
from hostspec.testing import FakeClock
from tests.plugin.store_probes import in_own_process, trouble
from xero_connections_plugin.gateways.store.database import FILE_NAME, Database
from xero_connections_plugin.gateways.store.schema import HEAD
from xero_connections_plugin.gateways.store.tables import grants, installation, metadata

ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def database(folder: Path) -> Iterator[Database]:
    database = Database(folder, FakeClock())
    yield database
    database.close()


def test_making_one_touches_nothing(folder: Path, database: Database) -> None:
    assert database.describe() == str(folder / FILE_NAME)
    assert not folder.exists()


def test_constructing_everything_imports_nothing_heavy() -> None:
    code = """
import secrets
from pathlib import Path
from hostspec.testing import FakeClock
from xero_connections_plugin.gateways.records.connection_store import ConnectionStore
from xero_connections_plugin.gateways.store.database import Database
from xero_connections_plugin.gateways.records.grant_store import SqlGrantStore
from xero_connections_plugin.gateways.keys.key_register import KeyRegister
from xero_connections_plugin.gateways.keys.key_sources import key_source
from xero_connections_plugin.gateways.store.machine_presence import MachinePresence
from xero_connections_plugin.gateways.keys.vault import Vault
from xero_connections_plugin.settings import Settings
folder, clock = Path("/nowhere/at/all"), FakeClock()
database, presence = Database(folder, clock), MachinePresence(folder)
vault = Vault(key_source(Settings(), folder), KeyRegister(database, presence), clock, random_bytes=secrets.token_bytes)
ConnectionStore(database, vault), SqlGrantStore(database, presence), vault.describe(), vault.key_problem()
import sys
heavy = {"sqlalchemy", "alembic", "cryptography", "keyring", "filelock", "requests", "jwt", "psycopg"}
print(sorted(heavy & set(sys.modules)))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"


def test_the_file_and_its_folder_are_for_their_owner_only(folder: Path, database: Database) -> None:
    database.check_writable()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}
    assert {file.name for file in folder.iterdir()} == {FILE_NAME, f"{FILE_NAME}.lock"}


EXPECTED = {
    "journal_mode": "delete",
    "synchronous": 3,
    "fullfsync": 1,
    "busy_timeout": 10_000,
    "mmap_size": 0,
    "temp_store": 2,
    "secure_delete": 1,
    "trusted_schema": 0,
    "cell_size_check": 1,
}


def test_the_file_survives_power_cuts_and_overwrites_what_it_forgets(database: Database) -> None:
    # Read back from every connection, as SQLite passes over what it does not know without a word.
    for begun in (database.read, database.write):
        for _ in range(2):
            with begun() as connection:
                found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in EXPECTED}
            # Where SQLite was built without mappings there is no size of them.
            assert {**found, "mmap_size": found["mmap_size"] or 0} == EXPECTED


def test_a_transaction_that_writes_keeps_other_writers_out_from_its_beginning(folder: Path, database: Database) -> None:
    database.check_writable()
    with closing(sqlite3.connect(folder / FILE_NAME, timeout=0, isolation_level=None)) as other:
        with database.write():
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                other.execute("BEGIN IMMEDIATE")
            assert other.execute("SELECT count(*) FROM installation").fetchone() == (1,)
        with database.read():
            other.execute("BEGIN IMMEDIATE")
            other.execute("ROLLBACK")


def test_ten_thousand_entries_are_looked_through_when_the_store_opens_without_anybody_noticing(
    folder: Path, database: Database
) -> None:
    now = FakeClock().now()
    rows = [
        {
            "grant_id": f"{number:032}",
            "client_id": "client",
            "user_id": f"{number:032}",
            "account": "Ada Keeper",
            "scopes": ["offline_access"],
            "state": "active",
            "cause": None,
            "generation": 1,
            "key_id": "key",
            "sealed": bytes(600),
            **dict.fromkeys(("created_at", "authorized_at", "refreshed_at", "access_expires_at"), now),
        }
        for number in range(10_000)
    ]
    with database.write() as connection:
        connection.execute(grants.insert(), rows)
    began = time.perf_counter()
    Database(folder, FakeClock()).installation_id()
    # Some ten milliseconds; the bound is for a machine that does much else.
    assert time.perf_counter() - began < 1.0


def test_an_installation_keeps_its_id(folder: Path, database: Database) -> None:
    first = database.installation_id()
    assert Database(folder, FakeClock()).installation_id() == first
    assert len(first) == 32


def test_migrations_and_tables_agree(database: Database) -> None:
    with database.read() as connection:
        found = compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), metadata)
    assert found == []


def test_the_newest_migration_is_the_one_that_the_program_looks_for() -> None:
    config = Config()
    config.set_main_option("script_location", "xero_connections_plugin.gateways.store:migrations")
    assert ScriptDirectory.from_config(config).get_current_head() == HEAD


def test_alembic_is_imported_only_where_tables_are_made(folder: Path) -> None:
    code = "database.check_writable(); print('alembic' in sys.modules)"
    assert in_own_process(code, folder).strip() == "True"
    assert in_own_process(code, folder).strip() == "False"


def test_d9_many_cold_starts_at_once_make_one_store(folder: Path) -> None:
    found: list[str] = []
    databases = [Database(folder, FakeClock()) for _ in range(256)]
    threads = [threading.Thread(target=lambda one=one: found.append(one.installation_id())) for one in databases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(found), len(set(found))) == (256, 1)


def test_d9_cold_starts_of_processes_make_one_store(folder: Path) -> None:
    code = (
        "import sys\nfrom concurrent.futures import ThreadPoolExecutor\nfrom pathlib import Path\n"
        "from hostspec.testing import FakeClock\n"
        "from xero_connections_plugin.gateways.store.database import Database\n"
        "with ThreadPoolExecutor(32) as pool:\n"
        "    databases = [Database(Path(sys.argv[1]), FakeClock()) for _ in range(32)]\n"
        "    print(*pool.map(Database.installation_id, databases))"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", code, str(folder)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        for _ in range(8)
    ]
    answers = [name for process in running for name in process.communicate(timeout=120)[0].split()]
    assert len(answers) == 256
    assert len(set(answers)) == 1


def test_a_start_that_was_killed_halfway_is_begun_anew(folder: Path, database: Database) -> None:
    folder.mkdir(mode=0o700)
    (folder / f"{FILE_NAME}.new").write_bytes(b"half made")
    (folder / f"{FILE_NAME}.new-journal").write_bytes(b"half made")
    database.check_writable()
    assert not (folder / f"{FILE_NAME}.new").exists()


def test_c34_a_newer_store_is_refused_and_left_untouched(folder: Path, database: Database) -> None:
    database.check_writable()
    with sqlite3.connect(folder / FILE_NAME) as raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
    raw.close()
    before = (folder / FILE_NAME).read_bytes()
    assert trouble(Database(folder, FakeClock())).code == "STORE_NEWER"
    assert (folder / FILE_NAME).read_bytes() == before


def test_c16_a_full_disk_is_told_and_forgotten_once_there_is_room(database: Database) -> None:
    database.check_writable()

    def insert(*, room: int) -> None:
        with database.write() as connection:
            connection.exec_driver_sql(f"PRAGMA max_page_count = {room}")
            rows = [{"installation_id": f"{number:064}", "write_tests": 0} for number in range(5000)]
            connection.execute(installation.insert(), rows)

    with pytest.raises(StoreUnavailable) as caught:
        insert(room=1)
    assert caught.value.code == "DISK_FULL"
    with database.read() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(installation)).scalar() == 1
    insert(room=100_000)


def test_an_address_that_cannot_be_used_is_refused_without_its_password(tmp_path: Path) -> None:
    for address in ("nonsense", "nosuchdatabase://u:hunter22@h/d"):
        problem = trouble(Database(tmp_path, FakeClock(), url=SecretStr(address)))
        assert problem.code == "STORE_UNREACHABLE"
        assert "hunter22" not in str(problem)


def test_a_server_that_is_away_is_told_without_its_password(tmp_path: Path) -> None:
    address = SecretStr("postgresql+psycopg://u:hunter22@127.0.0.1:1/d")
    database = Database(tmp_path, FakeClock(auto_advance=True), url=address)
    problem = trouble(database)
    assert problem.code == "STORE_UNREACHABLE"
    assert "hunter22" not in str(problem) + database.describe()


def test_a_transaction_that_fails_leaves_nothing(database: Database) -> None:
    before = database.installation_id()

    def half() -> None:
        with database.write() as connection:
            connection.execute(installation.update().values(installation_id="other"))
            raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError):
        half()
    assert database.installation_id() == before


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_forked_process_opens_its_own(folder: Path) -> None:
    code = """
before = database.installation_id()
child = os.fork()
if child == 0:
    os._exit(0 if database.installation_id() == before else 1)
print(os.waitpid(child, 0)[1], database.installation_id() == before)
"""
    assert in_own_process(code, folder).split() == ["0", "True"]
