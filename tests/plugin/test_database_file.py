"""The local database file: made whole, kept private, never overwritten, and its troubles told apart."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from pydantic import SecretStr

from hostspec.errors import ConnectionProblem, StoredDataDamaged, StoreUnavailable
from hostspec.testing import FakeClock
from xero_connections_plugin.gateways import store_errors
from xero_connections_plugin.gateways.database import FILE_NAME, Database
from xero_connections_plugin.gateways.schema import HEAD
from xero_connections_plugin.gateways.tables import installation, metadata

ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def database(folder: Path) -> Iterator[Database]:
    database = Database(folder, FakeClock())
    yield database
    database.close()


def trouble(database: Database) -> ConnectionProblem:
    with pytest.raises(ConnectionProblem) as caught:
        database.check_writable()
    assert len(str(caught.value)) <= 300
    assert caught.value.__context__ is None or caught.value.__suppress_context__
    return caught.value


def in_own_process(code: str, *folders: Path) -> str:
    script = (
        "import os, sys\nfrom pathlib import Path\nfrom hostspec.testing import FakeClock\n"
        "from hostspec.errors import ConnectionProblem\n"
        "from xero_connections_plugin.gateways.database import Database\n"
        "database = Database(Path(sys.argv[1]), FakeClock())\n" + code
    )
    command = [sys.executable, "-c", script, *map(str, folders)]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True, timeout=60).stdout


def test_making_one_touches_nothing(folder: Path, database: Database) -> None:
    assert database.describe() == str(folder / FILE_NAME)
    assert not folder.exists()


def test_constructing_everything_imports_nothing_heavy() -> None:
    code = """
import secrets
from pathlib import Path
from hostspec.testing import FakeClock
from xero_connections_plugin.gateways.connection_store import ConnectionStore
from xero_connections_plugin.gateways.database import Database
from xero_connections_plugin.gateways.grant_store import SqlGrantStore
from xero_connections_plugin.gateways.key_register import KeyRegister
from xero_connections_plugin.gateways.key_sources import key_source
from xero_connections_plugin.gateways.machine_presence import MachinePresence
from xero_connections_plugin.gateways.vault import Vault
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


def test_the_file_survives_power_cuts_and_overwrites_what_it_forgets(database: Database) -> None:
    with database.read() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "secure_delete", "busy_timeout", "fullfsync")
        }
    assert found == {
        "journal_mode": "delete",
        "synchronous": 3,
        "secure_delete": 1,
        "busy_timeout": 10_000,
        "fullfsync": 1,
    }


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
    config.set_main_option("script_location", "xero_connections_plugin.gateways:migrations")
    assert ScriptDirectory.from_config(config).get_current_head() == HEAD


def test_alembic_is_imported_only_where_tables_are_made(folder: Path) -> None:
    code = "database.check_writable(); print('alembic' in sys.modules)"
    assert in_own_process(code, folder).strip() == "True"
    assert in_own_process(code, folder).strip() == "False"


def test_d9_many_cold_starts_at_once_make_one_store(folder: Path) -> None:
    found: list[str] = []
    databases = [Database(folder, FakeClock()) for _ in range(32)]
    threads = [threading.Thread(target=lambda one=one: found.append(one.installation_id())) for one in databases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(found), len(set(found))) == (32, 1)


def test_d9_cold_starts_of_processes_make_one_store(folder: Path) -> None:
    code = (
        "import sys\nfrom pathlib import Path\nfrom hostspec.testing import FakeClock\n"
        "from xero_connections_plugin.gateways.database import Database\n"
        "print(Database(Path(sys.argv[1]), FakeClock()).installation_id())"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", code, str(folder)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        for _ in range(6)
    ]
    answers = [process.communicate(timeout=60)[0] for process in running]
    assert len(set(answers)) == 1
    assert answers[0].strip()


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


@pytest.mark.parametrize("content", [b"", b"not a database at all" * 200, b"SQLite format 3\0" + b"\xff" * 8000])
def test_c18_a_file_that_is_no_database_is_set_aside_and_nothing_begins_in_its_place(
    folder: Path, content: bytes
) -> None:
    folder.mkdir(mode=0o700)
    (folder / FILE_NAME).write_bytes(content)
    first = trouble(Database(folder, FakeClock()))
    kept = [file for file in folder.iterdir() if ".damaged-" in file.name]
    assert [file.read_bytes() for file in kept] == [content]
    assert isinstance(first, StoredDataDamaged)
    assert str(kept[0]) in str(first) or len(str(first)) == 300
    again = trouble(Database(folder, FakeClock()))
    assert isinstance(again, StoredDataDamaged)
    assert not (folder / FILE_NAME).exists()
    kept[0].rename(folder / "elsewhere")
    Database(folder, FakeClock()).check_writable()


def test_c18_a_restored_backup_is_used_again(folder: Path, database: Database) -> None:
    before = database.installation_id()
    backup = (folder / FILE_NAME).read_bytes()
    (folder / FILE_NAME).write_bytes(b"damaged")
    trouble(Database(folder, FakeClock()))
    (folder / FILE_NAME).write_bytes(backup)
    assert Database(folder, FakeClock()).installation_id() == before


def test_c18_a_page_damaged_later_is_reported_and_kept_in_place(folder: Path, database: Database) -> None:
    database.check_writable()
    file = folder / FILE_NAME
    whole = bytearray(file.read_bytes())
    whole[4096:] = b"\xa5" * (len(whole) - 4096)
    file.write_bytes(bytes(whole))
    assert isinstance(trouble(database), StoredDataDamaged)
    assert file.read_bytes() == bytes(whole)


def test_somebody_elses_database_is_left_alone(folder: Path) -> None:
    folder.mkdir(mode=0o700)
    raw = sqlite3.connect(folder / FILE_NAME)
    raw.execute("CREATE TABLE theirs (a)")
    raw.commit()
    raw.close()
    before = (folder / FILE_NAME).read_bytes()
    assert isinstance(trouble(Database(folder, FakeClock())), StoredDataDamaged)
    assert (folder / FILE_NAME).read_bytes() == before


def test_a_file_that_vanishes_is_an_error_and_no_empty_list(folder: Path, database: Database) -> None:
    database.check_writable()
    (folder / FILE_NAME).unlink()
    with pytest.raises(StoreUnavailable), database.read():
        raise AssertionError("never reached")
    assert not (folder / FILE_NAME).exists()


def test_c21_links_are_refused_and_their_victims_untouched(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_bytes(b"precious")
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    (data / FILE_NAME).symlink_to(victim)
    assert trouble(Database(data, FakeClock())).code == "STORE_READONLY"
    linked = tmp_path / "linked"
    linked.symlink_to(data)
    assert trouble(Database(linked, FakeClock())).code == "STORE_READONLY"
    assert victim.read_bytes() == b"precious"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give a file away")
def test_c21_what_belongs_to_another_user_is_refused(folder: Path, database: Database) -> None:
    database.check_writable()
    os.chown(folder / FILE_NAME, 65534, 65534)
    assert "another user" in str(trouble(Database(folder, FakeClock())))


def test_c21_too_open_permissions_are_closed_with_a_notice(
    folder: Path, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    database.check_writable()
    folder.chmod(0o755)
    (folder / FILE_NAME).chmod(0o666)
    Database(folder, FakeClock()).check_writable()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / FILE_NAME).stat().st_mode) == 0o600
    assert len(caplog.records) == 2


def test_a_data_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    for place in (tmp_path / "file", tmp_path / "file" / "below"):
        problem = trouble(Database(place, FakeClock()))
        assert problem.code == "STORE_READONLY"
        assert str(place) in str(problem)


def test_c17_a_read_only_store_is_found_before_anything_depends_on_it(tmp_path: Path) -> None:
    # Root may write everywhere, so in its place an ordinary user looks at a folder of their own; every module is
    # loaded before, since that user may not be able to read them.
    code = """
database.check_writable()
folder = Path(sys.argv[2])
os.chmod(folder, 0o755)
target = folder / "data"
Database(target, FakeClock()).check_writable()
if os.geteuid() == 0:
    for path in (target, *target.iterdir()):
        os.chown(path, 65534, 65534)
    os.setgid(65534)
    os.setuid(65534)
os.chmod(target, 0o500)
database = Database(target, FakeClock())
try:
    database.check_writable()
except ConnectionProblem as problem:
    print(problem.code)
print(database.installation_id())
os.chmod(target, 0o700)
"""
    with tempfile.TemporaryDirectory() as reachable:
        code_said, still_read = in_own_process(code, tmp_path / "data", Path(reachable)).split()
    assert code_said == "STORE_READONLY"
    assert len(still_read) == 32


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


@pytest.mark.parametrize(
    ("code", "name"),
    [
        (sqlite3.SQLITE_BUSY, "STORE_BUSY"),
        (sqlite3.SQLITE_LOCKED, "STORE_BUSY"),
        (sqlite3.SQLITE_FULL, "DISK_FULL"),
        (sqlite3.SQLITE_READONLY_DIRECTORY, "STORE_READONLY"),
        (sqlite3.SQLITE_CANTOPEN, "STORE_READONLY"),
        (sqlite3.SQLITE_CORRUPT, "STORE_DAMAGED"),
        (sqlite3.SQLITE_NOTADB, "STORE_DAMAGED"),
        (sqlite3.SQLITE_IOERR_READ, "STORE_UNREACHABLE"),
    ],
)
def test_each_failure_of_sqlite_has_its_code(code: int, name: str) -> None:
    error = sqlite3.OperationalError("secret details")
    error.sqlite_errorcode = code
    problem = store_errors.translated(error, "/a/file")
    assert problem.code == name
    assert "secret details" not in str(problem)
    assert "/a/file" in str(problem)


@pytest.mark.parametrize(
    ("state", "name"),
    [
        ("53100", "DISK_FULL"),
        ("25006", "STORE_READONLY"),
        ("55P03", "STORE_BUSY"),
        ("XX001", "STORE_DAMAGED"),
        ("08006", "STORE_UNREACHABLE"),
        (None, "STORE_UNREACHABLE"),
    ],
)
def test_each_failure_of_a_server_has_its_code(state: str | None, name: str) -> None:
    error = Exception("secret details")
    error.sqlstate = state  # type: ignore[attr-defined]  # as psycopg's errors have it
    assert store_errors.translated(error, "PostgreSQL").code == name


def test_an_address_that_cannot_be_used_is_refused_without_its_password(tmp_path: Path) -> None:
    for address in ("nonsense", "nosuchdatabase://u:hunter22@h/d"):
        problem = trouble(Database(tmp_path, FakeClock(), url=SecretStr(address)))
        assert problem.code == "STORE_UNREACHABLE"
        assert "hunter22" not in str(problem)


def test_a_server_that_is_away_is_told_without_its_password(tmp_path: Path) -> None:
    database = Database(tmp_path, FakeClock(), url=SecretStr("postgresql+psycopg://u:hunter22@127.0.0.1:1/d"))
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
