"""What a person does on the Connections tab and around it, in a real browser, by labels and roles."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from playwright.sync_api import BrowserContext, Locator, Page, expect

from sample_host.xero_simulator.addresses import DEMO_CLIENT_ID
from tests.browser.page_checks import find_nothing, nothing_sticks_out

if TYPE_CHECKING:
    from tests.browser.demo_program import DemoProgram
    from tests.browser.host_program import HostProgram

PROFILE: Final = "Supplier invoices"
STEP: Final = "Xero migration"


def open_tab(page: Page, demo: HostProgram, title: str) -> None:
    page.goto(demo.address)
    # How many connections need attention stands behind the title.
    page.get_by_role("link", name=re.compile(f"^{title}(, |$)")).click()
    expect(page.get_by_role("heading", level=1, name=title)).to_be_visible()


def fill_definition(page: Page, demo: DemoProgram, name: str) -> Locator:
    definition = page.get_by_role("dialog", name="Connection Definition")
    definition.get_by_label("Display name").fill(name)
    definition.get_by_label("Xero Client ID").fill(DEMO_CLIENT_ID)
    definition.get_by_label("Port", exact=True).fill(str(demo.callback_port))
    expect(definition.get_by_label("Redirect URI")).to_contain_text(f"http://localhost:{demo.callback_port}/callback")
    return definition


def allow_access(context: BrowserContext, address: str, organisation: str | None = None) -> None:
    """What happens in the default browser."""
    consent = context.new_page()
    consent.goto(address)
    expect(consent.get_by_text("Simulator – not Xero")).to_be_visible()
    if organisation:
        consent.get_by_label("Organisation").select_option(label=organisation)
    consent.get_by_role("button", name="Allow access").click()
    expect(consent.get_by_text("Access was received")).to_be_visible()
    assert "code=" not in consent.url
    consent.close()


def authorize(page: Page, demo: DemoProgram, number: int, organisation: str | None = None) -> None:
    definition = page.get_by_role("dialog", name="Connection Definition")
    definition.get_by_role("button", name="Authorize").click()
    waiting = page.get_by_role("dialog", name="Waiting for Xero")
    expect(waiting.get_by_role("link", name="Open the sign-in page")).to_be_visible()
    allow_access(page.context, demo.sign_in_address(number), organisation)
    # A window that stays behind is drawn once a second, and each act waits until it is drawn.
    page.bring_to_front()
    message = page.get_by_role("alertdialog", name="Connection successful")
    expect(message).to_be_visible()
    expect(page).to_have_title("Connection successful – Capture")
    message.get_by_role("button", name="OK").click()
    expect(definition).to_be_visible()


def add(page: Page, demo: DemoProgram, name: str, number: int, organisation: str | None = None) -> None:
    page.get_by_role("button", name="Add", exact=True).click()
    definition = fill_definition(page, demo, name)
    authorize(page, demo, number, organisation)
    if organisation:
        definition.get_by_label("Tenant").select_option(label=f"{organisation} (just approved)")
    definition.get_by_role("button", name="Save").click()
    expect(definition).to_be_hidden()
    expect(row(page, name)).to_be_visible()


def row(page: Page, name: str) -> Locator:
    return page.get_by_role("row", name=name)


def press_on_row(page: Page, name: str, button: str) -> None:
    row(page, name).click()
    page.get_by_role("button", name=button, exact=True).click()


def step_of(page: Page, demo: HostProgram) -> Locator:
    open_tab(page, demo, "Capture Profiles")
    page.get_by_role("link", name=PROFILE).click()
    return page.get_by_role("group", name=STEP, exact=True)


def press(inside: Page | Locator, name: str) -> None:
    inside.get_by_role("button", name=name, exact=True).click()


def dialog(page: Page, name: str) -> Locator:
    return page.get_by_role("dialog", name=name)


def choose_from_more(page: Page, label: str) -> None:
    """One of the acts behind "More", for the selected row."""
    press(page, "More")
    page.get_by_role("menuitem", name=label, exact=True).click()


def looked_at(page: Page, place: str) -> None:
    """Fails when axe finds anything or something sticks out, on a wide screen and on a narrow one."""
    for width in (1200, 320):
        page.set_viewport_size({"width": width, "height": 800})
        find_nothing(page, f"{place} at {width}")
        nothing_sticks_out(page, f"{place} at {width}")
    page.set_viewport_size({"width": 1200, "height": 800})
