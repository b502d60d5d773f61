"""No sign-in is lost to what others do meanwhile, and none that nobody wants is kept."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from pydantic import SecretStr

from hostspec.testing import FakeClock
from hostspec.value import ConnectionId
from tests.stories.capture_site import Site
from tests.working_states import WORKS
from xero_connections_plugin.gateways.store.database import Database
from xero_connections_plugin.gateways.store.tables import grants

DAY = 24 * 3600.0


@contextmanager
def store(data_dir: Path) -> Iterator[Database]:
    """The store that the plugin of this test uses."""
    url = os.environ.get("XERO_CONNECTIONS_DATABASE_URL")
    database = Database(data_dir, FakeClock(), url=SecretStr(url) if url else None)
    try:
        yield database
    finally:
        database.close()


def kept_grants(data_dir: Path) -> int:
    """How many sign-ins lie in the store that the plugin of this test uses."""
    with store(data_dir) as database, database.read() as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(grants)).scalar_one())


def remove_grants(data_dir: Path) -> None:
    """Another program, perhaps an older one, takes every sign-in for nobody's."""
    with store(data_dir) as database, database.write() as connection:
        connection.execute(sa.delete(grants))


def delete(site: Site, name: str) -> None:
    """Somebody in another window deletes a connection."""
    tab = site.tab(site.tab().origin.model_copy(update={"window_id": "window-9"}))
    tab.row(name)
    tab.press("Delete")
    tab.press("Delete")
    assert name not in tab.rows


def test_a_sign_in_waiting_to_be_saved_survives_the_deletion_of_the_entry_it_shares(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        site.add(tab, "Head office")
        site.fill_definition(tab, "Kiosk")
        site.authorize(tab)
        tab.press("OK")
        tab.choose("Tenant", tab.options("Tenant")[0])
        delete(site, "Head office")
        tab.press("Save")
        with site.session(ConnectionId(tab.results[-1].subject_id)) as session:
            assert session.http.get("Organisation").status_code == 200


def test_a_sign_in_in_an_open_definition_is_kept_beyond_a_day(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        site.fill_definition(tab, "Head office")
        site.authorize(tab)
        tab.press("OK")
        site.host.clock.advance(2 * DAY)
        site.host.hooks.maintain(5.0)
        tab.press("Save")
        assert tab.rows == ["Head office"]
        assert tab.cell("Head office", "Status") in WORKS


def test_a_sign_in_that_nobody_saved_is_wiped_after_a_day_and_not_revoked(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        site.fill_definition(tab, "Head office")
        site.authorize(tab)
        tab.press("OK")
        tab.press("Cancel")
        tab.press("Discard")
        site.host.clock.advance(DAY - 60)
        site.host.hooks.maintain(5.0)
        assert kept_grants(tmp_path) == 1
        site.host.clock.advance(120)
        site.host.hooks.maintain(5.0)
        assert kept_grants(tmp_path) == 0
        assert not any(grant.revoked for grant in site.xero.control.state().grants)


def test_a_sign_in_that_another_program_removed_is_said_before_it_is_saved(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        site.fill_definition(tab, "Kiosk")
        site.authorize(tab)
        tab.press("OK")
        remove_grants(tmp_path)
        tab.fill("Port", str(site.callback_port))
        assert "removed meanwhile" in tab.dialog.model_dump_json()
        assert "Authorize" in tab.why_disabled("Save")
        site.authorize(tab)
        tab.press("OK")
        tab.press("Save")
        assert tab.cell("Kiosk", "Status") in WORKS
