"""Texts that are no UTF-8: read as far as they can be, without a cost for the lists that have none."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from hostspec.errors import StoreUnavailable
from hostspec.testing import FakeClock
from xero_connections_plugin.gateways.store.database import FILE_NAME, Database
from xero_connections_plugin.gateways.store.tables import installation


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path, FakeClock())
    database.check_writable()
    yield database
    database.close()


def with_id(folder: Path, stored: bytes) -> None:
    with closing(sqlite3.connect(folder / FILE_NAME, isolation_level=None)) as raw:
        raw.execute("UPDATE installation SET installation_id = CAST(? AS TEXT)", (stored,))


def ids(connection: sa.Connection) -> list[str]:
    return [row.installation_id for row in connection.execute(installation.select())]


def test_a_damaged_text_is_read_as_far_as_it_can_be_and_any_other_as_it_is(tmp_path: Path, database: Database) -> None:
    with_id(tmp_path, b"Kiosk \xff\xfe!")
    assert database.reading(ids) == ["Kiosk \ufffd\ufffd!"]
    assert database.writing(ids) == ["Kiosk \ufffd\ufffd!"]
    with database.read() as connection:
        assert ids(connection) == ["Kiosk \ufffd\ufffd!"]
    with_id(tmp_path, "Müller, 株式会社".encode())
    assert database.reading(ids) == ["Müller, 株式会社"]


def test_only_a_damaged_text_makes_a_read_begin_anew(tmp_path: Path, database: Database) -> None:
    asked: list[int] = []

    def counted(connection: sa.Connection) -> list[str]:
        asked.append(1)
        return ids(connection)

    database.reading(counted)
    assert len(asked) == 1
    with_id(tmp_path, b"\xff")
    assert database.reading(counted) == ["\ufffd"]
    assert len(asked) == 3


def test_trouble_of_another_kind_is_told_at_once(database: Database) -> None:
    asked: list[int] = []

    def wrong(connection: sa.Connection) -> None:
        asked.append(1)
        connection.exec_driver_sql("SELECT * FROM nothing_like_that")

    with pytest.raises(StoreUnavailable):
        database.reading(wrong)
    assert len(asked) == 1
