"""Status with a cause and one button, filters, the count on the title, and tests, in a real browser."""

from __future__ import annotations

import os
import re

import pytest
from playwright.sync_api import Locator, Page, expect

from sample_host.xero_simulator.addresses import DEMO_CLIENT_ID
from sample_host.xero_simulator.fault_presets import down
from sample_host.xero_simulator.starting_world import fixed_id
from tests.browser import page_checks
from tests.browser.connections_page import dialog, press, row
from tests.browser.demo_program import DemoProgram

pytestmark = pytest.mark.browser

SHOTS = os.environ.get("SCREENSHOTS_OF_TESTS", "")
"""A folder for pictures of each state, for whoever wants to look at them."""


def find_nothing(page: Page, place: str) -> None:
    for scheme, width in (("light", 1280), ("dark", 320)):
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        page.set_viewport_size({"width": width, "height": 800})
        if SHOTS:
            page.screenshot(path=f"{SHOTS}/{place.replace(' ', '-')}-{scheme}.png")
        page_checks.find_nothing(page, f"{place} ({scheme})")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth + 1"), place
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 1280, "height": 800})


def add(page: Page, demo: DemoProgram, name: str, number: int, organisation: str) -> None:
    press(page, "Add")
    form = dialog(page, "Connection Definition")
    form.get_by_label("Display name").fill(name)
    form.get_by_label("Xero Client ID").fill(DEMO_CLIENT_ID)
    form.get_by_label("Port", exact=True).fill(str(demo.callback_port))
    press(form, "Authorize")
    consent = page.context.new_page()
    consent.goto(demo.sign_in_address(number))
    consent.get_by_label("Organisation").select_option(value=fixed_id(organisation))
    consent.get_by_role("button", name="Allow access").click()
    expect(consent.get_by_text("Access was received")).to_be_visible()
    consent.close()
    page.bring_to_front()
    press(page.get_by_role("alertdialog", name="Connection successful"), "OK")
    tenant = form.get_by_label("Tenant")
    approved = tenant.locator("option", has_text="just approved").first.get_attribute("value")
    assert approved is not None
    tenant.select_option(value=approved)
    press(form, "Save")
    expect(form).to_be_hidden()
    expect(row(page, name)).to_contain_text("Untested")


def seen(page: Page, text: str) -> Locator:
    """What is told about the selected row; what belongs to others is hidden."""
    return page.get_by_text(text).locator("visible=true")


def try_out(page: Page, name: str) -> None:
    row(page, name).click()
    press(page, "Test")


def test_what_needs_attention_is_seen_tested_and_found(page: Page, demo: DemoProgram) -> None:
    page.set_default_timeout(20_000)
    page.goto(f"{demo.address}/tabs/connections")
    add(page, demo, "Head office", 1, "bakehouse")
    add(page, demo, "Kiosk", 2, "harbour")
    expect(row(page, "Head office")).to_contain_text("Untested")
    row(page, "Head office").click()
    expect(row(page, "Head office")).to_have_attribute("aria-selected", "true")
    expect(seen(page, "Nobody has used or tested this connection")).to_be_visible()
    find_nothing(page, "untested")

    press(page, "Test now")
    passed = dialog(page, "Test passed")
    expect(passed).to_contain_text("Everything works")
    find_nothing(page, "passed")
    press(passed, "OK")
    expect(row(page, "Head office")).to_contain_text("Ready")

    demo.control.set_fault(down(at="accounting"))
    try_out(page, "Head office")
    unreached = dialog(page, "Not reached")
    expect(unreached).to_contain_text("status 503")
    find_nothing(page, "not reached")
    press(unreached, "OK")
    expect(row(page, "Head office")).to_contain_text("Unreachable")
    expect(seen(page, "has not been reached since")).to_be_visible()
    expect(page.get_by_label("Show")).to_contain_text("Needs attention (0)")
    find_nothing(page, "unreachable")
    demo.control.clear()
    press(page, "Test again")
    press(dialog(page, "Test passed"), "OK")
    expect(row(page, "Head office")).to_contain_text("Ready")

    demo.control.unlink("harbour")
    press(page, "More")
    page.get_by_role("menuitem", name="Test all").click()
    results = dialog(page, "Tests of all connections")
    expect(results).to_contain_text("1 failed, 1 passed.")
    expect(results.get_by_role("row").nth(1)).to_contain_text("Kiosk")
    find_nothing(page, "all tested")
    press(results, "OK")
    expect(results).to_have_count(0)
    expect(row(page, "Kiosk")).to_contain_text("Access withdrawn")
    link = page.get_by_role("link", name=re.compile("Connections.*1"))
    expect(link).to_be_visible()

    page.get_by_label("Show").select_option("attention")
    expect(row(page, "Head office")).to_have_count(0)
    row(page, "Kiosk").click()
    find_nothing(page, "needs attention")
    page.get_by_label("Show").select_option("ready")
    expect(row(page, "Kiosk")).to_have_count(0)
    expect(row(page, "Head office")).to_be_visible()
    page.get_by_label("Show").select_option(label="Not used for 90 days")
    expect(page.get_by_text("No such connection")).to_be_visible()
    find_nothing(page, "nobody like this")
    page.get_by_label("Show").select_option("")

    row(page, "Head office").click()
    press(page, "Details")
    expect(dialog(page, "Connection Details")).to_contain_text("Last test")
    find_nothing(page, "details")
