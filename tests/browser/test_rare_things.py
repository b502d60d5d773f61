"""More, filters, badges, tables and files in dialogs, downloads and notices in a real browser."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Locator, Page, expect

from hostspec.messages import Notification
from hostspec.usages import Subject
from hostspec.value import Tone
from sample_host.app import SampleHost
from tests.browser.page_checks import find_nothing
from tests.host.rarities_plugin import RaritiesPlugin
from tests.host.running_host import InstalledPlugin, make_host, serving

pytestmark = pytest.mark.browser

Look = Callable[[Page], None]


@pytest.fixture
def plugin() -> RaritiesPlugin:
    return RaritiesPlugin()


@pytest.fixture
def host(tmp_path: Path, plugin: RaritiesPlugin) -> SampleHost:
    return make_host(tmp_path / "data", InstalledPlugin("rarities", plugin))


@pytest.fixture
def shown(calm: Page, host: SampleHost) -> Iterator[Page]:
    with serving(host) as address:
        calm.goto(f"{address}/tabs/rarities")
        yield calm


def button(page: Page | Locator, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def item(page: Page, name: str) -> Locator:
    return page.get_by_role("menuitem", name=name, exact=True)


def open_more(page: Page, name: str) -> None:
    button(page, "More").click()
    item(page, name).click()


def rows(page: Page) -> Locator:
    return page.get_by_role("table", name="Rarities").locator("tbody tr[data-row]")


def deleted(page: Page) -> Locator:
    return page.get_by_role("dialog", name="Deleted connections")


def importing(page: Page) -> Locator:
    return page.get_by_role("dialog", name="Import connections")


def a_file(name: str, content: bytes) -> FilePayload:
    return {"name": name, "mimeType": "application/octet-stream", "buffer": content}


def tell(host: SampleHost, number: int, subject: Subject | None = None) -> None:
    host.hooks.notify(
        Notification(
            notification_id=f"n{number}",
            title=f"Bakery {number} needs a sign-in",
            text="The sign-in was revoked at Xero.",
            tone=Tone.BAD,
            subject=subject,
        )
    )


def test_more_is_opened_and_walked_by_keyboard_and_gives_the_focus_back(shown: Page) -> None:
    more = button(shown, "More")
    more.focus()
    shown.keyboard.press("ArrowDown")
    expect(more).to_have_attribute("aria-expanded", "true")
    expect(item(shown, "History")).to_be_focused()
    shown.keyboard.press("ArrowUp")
    expect(item(shown, "Test all")).to_be_focused()
    shown.keyboard.press("Home")
    shown.keyboard.press("ArrowDown")
    expect(item(shown, "Rename")).to_be_focused()
    shown.keyboard.press("e")
    expect(item(shown, "Export")).to_be_focused()
    shown.keyboard.press("e")
    expect(item(shown, "Empty table")).to_be_focused()
    shown.keyboard.press("End")
    expect(item(shown, "Test all")).to_be_focused()
    shown.keyboard.press("Escape")
    expect(more).to_be_focused()
    expect(more).to_have_attribute("aria-expanded", "false")
    expect(item(shown, "History")).to_be_hidden()
    shown.keyboard.press("Enter")
    expect(item(shown, "History")).to_be_focused()
    shown.keyboard.press("Tab")
    expect(item(shown, "History")).to_be_hidden()
    more.focus()
    shown.keyboard.press("Space")
    shown.keyboard.press("Enter")
    expect(shown.get_by_role("alertdialog", name="Done")).to_contain_text("message")
    shown.keyboard.press("Enter")
    expect(more).to_be_focused()


def test_more_closes_when_something_else_is_pressed(shown: Page) -> None:
    button(shown, "More").click()
    shown.get_by_role("heading", name="Rarities").click()
    expect(item(shown, "History")).to_be_hidden()


def test_an_item_that_cannot_be_pressed_says_why_and_does_nothing(shown: Page, plugin: RaritiesPlugin) -> None:
    button(shown, "More").click()
    expect(item(shown, "Import")).to_be_disabled()
    expect(item(shown, "Import")).to_have_accessible_description("Your user may not change connections here.")
    expect(item(shown, "Rename")).to_have_accessible_description("Select an entry first.")
    item(shown, "Import").click(force=True)
    expect(shown.get_by_text("Your user may not change connections here.").first).to_be_visible()
    assert plugin.tab.acts == []
    shown.keyboard.press("Escape")
    shown.get_by_role("row", name="Entry 002").click()
    button(shown, "More").click()
    expect(item(shown, "Rename")).to_be_enabled()
    expect(item(shown, "Rename")).to_have_accessible_description("")
    item(shown, "Rename").click()
    expect(shown.get_by_role("alertdialog", name="Done")).to_contain_text("edit Entry 002")


def test_an_open_menu_survives_news(shown: Page, host: SampleHost) -> None:
    button(shown, "More").click()
    shown.evaluate(
        "() => { window.drawn = new Promise(told => document.getElementById('body').addEventListener('drawn', told)); }"
    )
    host.hooks.tab_changed("rarities", None)
    shown.evaluate("() => window.drawn.then(() => true)")
    expect(item(shown, "History")).to_be_focused()
    expect(button(shown, "More")).to_have_attribute("aria-expanded", "true")


def test_a_filter_stays_over_search_order_pages_reload_and_back(shown: Page, host: SampleHost) -> None:
    shown.get_by_label("Show").select_option(label="Needs attention (12)")
    expect(rows(shown)).to_have_count(12)
    button(shown, "Name").click()
    expect(rows(shown).first).to_contain_text("Entry 007")
    button(shown, "Name").click()
    expect(rows(shown).first).to_contain_text("Entry 117")
    shown.get_by_label("Search rarities").fill("entry 0")
    expect(rows(shown)).to_have_count(10)
    shown.get_by_label("Show").focus()
    with shown.expect_response(re.compile("/body")):
        host.hooks.tab_changed("rarities", None)
    expect(rows(shown)).to_have_count(10)
    shown.reload()
    expect(rows(shown)).to_have_count(10)
    expect(shown.get_by_label("Show")).to_have_value("bad")
    shown.get_by_role("link", name="Storage").click()
    expect(shown.get_by_role("heading", name="Storage")).to_be_visible()
    shown.go_back()
    expect(rows(shown)).to_have_count(10)
    expect(shown.get_by_label("Search rarities")).to_have_value("entry 0")
    expect(rows(shown).first).to_contain_text("Entry 097")
    shown.get_by_label("Show").select_option("none")
    expect(shown.get_by_text("Nothing matches")).to_be_visible()
    shown.get_by_label("Search rarities").fill("")
    expect(shown.get_by_text("Nothing fits this filter.")).to_be_visible()
    shown.get_by_label("Show").select_option("")
    expect(shown.get_by_text("of 120")).to_be_visible()


def test_the_page_of_a_table_stands_in_its_address(shown: Page) -> None:
    button(shown, "Next").click()
    expect(rows(shown).first).to_contain_text("Entry 051")
    shown.reload()
    expect(rows(shown).first).to_contain_text("Entry 051")


def test_the_badge_of_a_tab_is_read_out(shown: Page) -> None:
    expect(shown.get_by_role("link", name="Rarities, 12 need attention", exact=True)).to_be_visible()


def test_rows_are_ticked_one_by_one_and_all_at_once(shown: Page, plugin: RaritiesPlugin) -> None:
    button(shown, "Table").click()
    every = deleted(shown).get_by_role("checkbox", name="Select all")
    expect(deleted(shown).get_by_text("1 of 5 selected")).to_be_visible()
    expect(every).to_have_js_property("indeterminate", True)
    every.check()
    expect(deleted(shown).get_by_text("5 of 5 selected")).to_be_visible()
    deleted(shown).get_by_role("checkbox", name="Select Harbour kiosk").uncheck()
    expect(every).not_to_be_checked()
    button(deleted(shown), "Wipe now").click()
    shown.get_by_role("alertdialog", name="Done").wait_for()
    assert plugin.tab.acts[-1].values["gone"] == ("r0", "r1", "r2", "r4")


def test_the_button_of_a_row_is_named_by_its_row_and_keeps_the_ticks(shown: Page, plugin: RaritiesPlugin) -> None:
    button(shown, "Table").click()
    deleted(shown).get_by_role("checkbox", name="Select Training").check()
    deleted(shown).get_by_label("Note").fill("typed")
    button(deleted(shown), "Recover Northern bakery").click()
    expect(deleted(shown).get_by_text("r0 was recovered.")).to_be_visible()
    expect(deleted(shown).get_by_text("2 of 5 selected")).to_be_visible()
    assert plugin.tab.acts[-1].row_id == "r0"
    assert plugin.tab.acts[-1].values == {"gone": ("r1", "r4"), "note": "typed"}
    taken = deleted(shown).get_by_role("button", name=re.compile("Recover <script>"))
    expect(taken).to_be_disabled()
    expect(taken).to_have_accessible_description("Its name is taken by now.")


def test_a_table_without_rows_says_so_and_a_long_one_scrolls_by_keyboard(shown: Page) -> None:
    open_more(shown, "Empty table")
    box = shown.get_by_role("dialog", name="History")
    expect(box.get_by_text("Nothing yet.")).to_be_visible()
    table = box.get_by_role("group", name="Last tests")
    table.focus()
    shown.keyboard.press("End")
    expect(box.get_by_text("30 Nov 2026")).to_be_in_viewport()
    expect(box.get_by_text("Shown once the port is right.")).to_be_visible()
    expect(button(box, "Copy Redirect URI")).to_have_count(0)


def test_a_file_is_read_at_once_stays_chosen_and_is_sent_as_text(shown: Page, plugin: RaritiesPlugin) -> None:
    button(shown, "File").click()
    importing(shown).get_by_label("File", exact=True).set_input_files(
        a_file("list.json", b"\xef\xbb\xbf" + '{"n": "Zoë"}'.encode())
    )
    expect(importing(shown).get_by_text('Read: {"n": "Zoë"}')).to_be_visible()
    importing(shown).get_by_label("Note").fill("x")
    expect(importing(shown).get_by_label("Note")).to_have_value("x")
    button(importing(shown), "Read again").click()
    expect(importing(shown)).not_to_have_class("busy")
    expect(importing(shown).get_by_text('Read: {"n": "Zoë"}')).to_be_visible()
    assert importing(shown).get_by_label("File", exact=True).evaluate("field => field.files[0]?.name") == "list.json"
    button(importing(shown), "Import").click()
    shown.get_by_role("alertdialog", name="Done").wait_for()
    assert plugin.tab.acts[-1].action_id == "import"
    assert plugin.tab.acts[-1].values["file"] == '{"n": "Zoë"}'


@pytest.mark.parametrize(
    ("payload", "says"),
    [
        (a_file("list.txt", b"{}"), "only files that end with .json"),
        (a_file("list.json", b"x" * 2001), "larger than 2 kB"),
        (a_file("list.json", b"\xff\xfe\x00{"), "no text in UTF-8"),
    ],
)
def test_a_file_that_does_not_fit_is_refused_in_words(
    shown: Page, plugin: RaritiesPlugin, payload: FilePayload, says: str
) -> None:
    button(shown, "File").click()
    field = importing(shown).get_by_label("File", exact=True)
    field.set_input_files(payload)
    expect(importing(shown).get_by_role("alert").filter(has_text=says)).to_be_visible()
    expect(field).to_have_accessible_description(re.compile(re.escape(says)))
    button(importing(shown), "Import").click()
    shown.get_by_role("alertdialog", name="Done").wait_for()
    assert plugin.tab.acts[-1].values["file"] == ""


def test_a_refused_file_takes_the_place_of_the_one_before(shown: Page) -> None:
    button(shown, "File").click()
    field = importing(shown).get_by_label("File", exact=True)
    field.set_input_files(a_file("list.json", b"{}"))
    expect(importing(shown).get_by_text("Read: {}")).to_be_visible()
    field.set_input_files(a_file("list.txt", b"{}"))
    expect(importing(shown).get_by_text("Nothing was read yet.")).to_be_visible()
    expect(importing(shown).get_by_text("Choose a file first.")).to_be_visible()


def test_a_dropped_file_is_taken_like_a_chosen_one(shown: Page) -> None:
    button(shown, "File").click()
    field = importing(shown).get_by_label("File", exact=True)
    field.evaluate(
        """input => {
            const carried = new DataTransfer();
            carried.items.add(new File(['{"dropped": 1}'], "list.json"));
            input.files = carried.files;
            input.dispatchEvent(new Event("input", { bubbles: true }));
        }"""
    )
    expect(importing(shown).get_by_text('Read: {"dropped": 1}')).to_be_visible()


def test_a_download_is_saved_by_the_browser_under_a_safe_name(shown: Page, tmp_path: Path) -> None:
    before = sorted(tmp_path.rglob("*"))
    with shown.expect_download() as saved:
        open_more(shown, "Export")
    assert saved.value.suggested_filename == "connections 2026_11_.json"
    assert Path(saved.value.path()).read_bytes() == '{"name": "Zoë"}\n'.encode()
    expect(shown.get_by_role("status").filter(has_text="is in your downloads")).to_have_count(1)
    expect(button(shown, "More")).to_be_focused()
    assert sorted(tmp_path.rglob("*")) == before


def test_notices_appear_by_themselves_are_put_away_one_by_one_and_stay_listed(shown: Page, host: SampleHost) -> None:
    place = host.storage.all()[0]
    for number in range(1, 5):
        tell(host, number, place.subject if number == 4 else None)
    fresh = shown.get_by_role("region", name="New notices")
    expect(fresh.get_by_text("Bakery 4 needs a sign-in").first).to_be_visible()
    expect(shown.get_by_role("link", name="Notices, 4 new")).to_be_visible()
    expect(fresh.get_by_role("link", name="1 more notice")).to_be_visible()
    button(fresh, "Dismiss Bakery 4 needs a sign-in").click()
    expect(button(fresh, "Dismiss Bakery 3 needs a sign-in")).to_be_focused()
    expect(button(fresh, "Dismiss Bakery 1 needs a sign-in")).to_be_visible()
    shown.get_by_role("link", name="Notices, 3 new").click()
    expect(shown.get_by_role("heading", name="Notices")).to_be_visible()
    expect(shown.get_by_role("region", name="New notices")).to_have_count(0)
    expect(shown.get_by_role("listitem").filter(has_text="The sign-in was revoked")).to_have_count(4)
    expect(shown.get_by_text("New", exact=True)).to_have_count(3)
    button(shown, "Dismiss all").click()
    expect(shown.get_by_text("New", exact=True)).to_have_count(0)
    expect(shown.get_by_role("link", name="Notices", exact=True)).to_be_visible()
    expect(shown.get_by_role("listitem").filter(has_text="The sign-in was revoked")).to_have_count(4)
    shown.get_by_role("link", name=f"Show {place.name}").click()
    expect(shown.get_by_role("row", name=place.name)).to_have_attribute("aria-selected", "true")


def visit_tab(page: Page, look: Look) -> None:
    look(page)
    button(page, "More").click()
    look(page)


def visit_table(page: Page, look: Look) -> None:
    button(page, "Table").click()
    deleted(page).wait_for()
    look(page)


def visit_file(page: Page, look: Look) -> None:
    button(page, "File").click()
    importing(page).get_by_label("File", exact=True).set_input_files(a_file("list.txt", b"{}"))
    expect(importing(page).get_by_role("alert").filter(has_text="was not taken")).to_be_visible()
    look(page)


def visit_long_table(page: Page, look: Look) -> None:
    open_more(page, "Empty table")
    page.get_by_role("dialog", name="History").wait_for()
    look(page)


def visit_wait(page: Page, look: Look) -> None:
    open_more(page, "Test all")
    page.get_by_role("dialog", name="Testing").wait_for()
    look(page)


def visit_notices(page: Page, look: Look) -> None:
    expect(page.get_by_role("region", name="New notices")).to_be_visible()
    look(page)
    page.get_by_role("link", name=re.compile("^Notices")).click()
    expect(page.get_by_role("heading", name="Notices")).to_be_visible()
    look(page)


VISITS = (visit_tab, visit_table, visit_file, visit_long_table, visit_wait, visit_notices)


def nothing_sticks_out(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for box in page.locator("dialog[open], [role=menu]:not([hidden])").all():
        place = box.bounding_box()
        size = page.viewport_size
        assert place is not None
        assert size is not None
        assert place["x"] >= 0
        assert place["x"] + place["width"] <= size["width"] + 0.5


@pytest.mark.parametrize("visit", VISITS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(shown: Page, host: SampleHost, scheme: str, visit: Callable[[Page, Look], None]) -> None:
    for number in range(1, 5):
        tell(host, number)
    shown.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
    shown.reload()
    visit(shown, find_nothing)


@pytest.mark.parametrize("visit", VISITS)
@pytest.mark.parametrize(("width", "height"), [(320, 640), (590, 380)])
def test_nothing_sticks_out_of_a_narrow_or_enlarged_page(
    shown: Page, host: SampleHost, width: int, height: int, visit: Callable[[Page, Look], None]
) -> None:
    """320 px wide; and 1180 x 760 at 200 %."""
    for number in range(1, 5):
        tell(host, number)
    shown.set_viewport_size({"width": width, "height": height})
    shown.reload()
    visit(shown, nothing_sticks_out)
