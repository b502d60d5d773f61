"""What the form says while it is filled in: the company just approved, the demo company, the name that is taken."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.connections_page import add, authorize, dialog, fill_definition, looked_at, open_tab, press, row
from tests.browser.demo_program import DemoProgram

pytestmark = pytest.mark.browser


def test_companies_that_were_just_approved_are_marked_once(page: Page, demo: DemoProgram) -> None:
    page.set_default_timeout(30_000)
    open_tab(page, demo, "Connections")
    add(page, demo, "Head office", 1)
    press(page, "Add")
    definition = fill_definition(page, demo, "Kiosk")
    tenant = definition.get_by_label("Tenant")
    authorize(page, demo, 2, "Harbour Coffee")
    expect(tenant.locator("option")).to_have_text(
        ["Choose a company", "Harbour Coffee (just approved)", "Bakehouse Ltd (already used by Head office)"],
        use_inner_text=True,
    )
    looked_at(page, "a company that was just approved")
    tenant.select_option(label="Harbour Coffee (just approved)")
    press(definition, "Save")
    expect(row(page, "Kiosk")).to_contain_text("Harbour Coffee")
    row(page, "Kiosk").click()
    press(page, "Edit")
    expect(tenant.locator("option:checked")).to_have_text("Harbour Coffee (saved)")


def test_a_demo_company_is_marked_in_the_picker_in_the_list_and_in_the_details(page: Page, demo: DemoProgram) -> None:
    page.set_default_timeout(30_000)
    open_tab(page, demo, "Connections")
    press(page, "Add")
    definition = fill_definition(page, demo, "Trial run")
    press(definition, "Authorize")
    consent = page.context.new_page()
    consent.goto(demo.sign_in_address(1))
    consent.get_by_label("User").select_option(label="Ben Ledger")
    consent.get_by_label("Organisation").select_option(label="Demo Company (NZ)")
    press(consent, "Allow access")
    expect(consent.get_by_text("Access was received")).to_be_visible()
    consent.close()
    page.bring_to_front()
    told = page.get_by_role("alertdialog", name="Connection successful")
    expect(told).to_contain_text("Demo Company (NZ) is a demo company")
    press(told, "OK")
    chosen = definition.get_by_label("Tenant").locator("option:checked")
    expect(chosen).to_have_text("Demo Company (NZ) (just approved, demo company)")
    looked_at(page, "a demo company in the picker")
    press(definition, "Save")
    expect(row(page, "Trial run").locator(".mark")).to_have_text("demo company")
    looked_at(page, "a demo company in the list")


def test_a_name_that_is_taken_is_told_while_it_is_typed_and_taken_back_when_it_is_free(
    page: Page, demo: DemoProgram
) -> None:
    page.set_default_timeout(30_000)
    open_tab(page, demo, "Connections")
    add(page, demo, "Head office", 1)
    press(page, "Add")
    definition = dialog(page, "Connection Definition")
    name = definition.get_by_label("Display name")
    expect(name).to_be_focused()
    name.press_sequentially("head OFFICE")
    expect(name).to_have_attribute("aria-invalid", "true")
    expect(name).to_have_accessible_description(
        re.compile("already a connection named “head OFFICE”. Choose another name")
    )
    expect(name).to_be_focused()
    expect(name).to_have_value("head OFFICE")
    looked_at(page, "a name that is taken")
    name.press_sequentially(" 2")
    expect(name).not_to_have_attribute("aria-invalid", "true")
    expect(definition.get_by_text("There is already a connection")).to_have_count(0)
    expect(name).to_have_value("head OFFICE 2")
