"""From a sign-in that was revoked to its failed batch, posted after one click, at the demonstration."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.connections_page import add, authorize, open_tab, press_on_row, row, step_of
from tests.browser.demo_program import DemoProgram
from tests.browser.page_checks import find_nothing

pytestmark = pytest.mark.browser


def test_a_failed_batch_is_posted_once_with_one_click_after_the_repair(page: Page, demo: DemoProgram) -> None:
    page.set_default_timeout(15_000)
    open_tab(page, demo, "Connections")
    add(page, demo, "Head office", 1)
    step = step_of(page, demo)
    step.get_by_label("Connection", exact=True).select_option(label="Head office (Bakehouse Ltd)")
    expect(step.get_by_role("button", name="Migrate")).to_be_enabled()
    demo.control.revoke(user="ada")
    step.get_by_role("button", name="Queue these documents").click()
    expect(step.get_by_role("button", name="Try the rest again")).to_be_visible()
    assert demo.control.state().invoices == []

    page.goto(f"{demo.address}/tabs/connections")
    expect(row(page, "Head office")).to_contain_text("Needs sign-in")
    press_on_row(page, "Head office", "Edit")
    authorize(page, demo, 2)
    page.get_by_role("dialog", name="Connection Definition").get_by_role("button", name="Save").click()
    failed = page.get_by_role("dialog", name="Run failed batches again")
    expect(failed).to_contain_text("Head office works. 1 batch failed on it before")
    expect(failed.get_by_label("Select Supplier invoices, Xero migration")).to_be_checked()
    find_nothing(page)
    failed.get_by_role("button", name="Not now").click()
    expect(failed).to_be_hidden()
    notice = page.get_by_text("1 batch failed on Head office and waits to be run again.")
    expect(notice).to_be_visible(timeout=20_000)
    find_nothing(page)
    page.get_by_role("button", name="Show them").click()
    failed.get_by_role("button", name="Run again").click()
    done = page.get_by_role("dialog", name="Batches handed back")
    expect(done.get_by_role("row", name="Supplier invoices")).to_contain_text("Started")
    find_nothing(page)
    done.get_by_role("button", name="Close").click()
    expect(notice).to_be_hidden(timeout=20_000)

    step = step_of(page, demo)
    expect(step.get_by_text(re.compile(r"All \d+ documents are in Bakehouse Ltd"))).to_be_visible()
    numbers = [invoice.invoice_number for invoice in demo.control.state().invoices]
    assert numbers
    assert len(numbers) == len(set(numbers))

    page.goto(f"{demo.address}/tabs/connections")
    press_on_row(page, "Head office", "Usage")
    usage = page.get_by_role("dialog", name="Usage")
    line = usage.get_by_role("row", name="Supplier invoices")
    expect(line).to_contain_text(f"All {len(numbers)} posted")
    expect(usage).to_contain_text(f"{len(numbers)} documents in 30 days.")
    find_nothing(page)
