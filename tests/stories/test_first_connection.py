"""From an empty tab to a bill in Xero, through hooks only."""

from pathlib import Path

from hostspec.connections import ChoiceQuery, ConnectionStatus
from hostspec.testing import FakeHost
from tests.stories.capture_site import Site
from xero_connections_plugin.plugin import make_plugin


def test_an_administrator_adds_a_connection_and_a_step_reads_contacts_through_it(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        assert tab.view.empty is not None
        connection_id = site.add(tab, "Head office")
        assert tab.rows == ["Head office"]
        assert tab.cell("Head office", "Tenant") == "Bakehouse Ltd"
        assert tab.cell("Head office", "Status") == "Untested"

        (choice,) = site.host.hooks.connection_choices(ChoiceQuery())
        assert (choice.label, choice.subtitle, choice.status) == (
            "Head office",
            "Bakehouse Ltd",
            ConnectionStatus.UNTESTED,
        )

        with site.session(connection_id) as session:
            answer = session.http.get(session.base_url + "Contacts")
            assert answer.status_code == 200
            assert session.tenant_name == "Bakehouse Ltd"
        tab.search("")
        assert tab.cell("Head office", "Status") == "Ready"


def test_a_host_without_a_data_directory_uses_the_one_that_was_set(tmp_path: Path) -> None:
    settings = {"data_dir": str(tmp_path / "kept" / "here"), "key_file": str(tmp_path / "key")}
    with FakeHost(None, plugins={"xero-connections": make_plugin()}, settings=settings) as host:
        assert host.tab("Connections").view.empty is not None
    assert (tmp_path / "kept" / "here" / "xero-connections.sqlite3").exists()


def test_a_host_without_any_data_directory_is_told_the_setting_to_make(tmp_path: Path) -> None:
    host = FakeHost(None, plugins={"xero-connections": make_plugin()})
    (failure,) = host.start()
    assert "XERO_CONNECTIONS_DATA_DIR" in failure.sentence
    host.stop()
