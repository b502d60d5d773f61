"""Troubles that operators meet, made for real: each is found, graded, and told with the step that mends it."""

from __future__ import annotations

import json
import shutil
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from hostspec.testing import FakeClock
from tests.canaries import canary, find_marks, marked_bytes
from tests.cli.operator_site import PROGRAM, answer_of, operate, process_environment, store_of
from tests.keychain_session import private_session
from tests.plugin.own_authority import OwnAuthority
from tests.plugin.raw_server import RawServer, read_request
from tests.postgresql_server import PostgresqlServer
from tests.reliability.connect_proxy import ConnectProxy, Manner
from tests.reliability.left_journals import Commit, lay_out, make_commit
from xero_connections_plugin.gateways.checkup.checkup_findings import Finding, Grade
from xero_connections_plugin.gateways.checkup.file_look import LITTLE_SPACE, NO_SPACE, look_at_file_store
from xero_connections_plugin.gateways.checkup.proxy_look import look_at_proxies
from xero_connections_plugin.gateways.checkup.reach_look import looks_at_servers
from xero_connections_plugin.gateways.checkup.server_look import look_at_server_store
from xero_connections_plugin.gateways.keys.key_sources import KeyFile
from xero_connections_plugin.gateways.store.database import Database
from xero_connections_plugin.xero.endpoints import Endpoints

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
IDENTITY = "identity.capture.test"


def only(findings: tuple[Finding, ...]) -> tuple[str, str, str]:
    """Check, grade and remedy of the one that is not in order."""
    (found,) = [one for one in findings if one.grade is not Grade.OK]
    return found.check, found.grade.value, found.remedy


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data directory with an empty list."""
    made = tmp_path / "data"
    Database(made, FakeClock()).installation_id()
    return made


def look(folder: Path) -> tuple[Finding, ...]:
    return look_at_file_store(folder, lambda _: "", seconds=10).findings


@pytest.mark.parametrize(("free", "grade"), [(LITTLE_SPACE - 1, "warning"), (NO_SPACE - 1, "problem")])
def test_a_disk_that_is_nearly_full(folder: Path, monkeypatch: pytest.MonkeyPatch, free: int, grade: str) -> None:
    usage = shutil.disk_usage(folder)._replace(free=free)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    assert only(look(folder)) == ("store.space", grade, "Make room on the disk of the data directory.")


@pytest.fixture(scope="module")
def commit(tmp_path_factory: pytest.TempPathFactory) -> Commit:
    return make_commit(tmp_path_factory.mktemp("commit") / "data")


def test_a_journal_that_a_killed_program_left(folder: Path, commit: Commit) -> None:
    lay_out(folder, commit.after, commit.journal)
    assert only(look(folder)) == ("store.file", "warning", "Nothing is lost: the next host that starts undoes it.")
    # As it says: the next one that opens it goes on from before the change.
    Database(folder, FakeClock()).check_writable()
    assert [one for one in look(folder) if one.grade is not Grade.OK] == []


def test_a_journal_of_another_database(folder: Path, commit: Commit) -> None:
    before = store_of(folder).read_bytes()
    lay_out(folder, before, commit.journal)
    check, grade, remedy = only(look(folder))
    assert (check, grade) == ("store.file", "problem")
    assert "xero-connections db restore FILE" in remedy
    assert store_of(folder).read_bytes() == before


def test_what_a_killed_restore_left_is_told_until_it_is_repeated(folder: Path, tmp_path: Path) -> None:
    backup = tmp_path / "backup.sqlite3"
    assert operate(folder, "db", "backup", str(backup)).exit_code == 0
    left = folder / f"{store_of(folder).name}.restore"
    shutil.copy2(backup, left)
    check, grade, remedy = only(look(folder))
    assert (check, grade) == ("store.leftover", "warning")
    assert "db restore" in remedy
    assert operate(folder, "db", "restore", str(backup), "--yes").exit_code == 0
    assert [one for one in look(folder) if one.grade is not Grade.OK] == []


@pytest.fixture
def authority(tmp_path: Path) -> OwnAuthority:
    """That of a company which looks into its people's traffic."""
    return OwnAuthority(tmp_path, datetime.now(UTC))


@pytest.fixture
def inspected(authority: OwnAuthority, monkeypatch: pytest.MonkeyPatch) -> Iterator[ConnectProxy]:
    """A proxy that is set, and answers in the place of whichever server is asked for."""
    body = b'{"keys": []}'
    head = f"HTTP/1.1 200 OK\r\nDate: {NOW:%a, %d %b %Y %H:%M:%S} GMT\r\nContent-Length: {len(body)}\r\n\r\n"

    def talk(connection: socket.socket, _: threading.Event) -> None:
        if connection.recv(1):
            read_request(connection)
            connection.sendall(head.encode() + body)

    with RawServer(talk, authority.server(IDENTITY)) as server, ConnectProxy(server.port) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://someone:{canary('proxy password')}@127.0.0.1:{proxy.port}")
        monkeypatch.delenv("https_proxy", raising=False)
        monkeypatch.setenv("NO_PROXY", "localhost")
        yield proxy


def reached(environment: dict[str, str], now: datetime = NOW) -> tuple[Finding, ...]:
    """What is said of one server, asked from this machine."""
    origin = f"https://{IDENTITY}"
    names = ("issuer", "authorize_url", "token_url", "revocation_url", "connections_url", "api_url")
    endpoints = Endpoints(**dict.fromkeys(names, origin), jwks_url=f"{origin}/keys")
    (looked,) = looks_at_servers(endpoints, FakeClock(now), environment).values()
    return (*look_at_proxies([origin], environment), *looked())


def test_a_proxy_that_looks_into_the_traffic(inspected: ConnectProxy, authority: OwnAuthority) -> None:
    found = reached({})
    check, grade, remedy = only(found)
    assert (check, grade) == ("network.certificate", "problem")
    assert "REQUESTS_CA_BUNDLE" in remedy
    assert "never switch checks off" in remedy
    assert "Authority of tests" in next(one.text for one in found if one.check == check)
    (told,) = [one.text for one in found if one.check == "network.proxy"]
    assert f"http://127.0.0.1:{inspected.port}" in told
    assert not find_marks(repr(found))
    assert str(authority.bundle) not in repr(found)


def test_a_proxy_whose_authority_is_named_is_fine(
    inspected: ConnectProxy, authority: OwnAuthority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority.bundle))
    found = reached({"REQUESTS_CA_BUNDLE": str(authority.bundle)})
    assert [one for one in found if one.grade is not Grade.OK] == []
    assert len(inspected.heads) == 2
    # As Python reads it, which requests do not.
    ignored = look_at_proxies([f"https://{IDENTITY}"], {"SSL_CERT_FILE": str(authority.bundle)})
    assert only(ignored) == (
        "network.authorities",
        "warning",
        "Set REQUESTS_CA_BUNDLE to that file instead.",
    )


@pytest.mark.parametrize("manner", [Manner.WANTS_PASSWORD, Manner.FORBIDS_WITH_A_PAGE, Manner.CUTS])
def test_a_proxy_that_lets_nothing_through(inspected: ConnectProxy, manner: Manner) -> None:
    inspected.manner = manner
    found = reached({})
    assert only(found) == (
        "network.reach",
        "problem",
        "Check HTTPS_PROXY and NO_PROXY: address, user name and password.",
    )
    assert not find_marks(repr(found))


@pytest.mark.parametrize(("ahead", "said"), [(10, "10 minutes ahead"), (-95, "95 minutes behind")])
def test_a_clock_that_is_wrong(
    inspected: ConnectProxy, authority: OwnAuthority, monkeypatch: pytest.MonkeyPatch, ahead: int, said: str
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority.bundle))
    assert inspected.port
    found = reached({"REQUESTS_CA_BUNDLE": str(authority.bundle)}, NOW + timedelta(minutes=ahead))
    assert only(found) == ("clock", "problem", "Set the clock right, and let it be kept by the network (NTP).")
    assert said in next(one.text for one in found if one.check == "clock")


@pytest.mark.skipif(sys.platform == "win32", reason="the user's profile folder carries the access list")
def test_a_key_file_that_others_may_read(tmp_path: Path) -> None:
    key = tmp_path / "sealing.key"
    KeyFile(key).create("installation", marked_bytes(32), seconds=1)
    key.chmod(0o640)
    variables = {"XERO_CONNECTIONS_KEY_FILE": str(key)}
    done = operate(tmp_path / "data", "doctor", "--offline", "--problems", "--json", variables=variables)
    (found,) = answer_of(done)["findings"]
    assert (done.exit_code, found["check"], found["grade"]) == (8, "key.place", "problem")
    assert f"chmod 600 {key}" in found["text"] + found["remedy"]
    key.chmod(0o600)
    assert operate(tmp_path / "data", "doctor", "--offline", variables=variables).exit_code == 0


def test_monitoring_is_told_by_the_exit_code_whether_something_is_broken_or_to_be_seen_to(folder: Path) -> None:
    variables = {"XERO_CONNECTIONS_KEY_FILE": str(folder / "connections.key")}
    assert operate(folder, "doctor", "--offline", variables=variables).exit_code == 0
    folder.chmod(0o755)
    warned = operate(folder, "doctor", "--offline", "--json", variables=variables)
    assert (warned.exit_code, answer_of(warned)["worst"]) == (1, "warning")
    folder.chmod(0o700)
    store_of(folder).write_bytes(bytes(9000))
    broken = operate(folder, "doctor", "--offline", "--json", variables=variables)
    assert (broken.exit_code, answer_of(broken)["worst"]) == (8, "problem")


def keychain_remedy(folder: Path, environment: dict[str, str]) -> str:
    command = [*PROGRAM, "--data-dir", str(folder), "doctor", "--offline", "--problems", "--json"]
    done = subprocess.run(
        command, env=process_environment({}) | environment, capture_output=True, text=True, timeout=90, check=False
    )
    (found,) = json.loads(done.stdout)["findings"]
    assert (done.returncode, found["check"], found["grade"]) == (8, "key.keychain", "problem")
    return str(found["remedy"])


@pytest.mark.keychain
def test_a_real_keychain_that_is_locked_and_none_at_all(tmp_path: Path, without_secret_service: dict[str, str]) -> None:
    with private_session() as session:
        session.lock()
        assert "Unlock the keychain" in keychain_remedy(tmp_path / "data", session.environment)
    none = keychain_remedy(tmp_path / "data", without_secret_service)
    assert "Install a keychain, or set key_file" in none


def made_list(url: str) -> None:
    database = Database(Path("unused"), FakeClock(auto_advance=True), url=SecretStr(url))
    database.installation_id()
    database.close()


def look_at(url: str) -> tuple[Finding, ...]:
    return look_at_server_store(SecretStr(url), FakeClock(auto_advance=True), seconds=8).findings


@pytest.mark.postgresql
def test_a_standby_that_only_reads() -> None:
    with PostgresqlServer() as server:
        url = server.new_database()
        made_list(url)
        server.stop()
        (server.folder / "data" / "standby.signal").touch()
        server.start()
        assert only(look_at(url)) == ("store.writable", "problem", "Let database_url name the primary server.")


@pytest.mark.postgresql
def test_a_user_without_rights(postgresql: PostgresqlServer, postgresql_url: str) -> None:
    role = f"reader_{postgresql_url[-6:]}"
    password = canary("role").encode().hex()
    own = f"postgresql+psycopg://{role}:{password}@127.0.0.1:{postgresql.port}/{postgresql_url.rpartition('/')[2]}"
    postgresql.rows(postgresql_url, f"CREATE ROLE {role} LOGIN PASSWORD '{password}'")
    # As it is from PostgreSQL 15 on.
    postgresql.rows(postgresql_url, "REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    try:
        no_tables_yet = look_at(own)
        made_list(postgresql_url)
        nothing = look_at(own)
        postgresql.rows(postgresql_url, f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}")
        reads = look_at(own)
    finally:
        postgresql.rows(postgresql_url, f"DROP OWNED BY {role}")
        postgresql.rows(postgresql_url, f"DROP ROLE {role}")
    expected = ("store.writable", "problem", "Let it own the database, as the guide for many workstations shows.")
    assert [only(found) for found in (no_tables_yet, nothing, reads)] == [expected] * 3


def test_a_list_in_write_ahead_mode_is_read_all_the_same(folder: Path) -> None:
    with closing(sqlite3.connect(store_of(folder))) as tool:
        tool.execute("PRAGMA journal_mode = WAL")
    assert [one.check for one in look(folder) if one.grade is Grade.PROBLEM] == []
