"""Takes the screenshots of the README anew: ``.venv/bin/python -m tests.browser.take_screenshots``."""

from __future__ import annotations

import tempfile
from contextlib import chdir
from pathlib import Path
from typing import TYPE_CHECKING, Final

from playwright.sync_api import expect, sync_playwright

from sample_host.xero_simulator.addresses import DEMO_CLIENT_ID
from tests.browser.demo_program import DemoProgram
from tests.outside_programs import CHROMIUM

if TYPE_CHECKING:
    from playwright.sync_api import Page

IMAGES: Final = Path(__file__).parents[2] / "docs" / "images"


def main() -> None:
    """Add three connections, test them, break one, and photograph the tab and the definition."""
    # The page names the folder: relative to another one it is short, as in a demonstration.
    with (
        tempfile.TemporaryDirectory() as folder,
        chdir(folder),
        DemoProgram(Path()) as demo,
        sync_playwright() as playwright,
    ):
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM.find()), args=["--no-sandbox"])
        context = chromium.new_context(viewport={"width": 1280, "height": 640}, device_scale_factor=2)
        page = context.new_page()
        demo.callback_port = 8888
        page.goto(f"{demo.address}/tabs/connections")
        for number, (name, user, organisation) in enumerate(
            (
                ("Bakery", "Ada Keeper", None),
                ("Harbour kiosk", "Ada Keeper", "Harbour Coffee"),
                ("Training", "Ben Ledger", "Demo Company (NZ)"),
            ),
            start=1,
        ):
            _add(page, demo, number, name, user, organisation)
        page.get_by_role("button", name="More").click()
        page.get_by_role("menuitem", name="Test all").click()
        tested = page.get_by_role("dialog", name="Tests of all connections")
        expect(tested).to_contain_text("3 passed.")
        tested.get_by_role("button", name="OK").click()
        demo.control.revoke(user="ben")
        page.get_by_role("link", name="Capture Profiles").click()
        page.get_by_role("link", name="Sales invoices").click()
        step = page.get_by_role("group", name="Xero migration", exact=True)
        step.get_by_label("Connection").select_option(label="Training (Demo Company (NZ), demo company)")
        step.get_by_role("button", name="Look up contacts").click()
        expect(page.get_by_role("alert")).to_be_visible()
        page.get_by_role("link", name="Connections", exact=True).click()
        page.get_by_role("row", name="Training").click()
        page.screenshot(path=IMAGES / "connections.png")
        page.set_viewport_size({"width": 1280, "height": 960})
        page.get_by_role("row", name="Bakery").click()
        page.get_by_role("button", name="Edit").click()
        expect(page.get_by_role("dialog", name="Connection Definition")).to_be_visible()
        page.screenshot(path=IMAGES / "definition.png")
        chromium.close()


def _add(page: Page, demo: DemoProgram, number: int, name: str, user: str, organisation: str | None) -> None:
    page.get_by_role("button", name="Add", exact=True).click()
    definition = page.get_by_role("dialog", name="Connection Definition")
    definition.get_by_label("Display name").fill(name)
    definition.get_by_label("Xero Client ID").fill(DEMO_CLIENT_ID)
    definition.get_by_label("Port", exact=True).fill(str(demo.callback_port))
    definition.get_by_text("Advanced").click()
    definition.get_by_label("Additional scopes").fill("openid profile email")
    definition.get_by_role("button", name="Authorize").click()
    consent = page.context.new_page()
    consent.goto(demo.sign_in_address(number))
    consent.get_by_label("User").select_option(label=user)
    if organisation:
        consent.get_by_label("Organisation").select_option(label=organisation)
    consent.get_by_role("button", name="Allow access").click()
    expect(consent.get_by_text("Access was received")).to_be_visible()
    consent.close()
    page.get_by_role("alertdialog", name="Connection successful").get_by_role("button", name="OK").click()
    if organisation and number == 2:
        definition.get_by_label("Tenant").select_option(label=f"{organisation} (just approved)")
    definition.get_by_role("button", name="Save").click()
    expect(definition).to_be_hidden()


if __name__ == "__main__":
    main()
