"""A profile's page in a real browser: New…, choosing, looking up, migrating."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from hostspec.errors import ProviderUnavailable
from tests.host.fake_ledger import Fault
from tests.host.ledger_plugin import LedgerPlugin
from tests.host.running_host import InstalledPlugin, make_host, serving

pytestmark = pytest.mark.browser


@pytest.fixture
def plugin() -> LedgerPlugin:
    return LedgerPlugin()


@pytest.fixture
def step(page: Page, tmp_path: Path, plugin: LedgerPlugin) -> Iterator[Locator]:
    with serving(make_host(tmp_path, InstalledPlugin("ledger", plugin))) as address:
        page.goto(address)
        page.get_by_role("link", name="Supplier invoices").click()
        yield page.get_by_role("group", name="Xero migration")


def test_new_opens_over_the_page_and_chooses_what_was_saved(page: Page, step: Locator) -> None:
    step.get_by_role("button", name="New…").click()
    dialog = page.get_by_role("dialog", name="Connection Definition")
    dialog.get_by_label("Display name").fill("Third")
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    expect(step.get_by_label("Connection")).to_have_value("c-3")
    expect(step.get_by_text("Writes to Third Ltd")).to_be_visible()
    expect(step.get_by_role("button", name="New…")).to_be_focused()


def test_without_a_connection_the_buttons_say_so(step: Locator) -> None:
    for name in ("Migrate", "Look up contacts"):
        button = step.get_by_role("button", name=name)
        expect(button).to_be_disabled()
        expect(button).to_have_accessible_description("Choose a connection first.")


def test_what_is_chosen_is_kept_and_the_focus_stays(page: Page, step: Locator) -> None:
    step.get_by_label("Connection").focus()
    step.get_by_label("Connection").select_option("Head office (Bakehouse Ltd)")
    expect(step.get_by_text("Writes to Bakehouse Ltd")).to_be_visible()
    expect(step.get_by_label("Connection")).to_be_focused()
    page.reload()
    expect(step.get_by_label("Connection")).to_have_value("c-1")


def test_a_migration_shows_each_document_and_tries_the_rest_again(step: Locator, plugin: LedgerPlugin) -> None:
    step.get_by_label("Connection").select_option("c-1")
    plugin.ledgers["c-1"].faults.append(Fault("Invoices/i2/Attachments", ProviderUnavailable("Xero does not answer.")))
    step.get_by_role("button", name="Migrate").click()
    expect(step.get_by_role("alert")).to_contain_text("Xero does not answer.")
    expect(step.get_by_role("row", name="MF-20417")).to_contain_text("Now a draft bill in Bakehouse Ltd")
    step.get_by_role("button", name="Try the rest again").click()
    expect(step.get_by_text("All 4 documents are in Bakehouse Ltd")).to_be_visible()
    assert len(plugin.ledgers["c-1"].invoices) == 5


def test_contacts_are_listed_under_the_name_of_their_company(step: Locator, plugin: LedgerPlugin) -> None:
    plugin.ledgers["c-2"].contacts.append({"ContactID": "1", "Name": "Mill & Sons", "ContactStatus": "ACTIVE"})
    step.get_by_label("Connection").select_option("c-2")
    step.get_by_role("button", name="Look up contacts").click()
    expect(step.get_by_text("1 contact in Harbour Coffee")).to_be_visible()
    expect(step.get_by_role("listitem")).to_have_text("Mill & Sons")
