"""The history and the readiness of scopes in a real browser, on the demonstration as people start it."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from sample_host.xero_simulator.addresses import DEMO_CLIENT_ID, LEGACY_CLIENT_ID
from tests.browser.connections_page import press
from tests.browser.demo_program import DemoProgram
from tests.browser.page_checks import find_nothing

pytestmark = pytest.mark.browser


def definition(page: Page) -> Locator:
    return page.get_by_role("dialog", name="Connection Definition")


def history(page: Page) -> Locator:
    return page.get_by_role("dialog", name="History")


def authorize(page: Page, demo: DemoProgram, number: int) -> None:
    press(definition(page), "Authorize")
    consent = page.context.new_page()
    consent.goto(demo.sign_in_address(number))
    press(consent, "Allow access")
    expect(consent.get_by_role("heading", level=1)).to_contain_text("received")
    consent.close()
    page.bring_to_front()
    press(page.get_by_role("alertdialog", name="Connection successful"), "OK")
    press(definition(page), "Save")
    expect(definition(page)).to_be_hidden()


def add(page: Page, demo: DemoProgram, name: str, *, number: int = 1, legacy: bool = False) -> None:
    press(page, "Add")
    definition(page).get_by_label("Display name").fill(name)
    definition(page).get_by_label("Xero Client ID").fill(LEGACY_CLIENT_ID if legacy else DEMO_CLIENT_ID)
    definition(page).get_by_label("Port", exact=True).fill(str(demo.callback_port))
    if legacy:
        definition(page).get_by_text("Advanced", exact=True).click()
        definition(page).get_by_label("Scopes", exact=True).select_option("legacy")
    authorize(page, demo, number)


def use_in_a_profile(page: Page, name: str) -> None:
    page.get_by_role("link", name="Capture Profiles").click()
    page.get_by_role("link", name="Sales invoices").click()
    step = page.get_by_role("group", name="Xero migration", exact=True)
    step.get_by_label("Connection").select_option(label=f"{name} (Bakehouse Ltd)")
    expect(step).to_contain_text("Writes to Bakehouse Ltd")
    page.get_by_role("link", name=re.compile("^Connections")).click()


def test_the_history_is_opened_filtered_exported_and_closed(page: Page, tmp_path: Path) -> None:
    with DemoProgram(tmp_path) as demo:
        page.goto(f"{demo.address}/tabs/connections")
        add(page, demo, "Head office")
        page.get_by_role("row", name="Head office").click()
        press(page, "More")
        page.get_by_role("menuitem", name="History", exact=True).click()
        expect(history(page)).to_be_visible()
        rows = history(page).get_by_role("table", name="History").locator("tbody tr")
        hidden = history(page).locator(".label.visually-hidden")
        expect(hidden, "the title says it; the table is called so all the same").to_have_text("History")
        expect(rows.filter(has_text="Added")).to_have_count(1)
        expect(rows.filter(has_text="New connection")).to_have_count(0)
        history(page).get_by_label("Connection", exact=True).select_option(label="All connections")
        expect(rows.filter(has_text="New connection")).to_have_count(1)
        history(page).get_by_label("What", exact=True).select_option(label="Sign-ins")
        expect(rows.filter(has_text="Added")).to_have_count(0)
        expect(rows).to_have_count(1)
        with page.expect_download() as got:
            press(history(page), "Export as CSV")
        assert re.fullmatch(r"connection-history-\d{4}-\d\d-\d\d\.csv", got.value.suggested_filename)
        raw = Path(got.value.path()).read_bytes()
        assert raw.startswith(b"\xef\xbb\xbf")
        (line,) = csv.DictReader(io.StringIO(raw.decode("utf-8-sig"), newline=""))
        assert (line["What"], line["User"], line["Outcome"]) == ("Signed in", "Admin", "well")
        find_nothing(page, "the history, light")
        page.emulate_media(color_scheme="dark")
        find_nothing(page, "the history, dark")
        page.set_viewport_size({"width": 320, "height": 640})
        find_nothing(page, "the history, narrow")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth + 1")
        page.keyboard.press("Escape")
        expect(history(page)).to_be_hidden()


def test_a_withheld_scope_is_said_before_it_fails_and_mended_with_one_button(page: Page, tmp_path: Path) -> None:
    with DemoProgram(tmp_path) as demo:
        today = page.context.new_page()
        today.goto(f"{demo.simulator_address}/today")
        press(today, "Withhold a scope")
        expect(today.get_by_role("status")).to_contain_text("will not allow accounting.attachments")
        find_nothing(today, "what goes wrong today")
        page.goto(f"{demo.address}/tabs/connections")
        add(page, demo, "Head office")
        press(today, "Back to normal")
        use_in_a_profile(page, "Head office")
        row = page.get_by_role("row", name="Head office")
        expect(row).to_contain_text("Scope missing")
        row.click()
        expect(page.get_by_text("Sales invoices needs accounting.attachments, which this sign-in")).to_be_visible()
        find_nothing(page, "a missing scope")
        press(page, "Usage")
        usage = page.get_by_role("dialog", name="Usage")
        expect(usage.get_by_role("row", name=re.compile("Sales invoices"))).to_contain_text(
            "It needs accounting.attachments"
        )
        find_nothing(page, "the usage of an entry that lacks a scope")
        page.keyboard.press("Escape")
        press(page, "Authorize with more scopes")
        expect(definition(page)).to_contain_text("press Authorize")
        find_nothing(page, "the definition with more scopes")
        authorize(page, demo, 2)
        expect(row).not_to_contain_text("Scope missing")


def test_scopes_that_end_are_dated_in_the_details_and_replaced_from_there(page: Page, tmp_path: Path) -> None:
    with DemoProgram(tmp_path) as demo:
        demo.control.add_redirect_uri(LEGACY_CLIENT_ID, f"http://localhost:{demo.callback_port}/callback")
        page.goto(f"{demo.address}/tabs/connections")
        add(page, demo, "Old app", legacy=True)
        page.get_by_role("row", name="Old app").click()
        press(page, "Details")
        details = page.get_by_role("dialog", name="Connection Details")
        expect(details).to_contain_text("accounting.transactions (September 2027)")
        find_nothing(page, "the details with scopes that end")
        press(details, "Authorize with the right scopes")
        expect(definition(page)).to_contain_text("press Authorize")
        definition(page).get_by_text("Advanced", exact=True).click()
        expect(definition(page).get_by_label("Scopes", exact=True)).to_have_value("granular")
        authorize(page, demo, 2)
        page.get_by_role("row", name="Old app").click()
        press(page, "Details")
        expect(details).to_contain_text("accounting.invoices")
        expect(details).not_to_contain_text("September 2027")


def test_scopes_that_end_soon_are_a_status_with_a_date_and_a_button(page: Page, tmp_path: Path) -> None:
    # Half a year before September 2027, and any day later.
    with DemoProgram(tmp_path, "--days-later", "120", "--housekeeping", "86400") as demo:
        demo.control.add_redirect_uri(LEGACY_CLIENT_ID, f"http://localhost:{demo.callback_port}/callback")
        page.goto(f"{demo.address}/tabs/connections")
        add(page, demo, "Old app", legacy=True)
        row = page.get_by_role("row", name="Old app")
        expect(row).to_contain_text("Scopes end")
        row.click()
        expect(page.locator("[data-problem-of]:visible")).to_contain_text(
            "accounting.transactions ends in September 2027. Authorize once with the scopes that take their place."
        )
        expect(page.get_by_role("link", name=re.compile("^Connections, 1 "))).to_be_visible()
        find_nothing(page, "scopes that end soon")
        press(page, "Authorize with new scopes")
        expect(definition(page).get_by_role("button", name="Authorize")).to_be_focused()
        authorize(page, demo, 2)
        expect(row).to_be_visible()
        expect(row).not_to_contain_text("Scopes end")
        expect(page.get_by_role("link", name="Connections", exact=True)).to_be_visible()
