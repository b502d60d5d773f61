"""What the doctor finds on machines that are in order, and on machines that are not; it changes nothing anywhere."""

from __future__ import annotations

import json
import os
import socket
import sqlite3
import subprocess
import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from hostspec.testing import FakeClock
from tests.canaries import canary, find_marks
from tests.cli.operator_site import (
    PROGRAM,
    a_site,
    answer_of,
    operate,
    process_environment,
    settings_as_variables,
    store_of,
)
from tests.free_ports import free_port
from tests.keychain_session import private_session
from tests.plugin.key_doubles import (
    ForgetfulKeyring,
    LockedKeyring,
    PlaintextKeyring,
    TrustedKeyring,
)
from tests.plugin.own_authority import OwnAuthority
from tests.plugin.raw_server import RawServer, closed_port, read_request
from tests.postgresql_server import PostgresqlServer
from tests.transaction_pooler import TransactionPooler
from xero_connections_plugin.gateways.checkup.checkup_findings import Finding, Grade
from xero_connections_plugin.gateways.checkup.file_look import look_at_file_store
from xero_connections_plugin.gateways.checkup.key_look import look_at_keys
from xero_connections_plugin.gateways.checkup.limited import side_by_side
from xero_connections_plugin.gateways.checkup.port_look import look_at_ports
from xero_connections_plugin.gateways.checkup.reach_look import looks_at_servers
from xero_connections_plugin.gateways.checkup.server_look import look_at_server_store
from xero_connections_plugin.gateways.checkup.settings_look import look_at_settings
from xero_connections_plugin.gateways.checkup.store_look import SeenEntry
from xero_connections_plugin.gateways.keys.keychain import Keychain, PasswordStore
from xero_connections_plugin.gateways.store.database import Database
from xero_connections_plugin.xero.endpoints import Endpoints


def everything_below(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Names, modes and contents."""
    return {
        str(path.relative_to(folder)): (path.lstat().st_mode, path.read_bytes() if path.is_file() else b"")
        for path in sorted(folder.rglob("*"))
    }


def bad(findings: tuple[Finding, ...]) -> list[tuple[str, str]]:
    """Check and grade of whatever is not in order."""
    for finding in findings:
        assert len(finding.text) <= 300
        assert len(finding.remedy) <= 300
        assert bool(finding.remedy) == (finding.grade is not Grade.OK)
    return [(finding.check, finding.grade.value) for finding in findings if finding.grade is not Grade.OK]


def local(_folder: Path) -> str:
    return ""


def look(folder: Path) -> list[tuple[str, str]]:
    """What is not in order with a local store; nothing there is changed by looking."""
    before = everything_below(folder.parent)
    found = bad(look_at_file_store(folder, local, seconds=10).findings)
    assert everything_below(folder.parent) == before
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data directory with an empty list."""
    made = tmp_path / "data"
    Database(made, FakeClock()).installation_id()
    return made


def test_a_machine_where_everything_works_is_told_so(tmp_path: Path) -> None:
    with a_site(tmp_path / "data", "Head office") as site:
        site.host.stop()
        before = everything_below(site.data_dir)
        done = operate(site.data_dir, "doctor", "--json", variables=settings_as_variables(site))
        found = answer_of(done)
        checks = {finding["check"] for finding in found["findings"]}
        assert [one for one in found["findings"] if one["grade"] != "ok"] == []
        assert (done.exit_code, found["worst"]) == (0, "ok")
        assert {"settings", "store.schema", "key", "ports", "redirects", "network.reach", "network.proxy"} <= checks
        redirects = [one["copy_texts"] for one in found["findings"] if one["check"] == "redirects"]
        assert redirects == [[site.redirect_uri]]
        assert everything_below(site.data_dir) == before


def test_a_machine_where_nothing_works_is_told_all_of_it(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    store_of(tmp_path / "data").write_bytes(bytes(5000))
    variables = {
        "XERO_CONNECTIONS_KEYFILE": "mistyped",
        "XERO_CONNECTIONS_KEY_FILE": str(tmp_path),
        "XERO_CONNECTIONS_KEEP_ALIVE_DAYS": "many",
        "REQUESTS_CA_BUNDLE": str(tmp_path / "missing.pem"),
        "HTTPS_PROXY": f"http://someone:{canary('proxy password')}@127.0.0.1:{closed_port()}",
    }
    done = operate(tmp_path / "data", "doctor", "--json", variables=variables)
    found = {one["check"]: one["grade"] for one in answer_of(done)["findings"]}
    assert done.exit_code == 8
    assert {check for check, grade in found.items() if grade == "problem"} >= {
        "settings",
        "store.file",
        "key.place",
        "network.authorities",
        "network.reach",
    }
    assert not find_marks(done.stdout)
    assert store_of(tmp_path / "data").read_bytes() == bytes(5000)


def test_a_list_in_order_and_one_that_is_not_there_yet_are_fine(folder: Path, tmp_path: Path) -> None:
    assert look(folder) == []
    assert look(tmp_path / "none" / "yet") == []


def test_what_is_wrong_with_the_file_is_told_and_left_as_it_is(folder: Path) -> None:
    file, good = store_of(folder), store_of(folder).read_bytes()
    file.write_bytes(bytes(len(good)))
    assert look(folder) == [("store.file", "problem")]
    file.write_bytes(good[:8192] + os.urandom(4096) + good[12288:])
    assert ("store.file", "problem") in look(folder)
    file.write_bytes(good)
    with closing(sqlite3.connect(file)) as store, store:
        store.execute("UPDATE alembic_version SET version_num = '9999'")
    assert look(folder) == [("store.schema", "problem")]
    with closing(sqlite3.connect(file)) as store, store:
        store.execute("UPDATE alembic_version SET version_num = '0001'")
    assert look(folder) == [("store.schema", "warning")]


def test_a_list_that_others_may_read_share_or_hold_is_told(folder: Path, tmp_path: Path) -> None:
    file = store_of(folder)
    file.chmod(0o644)
    folder.chmod(0o755)
    assert look(folder) == [("store.folder", "warning"), ("store.file", "warning")]
    file.chmod(0o600)
    folder.chmod(0o700)
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        found = look_at_file_store(folder, local, seconds=10).findings
        assert bad(found) == [("store.writable", "warning")]
    os.link(file, tmp_path / "second name")
    assert look(folder) == [("store.file", "problem")]
    file.unlink()
    file.symlink_to(tmp_path / "elsewhere")
    assert look(folder) == [("store.file", "problem")]


def test_a_list_on_a_network_drive_is_warned_of(folder: Path) -> None:
    found = look_at_file_store(folder, lambda _: "nfs4", seconds=10).findings
    assert bad(found) == [("store.folder", "warning")]


@pytest.mark.postgresql
def test_a_shared_list_is_looked_at_on_its_server(postgresql: PostgresqlServer, postgresql_url: str) -> None:
    clock = FakeClock(auto_advance=True)
    database = Database(Path("unused"), clock, url=SecretStr(postgresql_url))
    database.installation_id()
    database.close()
    fine = look_at_server_store(SecretStr(postgresql_url), clock, seconds=8)
    assert bad(fine.findings) == []
    assert fine.facts is not None
    wrong = postgresql_url.replace(postgresql.password, canary("password"))
    refused = look_at_server_store(SecretStr(wrong), clock, seconds=8)
    assert bad(refused.findings) == [("store.server", "problem")]
    assert not find_marks(repr(refused))
    with TransactionPooler(postgresql) as pooler:
        behind = look_at_server_store(SecretStr(pooler.url(postgresql_url.rpartition("/")[2])), clock, seconds=8)
        assert bad(behind.findings) == []
        pooled = next(one.text for one in behind.findings if one.check == "store.pooler")
        assert pooled.startswith("A pooler stands")


@pytest.mark.parametrize(
    ("store", "expected"),
    [
        (TrustedKeyring(), []),
        (ForgetfulKeyring(), [("key.keychain", "problem")]),
        (PlaintextKeyring(), [("key.keychain", "problem")]),
    ],
)
def test_a_keychain_is_tried_out_and_left_as_it_was(store: TrustedKeyring, expected: list[tuple[str, str]]) -> None:
    store.items[("xero-connections-plugin", "other")] = "kept"
    found = look_at_keys(Keychain(lambda: store), None, key_file=None, seconds=2)
    assert bad(found) == expected
    assert store.items == {("xero-connections-plugin", "other"): "kept"}


def test_a_locked_keychain_holds_the_doctor_for_its_limit_only() -> None:
    store = LockedKeyring()
    keychain: PasswordStore = store
    found = look_at_keys(Keychain(lambda: keychain), None, key_file=None, seconds=0.2)
    store.unlocked.set()
    assert bad(found) == [("key.keychain", "problem")]


def keychain_findings(folder: Path, environment: dict[str, str]) -> dict[str, str]:
    command = [*PROGRAM, "--data-dir", str(folder), "doctor", "--offline", "--json"]
    done = subprocess.run(
        command, env=process_environment({}) | environment, capture_output=True, text=True, timeout=60, check=False
    )
    return {one["check"]: one["grade"] for one in json.loads(done.stdout)["findings"]}


@pytest.mark.keychain
def test_a_real_keychain_is_told_apart_when_it_works_is_locked_and_is_missing(
    tmp_path: Path, without_secret_service: dict[str, str]
) -> None:
    with private_session() as session:
        assert keychain_findings(tmp_path / "data", session.environment)["key.keychain"] == "ok"
        session.lock()
        assert keychain_findings(tmp_path / "data", session.environment)["key.keychain"] == "problem"
    assert keychain_findings(tmp_path / "data", without_secret_service)["key.keychain"] == "problem"


def test_a_variable_that_means_nothing_is_named_with_the_one_that_was_meant() -> None:
    found = look_at_settings({}, {"XERO_CONNECTIONS_KEYFILE": canary("value")}, Path("/somewhere"))
    (finding,) = [one for one in found.findings if one.grade is not Grade.OK]
    assert "XERO_CONNECTIONS_KEYFILE" in finding.text
    assert "XERO_CONNECTIONS_KEY_FILE" in finding.remedy
    assert not find_marks(repr(found.findings))


def test_settings_that_contradict_each_other_leave_the_others_usable() -> None:
    given = {"key": "secret", "key_file": "/k", "keep_alive_days": "30", "issuer": "https://identity.xero.com"}
    found = look_at_settings(given, {}, Path("/somewhere"))
    assert bad(found.findings) == [("settings", "problem")]
    assert (found.settings.keep_alive_days, found.settings.key_file, found.settings.issuer) == (30, "/k", None)


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_a_port_that_a_program_holds_on_either_family_is_told_with_its_name(address: str) -> None:
    port, free = free_port(), free_port()
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    entry = xero_entry(port, free)
    with socket.create_server((address, port), family=family):
        found = look_at_ports([entry], lambda _ports: ("squatter",))
        (finding,) = [one for one in found if one.grade is not Grade.OK]
        assert finding.text == f"Port {port} is taken by squatter on {address}."
        assert finding.grade is Grade.WARNING
        assert bad(look_at_ports([xero_entry(port)], lambda _ports: ())) == [("ports", "problem")]
    assert bad(look_at_ports([entry], lambda _ports: ())) == []


def xero_entry(port: int, *further: int) -> SeenEntry:
    settings = {
        "version": 1,
        "client_id": "0" * 32,
        "application_url": "http://localhost",
        "port": port,
        "further_ports": list(further),
        "scope_preset": "granular",
        "grant_id": None,
        "tenant_id": "",
        "tenant_name": "",
        "tenant_type": "",
    }
    return SeenEntry("entry", "xero", "Head office", settings)


def reached(origin: str, now: datetime, environment: dict[str, str] | None = None) -> tuple[Finding, ...]:
    addresses = Endpoints(**dict.fromkeys(("issuer", "authorize_url", "token_url", "revocation_url"), origin))
    endpoints = Endpoints(
        **{**vars(addresses), "jwks_url": f"{origin}/keys", "connections_url": f"{origin}/c", "api_url": origin}
    )
    return side_by_side(looks_at_servers(endpoints, FakeClock(now), environment or {}))


def answering(body: bytes, status: str = "200 OK", date: datetime | None = None) -> RawServer:
    dated = f"Date: {date:%a, %d %b %Y %H:%M:%S} GMT\r\n" if date is not None else ""
    head = f"HTTP/1.1 {status}\r\n{dated}Content-Length: {len(body)}\r\n\r\n".encode()

    def talk(connection: socket.socket, _: threading.Event) -> None:
        # The first visitor only looks whether somebody is there.
        if connection.recv(1, socket.MSG_PEEK):
            read_request(connection)
            connection.sendall(head + body)

    return RawServer(talk)


NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("body", "status", "ahead", "expected"),
    [
        (b'{"keys": []}', "200 OK", 0, []),
        (b'{"keys": []}', "200 OK", 10, [("clock", "problem")]),
        (b"<html>Accept our terms</html>", "200 OK", 0, [("network.reach", "problem")]),
        (b"", "503 Service Unavailable", 0, [("network.reach", "warning")]),
    ],
)
def test_what_a_server_answers_is_told(body: bytes, status: str, ahead: int, expected: list[tuple[str, str]]) -> None:
    with answering(body, status, NOW) as server:
        assert bad(reached(f"http://localhost:{server.port}", NOW + timedelta(minutes=ahead))) == expected


def test_a_server_that_is_not_there_is_told_within_its_limit() -> None:
    assert bad(reached(f"http://localhost:{closed_port()}", NOW)) == [("network.reach", "problem")]
    assert bad(reached("https://no-such-host.invalid", NOW)) == [("network.reach", "problem")]


def test_who_vouches_for_an_untrusted_certificate_is_named(tmp_path: Path) -> None:
    authority = OwnAuthority(tmp_path, datetime.now(UTC))
    with RawServer(lambda connection, _: connection.close(), authority.server()) as server:
        (finding,) = reached(f"https://localhost:{server.port}", NOW)
    assert (finding.check, finding.grade) == ("network.certificate", Grade.PROBLEM)
    assert "Authority of tests" in finding.text
    assert "REQUESTS_CA_BUNDLE" in finding.remedy


def test_a_look_that_hangs_or_fails_costs_no_other_one() -> None:
    ended = threading.Event()

    def hangs() -> tuple[Finding, ...]:
        ended.wait(20)
        return ()

    def fails() -> tuple[Finding, ...]:
        raise ValueError(canary("secret"))

    found = side_by_side({"slow": hangs, "broken": fails}, 0.2)
    ended.set()
    assert bad(found) == [("slow", "warning"), ("broken", "problem")]
    assert not find_marks(repr(found))
