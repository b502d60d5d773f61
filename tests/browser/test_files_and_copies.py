"""Duplicate, Rename, Export, Import and configured connections in a real browser; axe finds nothing in any of it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import FilePayload, Page, expect

from sample_host.xero_simulator.addresses import DEMO_CLIENT_ID
from sample_host.xero_simulator.starting_world import fixed_id
from tests.browser.connections_page import (
    add,
    authorize,
    choose_from_more,
    dialog,
    looked_at,
    open_tab,
    press,
    press_on_row,
    row,
)
from tests.browser.demo_program import DemoProgram

pytestmark = pytest.mark.browser

TENANT: Final = {"tenant_id": fixed_id("bakehouse"), "tenant_name": "Bakehouse Ltd"}


def entry(entry_id: str, name: str, port: int, **settings: str) -> dict[str, Any]:
    return {
        "id": entry_id,
        "type": "xero",
        "name": name,
        "settings": {"client_id": DEMO_CLIENT_ID, "port": port, **settings},
    }


def text_of(*entries: dict[str, Any]) -> str:
    return json.dumps({"format": "xero-connections", "version": 1, "connections": entries})


def test_a_connection_is_renamed_and_duplicated(page: Page, demo: DemoProgram) -> None:
    page.set_default_timeout(15_000)
    open_tab(page, demo, "Connections")
    add(page, demo, "Bakery", 1)
    row(page, "Bakery").click()
    choose_from_more(page, "Rename")
    asked = dialog(page, "Rename connection")
    expect(asked.get_by_label("Display name")).to_be_focused()
    looked_at(page, "the new name")
    asked.get_by_label("Display name").fill("Head office")
    asked.get_by_label("Display name").press("Enter")
    expect(asked).to_be_hidden()
    expect(row(page, "Head office")).to_be_visible()
    expect(row(page, "Bakery")).to_be_hidden()

    row(page, "Head office").click()
    choose_from_more(page, "Duplicate")
    copied = dialog(page, "Connection Definition")
    expect(copied.get_by_label("Display name")).to_have_value("Head office (copy)")
    expect(copied.get_by_label("Xero Client ID")).to_have_value(DEMO_CLIENT_ID)
    looked_at(page, "the copy")
    authorize(page, demo, 2, "Harbour Coffee")
    copied.get_by_label("Tenant").select_option(label="Harbour Coffee (just approved)")
    press(copied, "Save")
    expect(row(page, "Head office (copy)")).to_contain_text("Harbour Coffee")


def test_a_file_is_exported_looked_at_and_imported(page: Page, demo: DemoProgram) -> None:
    page.set_default_timeout(15_000)
    open_tab(page, demo, "Connections")
    add(page, demo, "Bakery", 1)
    row(page, "Bakery").click()
    choose_from_more(page, "Export")
    asked = dialog(page, "Export connections")
    expect(asked.get_by_label("Which connections")).to_contain_text("Only Bakery")
    looked_at(page, "the export")
    with page.expect_download() as got:
        press(asked, "Download")
    assert re.fullmatch(r"connections-\d{4}-\d\d-\d\d\.json", got.value.suggested_filename)
    file: dict[str, Any] = json.loads(Path(got.value.path()).read_text("utf-8"))
    assert [one["name"] for one in file["connections"]] == ["Bakery"]
    press(asked, "Close")
    expect(asked).to_be_hidden()

    mine = file["connections"][0]
    other = {**mine, "settings": {**mine["settings"], "extra_scopes": ["files.read"]}}
    content = text_of(
        other, entry("new-one", "Kiosk", demo.callback_port, **TENANT), entry("bad-one", "Van", 0, **TENANT)
    )
    choose_from_more(page, "Import")
    choosing = dialog(page, "Import connections")
    expect(choosing.get_by_label("File")).to_be_visible()
    looked_at(page, "the choice of a file")
    press(choosing, "Continue")
    expect(choosing).to_contain_text("Choose a file first")
    chosen = FilePayload(name="moved.json", mimeType="application/json", buffer=content.encode())
    choosing.get_by_label("File").set_input_files(chosen)
    press(choosing, "Continue")
    plan = dialog(page, "What the file would change")
    expect(plan.get_by_role("row", name="Kiosk")).to_contain_text("New")
    expect(plan.get_by_role("row", name="Van")).to_contain_text("Cannot be imported")
    expect(plan.get_by_role("row", name="Bakery")).to_contain_text("Set differently: extra_scopes.")
    looked_at(page, "what the file would change")
    plan.get_by_label("Bakery: Here, and different").select_option(label="Take the settings from the file")
    press(plan, "Import")
    told = dialog(page, "Imported connections")
    expect(told).to_contain_text("1 added, 1 changed, 1 not imported.")
    looked_at(page, "what became of it")
    press(told, "OK")
    expect(told).to_be_hidden()
    expect(row(page, "Kiosk")).to_contain_text("Needs sign-in")
    row(page, "Kiosk").click()
    expect(page.get_by_text(re.compile("was imported on .* nobody has signed in for it here yet"))).to_be_visible()
    looked_at(page, "an imported connection")


def test_configured_connections_are_marked_and_read_only(
    page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page.set_default_timeout(15_000)
    file = tmp_path / "entries.json"
    file.write_text(text_of(entry("head", "Head office", 8888, **TENANT), entry("van", "Van", 0)), encoding="utf-8")
    monkeypatch.setenv("XERO_CONNECTIONS_ENTRIES_FILE", str(file))
    with DemoProgram(tmp_path) as demo:
        page.goto(f"{demo.address}/tabs/connections")
        expect(row(page, "Head office")).to_contain_text("configured")
        told = page.locator("#body").get_by_text(re.compile("Van in .* was not taken over"))
        expect(told).to_be_visible()
        row(page, "Head office").click()
        looked_at(page, "a configured connection")
        press_on_row(page, "Head office", "Delete")
        refused = page.get_by_role("alertdialog", name="Configured elsewhere")
        expect(refused).to_contain_text("cannot be deleted here")
        looked_at(page, "a refused deletion")
        press(refused, "OK")
        expect(refused).to_be_hidden()
        press_on_row(page, "Head office", "Edit")
        shown = dialog(page, "Connection Definition")
        for label in ("Display name", "Xero Client ID"):
            expect(shown.get_by_label(label)).to_be_disabled()
        looked_at(page, "a read-only definition")
        press(shown, "Cancel")
        expect(shown).to_be_hidden()
        press_on_row(page, "Head office", "Details")
        expect(dialog(page, "Connection Details")).to_contain_text("Configured in")
