"""The Connections tab with ten thousand entries, in a real browser."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.connections_page import add, open_tab, press_on_row, row, step_of
from tests.browser.demo_program import DemoProgram
from tests.stories.long_list import TOTAL, lengthen

pytestmark = pytest.mark.browser

FEW_ELEMENTS = 5_000
"""A page of fifty rows has hundreds; one with everything in it would have a hundred thousand."""


def rows(page: Page) -> Locator:
    return page.locator("tr[data-row]")


def elements(page: Page) -> int:
    return int(page.evaluate("document.querySelectorAll('*').length"))


def test_the_page_stays_usable_with_ten_thousand_connections(page: Page, tmp_path: Path) -> None:
    page.set_default_timeout(15_000)
    expect.set_options(timeout=15_000)
    with DemoProgram(tmp_path) as first:
        open_tab(page, first, "Connections")
        add(page, first, "Client 00000", 1)
    lengthen(tmp_path / "data")
    with DemoProgram(tmp_path) as demo:
        open_tab(page, demo, "Connections")
        expect(page.get_by_text(f"1–50 of {TOTAL:,}")).to_be_visible()
        expect(rows(page)).to_have_count(50)
        assert elements(page) < FEW_ELEMENTS

        page.get_by_role("button", name="Next").click()
        expect(rows(page).first).to_contain_text("Client 00050")
        page.get_by_role("button", name="Last", exact=True).click()
        expect(rows(page).last).to_contain_text("Client 09999")
        page.get_by_role("button", name="Previous").click()
        expect(rows(page).last).to_contain_text("Client 09949")

        search = page.get_by_label("Search connections")
        search.press_sequentially("company 00123", delay=20)
        expect(rows(page)).to_have_count(1)
        expect(search).to_be_focused()
        expect(search).to_have_value("company 00123")
        search.fill("nowhere to be found")
        expect(page.get_by_text("Nothing found")).to_be_visible()
        # What was searched for can be changed where it was typed.
        search.fill("client 0999")
        expect(rows(page)).to_have_count(10)

        search.fill("")
        page.get_by_role("button", name="Signed in as").click()
        expect(page.get_by_role("columnheader", name="Signed in as")).to_have_attribute("aria-sort", "ascending")
        page.get_by_role("button", name="Signed in as").click()
        expect(rows(page).first).to_contain_text("Person 499")

        search.fill("client 00000")
        expect(rows(page)).to_have_count(1)
        press_on_row(page, "Client 00000", "Details")
        box = page.get_by_role("dialog", name="Connection Details")
        expect(box).to_contain_text("Bakehouse Ltd")
        box.get_by_role("button", name="OK").click()

        step = step_of(page, demo)
        step.get_by_label("Connection", exact=True).fill("client 00000")
        step.get_by_role("option", name="Client 00000").click()
        expect(step.get_by_role("button", name="Look up contacts")).to_be_enabled()
        step.get_by_role("button", name="Look up contacts").click()
        expect(page.get_by_text(re.compile(r"\d+ contacts? in Bakehouse Ltd"))).to_be_visible()
        open_tab(page, demo, "Connections")
        expect(row(page, "Client 00000")).to_contain_text("Ready")
