"""The simulator's pages in a real browser: by label, without JavaScript, and readable for everybody."""

from __future__ import annotations

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from sample_host.xero_simulator.addresses import DEMO_CLIENT_ID
from sample_host.xero_simulator.server import SimulatorServer
from tests.simulator.signed_in_client import SignedIn, ask, bill, callback_parameters, refresh

pytestmark = pytest.mark.browser


class _Callback(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"<h1>Back</h1>")

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the address holds a code."""


@pytest.fixture
def callback(xero: SimulatorServer) -> Iterator[str]:
    """A callback address of the demo app with somebody listening."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Callback)
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    address = f"http://localhost:{server.server_port}/callback"
    xero.control.add_redirect_uri(DEMO_CLIENT_ID, address)
    yield address
    server.shutdown()
    thread.join()
    server.server_close()


def booked_client(xero: SimulatorServer) -> SignedIn:
    client = SignedIn(xero)
    invoice = client.call("PUT", "Invoices", json=bill("B-1")).json()["Invoices"][0]
    client.call("PUT", f"Invoices/{invoice['InvoiceID']}/Attachments/scan 1.pdf", content=b"%PDF-1.4")
    return client


def test_a_person_allows_access_and_comes_back(xero: SimulatorServer, callback: str, page: Page) -> None:
    page.goto(ask(xero, redirect_uri=callback).address)
    expect(page.get_by_text("Simulator – not Xero")).to_be_visible()
    page.get_by_label("User").select_option("Ben Ledger")
    page.get_by_label("Organisation").select_option("Demo Company (NZ)")
    page.get_by_role("button", name="Allow access").click()

    expect(page.get_by_role("heading", name="Back")).to_be_visible()
    assert "code" in callback_parameters(page.url)
    assert [link.organisation for link in xero.control.state().links] == ["demo"]


def test_choosing_a_user_leaves_that_users_organisations(xero: SimulatorServer, page: Page) -> None:
    page.goto(ask(xero).address)
    organisation = page.get_by_label("Organisation")
    assert organisation.locator("option").count() == 3
    page.get_by_label("User").select_option("Cy Newcomer")

    assert organisation.locator("option").all_text_contents() == ["No organisation"]


def test_cancel_comes_back_without_javascript(xero: SimulatorServer, callback: str, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(ask(xero, redirect_uri=callback).address)
    page.get_by_role("button", name="Cancel").click()

    expect(page.get_by_role("heading", name="Back")).to_be_visible()
    assert callback_parameters(page.url)["error"] == "access_denied"
    context.close()


def test_access_is_allowed_without_javascript(xero: SimulatorServer, callback: str, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(ask(xero, redirect_uri=callback).address)
    page.get_by_label("User").select_option("Ben Ledger")
    page.get_by_label("Organisation").select_option("Tidewater Accountants")
    page.get_by_role("button", name="Allow access").click()

    expect(page.get_by_role("heading", name="Back")).to_be_visible()
    assert [link.organisation for link in xero.control.state().links] == ["practice"]
    context.close()


def test_a_wrong_choice_is_explained_on_the_page(xero: SimulatorServer, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(ask(xero).address)
    page.get_by_label("Organisation").select_option("Demo Company (NZ)")
    page.get_by_role("button", name="Allow access").click()

    expect(page.get_by_role("alert")).to_have_text("Ada Keeper has no such organisation.")
    context.close()


def test_a_person_makes_things_go_wrong_and_right_again(xero: SimulatorServer, page: Page) -> None:
    client = booked_client(xero)
    page.goto(xero.addresses.today_url)
    for button, done in (
        ("Down", "Xero is down now."),
        ("Slow (5 s)", "Every answer now takes 5 seconds longer."),
        ("Back to normal", "Everything is back to normal."),
        ("Rate limit", "Too many calls a minute from now on."),
    ):
        page.get_by_role("button", name=button).click()
        expect(page.get_by_role("status")).to_have_text(done)
    assert client.call("GET", "Contacts").status_code == 429

    page.get_by_role("button", name="Back to normal").click()
    page.get_by_role("combobox", name="Somebody disconnects").select_option("Ada Keeper – Capture demo")
    page.get_by_role("button", name="Revoke the sign-in").click()
    expect(page.get_by_role("status")).to_have_text("The sign-in was revoked.")
    expect(page.get_by_text("nobody is signed in")).to_be_visible()
    assert refresh(xero, client.refresh_token).json() == {"error": "invalid_grant"}


def test_a_person_moves_the_clock_and_unlinks(xero: SimulatorServer, page: Page) -> None:
    client = booked_client(xero)
    page.goto(xero.addresses.today_url)
    page.get_by_role("button", name="Unlink an organisation").click()
    assert client.links() == []
    page.get_by_role("combobox", name="Access tokens live").select_option("30 days")
    page.get_by_role("button", name="Move the clock").click()
    expect(page.get_by_text("(30 days ahead)")).to_be_visible()
    page.get_by_role("combobox", name="Access tokens live").select_option("back to the real time")
    page.get_by_role("button", name="Move the clock").click()

    expect(page.get_by_text("ahead")).to_have_count(0)


def test_what_was_booked_can_be_seen_and_saved(xero: SimulatorServer, page: Page) -> None:
    booked_client(xero)
    page.goto(xero.addresses.bookkeeping_url)

    row = page.get_by_role("row").filter(has_text="B-1")
    expect(row).to_contain_text("Kauri Freight")
    expect(row).to_contain_text("22.98 NZD")
    with page.expect_download() as download:
        row.get_by_role("link", name="scan 1.pdf").click()
    assert download.value.path().read_bytes() == b"%PDF-1.4"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_has_a_barrier_and_each_says_what_it_is(xero: SimulatorServer, browser: Browser, scheme: str) -> None:
    booked_client(xero)
    wide = browser.new_context(color_scheme=scheme)  # type: ignore[arg-type]  # one of two literals
    page = wide.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    for address in (
        xero.origin,
        f"{xero.addresses.today_url}?done=slow",
        xero.addresses.bookkeeping_url,
        ask(xero).address,
        ask(xero, scope="wrong").address,
    ):
        page.set_viewport_size({"width": 1200, "height": 800})
        page.goto(address)
        expect(page.get_by_text("Simulator – not Xero")).to_be_visible()
        found = Axe().run(page).response["violations"]
        assert [violation["id"] for violation in found] == [], address
        page.set_viewport_size({"width": 320, "height": 640})
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{address} is too wide at 320 px"
    assert errors == []
    wide.close()
