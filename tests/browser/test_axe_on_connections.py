"""axe looks at every page, dialog, waiting window and message of the real plugin, light and dark, wide and narrow."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from sample_host.xero_simulator.addresses import DEMO_CLIENT_ID
from tests.browser.connections_page import press
from tests.browser.demo_program import DemoProgram
from tests.browser.page_checks import find_nothing, nothing_sticks_out

pytestmark = pytest.mark.browser

Look = Callable[[Page, str], None]


def definition(page: Page) -> Locator:
    return page.get_by_role("dialog", name="Connection Definition")


def message(page: Page, name: str) -> Locator:
    return page.get_by_role("alertdialog", name=name)


def fill(page: Page, demo: DemoProgram, name: str) -> None:
    definition(page).get_by_label("Display name").fill(name)
    definition(page).get_by_label("Xero Client ID").fill(DEMO_CLIENT_ID)
    definition(page).get_by_label("Port", exact=True).fill(str(demo.callback_port))


def allow(page: Page, demo: DemoProgram, number: int, look: Look, button: str = "Allow access") -> None:
    consent = page.context.new_page()
    consent.goto(demo.sign_in_address(number))
    look(consent, "the consent page")
    press(consent, button)
    expect(consent.get_by_role("heading", level=1)).to_contain_text(re.compile("received|not allowed"))
    look(consent, f"the last page after {button}")
    consent.close()
    page.bring_to_front()


def visit_what_comes_before_a_connection(page: Page, demo: DemoProgram, look: Look) -> None:
    page.goto(f"{demo.address}/tabs/connections")
    look(page, "the empty tab")
    press(page, "How to register the app")
    page.locator("dialog[open]").wait_for()
    look(page, "the guide")
    press(page, "OK")
    press(page, "Add")
    definition(page).get_by_text("Advanced").click()
    definition(page).get_by_label("Further ports").fill("8001\n8002")
    expect(definition(page).locator("code", has_text="http://localhost:8002/callback")).to_be_visible()
    look(page, "an empty definition, unfolded")
    definition(page).get_by_label("Xero Client ID").fill("https://developer.xero.com/")
    definition(page).get_by_label("Port", exact=True).fill("x")
    press(definition(page), "Authorize")
    expect(definition(page).locator(".error").first).to_be_visible()
    look(page, "a definition with errors")
    press(definition(page), "Cancel")
    look(page, "the question before work is lost")
    press(message(page, "Discard changes?"), "Discard")


def visit_a_sign_in(page: Page, demo: DemoProgram, look: Look) -> None:
    press(page, "Add")
    fill(page, demo, "Head office")
    press(definition(page), "Authorize")
    waiting = page.get_by_role("dialog", name="Waiting for Xero")
    waiting.get_by_text("The browser showed an error page?").click()
    waiting.get_by_label("Address of that page").fill("http://localhost/elsewhere")
    press(waiting, "Use this address")
    expect(waiting.locator(".error")).to_be_visible()
    look(page, "the waiting window with a wrong address")
    allow(page, demo, 1, look, "Cancel")
    expect(message(page, "Sign-in failed")).to_be_visible()
    look(page, "the message of a sign-in that was not allowed")
    press(page, "OK")
    press(definition(page), "Authorize")
    allow(page, demo, 2, look)
    expect(message(page, "Connection successful")).to_be_visible()
    look(page, "the message of a sign-in")
    press(page, "OK")
    expect(definition(page).get_by_label("Tenant")).to_be_enabled()
    look(page, "a definition that can be saved")
    press(definition(page), "Save")
    expect(page.get_by_role("row", name="Head office")).to_be_visible()
    look(page, "the tab with a connection")


def visit_the_entry_and_a_profile(page: Page, demo: DemoProgram, look: Look) -> None:
    for name in ("Details", "Usage", "Delete"):
        page.get_by_role("row", name="Head office").click()
        press(page, name)
        page.locator("dialog[open]").wait_for()
        look(page, f"what {name} opens")
        page.keyboard.press("Escape")
        expect(page.locator("dialog[open]")).to_have_count(0)
    page.goto(f"{demo.address}/profiles")
    look(page, "the profiles")
    page.get_by_role("link", name="Supplier invoices").click()
    step = page.get_by_role("group", name="Xero migration", exact=True)
    step.get_by_label("Connection").select_option(label="Head office (Bakehouse Ltd)")
    press(step, "Look up contacts")
    expect(step.get_by_text(re.compile(r"\d+ contacts"))).to_be_visible()
    press(step, "Migrate")
    expect(step.get_by_text(re.compile(r"All \d+ documents are in"))).to_be_visible()
    look(page, "a profile after its migration")
    demo.control.revoke(user="ada")
    press(step, "Look up contacts")
    expect(step.get_by_role("alert")).to_be_visible()
    expect(step.get_by_role("link", name="Go to the list")).to_be_visible()
    look(page, "a profile whose connection is refused")
    page.goto(f"{demo.address}/tabs/connections")
    page.get_by_role("row", name="Head office").click()
    expect(page.get_by_role("button", name="Authorize again")).to_be_visible()
    look(page, "the tab with a refused connection")
    press(page, "Delete")
    expect(message(page, "This connection is in use")).to_be_visible()
    look(page, "the refusal to delete what is used")
    press(page, "OK")
    press(page, "Authorize again")
    expect(definition(page)).to_be_visible()
    look(page, "the definition of a refused connection")
    press(definition(page), "Cancel")
    page.locator("#person-menu summary").click()
    look(page, "the menu of persons")
    page.get_by_role("button", name="Operator").click()
    expect(page.locator("#person-menu summary")).to_have_text("Operator")
    look(page, "the tab as an operator sees it")
    for path in ("", "/today", "/bookkeeping"):
        page.goto(demo.simulator_address + path)
        look(page, f"the simulator's page {path}")


def visit_everything(page: Page, demo: DemoProgram, look: Look) -> None:
    page.set_default_timeout(15_000)
    visit_what_comes_before_a_connection(page, demo, look)
    visit_a_sign_in(page, demo, look)
    visit_the_entry_and_a_profile(page, demo, look)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_from_the_empty_tab_to_a_refused_connection(page: Page, tmp_path: Path, scheme: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
    with DemoProgram(tmp_path) as demo:
        visit_everything(page, demo, find_nothing)


@pytest.mark.parametrize(("width", "height"), [(320, 640), (590, 380)])
def test_nothing_sticks_out_of_a_narrow_or_enlarged_page(page: Page, tmp_path: Path, width: int, height: int) -> None:
    """320 px wide; and 1180 x 760 at 200 %."""
    page.set_viewport_size({"width": width, "height": height})
    with DemoProgram(tmp_path) as demo:
        visit_everything(page, demo, nothing_sticks_out)
