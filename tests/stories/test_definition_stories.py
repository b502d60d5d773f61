"""The dialog "Connection Definition": what may be typed, what is missing, what closing loses."""

from pathlib import Path

import pytest

from hostspec.testing import Disabled
from hostspec.ui import UserAct
from sample_host.xero_simulator.addresses import DEMO_CLIENT_ID
from tests.stories.capture_site import Site

HOSTILE_NAME = "<script>alert(1)</script> {{ 7 * 7 }} \" ' &amp;"


def test_add_opens_an_empty_definition_with_defaults(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        tab.press("Add")
        assert tab.titles[-1] == "Connection Definition"
        assert tab.value("Display name") == ""
        assert tab.value("Xero Client ID") == ""
        assert tab.value("Application URL") == "http://localhost"
        assert tab.value("Port") == 8888
        assert tab.shown("Redirect URI") == "http://localhost:8888/callback"


def test_nothing_is_marked_as_wrong_before_anything_was_typed(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        tab.press("Add")
        for label in ("Display name", "Xero Client ID", "Application URL", "Port", "Tenant"):
            assert tab.error_at(label) == ""


def test_the_redirect_uri_is_composed_as_one_types(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        tab.press("Add")
        tab.fill("Port", "9000")
        assert tab.copy("Redirect URI") == "http://localhost:9000/callback"
        tab.fill("Port", "99999")
        assert "99999" in tab.dialog.model_dump_json()
        assert tab.shown("Redirect URI") == ""
        with pytest.raises(Disabled):
            tab.copy("Redirect URI")
        assert "1 to 65535" in tab.error_at("Port")


def test_each_further_port_shows_the_redirect_uri_to_register(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        tab.press("Add")
        tab.fill("Further ports", "8889\n8890")
        assert "http://localhost:8890/callback" in tab.dialog.model_dump_json()


def test_the_advice_of_the_original_stands_beside_authorize(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        tab.press("Add")
        advice = " ".join(tab.notes)
        assert "Log in to Xero in your default browser first" in advice
        assert "may hide this window" in advice
        assert "Do not close the browser" in advice


def test_authorize_marks_what_is_wrong_at_its_field_and_opens_no_browser(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        tab.press("Add")
        tab.press("Authorize")
        assert "Enter the client id" in tab.error_at("Xero Client ID")
        tab.fill("Xero Client ID", "https://developer.xero.com/")
        tab.press("Authorize")
        assert "This is an address" in tab.error_at("Xero Client ID")
        assert len(site.host.browser.addresses) == 0


def test_save_says_what_is_missing_until_nothing_is(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        site.fill_definition(tab, "Head office")
        assert "Press Authorize" in tab.why_disabled("Save")
        assert "Filled after you authorize" in tab.field("Tenant").disabled_reason
        with pytest.raises(Disabled):
            tab.press("Save")
        site.authorize(tab)
        tab.press("OK")
        site.organisation = "harbour"
        site.authorize(tab)
        tab.press("OK")
        assert "Choose a tenant" in tab.why_disabled("Save")
        tab.choose("Tenant", "Harbour Coffee")
        assert tab.why_disabled("Save") == ""


def test_a_tenant_is_preselected_only_when_exactly_one_is_possible(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        site.xero.control.unlink(organisation="harbour")
        tab = site.tab()
        site.fill_definition(tab, "One")
        site.authorize(tab)
        tab.press("OK")
        reached = tab.options("Tenant")
        assert (tab.value("Tenant") != "") == (len(reached) == 1)


def test_a_display_name_is_required_and_unique_after_folding(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        site.add(tab, "Café Nord")
        site.fill_definition(tab, " cafe\u0301 NORD ")
        site.authorize(tab)
        tab.press("OK")
        tab.choose("Tenant", tab.options("Tenant")[0])
        tab.press("Save")
        assert "already a connection named" in tab.error_at("Display name")
        tab.fill("Display name", "  ")
        tab.press("Save")
        assert "Enter a name" in tab.error_at("Display name")
        tab.fill("Display name", "Café Süd")
        tab.press("Save")
        assert tab.titles == []
        assert set(tab.rows) == {"Café Nord", "Café Süd"}


def test_a_hostile_name_is_kept_as_text(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        site.add(tab, HOSTILE_NAME)
        assert tab.rows == [HOSTILE_NAME]


def test_closing_with_unsaved_work_asks_and_keeps_what_was_typed(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        site.fill_definition(tab, "Head office")
        tab.escape()
        assert tab.message.title == "Discard changes?"
        tab.press("Keep editing")
        assert tab.value("Display name") == "Head office"
        tab.press("Cancel")
        tab.press("Discard")
        assert tab.titles == []
        assert tab.view.empty is not None


def test_closing_an_untouched_definition_does_not_ask(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        tab.press("Add")
        tab.press("Cancel")
        assert tab.titles == []


def test_a_definition_is_of_the_window_that_opened_it(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        site.fill_definition(tab, "Head office")
        other = site.tab(tab.origin.model_copy(update={"window_id": "window-9"}))
        other.send(UserAct(action_id="authorize", dialog_id=tab.dialog.dialog_id))
        assert "closed meanwhile" in other.message.text
        assert len(site.host.browser.addresses) == 0


def test_edit_opens_with_the_values_and_saves_a_new_name_without_a_sign_in(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        connection_id = site.add(tab, "Head office")
        tab.row("Head office")
        tab.press("Edit")
        assert tab.value("Display name") == "Head office"
        assert tab.value("Xero Client ID") == DEMO_CLIENT_ID
        assert tab.value("Port") == site.callback_port
        assert tab.options("Tenant") == ["Bakehouse Ltd"]
        tab.fill("Display name", "Head office (Leeds)")
        tab.fill("Additional scopes", "files")
        tab.press("Save")
        assert tab.rows == ["Head office (Leeds)"]
        assert tab.results[-1].subject_id == connection_id
        assert len(site.host.browser.addresses) == 1


def test_another_client_id_needs_authorize(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        site.add(tab, "Head office")
        tab.row("Head office")
        tab.press("Edit")
        tab.fill("Xero Client ID", "F" * 32)
        tab.fill("Port", str(site.callback_port))
        assert "the client id was changed" in tab.why_disabled("Save")


def test_the_tenants_can_be_refreshed_through_the_present_sign_in(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        site.add(tab, "Head office")
        site.organisation = "harbour"
        site.add(tab, "Kiosk", "Harbour Coffee")
        tab.row("Head office")
        tab.press("Edit")
        tab.press("Refresh the list")
        tab.continue_until()
        assert len(tab.options("Tenant")) == 2
        assert len(site.host.browser.addresses) == 2


def test_changing_the_tenant_asks_naming_both_companies_and_the_profiles(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        connection_id = site.add(tab, "Head office")
        site.organisation = "harbour"
        site.add(tab, "Kiosk", "Harbour Coffee")
        site.use(connection_id, profile="Invoices Leeds")
        tab.row("Head office")
        tab.press("Edit")
        tab.press("Refresh the list")
        tab.continue_until()
        tab.choose("Tenant", "Harbour Coffee")
        tab.press("Save")
        assert "Documents will go to Harbour Coffee, no longer to Bakehouse Ltd" in tab.message.text
        assert "Invoices Leeds" in tab.message.text
        tab.press("Cancel")
        assert tab.dialog.title == "Connection Definition"
        tab.press("Save")
        tab.press("Save")
        assert tab.cell("Head office", "Tenant") == "Harbour Coffee"


def test_an_entry_that_somebody_else_saved_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        site.add(tab, "Head office")
        tab.row("Head office")
        tab.press("Edit")
        other = site.tab(tab.origin.model_copy(update={"window_id": "window-9"}))
        other.row("Head office")
        other.press("Edit")
        other.fill("Display name", "Theirs")
        other.press("Save")
        tab.fill("Display name", "Mine")
        tab.press("Save")
        assert "Somebody else changed this connection" in tab.dialog.problem
        assert site.tab().rows == ["Theirs"]
