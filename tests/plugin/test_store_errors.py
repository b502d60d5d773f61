"""What the databases say is told apart, and never quoted."""

from __future__ import annotations

import sqlite3

import pytest

from xero_connections_plugin.gateways.store import store_errors


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
        (sqlite3.SQLITE_IOERR_WRITE, "DISK_FULL"),
    ],
)
def test_each_failure_of_sqlite_has_its_code(code: int, name: str) -> None:
    error = sqlite3.OperationalError("secret details")
    error.sqlite_errorcode = code
    problem = store_errors.translated(error, "/a/file")
    assert problem.code == name
    assert "secret details" not in str(problem)
    assert "/a/file" in str(problem)


def test_a_failing_disk_is_told_as_one_and_not_as_a_server_that_does_not_run() -> None:
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = sqlite3.SQLITE_IOERR_SHORT_READ
    told = str(store_errors.translated(error, "/a/file"))
    assert "Check the disk" in told
    assert "running" not in told


@pytest.mark.parametrize(
    ("state", "name"),
    [
        ("53100", "DISK_FULL"),
        ("25006", "STORE_READONLY"),
        ("55P03", "STORE_BUSY"),
        ("XX001", "STORE_DAMAGED"),
        ("42P01", "STORE_NEWER"),
        ("42703", "STORE_NEWER"),
        ("08006", "STORE_UNREACHABLE"),
        (None, "STORE_UNREACHABLE"),
    ],
)
def test_each_failure_of_a_server_has_its_code(state: str | None, name: str) -> None:
    error = Exception("secret details")
    error.sqlstate = state  # type: ignore[attr-defined]  # as psycopg's errors have it
    assert store_errors.translated(error, "PostgreSQL").code == name
