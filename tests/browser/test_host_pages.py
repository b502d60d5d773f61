"""The host's own pages in a real browser: by mouse, by keyboard, small, large, light and dark."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Dialog, Locator, Page, expect

from sample_host.web.frame import Badge
from tests.browser.page_checks import find_nothing
from tests.host.everything_plugin import EverythingPlugin
from tests.host.running_host import RunningHost, running_host

pytestmark = pytest.mark.browser

BADGE = Badge("Simulator ▪ demo", "http://localhost:8900", "Demo: the key lies in a file.")


@pytest.fixture
def running(tmp_path: Path) -> Iterator[RunningHost]:
    with running_host(tmp_path, EverythingPlugin(120), BADGE) as running:
        yield running


@pytest.fixture
def shown(calm: Page, running: RunningHost) -> Page:
    calm.goto(f"{running.address}/tabs/everything")
    return calm


def button(page: Page | Locator, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def row(page: Page, name: str) -> Locator:
    return page.locator(f'tr[data-row="id-{name}"]')


def definition(page: Page) -> Locator:
    return page.get_by_role("dialog", name="Connection Definition")


def test_rows_are_selected_by_mouse_and_by_arrows(shown: Page) -> None:
    expect(button(shown, "Edit")).to_be_disabled()
    row(shown, "Row 2").click()
    expect(row(shown, "Row 2")).to_have_attribute("aria-selected", "true")
    expect(button(shown, "Edit")).to_be_enabled()
    shown.keyboard.press("ArrowDown")
    expect(row(shown, "Row 3")).to_have_attribute("aria-selected", "true")
    expect(row(shown, "Row 2")).to_have_attribute("aria-selected", "false")
    shown.keyboard.press("ArrowDown")
    expect(shown.get_by_text("Row 4 cannot be reached")).to_be_visible()
    shown.keyboard.press("Home")
    expect(row(shown, "Row 1")).to_have_attribute("aria-selected", "true")
    expect(shown.get_by_text("Row 4 cannot be reached")).to_be_hidden()


def test_a_disabled_button_shows_its_reason_to_mouse_and_keyboard(shown: Page) -> None:
    reason = shown.get_by_role("tooltip", name="This is never possible.")
    never = button(shown, "Never")
    expect(never).to_have_accessible_description("This is never possible.")
    never.hover()
    expect(reason).to_be_visible()
    shown.mouse.move(0, 0)
    expect(reason).to_be_hidden()
    button(shown, "Fail").focus()
    shown.keyboard.press("Tab")
    expect(reason).to_be_visible()
    shown.keyboard.press("Enter")
    expect(shown.get_by_role("dialog")).to_have_count(0)


def test_sorting_searching_and_paging(shown: Page) -> None:
    button(shown, "Name").click()
    expect(shown.get_by_role("columnheader", name="Name")).to_have_attribute("aria-sort", "ascending")
    button(shown, "Name").click()
    expect(shown.get_by_role("columnheader", name="Name")).to_have_attribute("aria-sort", "descending")
    expect(shown.locator("tr[data-row]").first).to_contain_text("Row 99")
    button(shown, "Next").click()
    expect(shown.get_by_text("51–100 of 120")).to_be_visible()
    shown.get_by_label("Search everything").fill("row 11")
    expect(shown.locator("tr[data-row]")).to_have_count(11)
    expect(shown.get_by_label("Search everything")).to_be_focused()
    shown.get_by_label("Search everything").fill("zzz")
    expect(shown.get_by_text("Nothing matches")).to_be_visible()


def test_a_form_is_filled_by_keyboard_alone(shown: Page, running: RunningHost) -> None:
    button(shown, "Add").focus()
    shown.keyboard.press("Enter")
    dialog = definition(shown)
    expect(dialog.get_by_label("Display name")).to_be_focused()
    shown.keyboard.type("Head office")
    expect(dialog.get_by_text("http://localhost/Head office")).to_be_visible()
    expect(dialog.get_by_label("Display name")).to_be_focused()
    expect(dialog.get_by_label("Display name")).to_have_value("Head office")
    shown.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    values = running.plugin.tab.acts[-1][1].values
    assert values["name"] == "Head office"
    assert values["ports"] == ("8889", "8890")
    expect(row(shown, "Row 2")).to_have_attribute("aria-selected", "true")


def test_typing_goes_on_while_answers_are_on_their_way(shown: Page) -> None:
    button(shown, "Add").click()
    field = definition(shown).get_by_label("Display name")
    field.press_sequentially("a rather long name for a connection", delay=35)
    expect(field).to_have_value("a rather long name for a connection")
    expect(definition(shown).get_by_text("http://localhost/a rather long name for a connection")).to_be_visible()


def test_an_error_stands_at_its_field_and_has_the_focus(shown: Page) -> None:
    button(shown, "Add").click()
    dialog = definition(shown)
    dialog.get_by_label("Port", exact=True).fill("x")
    button(dialog, "Save").click()
    expect(dialog.get_by_label("Display name")).to_be_focused()
    expect(dialog.get_by_label("Display name")).to_have_accessible_description(re.compile("Give it a name."))
    expect(dialog.get_by_label("Port", exact=True)).to_have_value("x")


def test_escape_asks_before_work_is_lost_and_focus_returns(shown: Page) -> None:
    button(shown, "Add").click()
    dialog = definition(shown)
    dialog.get_by_label("Display name").fill("abc")
    shown.keyboard.press("Escape")
    question = shown.get_by_role("alertdialog", name="Discard changes?")
    expect(button(question, "Keep editing")).to_be_focused()
    expect(shown).to_have_title("Discard changes? – Capture")
    shown.keyboard.press("Escape")
    expect(question).to_have_count(0)
    expect(dialog.get_by_label("Display name")).to_have_value("abc")
    shown.keyboard.press("Escape")
    button(question, "Discard").click()
    expect(shown.get_by_role("dialog")).to_have_count(0)
    expect(button(shown, "Add")).to_be_focused()
    expect(shown).to_have_title("Everything – Capture")


def test_a_wait_counts_down_keeps_what_is_typed_and_ends_in_a_message(shown: Page, running: RunningHost) -> None:
    running.plugin.tab.wait_answers = 5
    button(shown, "Wait").click()
    wait = shown.get_by_role("dialog", name="Waiting for Somebody")
    link = wait.get_by_role("link", name="Open the sign-in page")
    expect(link).to_have_attribute("href", "https://example.com/authorize?state=abc")
    expect(link).to_have_attribute("rel", "noopener noreferrer")
    wait.get_by_label("Address of the error page").fill("http://localhost:8888/callback?x")
    expect(wait.get_by_role("timer")).to_contain_text(re.compile(r"1:2\d left"))
    expect(wait.get_by_label("Address of the error page")).to_have_value("http://localhost:8888/callback?x")
    message = shown.get_by_role("alertdialog", name="Connection successful")
    expect(message).to_be_visible(timeout=10_000)
    expect(shown).to_have_title("Connection successful – Capture")
    expect(wait).to_have_count(0)
    expect(button(message, "OK")).to_be_focused()
    shown.keyboard.press("Enter")
    expect(message).to_have_count(0)


def test_what_is_pasted_into_a_wait_is_used_with_enter(shown: Page, running: RunningHost) -> None:
    running.plugin.tab.wait_answers = 10_000
    button(shown, "Wait").click()
    wait = shown.get_by_role("dialog", name="Waiting for Somebody")
    wait.get_by_label("Address of the error page").fill("http://elsewhere")
    shown.keyboard.press("Enter")
    expect(wait.get_by_text("This is no such address.")).to_be_visible()
    with shown.expect_response("**/act"):
        pass
    expect(wait.get_by_text("This is no such address.")).to_be_visible()
    expect(wait.get_by_label("Address of the error page")).to_have_value("http://elsewhere")
    shown.keyboard.press("Escape")
    expect(shown.get_by_role("alertdialog", name="Cancelled")).to_be_visible()


def test_what_lies_open_outlives_a_reload_of_the_page(shown: Page) -> None:
    button(shown, "Add").click()
    expect(definition(shown)).to_be_visible()
    shown.reload()
    expect(definition(shown)).to_be_visible()
    shown.goto(shown.url.replace("everything", "storage"))
    expect(shown.get_by_role("heading", name="Storage")).to_be_visible()
    expect(shown.get_by_role("dialog")).to_have_count(0)


def test_what_was_typed_outlives_a_reload_in_the_middle_of_a_wait(shown: Page, running: RunningHost) -> None:
    running.plugin.tab.wait_answers = 10_000
    button(shown, "Add").click()
    definition(shown).get_by_label("Display name").fill("Head office")
    button(definition(shown), "Authorize").click()
    wait = shown.get_by_role("dialog", name="Waiting for Somebody")
    expect(wait).to_be_visible()
    shown.reload()
    expect(wait).to_be_visible()
    button(wait, "Cancel").click()
    shown.get_by_role("alertdialog", name="Cancelled").get_by_role("button", name="OK").click()
    expect(definition(shown).get_by_label("Display name")).to_have_value("Head office")


def test_the_browser_asks_before_its_back_button_loses_a_form(shown: Page) -> None:
    asked: list[str] = []

    def stay(question: Dialog) -> None:
        asked.append(question.type)
        question.dismiss()

    shown.get_by_role("link", name="Storage").click()
    shown.get_by_role("link", name="Everything").click()
    button(shown, "Add").click()
    definition(shown).get_by_label("Display name").press_sequentially("Head office")
    shown.on("dialog", stay)
    shown.evaluate("setTimeout(() => history.back())")
    expect(definition(shown).get_by_label("Display name")).to_have_value("Head office")
    definition(shown).get_by_label("Display name").press("End")
    for _ in range(100):
        if asked:
            break
        shown.wait_for_timeout(20)
    assert asked == ["beforeunload"]
    expect(definition(shown).get_by_label("Display name")).to_have_value("Head office")


def test_a_host_that_does_not_answer_is_named_above_an_open_form(page: Page, running: RunningHost) -> None:
    page.goto(f"{running.address}/tabs/everything")
    button(page, "Add").click()
    expect(definition(page)).to_be_visible()
    page.route("**/act", lambda route: route.abort())
    button(definition(page), "Save").click()
    trouble = page.locator("#trouble")
    expect(trouble).to_contain_text("The host does not answer")
    box = trouble.bounding_box()
    assert box is not None
    assert trouble.evaluate("it => it.matches(':popover-open')")
    assert box["width"] <= 560
    find_nothing(page)
    page.unroute("**/act")
    button(definition(page), "Save").click()
    expect(trouble).to_be_hidden()


def test_copy_puts_the_exact_text_into_the_clipboard(shown: Page, context: BrowserContext) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    button(shown, "Add").click()
    button(definition(shown), "Copy Redirect URI").click()
    expect(shown.get_by_role("status").get_by_text("Copied")).to_be_attached()
    assert shown.evaluate("navigator.clipboard.readText()") == "http://localhost/"


def test_a_change_made_elsewhere_appears_by_itself(shown: Page, running: RunningHost) -> None:
    running.plugin.tab.rows = 3
    running.host.hooks.tab_changed("everything", None)
    expect(shown.locator("tr[data-row]")).to_have_count(3, timeout=10_000)


def test_hostile_names_stay_text(shown: Page) -> None:
    shown.on("dialog", lambda dialog: pytest.fail(f"a script ran: {dialog.message}"))
    button(shown, "Fail").click()
    expect(shown.get_by_role("alertdialog")).to_contain_text("<script>alert(1)</script>")
    assert shown.locator("svg").count() == 0


def test_usages_are_switched_and_each_line_says_what_became_of_it(shown: Page) -> None:
    shown.get_by_role("link", name="Storage").click()
    shown.get_by_role("row", name="Archive").click()
    button(shown, "Usage").click()
    dialog = shown.get_by_role("dialog", name="Usage")
    dialog.get_by_label("Switch to").select_option("Mailroom")
    dialog.get_by_label("Switch Two companies, Store document").check()
    button(dialog, "Preview").click()
    expect(dialog.get_by_role("row", name="Two companies")).to_contain_text("Will use Mailroom.")
    expect(dialog.get_by_role("row", name="Supplier invoices")).to_have_count(0)
    button(dialog, "Switch").click()
    expect(dialog.get_by_role("row", name="Two companies")).to_contain_text("Now uses Mailroom.")
    expect(dialog.get_by_role("row", name="Supplier invoices")).not_to_contain_text("Now uses")
    button(dialog, "Close").click()
    expect(dialog).to_have_count(0)


def test_the_person_is_changed_in_the_menu(shown: Page) -> None:
    shown.get_by_role("link", name="Storage").click()
    shown.get_by_text("Admin", exact=True).first.click()
    shown.get_by_role("button", name="Operator").click()
    expect(shown.locator("#person-menu summary")).to_have_text("Operator")
    expect(button(shown, "Add")).to_be_disabled()
    expect(button(shown, "Add")).to_have_accessible_description(re.compile("An administrator can."))


def visit_everything(page: Page, address: str) -> Iterator[str]:
    """Every page and dialog, one after the other."""
    for path in ("/profiles", "/profiles/two-companies", "/usages", "/tabs/storage", "/tabs/nothing"):
        page.goto(address + path)
        yield path
    page.goto(address + "/tabs/everything")
    yield "the tab"
    row(page, "Row 4").click()
    yield "a selected row with its problem"
    button(page, "Never").hover()
    yield "a reason"
    for name in ("Add", "Wait", "Delete", "Usage", "Fail", "Mend it"):
        page.goto(address + "/tabs/everything")
        row(page, "Row 2").click()
        button(page, name).click()
        page.locator("dialog[open]").wait_for()
        yield f"what {name} opens"
        if name == "Add":
            page.get_by_text("Advanced").click()
            button(definition(page), "Save").click()
            expect(page.get_by_text("Give it a name.")).to_be_visible()
            yield "a form with errors"
        with page.expect_response("**/window"):
            page.goto(address + "/profiles")
    page.goto(address + "/tabs/storage")
    page.get_by_role("row", name="Archive").click()
    button(page, "Usage").click()
    page.get_by_label("Switch to").select_option("Mailroom")
    button(page, "Preview").click()
    expect(page.get_by_role("row", name="Two companies")).to_contain_text("Will use Mailroom.")
    yield "a switch before it is made"
    button(page, "Switch").click()
    expect(page.get_by_role("row", name="Two companies")).to_contain_text("Now uses")
    yield "usages after a switch"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_any_page_or_dialog(page: Page, running: RunningHost, scheme: str) -> None:
    running.plugin.tab.wait_answers = 10_000
    running.plugin.tab.rows = 8
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
    for _ in visit_everything(page, running.address):
        find_nothing(page)


@pytest.mark.parametrize(("width", "height"), [(320, 640), (590, 380)])
def test_narrow_and_enlarged_pages_never_scroll_sideways(
    page: Page, running: RunningHost, width: int, height: int
) -> None:
    """320 px wide; and 1180 x 760 at 200 %."""
    running.plugin.tab.wait_answers = 10_000
    running.plugin.tab.rows = 8
    page.set_viewport_size({"width": width, "height": height})
    for place in visit_everything(page, running.address):
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), place
        dialogs = page.locator("dialog[open]")
        for dialog in dialogs.all():
            box = dialog.bounding_box()
            assert box is not None
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= width
            assert box["y"] >= 0
            assert box["y"] + box["height"] <= height
