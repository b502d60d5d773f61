"""The guide for administrators is followed to the letter: its statements and commands are run as they stand."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from pydantic import SecretStr

from hostspec.testing import FakeClock
from tests.postgresql_server import PostgresqlServer, program
from xero_connections_plugin.gateways.store.database import Database

pytestmark = pytest.mark.postgresql

GUIDE = Path(__file__).parents[2] / "docs" / "deploy-many-workstations.md"
EXAMPLE = "db.example.com"


def blocks(language: str) -> list[str]:
    """The code of that language, block by block."""
    return re.findall(rf"^```{language}\n(.*?)^```$", GUIDE.read_text(), re.DOTALL | re.MULTILINE)


@pytest.fixture
def set_up(postgresql: PostgresqlServer) -> Iterator[str]:
    """The address of the database that the guide makes."""
    making = blocks("sql")[0]
    try:
        for statement in making.strip().splitlines():
            postgresql.rows(postgresql.url("postgres"), statement)
        (given,) = re.findall(r'DATABASE_URL="([^?"]*)\?sslmode=verify-full', "".join(blocks("sh")))
        yield given.replace(EXAMPLE, f"127.0.0.1:{postgresql.port}")
    finally:
        postgresql.drop(postgresql.url("capture"))
        postgresql.rows(postgresql.url("postgres"), "DROP ROLE IF EXISTS capture")


def run(command: str, postgresql: PostgresqlServer, folder: Path) -> None:
    name, *arguments = shlex.split(command.replace(EXAMPLE, f"127.0.0.1:{postgresql.port}"))
    subprocess.run(
        [str(program(name)), *arguments],
        cwd=folder,
        env={"PGPASSWORD": "a-long-password"},
        check=True,
        capture_output=True,
        timeout=60,
    )


def test_a_database_made_by_the_guide_is_filled_by_the_first_workstation(set_up: str, tmp_path: Path) -> None:
    with closing(Database(tmp_path, FakeClock(auto_advance=True), url=SecretStr(set_up))) as database:
        database.check_writable()
        assert database.installation_id()


def test_a_backup_made_by_the_guide_brings_the_list_back(
    set_up: str, postgresql: PostgresqlServer, tmp_path: Path
) -> None:
    dump, restore = (block for block in blocks("sh") if block.startswith("pg_"))
    with closing(Database(tmp_path, FakeClock(auto_advance=True), url=SecretStr(set_up))) as database:
        before = database.installation_id()
        run(dump, postgresql, tmp_path)
        postgresql.rows(postgresql.url("capture"), "UPDATE installation SET installation_id = 'lost'")
        database.rest()
        run(restore, postgresql, tmp_path)
        assert database.installation_id() == before


def test_what_a_lost_workstation_said_is_removed_by_the_guide(
    set_up: str, postgresql: PostgresqlServer, tmp_path: Path
) -> None:
    with closing(Database(tmp_path, FakeClock(auto_advance=True), url=SecretStr(set_up))) as database:
        database.check_writable()
        url = postgresql.url("capture")
        for name in ("Workstation 7", "Workstation 8"):
            values = "(%s, '1', %s, 'connection', 'id', 'Head office', 'Invoices', 'Xero', true, now())"
            postgresql.rows(url, f"INSERT INTO published_usages VALUES {values}", name, name)
        postgresql.rows(url, blocks("sql")[1])
        assert postgresql.rows(url, "SELECT host_name FROM published_usages") == [("Workstation 8",)]


def test_every_setting_and_function_that_the_guide_names_exists() -> None:
    from xero_connections_plugin.gateways.keys.key_care import KeyCare
    from xero_connections_plugin.settings import ENVIRONMENT_PREFIX, Settings

    text = GUIDE.read_text()
    assert f"{ENVIRONMENT_PREFIX}DATABASE_URL" in text
    assert {"database_url", "key_file"} <= set(Settings.model_fields)
    for name in re.findall(r"KeyCare\.(\w+)", text):
        assert callable(getattr(KeyCare, name))
