"""Keys of a whole site: handed to other workstations, changed, and what one workstation lacks is its own affair."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from pydantic import SecretStr

from hostspec.connections import ChoiceQuery
from hostspec.errors import SecretStoreUnavailable
from hostspec.testing import FakeHost
from hostspec.testing.dialog_tables import cells_by_column, find_table
from hostspec.value import UserId
from tests.canaries import marked_bytes
from tests.stories.capture_site import Site
from tests.working_states import WORKS
from xero_connections_plugin.connections.history_events import Actor
from xero_connections_plugin.gateways.keys.key_care import KeyCare
from xero_connections_plugin.plugin import XeroConnectionsPlugin

PASSPHRASE = SecretStr("three quiet kettles")


class Plugins:
    """Makes plugins, and finds the command line's face of the latest."""

    def __init__(self) -> None:
        self._made: list[XeroConnectionsPlugin] = []

    def __call__(self) -> XeroConnectionsPlugin:
        self._made.append(XeroConnectionsPlugin(random_bytes=marked_bytes))
        return self._made[-1]

    @property
    def keys(self) -> KeyCare:
        house = self._made[-1]._house
        assert house is not None
        return house.stores.keys

    def rows(self) -> Counter[str]:
        """How many ciphertexts are sealed with keys of each state."""
        found: Counter[str] = Counter()
        for line in self.keys.status().keys:
            found[str(line.state)] += line.rows
        return +found


def another_workstation(site: Site, name: str) -> FakeHost:
    """With a key file of its own."""
    return site.make_host(name, settings={"key_file": str(site.data_dir / f"{name}.key")})


@pytest.mark.postgresql
def test_c31_a_workstation_without_the_key_says_so_and_the_others_go_on(tmp_path: Path, postgresql_url: str) -> None:
    plugins = Plugins()
    with Site(tmp_path, settings={"database_url": postgresql_url}, plugin=plugins) as site:
        connection_id = site.add(site.tab(), "Head office")
        at_first = plugins.keys
        before = at_first.status().keys
        with another_workstation(site, "host-b") as host:
            host.tasks.join()
            tab = host.tab("Connections")
            assert tab.cell("Head office", "Status") == "Key missing"
            assert "Import the key" in tab.row("Head office").problem
            (choice,) = host.hooks.connection_choices(ChoiceQuery(selected_id=connection_id))
            assert not choice.selectable
            with pytest.raises(SecretStoreUnavailable) as caught:
                host.hooks.open_session(connection_id)
            assert caught.value.code == "KEY_MISSING"
            tab.press("Add")
            assert "Import the key" in tab.why_disabled("Authorize")
            tab.press("Cancel")
            assert not (tmp_path / "host-b.key").exists()
            # The others notice nothing of it.
            assert at_first.status().keys == before
            assert site.tab().cell("Head office", "Status") in WORKS
            with site.session(connection_id) as session:
                assert session.http.get(f"{session.base_url}Organisation").status_code == 200

            at_first.export(tmp_path / "site.keys", PASSPHRASE)
            plugins.keys.import_(tmp_path / "site.keys", PASSPHRASE)
            assert tab.cell("Head office", "Status") in WORKS
            with host.hooks.open_session(connection_id) as opened:
                assert opened.connection.connection_id == connection_id
            assert (tmp_path / "host-b.key").read_bytes() == (tmp_path / "connections.key").read_bytes()
        assert at_first.status().keys == before


@pytest.mark.postgresql
def test_a_site_changes_its_key_workstation_by_workstation_while_everybody_works(
    tmp_path: Path, postgresql_url: str
) -> None:
    plugins = Plugins()
    with Site(tmp_path, settings={"database_url": postgresql_url}, plugin=plugins) as site:
        connection_id = site.add(site.tab(), "Head office")
        first = plugins.keys
        first.export(tmp_path / "1.keys", PASSPHRASE)
        with another_workstation(site, "host-b") as host:
            second = plugins.keys
            second.import_(tmp_path / "1.keys", PASSPHRASE)
            tab = host.tab("Connections")

            first.begin_rotation()
            host.hooks.maintain(5.0)
            host.tasks.join()
            assert tab.cell("Head office", "Status") in WORKS
            first.switch()
            # It does not have the new key yet, and goes on with what is sealed with the old one.
            host.clock.advance(60)
            second.status()
            assert tab.cell("Head office", "Status") in WORKS
            host.hooks.open_session(connection_id).close()
            assert "Import the key" in second_authorize_refused(host)

            site.host.hooks.maintain(5.0)
            site.host.tasks.join()
            assert [line.rows for line in first.status().keys] == [0, 1]
            host.clock.advance(60)
            second.status()
            host.clock.advance(3600)
            with pytest.raises(SecretStoreUnavailable):
                host.hooks.open_session(connection_id)
            first.export(tmp_path / "2.keys", PASSPHRASE)
            second.import_(tmp_path / "2.keys", PASSPHRASE)
            assert tab.cell("Head office", "Status") in WORKS
            host.hooks.open_session(connection_id).close()
        site.session(connection_id).close()


def second_authorize_refused(host: FakeHost) -> str:
    tab = host.tab("Connections")
    tab.press("Add")
    return tab.why_disabled("Authorize")


def test_a_change_of_the_key_that_was_cut_off_is_finished_at_the_next_start(tmp_path: Path) -> None:
    plugins = Plugins()
    with Site(tmp_path, plugin=plugins) as site:
        connection_id = site.add(site.tab(), "Head office")
        plugins.keys.begin_rotation()
        new = plugins.keys.switch()
        assert plugins.rows() == {"decrypt_only": 1}
        site.host.stop()
        with site.make_host("host-a") as host:
            host.tasks.join()
            assert plugins.rows() == {"active": 1}
            assert [(line.state, line.key_id == new) for line in plugins.keys.status().keys] == [
                ("retired", False),
                ("active", True),
            ]
            tab = host.tab("Connections")
            assert tab.cell("Head office", "Status") in WORKS
            host.hooks.open_session(connection_id).close()
        assert site.xero.control.state().refreshes == 0


def test_a_change_of_the_key_goes_on_in_the_background_of_a_running_host(tmp_path: Path) -> None:
    plugins = Plugins()
    with Site(tmp_path, plugin=plugins) as site:
        site.add(site.tab(), "Head office")
        plugins.keys.begin_rotation()
        plugins.keys.switch()
        site.host.hooks.maintain(5.0)
        site.host.tasks.join()
        assert plugins.rows() == {"active": 1}
        assert not plugins.keys.is_unfinished()


def test_the_key_is_changed_in_one_go_and_hosts_that_run_notice_nothing(tmp_path: Path) -> None:
    plugins = Plugins()
    with Site(tmp_path, plugin=plugins) as site:
        connection_id = site.add(site.tab(), "Head office")
        with site.make_host("host-b") as running:
            running.hooks.open_session(connection_id).close()
            plugins.keys.rotate(actor=Actor(user_id=UserId("ada"), user_name="Ada Admin"))
            for host in (site.host, running):
                host.clock.advance(3600)
                host.hooks.open_session(connection_id).close()
                assert host.tab("Connections").cell("Head office", "Status") in WORKS
        assert plugins.rows() == {"active": 2}
        tab = site.tab()
        tab.press("History")
        told = [cells_by_column(table, row) for table in (find_table(tab.dialog.form, None),) for row in table.rows]
        changed = [event for event in told if event["What"] == "Key changed"]
        assert [event["What came of it"].partition(":")[0] for event in changed] == [
            "Retired, since nothing is sealed with it any more",
            "Seals from now on",
            "Made, and seals once somebody switches to it",
        ]
        assert {event["Who"] for event in changed} == {"Ada Admin, Workstation host-b"}
