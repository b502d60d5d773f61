"""Hostile names and error texts in a real browser: shown as they are, and nothing of them runs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from sample_host.xero_simulator.faults import Answer, EditCallback, TokenError
from tests.browser.connections_page import (
    PROFILE,
    add,
    authorize,
    fill_definition,
    open_tab,
    press_on_row,
    row,
    step_of,
)
from tests.browser.demo_program import DemoProgram

pytestmark = pytest.mark.browser

NAME = "\"><script>document.title='taken'</script><img src=x onerror=document.title='taken'>"
COMPANY = "</option></script><svg onload=document.title='taken'>{{ 7*7 }}"


@pytest.fixture
def watched(page: Page, demo: DemoProgram) -> Iterator[Page]:
    """The host's page; whatever runs on it or is refused by its policy fails the test."""
    complaints: list[str] = []
    page.set_default_timeout(15_000)
    page.on("dialog", lambda dialog: complaints.append(f"a script ran: {dialog.message}"))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda line: complaints.append(line.text) if line.type in ("error", "warning") else None)
    page.on("request", lambda request: complaints.append(request.url) if request.url.endswith("/x") else None)
    yield page
    assert complaints == []


def nothing_ran(page: Page) -> bool:
    """Whether no name became an element or changed the page."""
    inside = page.locator("img[src=x], svg[onload], td script, option script, dialog script, [onerror], [onload]")
    return inside.count() == 0 and "taken" not in page.title()


def dialog(page: Page, name: str) -> Locator:
    return page.get_by_role("dialog", name=name)


def test_f7_names_are_text_in_lists_boxes_dropdowns_messages_and_usages(watched: Page, demo: DemoProgram) -> None:
    page = watched
    demo.control.add_organisation(COMPANY, "ada")
    open_tab(page, demo, "Connections")
    page.get_by_role("button", name="Add", exact=True).first.click()
    definition = fill_definition(page, demo, NAME)
    authorize(page, demo, 1, COMPANY)
    expect(definition.get_by_label("Display name")).to_have_value(NAME)
    expect(definition.get_by_label("Tenant").locator("option:checked")).to_contain_text(COMPANY)
    assert nothing_ran(page)
    definition.get_by_role("button", name="Save").click()
    expect(definition).to_be_hidden()
    expect(page.get_by_role("cell", name=NAME)).to_be_visible()
    expect(page.get_by_role("cell", name=COMPANY)).to_be_visible()
    assert nothing_ran(page)

    line = page.locator("tr[data-row]")
    line.click()
    page.get_by_role("button", name="Details", exact=True).click()
    box = dialog(page, "Connection Details")
    expect(box).to_contain_text(NAME)
    expect(box).to_contain_text(COMPANY)
    assert nothing_ran(page)
    box.get_by_role("button", name="OK").click()

    step = step_of(page, demo)
    step.get_by_label("Connection", exact=True).select_option(label=f"{NAME} ({COMPANY})")
    step.get_by_role("button", name="Look up contacts").click()
    expect(step.get_by_text(f"in {COMPANY}")).to_be_visible()
    assert nothing_ran(page)
    step.get_by_role("button", name="Migrate").click()
    expect(step.get_by_text(f"documents are in {COMPANY}")).to_be_visible()
    open_tab(page, demo, "Capture Profiles")
    expect(page.get_by_text(NAME)).to_be_visible()
    assert nothing_ran(page)

    open_tab(page, demo, "Connections")
    add(page, demo, "Second", 2, "Harbour Coffee")
    press_on_row(page, "Second", "Usage")
    usage = dialog(page, "Usage")
    expect(usage).to_contain_text("No")
    usage.get_by_role("button", name="Close").click()
    page.locator("tr[data-row]").filter(has_text=COMPANY).click()
    page.get_by_role("button", name="Delete", exact=True).click()
    refused = page.get_by_role("alertdialog", name="This connection is in use")
    expect(refused).to_contain_text(NAME)
    assert nothing_ran(page)
    refused.get_by_role("button", name="OK").click()
    page.get_by_role("button", name="Usage", exact=True).click()
    expect(usage).to_contain_text(PROFILE)
    expect(usage).to_contain_text(NAME)
    usage.get_by_label("Switch to").select_option(label="Second – Harbour Coffee")
    usage.get_by_role("button", name="Preview", exact=True).click()
    expect(usage).to_contain_text(f"not to {COMPANY}")
    assert nothing_ran(page)
    usage.get_by_role("button", name="Back").click()
    usage.get_by_role("button", name="Close").click()

    page.get_by_role("button", name="Delete", exact=True).click()
    expect(refused).to_contain_text(NAME)
    # Closing moves the focus, so nothing is typed before the page beneath was drawn anew.
    with page.expect_response("**/body*"):
        refused.get_by_role("button", name="OK").click()
    expect(refused).to_have_count(0)
    page.get_by_label("Search connections").fill(f"zzz{NAME}")
    expect(page.get_by_text(f"No connection matches “zzz{NAME}”")).to_be_visible()
    assert nothing_ran(page)


def test_f9_error_texts_are_text_in_messages_and_notices(
    watched: Page, demo: DemoProgram, context: BrowserContext
) -> None:
    page = watched
    open_tab(page, demo, "Connections")
    add(page, demo, "Head office", 1)
    hostile = "<img src=x onerror=document.title='taken'>"
    failed = page.get_by_role("alertdialog", name="Sign-in failed")
    faults: tuple[TokenError | EditCallback, ...] = (
        TokenError(at="token", error=hostile, description=hostile),
        EditCallback(set={"error": hostile, "error_description": hostile}, remove=["code"]),
    )
    for number, fault in enumerate(faults, start=2):
        demo.control.set_fault(fault)
        press_on_row(page, "Head office", "Edit")
        dialog(page, "Connection Definition").get_by_role("button", name="Authorize").click()
        consent = context.new_page()
        consent.goto(demo.sign_in_address(number))
        consent.get_by_role("button", name="Allow access").click()
        expect(consent.get_by_text("you may close this page")).to_be_visible()
        assert nothing_ran(consent)
        consent.close()
        page.bring_to_front()
        expect(failed).to_contain_text(hostile)
        assert nothing_ran(page)
        failed.get_by_role("button", name="OK").click()
        dialog(page, "Connection Definition").get_by_role("button", name="Cancel").click()
        expect(row(page, "Head office")).to_contain_text("Untested")

    step = step_of(page, demo)
    step.get_by_label("Connection", exact=True).select_option(label="Head office (Bakehouse Ltd)")
    answer = Answer(at="accounting", times=None, status=503, body=hostile, content_type="text/html")
    demo.control.set_fault(answer)
    step.get_by_role("button", name="Look up contacts").click()
    expect(page.get_by_role("alert")).to_contain_text("out of order")
    assert nothing_ran(page)
