"""Deleting, taking back and wiping in a real browser; what waits for Xero is seen; axe finds nothing in any of it."""

from __future__ import annotations

import re
from typing import Final

import pytest
from playwright.sync_api import Locator, Page, expect

from sample_host.xero_simulator.fault_presets import down
from tests.browser.connections_page import add, looked_at, open_tab, press_on_row, row
from tests.browser.demo_program import DemoProgram

pytestmark = pytest.mark.browser

TITLE: Final = "Deleted connections"


def question(page: Page) -> Locator:
    return page.get_by_role("alertdialog", name="Delete connection?")


def open_bin(page: Page) -> Locator:
    page.get_by_role("button", name="More", exact=True).click()
    page.get_by_role("menuitem", name=TITLE).click()
    shown = page.get_by_role("dialog", name=TITLE)
    expect(shown).to_be_visible()
    return shown


def test_a_connection_is_deleted_taken_back_under_another_name_and_wiped(page: Page, demo: DemoProgram) -> None:
    page.set_default_timeout(15_000)
    open_tab(page, demo, "Connections")
    add(page, demo, "Bakery", 1)
    add(page, demo, "Kiosk", 2, "Harbour Coffee")

    press_on_row(page, "Kiosk", "Delete")
    asked = question(page)
    expect(asked.get_by_label("At the other side")).to_have_value("here-only")
    looked_at(page, "the question")
    asked.get_by_label("At the other side").select_option(label="Revoke the whole sign-in")
    expect(asked).to_contain_text("Also ends the sign-in of Bakery")
    looked_at(page, "the question with a choice")
    asked.get_by_label("At the other side").select_option(label="Remove here only")
    expect(asked).to_contain_text("other programs go on")
    asked.get_by_role("button", name="Delete", exact=True).click()
    expect(row(page, "Kiosk")).to_be_hidden()

    shown = open_bin(page)
    expect(shown.get_by_role("row", name="Kiosk")).to_contain_text("Harbour Coffee")
    looked_at(page, "what was deleted")
    shown.get_by_role("button", name="Close").click()
    press_on_row(page, "Bakery", "Edit")
    edited = page.get_by_role("dialog", name="Connection Definition")
    edited.get_by_label("Display name").fill("Kiosk")
    edited.get_by_role("button", name="Save").click()
    expect(edited).to_be_hidden()
    open_bin(page).get_by_role("button", name=re.compile("^Recover")).click()
    other = page.get_by_role("dialog", name="Recover under another name")
    expect(other).to_contain_text("There is a connection named “Kiosk” by now")
    looked_at(page, "another name")
    other.get_by_label("Display name").fill("Old kiosk")
    other.get_by_role("button", name="Recover", exact=True).click()
    expect(row(page, "Old kiosk")).to_contain_text("Harbour Coffee")
    expect(page.get_by_role("dialog")).to_have_count(0)

    press_on_row(page, "Old kiosk", "Delete")
    question(page).get_by_role("button", name="Delete", exact=True).click()
    expect(row(page, "Old kiosk")).to_be_hidden()
    shown = open_bin(page)
    shown.get_by_role("checkbox", name="Select Old kiosk").check()
    shown.get_by_role("button", name="Wipe ticked now").click()
    sure = page.get_by_role("alertdialog", name="Wipe for good?")
    looked_at(page, "the question before wiping")
    sure.get_by_role("button", name="Wipe now").click()
    expect(shown).to_contain_text("There is nothing to take back")
    looked_at(page, "nothing deleted")


def test_what_waits_for_xero_is_seen_until_it_is_done(page: Page, demo: DemoProgram) -> None:
    page.set_default_timeout(15_000)
    open_tab(page, demo, "Connections")
    add(page, demo, "Bakery", 1)
    demo.control.set_fault(down(at="connections"))
    press_on_row(page, "Bakery", "Delete")
    question(page).get_by_label("At the other side").select_option(label="Unlink this company at Xero")
    expect(question(page)).to_contain_text("Also cuts off any other program")
    question(page).get_by_role("button", name="Delete", exact=True).click()
    told = page.get_by_role("alertdialog", name="Connection deleted")
    expect(told).to_contain_text("is unlinked as soon as Xero answers")
    told.get_by_role("button", name="OK").click()
    notice = page.get_by_text(re.compile("Unlinking Bakehouse Ltd at Xero: waiting since"))
    expect(notice).to_be_visible()
    looked_at(page, "the notice")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.get_by_role("dialog", name=TITLE)).to_contain_text("Unlinking Bakehouse Ltd at Xero")
    looked_at(page, "what waits")
    page.get_by_role("dialog", name=TITLE).get_by_role("button", name=re.compile("^Recover")).click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(row(page, "Bakery")).to_be_visible()
    expect(notice).to_be_hidden()
