"""The right company and the limits in a real browser: demo companies, further companies, calls and links."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from sample_host.xero_simulator.addresses import DEMO_CLIENT_ID
from sample_host.xero_simulator.faults import RateLimited
from sample_host.xero_simulator.starting_world import fixed_id
from tests.browser.connections_page import choose_from_more, press
from tests.browser.demo_program import DemoProgram
from tests.browser.page_checks import find_nothing

pytestmark = pytest.mark.browser


def from_more(page: Page, row: str, name: str) -> None:
    page.get_by_role("row", name=row).click()
    choose_from_more(page, name)


def definition(page: Page) -> Locator:
    return page.get_by_role("dialog", name="Connection Definition")


def allow_access(page: Page, address: str, user: str, organisation: str) -> None:
    consent = page.context.new_page()
    consent.goto(address)
    consent.get_by_label("User").select_option(label=user)
    consent.get_by_label("Organisation").select_option(value=fixed_id(organisation))
    consent.get_by_role("button", name="Allow access").click()
    expect(consent.get_by_text("Access was received")).to_be_visible()
    consent.close()
    page.bring_to_front()


def authorize(page: Page, demo: DemoProgram, number: int, user: str, organisation: str) -> Locator:
    press(definition(page), "Authorize")
    allow_access(page, demo.sign_in_address(number), user, organisation)
    message = page.get_by_role("alertdialog", name="Connection successful")
    expect(message).to_be_visible()
    return message


def test_companies_and_limits(page: Page, demo: DemoProgram) -> None:
    page.goto(demo.address)
    page.get_by_role("link", name="Connections", exact=True).click()
    press(page, "Add")
    form = definition(page)
    form.get_by_label("Display name").fill("Trial run")
    form.get_by_label("Xero Client ID").fill(DEMO_CLIENT_ID)
    form.get_by_label("Port", exact=True).fill(str(demo.callback_port))

    said = authorize(page, demo, 1, "Ben Ledger", "demo")
    expect(said).to_contain_text("Demo Company (NZ) is a demo company")
    find_nothing(page, "told that a demo company was approved")
    press(said, "OK")
    expect(form.get_by_label("Tenant")).to_contain_text("just approved, demo company")
    press(form, "Save")
    expect(form).to_be_hidden()
    expect(page.get_by_role("row", name="Trial run")).to_contain_text("demo company")
    find_nothing(page, "list with a demo company")

    from_more(page, "Trial run", "Add another company")
    expect(form).to_be_visible()
    expect(form.get_by_label("Tenant")).to_contain_text("already used by Trial run")
    expect(form.get_by_label("Xero Client ID")).to_have_value(DEMO_CLIENT_ID)
    expect(form).to_contain_text("Authorize once more")
    find_nothing(page, "definition that begins with a sign-in")
    form.get_by_label("Display name").fill("Head office")
    press(authorize(page, demo, 2, "Ben Ledger", "bakehouse"), "OK")
    form.get_by_label("Tenant").select_option(label="Bakehouse Ltd (just approved)")
    press(form, "Save")
    expect(form).to_be_hidden()
    expect(page.get_by_role("row", name="Head office")).to_contain_text("Bakehouse Ltd")

    page.get_by_role("row", name="Head office").click()
    press(page, "Edit")
    said = authorize(page, demo, 3, "Ada Keeper", "bakehouse")
    expect(said).to_contain_text("another Xero user than before")
    find_nothing(page, "told of another user")
    press(said, "Keep the earlier sign-in")
    press(form, "Refresh the list")
    tenant = form.get_by_label("Tenant")
    expect(tenant).to_contain_text("already used by Trial run")
    tenant.select_option(label="Demo Company (NZ) (demo company, already used by Trial run)")
    press(form, "Save")
    asked = page.get_by_role("alertdialog")
    expect(asked).to_contain_text("Demo Company (NZ) is a demo company and Bakehouse Ltd is not")
    find_nothing(page, "asked about another company")
    press(asked, "Cancel")
    press(form, "Cancel")
    press(page.get_by_role("alertdialog"), "Discard")
    expect(form).to_be_hidden()

    page.get_by_role("row", name="Trial run").click()
    page.get_by_role("button", name="Test", exact=True).first.click()
    press(page.get_by_role("dialog"), "OK")
    from_more(page, "Trial run", "Calls and links")
    looked = page.get_by_role("dialog", name="Calls and links")
    expect(looked.get_by_role("table", name="Calls left")).to_contain_text("Demo Company (NZ)")
    expect(looked).to_contain_text("2 companies are open to it")
    find_nothing(page, "calls and links")
    press(looked, "Close")
    expect(looked).to_be_hidden()


def test_a_company_that_no_entry_uses_is_unlinked(page: Page, demo: DemoProgram) -> None:
    page.goto(demo.address)
    page.get_by_role("link", name="Connections", exact=True).click()
    press(page, "Add")
    form = definition(page)
    form.get_by_label("Display name").fill("Head office")
    form.get_by_label("Xero Client ID").fill(DEMO_CLIENT_ID)
    form.get_by_label("Port", exact=True).fill(str(demo.callback_port))
    press(authorize(page, demo, 1, "Ada Keeper", "harbour"), "OK")
    press(authorize(page, demo, 2, "Ada Keeper", "bakehouse"), "OK")
    form.get_by_label("Tenant").select_option(label="Bakehouse Ltd (just approved)")
    press(form, "Save")
    expect(form).to_be_hidden()

    from_more(page, "Head office", "Calls and links")
    looked = page.get_by_role("dialog", name="Calls and links")
    stale = looked.get_by_role("table", name="Companies that are open to the app")
    expect(stale).to_contain_text("Harbour Coffee")
    unlink = looked.get_by_role("button", name="Unlink")
    page.set_viewport_size({"width": 320, "height": 800})
    expect(unlink).to_be_in_viewport(ratio=1)
    page.set_viewport_size({"width": 1280, "height": 720})
    unlink.click()
    asked = page.get_by_role("alertdialog")
    expect(asked).to_contain_text("another installation with the same app may")
    find_nothing(page, "asked whether to unlink")
    press(asked, "Unlink")
    expect(looked).to_contain_text("Harbour Coffee is no longer open to this app.")
    expect(looked).to_contain_text("Every company that is open to the app is used by a connection.")
    assert [link.organisation for link in demo.control.state().links] == ["bakehouse"]
    press(looked, "Close")
    expect(looked).to_be_hidden()

    demo.control.set_fault(RateLimited(at="accounting", problem="day", retry_after=7200, times=None))
    page.get_by_role("row", name="Head office").click()
    page.get_by_role("button", name="Test", exact=True).first.click()
    press(page.get_by_role("dialog"), "OK")
    expect(page.get_by_role("row", name="Head office")).to_contain_text("Waiting")
    expect(page.get_by_text("are used up")).to_be_visible()
    find_nothing(page, "an entry that waits for the next day")
