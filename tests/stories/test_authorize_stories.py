"""Authorize, from the button to the message box; and every way in which it ends without a sign-in."""

import socket
import threading
from contextlib import ExitStack
from pathlib import Path

import pytest
import requests

from hostspec.testing import TabDriver
from sample_host.xero_simulator.addresses import DEMO_CLIENT_ID, WEB_CLIENT_ID
from sample_host.xero_simulator.fault_presets import captive_portal, down
from sample_host.xero_simulator.faults import Answer, Slow, TokenError
from tests.free_ports import free_port
from tests.stories.capture_site import Site


def started(site: Site) -> TabDriver:
    """A tab that waits for a browser in which nobody does anything."""
    site.decide = site.ignore
    tab = site.tab()
    site.fill_definition(tab, "Head office")
    site.press_authorize(tab)
    return tab


def failed_with(tab: TabDriver, *words: str) -> None:
    """The sign-in ended in one message with these words, and the definition is still open."""
    assert tab.message.title == "Sign-in failed"
    for word in words:
        assert word in tab.message.text
    assert len(tab.message.text) <= 300
    tab.press("OK")
    assert tab.dialog.title == "Connection Definition"
    assert tab.value("Display name") == "Head office"


def test_the_waiting_window_shows_where_to_look_and_counts_down_from_90_seconds(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = started(site)
        wait = tab.waiting
        assert wait.title == "Waiting for Xero"
        assert wait.seconds_total == 90
        assert wait.address == site.host.browser.wait_for_address()
        assert wait.address_label == "Open the sign-in page"
        site.host.clock.advance(20)
        tab.continue_once()
        assert tab.waiting.seconds_left == pytest.approx(70)


def test_success_is_told_in_the_browser_and_in_the_window_that_began_it(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        site.fill_definition(tab, "Head office")
        tab.fill("Additional scopes", "openid profile email")
        site.authorize(tab)
        assert tab.message.title == "Connection successful"
        assert "Ada Keeper" in tab.message.text
        assert "One company can be reached" in tab.message.text
        assert f"Access was received for the Xero app {DEMO_CLIENT_ID[:8]}" in site.last_page
        assert "you may close this page" in site.last_page
        assert "Workstation host-a" in site.last_page


def test_just_approved_companies_come_first_and_are_marked(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        site.add(tab, "Head office")
        site.organisation = "harbour"
        site.fill_definition(tab, "Kiosk")
        site.authorize(tab)
        tab.press("OK")
        assert tab.options("Tenant")[0].startswith("Harbour Coffee")
        assert "just approved" in tab.dialog.model_dump_json()


def test_companies_without_name_and_with_equal_names_can_be_told_apart(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        site.add(tab, "First")
        site.organisation = "bakehouse-2"
        site.add(tab, "Second")
        assert tab.cell("First", "Tenant") == "Bakehouse Ltd"
        tab.row("First")
        tab.press("Edit")
        tab.press("Refresh the list")
        tab.continue_until()
        assert len(set(tab.options("Tenant"))) == 2
        tab.press("Cancel")
        assert tab.titles == []
        site.user, site.organisation = "ben", "unnamed"
        site.fill_definition(tab, "Unnamed")
        site.authorize(tab)
        tab.press("OK")
        assert any(label.startswith("Organisation ") for label in tab.options("Tenant"))


def test_a8_denied_in_the_browser(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        site.decide = site.deny
        site.fill_definition(tab, "Head office")
        site.authorize(tab)
        failed_with(tab, "did not allow access", "Nothing was changed")


def test_a43_a_closed_browser_ends_by_the_limit(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = started(site)
        site.host.clock.advance(90.1)
        tab.continue_until()
        failed_with(tab, "90 seconds")


def test_a47_cancel_ends_the_wait_at_once_and_frees_the_port(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = started(site)
        tab.press("Cancel")
        assert tab.dialog.title == "Connection Definition"
        site.decide = site.allow
        site.authorize(tab)
        assert tab.message.title == "Connection successful"


def test_a47_a_sign_in_that_is_cancelled_while_companies_are_listed_leaves_nothing_in_the_window(
    tmp_path: Path,
) -> None:
    with Site(tmp_path) as site:
        site.xero.control.set_fault(Slow(at="connections", seconds=1.0))
        tab = site.tab()
        site.fill_definition(tab, "Head office")
        site.press_authorize(tab)
        pause = threading.Event()
        while not site.xero.control.state().requests.get("connections"):
            pause.wait(0.02)
        tab.press("Cancel")
        assert tab.dialog.title == "Connection Definition"
        site.host.tasks.join()
        tab.fill("Port", str(site.callback_port))
        assert "Authorize" in tab.why_disabled("Save")
        assert tab.options("Tenant") == []
        site.authorize(tab)
        assert tab.message.title == "Connection successful"
        assert site.xero.control.state().requests["token"] == 2


def test_a47_a_cancel_that_comes_after_the_end_shows_the_end(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = started(site)
        site.allow(tab.waiting.address)
        site.host.tasks.join()
        tab.press("Cancel")
        assert tab.message.title == "Connection successful"
        tab.press("OK")
        assert tab.options("Tenant") == ["Bakehouse Ltd"]


@pytest.mark.parametrize("how", ["answers no", "raises"])
def test_a42_without_a_browser_the_address_is_shown_and_works(tmp_path: Path, how: str) -> None:
    with Site(tmp_path) as site:
        site.host.browser.answer = False
        site.host.browser.error = OSError("no browser") if how == "raises" else None
        tab = started(site)
        site.allow(tab.waiting.address)
        tab.continue_until()
        assert tab.message.title == "Connection successful"


def test_the_address_of_an_error_page_can_be_pasted(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = started(site)
        back = site.xero.approve(tab.waiting.address, user="ada", organisation="bakehouse")
        tab.fill("Address of that page", "http://localhost/else?code=1&state=2")
        tab.press("Use this address")
        assert tab.error_at("Address of that page") != ""
        tab.fill("Address of that page", f"  {back} ")
        tab.press("Use this address")
        tab.continue_until()
        assert tab.message.title == "Connection successful"


def test_a32_every_port_busy_is_told_before_the_browser_opens(tmp_path: Path) -> None:
    with Site(tmp_path) as site, ExitStack() as stack:
        for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
            if family == socket.AF_INET6 and not socket.has_ipv6:
                continue
            taken = stack.enter_context(socket.socket(family))
            taken.bind((address, site.callback_port))
            taken.listen()
        tab = site.tab()
        site.fill_definition(tab, "Head office")
        site.press_authorize(tab)
        failed_with(tab, str(site.callback_port))
        assert str(site.callback_port) in tab.error_at("Port")
        assert len(site.host.browser.addresses) == 0


def test_a33_a_further_port_is_used_when_the_first_is_busy(tmp_path: Path) -> None:
    with Site(tmp_path) as site, socket.socket() as taken:
        taken.bind(("127.0.0.1", site.callback_port))
        taken.listen()
        further = free_port()
        site.xero.control.add_redirect_uri(DEMO_CLIENT_ID, f"http://localhost:{further}/callback")
        tab = site.tab()
        site.fill_definition(tab, "Head office")
        tab.fill("Further ports", str(further))
        site.authorize(tab)
        assert tab.message.title == "Connection successful"
        assert f"%3A{further}%2F" in site.host.browser.wait_for_address()


def test_a40_a_second_sign_in_on_the_port_is_told_who_is_signing_in(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        started(site)
        other = site.tab(site.tab().origin.model_copy(update={"window_id": "window-9"}))
        site.fill_definition(other, "Head office")
        site.press_authorize(other)
        failed_with(other, "Ada Admin")
        assert len(site.host.browser.addresses) == 1


def test_an_unknown_client_id_never_comes_back_and_ends_by_the_limit_with_advice(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        site.decide = site.ignore
        tab = site.tab()
        site.fill_definition(tab, "Head office")
        tab.fill("Xero Client ID", "0" * 32)
        site.press_authorize(tab)
        site.host.clock.advance(91)
        tab.continue_until()
        failed_with(tab, "redirect")


def test_an_app_of_the_wrong_type_is_named_at_the_client_id(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        site.xero.control.add_redirect_uri(WEB_CLIENT_ID, site.redirect_uri)
        tab = site.tab()
        site.fill_definition(tab, "Head office")
        tab.fill("Xero Client ID", WEB_CLIENT_ID)
        site.authorize(tab)
        failed_with(tab, "Mobile or desktop app")
        assert "Mobile or desktop app" in tab.error_at("Xero Client ID")
        tab.fill("Xero Client ID", DEMO_CLIENT_ID)
        tab.fill("Port", str(site.callback_port))
        assert tab.error_at("Xero Client ID") == ""


def test_a_code_that_xero_refuses(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        site.xero.control.set_fault(TokenError(at="token", error="invalid_grant"))
        tab = site.tab()
        site.fill_definition(tab, "Head office")
        site.authorize(tab)
        failed_with(tab, "took too long or was used twice")


@pytest.mark.parametrize("trouble", ["down", "portal"])
def test_xero_out_of_reach_at_the_exchange(tmp_path: Path, trouble: str) -> None:
    with Site(tmp_path) as site:
        site.xero.control.set_fault(down(at="token") if trouble == "down" else captive_portal(at="token"))
        tab = site.tab()
        site.fill_definition(tab, "Head office")
        site.authorize(tab)
        failed_with(tab)


def test_a_sign_in_that_reaches_no_company_says_so_and_cannot_be_saved(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        site.user, site.organisation = "cy", None
        site.xero.control.set_fault(Answer(at="connections", body="[]", content_type="application/json", times=None))
        tab = site.tab()
        site.fill_definition(tab, "Head office")
        site.user = "ada"
        site.authorize(tab)
        assert "reaches no company" in tab.message.text
        tab.press("OK")
        assert "reaches no company" in tab.why_disabled("Save")


def test_companies_that_cannot_be_listed_do_not_cost_the_sign_in(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        fault = down(at="connections")
        site.xero.control.set_fault(fault)
        tab = site.tab()
        site.fill_definition(tab, "Head office")
        site.authorize(tab)
        assert "could not be listed" in tab.message.text
        tab.press("OK")
        site.xero.control.clear()
        tab.press("Refresh the list")
        tab.continue_until()
        tab.choose("Tenant", next(o for o in tab.options("Tenant") if o.startswith("Bakehouse")))
        tab.press("Save")
        assert tab.rows == ["Head office"]
        assert len(site.host.browser.addresses) == 1


def test_other_connections_work_while_somebody_signs_in(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        connection_id = site.add(site.tab(), "Kiosk")
        started(site)
        with site.session(connection_id) as session:
            assert session.http.get(session.base_url + "Organisation").status_code == 200


def test_strangers_at_the_port_change_nothing(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = started(site)
        base = f"http://localhost:{site.callback_port}"
        with requests.Session() as stranger:
            stranger.trust_env = False
            for path in ("/favicon.ico", "/callback?code=x&state=wrong", "/callback?error=access_denied", "/callback"):
                assert stranger.get(base + path, timeout=5).status_code >= 400
        tab.continue_once()
        assert tab.titles[-1] == "Waiting for Xero"
        site.allow(tab.waiting.address)
        tab.continue_until()
        assert tab.message.title == "Connection successful"
