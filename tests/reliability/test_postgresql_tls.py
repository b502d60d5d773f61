"""Between a workstation and the database: only the server that the certificate names, and never waiting without end."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from hostspec.errors import StoreUnavailable
from hostspec.testing import FakeClock
from tests.network_relay import NetworkRelay
from tests.plugin.keeper_process import RealClock
from tests.plugin.own_authority import OwnAuthority
from tests.postgresql_server import PACKAGE_USER, PostgresqlServer, needs_other_user
from tests.reliability.disturbed_server import PATIENCE, in_peace, trouble, within
from xero_connections_plugin.gateways.store.database import Database

pytestmark = pytest.mark.postgresql


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> OwnAuthority:
    return OwnAuthority(tmp_path_factory.mktemp("authority"), datetime.now(UTC))


@pytest.fixture(scope="module")
def server(authority: OwnAuthority) -> Iterator[PostgresqlServer]:
    with PostgresqlServer() as server:
        yield server


def show(server: PostgresqlServer, authority: OwnAuthority, name: str, *, expired: bool = False) -> None:
    """Lets the server show a certificate of this name from now on."""
    authority.server(name, expired=expired)
    pem = server.folder / "server.pem"
    shutil.copy(authority.bundle.with_name(f"{name}-{expired}.pem"), pem)
    pem.chmod(0o600)
    if needs_other_user():
        shutil.chown(pem, PACKAGE_USER)
    for setting in ("ssl_cert_file", "ssl_key_file"):
        server.rows(server.url("postgres"), f"ALTER SYSTEM SET {setting} = '{pem}'")
    server.rows(server.url("postgres"), "ALTER SYSTEM SET ssl = on")
    server.restart()


def verified(url: str, bundle: Path) -> SecretStr:
    return SecretStr(f"{url.replace('127.0.0.1', 'localhost')}?sslmode=verify-full&sslrootcert={bundle}")


def test_the_server_that_the_certificate_names_is_used_and_nothing_goes_unencrypted(
    server: PostgresqlServer, authority: OwnAuthority, tmp_path: Path
) -> None:
    show(server, authority, "localhost")
    with closing(Database(tmp_path, RealClock(), url=verified(server.new_database(), authority.bundle))) as database:
        query = sa.text("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
        assert database.reading(lambda connection: connection.execute(query).scalar_one()) is True


@pytest.mark.parametrize("wrong", ["another name", "another authority", "expired", "no certificate"])
def test_any_other_server_is_refused_at_once(
    wrong: str, server: PostgresqlServer, authority: OwnAuthority, tmp_path: Path
) -> None:
    show(server, authority, "elsewhere" if wrong == "another name" else "localhost", expired=wrong == "expired")
    if wrong == "no certificate":
        server.rows(server.url("postgres"), "ALTER SYSTEM SET ssl = off")
        server.restart()
    others = tmp_path / "others"
    others.mkdir()
    bundle = (OwnAuthority(others, datetime.now(UTC)) if wrong == "another authority" else authority).bundle
    clock = FakeClock(auto_advance=True)
    with closing(Database(tmp_path, clock, url=verified(server.new_database(), bundle))) as database:
        with pytest.raises(StoreUnavailable) as caught:
            database.check_writable()
        assert (caught.value.code, clock.waits) == ("STORE_UNREACHABLE", [])
        assert "certificate" in str(caught.value)
        assert server.password not in str(caught.value)


def test_silence_on_an_encrypted_link_holds_nobody_longer_than_the_limit(
    server: PostgresqlServer, authority: OwnAuthority, tmp_path: Path
) -> None:
    show(server, authority, "localhost")
    with NetworkRelay(server.port) as relay:
        url = server.url(server.new_database().rpartition("/")[2], port=relay.port)
        with closing(
            Database(tmp_path, RealClock(), url=verified(url, authority.bundle), patience=PATIENCE)
        ) as database:
            installation_id = in_peace(database.installation_id)
            relay.stall()
            with within(3 * PATIENCE):
                assert trouble(database.installation_id).code == "STORE_UNREACHABLE"
            relay.flow()
            assert in_peace(database.installation_id) == installation_id
