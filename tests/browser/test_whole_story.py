"""The whole life of a connection in a real browser, driven by labels and roles as a person would."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.connections_page import (
    PROFILE,
    add,
    authorize,
    fill_definition,
    open_tab,
    press_on_row,
    row,
    step_of,
)
from tests.browser.demo_program import DemoProgram

pytestmark = pytest.mark.browser


def test_from_an_empty_tab_to_a_bill_in_xero_a_repair_a_switch_and_the_end(page: Page, demo: DemoProgram) -> None:
    page.set_default_timeout(15_000)
    open_tab(page, demo, "Connections")
    expect(page.get_by_text("No connections yet")).to_be_visible()
    add(page, demo, "Head office", 1)
    expect(row(page, "Head office")).to_contain_text("Bakehouse Ltd")
    expect(row(page, "Head office")).to_contain_text("Untested")

    step = step_of(page, demo)
    step.get_by_label("Connection").select_option(label="Head office (Bakehouse Ltd)")
    step.get_by_role("button", name="Look up contacts").click()
    expect(page.get_by_text(re.compile(r"\d+ contacts? in Bakehouse Ltd"))).to_be_visible()
    step.get_by_role("button", name="Migrate").click()
    expect(step.get_by_text(re.compile(r"All \d+ documents are in Bakehouse Ltd"))).to_be_visible()

    def bills_with_pdf() -> list[str]:
        return [
            invoice.invoice_number or ""
            for invoice in demo.control.state().invoices
            if invoice.status == "DRAFT" and any(file.mime_type == "application/pdf" for file in invoice.attachments)
        ]

    expect(step.get_by_role("button", name="Migrate")).to_be_enabled()
    posted = bills_with_pdf()
    assert posted
    assert len(posted) == len(set(posted))

    demo.control.revoke(user="ada")
    step.get_by_role("button", name="Look up contacts").click()
    expect(page.get_by_role("alert")).to_contain_text("Authorize")
    open_tab(page, demo, "Connections")
    expect(row(page, "Head office")).to_contain_text("Needs sign-in")

    press_on_row(page, "Head office", "Edit")
    authorize(page, demo, 2)
    definition = page.get_by_role("dialog", name="Connection Definition")
    definition.get_by_role("button", name="Save").click()
    expect(definition).to_be_hidden()
    expect(row(page, "Head office")).to_contain_text("Ready")
    step = step_of(page, demo)
    step.get_by_role("button", name="Look up contacts").click()
    expect(page.get_by_text(re.compile(r"\d+ contacts? in Bakehouse Ltd"))).to_be_visible()
    assert bills_with_pdf() == posted

    open_tab(page, demo, "Connections")
    press_on_row(page, "Head office", "Delete")
    refused = page.get_by_role("alertdialog", name="This connection is in use")
    expect(refused).to_contain_text(PROFILE)
    refused.get_by_role("button", name="OK").click()
    add(page, demo, "Kiosk", 3, "Harbour Coffee")

    press_on_row(page, "Head office", "Usage")
    usage = page.get_by_role("dialog", name="Usage")
    expect(usage).to_contain_text(PROFILE)
    usage.get_by_label("Switch to").select_option(label="Kiosk – Harbour Coffee")
    usage.get_by_role("button", name="Preview", exact=True).click()
    expect(usage).to_contain_text("posts to Harbour Coffee, not to Bakehouse Ltd")
    usage.get_by_role("button", name="Switch", exact=True).click()
    expect(usage).to_contain_text("1 of 1 switched to Kiosk")
    usage.get_by_role("button", name="Close").click()

    press_on_row(page, "Head office", "Delete")
    question = page.get_by_role("alertdialog", name="Delete connection?")
    question.get_by_role("button", name="Delete").click()
    expect(row(page, "Head office")).to_be_hidden()
    expect(row(page, "Kiosk")).to_be_visible()
    step = step_of(page, demo)
    expect(step.get_by_label("Connection").locator("option:checked")).to_have_text("Kiosk (Harbour Coffee)")


def test_everything_is_there_at_the_second_start(page: Page, tmp_path: Path) -> None:
    with DemoProgram(tmp_path) as first:
        open_tab(page, first, "Connections")
        add(page, first, "Head office", 1)
    with DemoProgram(tmp_path) as second:
        open_tab(page, second, "Connections")
        expect(row(page, "Head office")).to_contain_text("Untested")
        step = step_of(page, second)
        step.get_by_label("Connection").select_option(label="Head office (Bakehouse Ltd)")
        step.get_by_role("button", name="Look up contacts").click()
        expect(page.get_by_text(re.compile(r"\d+ contacts? in Bakehouse Ltd"))).to_be_visible()


def test_the_tab_is_gone_without_the_plugin(page: Page, tmp_path: Path) -> None:
    with DemoProgram(tmp_path, "--without", "xero-connections") as demo:
        page.goto(demo.address)
        expect(page.get_by_role("link", name="Storage")).to_be_visible()
        expect(page.get_by_role("link", name="Connections")).to_have_count(0)


def test_new_beside_the_dropdown_defines_a_connection_and_selects_it(page: Page, demo: DemoProgram) -> None:
    step = step_of(page, demo)
    step.get_by_role("button", name="New…").click()
    definition = fill_definition(page, demo, "Made here")
    authorize(page, demo, 1)
    definition.get_by_role("button", name="Save").click()
    expect(definition).to_be_hidden()
    expect(step.get_by_label("Connection").locator("option:checked")).to_contain_text("Made here")
