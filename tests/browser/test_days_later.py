"""What time does to a sign-in that nobody uses, seen in a real browser: told in time, and renewed before it ends."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.connections_page import add
from tests.browser.demo_program import DemoProgram
from tests.browser.page_checks import find_nothing

pytestmark = pytest.mark.browser

NO_HOUSEKEEPING = ("--housekeeping", "86400")
SECONDS = 20_000


@pytest.fixture(autouse=True)
def _only_what_is_told_here(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    # Tests that are made on a schedule renew sign-ins as well.
    monkeypatch.setenv("XERO_CONNECTIONS_TEST_EVERY_DAYS", "0")
    page.set_default_timeout(15_000)


def open_connections(page: Page, demo: DemoProgram) -> None:
    page.goto(f"{demo.address}/tabs/connections")
    expect(page.get_by_role("heading", level=1, name="Connections")).to_be_visible()


def row(page: Page) -> Locator:
    return page.get_by_role("row", name="Head office")


def assert_nothing_found(page: Page) -> None:
    find_nothing(page)


def prepare(page: Page, folder: Path) -> None:
    """A connection that was made today, and then nobody came for long."""
    with DemoProgram(folder, *NO_HOUSEKEEPING) as demo:
        open_connections(page, demo)
        add(page, demo, "Head office", 1)
        expect(row(page)).to_contain_text("in 60 days")


def test_expiring_becomes_ready_by_itself(page: Page, tmp_path: Path) -> None:
    prepare(page, tmp_path)
    with DemoProgram(tmp_path, "--days-later", "50", *NO_HOUSEKEEPING) as demo:
        open_connections(page, demo)
        expect(row(page)).to_contain_text("Expiring")
        expect(row(page)).to_contain_text("in 10 days")
        row(page).click()
        expect(page.get_by_text("Xero ends it in 10 days")).to_be_visible()
        expect(page.get_by_role("button", name="Renew now")).to_be_visible()
        assert_nothing_found(page)
    with DemoProgram(tmp_path, "--days-later", "50", "--housekeeping", "1") as demo:
        open_connections(page, demo)
        expect(row(page)).to_contain_text("in 60 days", timeout=SECONDS)
        expect(row(page)).not_to_contain_text("Expiring")


def test_without_renewal_people_hear_of_the_end_and_of_what_to_do(
    page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XERO_CONNECTIONS_KEEP_ALIVE_DAYS", "0")
    prepare(page, tmp_path)
    with DemoProgram(tmp_path, "--days-later", "57", "--housekeeping", "1") as demo:
        open_connections(page, demo)
        expect(page.get_by_text(re.compile("The sign-in of Head office ends in 3 days")).first).to_be_visible(
            timeout=SECONDS
        )
        assert_nothing_found(page)
    with DemoProgram(tmp_path, "--days-later", "61", "--housekeeping", "1") as demo:
        open_connections(page, demo)
        expect(row(page)).to_contain_text("Needs sign-in")
        expect(page.get_by_text("Head office needs a new sign-in").first).to_be_visible(timeout=SECONDS)
