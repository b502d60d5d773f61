"""The usage dialog and the queue in a real browser: previewed, switched, undone, exported, found among thousands."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from sample_host.app import SampleHost
from sample_host.profiles import Profile, StorageStep
from tests.browser.page_checks import find_nothing
from tests.host.ledger_plugin import LedgerPlugin
from tests.host.running_host import InstalledPlugin, make_host, serving

pytestmark = pytest.mark.browser

MANY = 150


@pytest.fixture
def plugin() -> LedgerPlugin:
    return LedgerPlugin()


@pytest.fixture
def host(tmp_path: Path, plugin: LedgerPlugin) -> SampleHost:
    return make_host(tmp_path / "data", InstalledPlugin("ledger", plugin))


@pytest.fixture
def address(host: SampleHost) -> Iterator[str]:
    with serving(host) as address:
        yield address


def button(place: Page | Locator, name: str) -> Locator:
    return place.get_by_role("button", name=name, exact=True)


def usage_of(page: Page, address: str, location: str) -> Locator:
    page.goto(f"{address}/tabs/storage")
    page.get_by_role("row", name=location).click()
    button(page, "Usage").click()
    dialog = page.get_by_role("dialog", name="Usage")
    expect(dialog).to_be_visible()
    return dialog


def keep_many(host: SampleHost) -> None:
    """So many profiles that one page of lines does not hold them."""
    step = StorageStep(step_id="store", name="Store document", location_id="archive")
    profiles = [Profile(profile_id=f"p{n}", name=f"Branch {n:03}", steps=(step,)) for n in range(MANY)]
    with host.data.writing() as database:
        database.executemany(
            "INSERT INTO kept (kind, item_id, position, body) VALUES ('profile', ?, ?, ?)",
            [(p.profile_id, n + 100, p.model_dump_json()) for n, p in enumerate(profiles)],
        )


def test_a_switch_is_previewed_made_and_undone_by_keyboard(calm: Page, address: str) -> None:
    dialog = usage_of(calm, address, "Archive")
    find_nothing(calm)
    dialog.get_by_label("Switch to").select_option("Mailroom")
    button(dialog, "Preview").focus()
    calm.keyboard.press("Enter")
    expect(dialog.get_by_role("heading", name="Usage: preview of the switch")).to_be_visible()
    expect(dialog).to_contain_text("3 of 3 would be switched; nothing has been changed yet. From Archive to Mailroom:")
    expect(dialog.get_by_role("row", name="Expenses 2025")).to_contain_text("Disabled")
    expect(button(dialog, "Switch")).to_be_focused()
    find_nothing(calm)
    calm.keyboard.press("Escape")
    expect(button(dialog, "Preview")).to_be_visible()
    expect(dialog.get_by_label("Switch to")).to_have_value("mailroom")
    button(dialog, "Preview").click()
    expect(button(dialog, "Switch")).to_be_focused()
    calm.keyboard.press("Enter")
    expect(dialog).to_contain_text("3 of 3 switched to Mailroom.")
    expect(dialog).to_contain_text("Last switch: 3 from Archive to Mailroom (Admin,")
    find_nothing(calm)

    button(dialog, "Close").click()
    expect(dialog).to_have_count(0)
    again = usage_of(calm, address, "Mailroom")
    expect(again.get_by_role("row", name="Supplier invoices")).to_be_visible()
    button(again, "Undo").click()
    expect(again).to_contain_text("Undone: 3 use Archive again.")
    expect(again.get_by_role("row", name="Supplier invoices")).to_have_count(0)
    expect(button(again, "Undo")).to_have_count(0)


def test_one_of_many_is_found_ticked_and_switched(calm: Page, address: str, host: SampleHost) -> None:
    keep_many(host)
    dialog = usage_of(calm, address, "Archive")
    expect(dialog.get_by_text("1–100 of 153")).to_be_visible()
    dialog.get_by_label("Switch Branch 007, Store document").check()
    button(dialog, "Next").click()
    expect(dialog.get_by_text("101–153 of 153")).to_be_visible()
    dialog.get_by_label("Find a profile, step or host").fill("branch 14")
    expect(dialog.get_by_role("row", name="Branch")).to_have_count(10)
    expect(dialog.get_by_label("Find a profile, step or host")).to_be_focused()
    dialog.get_by_label("Switch Branch 149, Store document").check()
    dialog.get_by_label("Find a profile, step or host").fill("")
    expect(dialog.get_by_text("1–100 of 153")).to_be_visible()
    expect(dialog.get_by_label("Switch Branch 007, Store document")).to_be_checked()
    dialog.get_by_label("Switch to").select_option("Mailroom")
    button(dialog, "Preview").click()
    expect(dialog).to_contain_text("2 of 2 would be switched")
    button(dialog, "Switch").click()
    expect(dialog).to_contain_text("2 of 2 switched to Mailroom.")


def test_usages_are_saved_as_a_file(calm: Page, address: str) -> None:
    dialog = usage_of(calm, address, "Archive")
    with calm.expect_download() as got:
        dialog.get_by_role("link", name="Export CSV").click()
    assert got.value.suggested_filename.startswith("usage-of-storage-location-")
    lines = list(csv.reader(io.StringIO(got.value.path().read_text("utf-8-sig"))))
    assert [line[1] for line in lines] == ["Profile", "Expenses 2025", "Supplier invoices", "Two companies"]
    expect(dialog).to_be_visible()


def test_the_usage_of_all_is_a_page_with_a_file(calm: Page, address: str) -> None:
    calm.goto(address)
    calm.get_by_role("link", name="Usage of all").click()
    expect(calm.get_by_text("Not used yet")).to_be_visible()
    calm.get_by_role("link", name="Storage locations").click()
    expect(calm.get_by_role("row", name="Expenses 2025")).to_contain_text("Disabled")
    find_nothing(calm)
    with calm.expect_download() as got:
        calm.get_by_role("link", name="Export CSV").click()
    assert "usage-of-storage-locations-" in got.value.suggested_filename


def test_documents_are_queued_counted_and_posted_when_the_queue_starts(
    calm: Page, address: str, host: SampleHost, plugin: LedgerPlugin
) -> None:
    host.queue.stop()
    calm.goto(f"{address}/profiles/sales-invoices")
    step = calm.get_by_role("group", name="Xero migration")
    expect(button(step, "Queue these documents")).to_be_disabled()
    choose(step, "Head office")
    button(step, "Queue these documents").click()
    expect(step).to_contain_text("1 batch waits in the queue, which is stopped.")
    find_nothing(calm)
    calm.goto(f"{address}/usages")
    expect(calm.get_by_role("row", name="Sales invoices")).to_contain_text("1 batch waits")
    calm.goto(f"{address}/profiles/sales-invoices")
    button(step, "Start the queue").click()
    expect(step.get_by_text("documents are in Bakehouse Ltd")).to_be_visible()
    calm.goto(f"{address}/usages")
    expect(calm.get_by_role("row", name="Sales invoices")).to_contain_text("posted")
    find_nothing(calm)
    assert plugin.ledgers["c-1"].invoices != []


def choose(step: Locator, name: str) -> None:
    step.get_by_label("Connection", exact=True).select_option(label=f"{name} (Bakehouse Ltd)")


@pytest.mark.parametrize(("width", "height"), [(320, 640), (590, 380)])
def test_the_dialog_fits_narrow_and_enlarged_windows(
    calm: Page, address: str, host: SampleHost, width: int, height: int
) -> None:
    keep_many(host)
    calm.set_viewport_size({"width": width, "height": height})
    dialog = usage_of(calm, address, "Archive")
    sideways = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    assert calm.evaluate(sideways) is False
    dialog.get_by_label("Switch to").select_option("Mailroom")
    button(dialog, "Preview").click()
    expect(button(dialog, "Switch")).to_be_visible()
    assert calm.evaluate(sideways) is False
    find_nothing(calm)
