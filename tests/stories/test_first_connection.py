"""From an empty tab to a bill in Xero, through hooks only."""

from pathlib import Path

from hostspec.connections import ChoiceQuery, ConnectionStatus
from tests.stories.capture_site import Site


def test_an_administrator_adds_a_connection_and_a_step_reads_contacts_through_it(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        assert tab.view.empty is not None
        connection_id = site.add(tab, "Head office")
        assert tab.rows == ["Head office"]
        assert tab.cell("Head office", "Tenant") == "Bakehouse Ltd"
        assert tab.cell("Head office", "Status") == "Ready"

        (choice,) = site.host.hooks.connection_choices(ChoiceQuery())
        assert (choice.label, choice.subtitle, choice.status) == (
            "Head office",
            "Bakehouse Ltd",
            ConnectionStatus.READY,
        )

        with site.session(connection_id) as session:
            answer = session.http.get(session.base_url + "Contacts")
            assert answer.status_code == 200
            assert session.tenant_name == "Bakehouse Ltd"
