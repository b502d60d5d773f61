"""A mailbox from another package in the browser: the same tab, beside Xero, from Add to Delete."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.connections_page import (
    authorize,
    choose_from_more,
    dialog,
    fill_definition,
    looked_at,
    open_tab,
    press,
    press_on_row,
    row,
    step_of,
)
from tests.browser.demo_program import DemoProgram
from tests.canaries import canary
from tests.examples.imap_server import USER, ImapServer, Manner
from tests.examples.offered_example import offer_mailboxes
from tests.plugin.own_authority import OwnAuthority

pytestmark = pytest.mark.browser

SHOTS = os.environ.get("SCREENSHOTS_OF_TESTS", "")
"""A folder for pictures of each state, for whoever wants to look at them."""

NAME = "Invoices inbox"
PASSWORD = canary("password of a mailbox")


@pytest.fixture
def authority(tmp_path: Path) -> OwnAuthority:
    (tmp_path / "authority").mkdir()
    return OwnAuthority(tmp_path / "authority", datetime.now(UTC))


@pytest.fixture
def server(authority: OwnAuthority) -> Iterator[ImapServer]:
    with ImapServer(Manner(PASSWORD, messages=1), authority.server(), at_once=True) as serving:
        yield serving


@pytest.fixture
def demo(tmp_path: Path, authority: OwnAuthority, monkeypatch: pytest.MonkeyPatch) -> Iterator[DemoProgram]:
    monkeypatch.setenv("PYTHONPATH", offer_mailboxes(tmp_path / "offered"))
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.bundle))
    with DemoProgram(tmp_path) as running:
        yield running
    assert running.exit_code == 0


def look(page: Page, place: str) -> None:
    if SHOTS:
        for scheme, width in (("light", 1200), ("dark", 320)):
            page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
            page.set_viewport_size({"width": width, "height": 800})
            page.screenshot(path=f"{SHOTS}/imap-{place.replace(' ', '-')}-{scheme}.png")
        page.emulate_media(color_scheme="light")
    looked_at(page, place)


def definition_of_a_mailbox(page: Page, server: ImapServer) -> Locator:
    press(page, "Add")
    question = dialog(page, "Add a connection")
    question.get_by_label("Connection type").select_option(label="IMAP mailbox")
    look(page, "which type")
    press(question, "Continue")
    definition = dialog(page, "Connection Definition")
    definition.get_by_label("Display name").fill(NAME)
    definition.get_by_label("Server").fill("localhost")
    definition.get_by_label("Port", exact=True).fill(str(server.port))
    definition.get_by_label("User name").fill(USER)
    return definition


def add_to_xero(page: Page, demo: DemoProgram) -> None:
    press(page, "Add")
    question = dialog(page, "Add a connection")
    question.get_by_label("Connection type").select_option(label="Xero")
    press(question, "Continue")
    definition = fill_definition(page, demo, "Head office")
    authorize(page, demo, 1)
    press(definition, "Save")
    expect(row(page, "Head office")).to_contain_text("Bakehouse Ltd")


def test_a_mailbox_lives_in_the_same_tab_beside_xero(page: Page, demo: DemoProgram, server: ImapServer) -> None:
    page.set_default_timeout(15_000)
    open_tab(page, demo, "Connections")
    add_to_xero(page, demo)

    definition = definition_of_a_mailbox(page, server)
    definition.get_by_label("Password").fill("a wrong one")
    press(definition, "Connect test")
    expect(definition.get_by_text(f"localhost refuses the password of {USER}.")).to_be_visible()
    look(page, "a refused password")
    definition.get_by_label("Password").fill(PASSWORD)
    press(definition, "Connect test")
    expect(definition.get_by_text("The sign-in works. The inbox holds 1 message.")).to_be_visible()
    assert PASSWORD not in page.content()
    press(definition, "Save")
    expect(definition).to_be_hidden()
    expect(row(page, NAME)).to_contain_text("Not tested")

    press_on_row(page, NAME, "Test")
    tested = dialog(page, "Test passed")
    expect(tested).to_contain_text(f"Signed in as {USER}.")
    look(page, "a passed test")
    press(tested, "OK")
    expect(row(page, NAME)).to_contain_text("Ready")
    press_on_row(page, NAME, "Edit")
    definition.get_by_label("Display name").fill("Bills inbox")
    press(definition, "Save")
    expect(row(page, "Bills inbox")).to_contain_text(f"{USER} on localhost")
    look(page, "the list")

    # A step that posts to Xero is offered what posts to Xero.
    offered = step_of(page, demo).get_by_label("Connection").locator("option")
    expect(offered.filter(has_text="Head office")).to_have_count(1)
    expect(offered.filter(has_text="inbox")).to_have_count(0)

    open_tab(page, demo, "Connections")
    press_on_row(page, "Bills inbox", "Usage")
    usage = dialog(page, "Usage")
    expect(usage).to_contain_text("Bills inbox")
    look(page, "its usage")
    press(usage, "Close")
    press_on_row(page, "Bills inbox", "Delete")
    press(page.get_by_role("alertdialog", name="Delete connection?"), "Delete")
    expect(row(page, "Bills inbox")).to_be_hidden()
    expect(row(page, "Head office")).to_be_visible()


def test_dialogs_about_both_types_say_what_an_entry_reaches(page: Page, demo: DemoProgram, server: ImapServer) -> None:
    page.set_default_timeout(15_000)
    open_tab(page, demo, "Connections")
    add_to_xero(page, demo)
    definition = definition_of_a_mailbox(page, server)
    definition.get_by_label("Password").fill(PASSWORD)
    press(definition, "Save")
    expect(row(page, NAME)).to_contain_text("Not tested")

    choose_from_more(page, "Test all")
    tested = dialog(page, "Tests of all connections")
    reaches_both(tested)
    look(page, "the tests of both")
    press(tested, "OK")

    # A row is selected, which would be exported alone.
    choose_from_more(page, "Export")
    asked = dialog(page, "Export connections")
    asked.get_by_label("Which connections").select_option(label="All (2)")
    press(asked, "Download")
    with page.expect_download() as got:
        press(asked, "Download")
    press(asked, "Close")
    choose_from_more(page, "Import")
    choosing = dialog(page, "Import connections")
    exported = Path(got.value.path()).read_bytes()
    choosing.get_by_label("File").set_input_files(
        {"name": "connections.json", "mimeType": "application/json", "buffer": exported}
    )
    press(choosing, "Continue")
    plan = dialog(page, "What the file would change")
    expect(plan.get_by_role("columnheader", name="Reaches", exact=True)).to_be_visible()
    look(page, "an import beside mailboxes")
    press(plan, "Cancel")

    for name in (NAME, "Head office"):
        press_on_row(page, name, "Delete")
        press(page.get_by_role("alertdialog", name="Delete connection?"), "Delete")
        expect(row(page, name)).to_be_hidden()
    choose_from_more(page, "Deleted connections")
    reaches_both(dialog(page, "Deleted connections"))
    look(page, "what was deleted")


def reaches_both(shown: Locator) -> None:
    expect(shown.get_by_role("columnheader", name="Reaches", exact=True)).to_be_visible()
    expect(shown.get_by_role("row", name="Head office")).to_contain_text("Bakehouse Ltd")
    expect(shown.get_by_role("row", name=NAME)).to_contain_text(f"{USER} on localhost")
