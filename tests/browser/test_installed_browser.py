"""The browser that tests are given is the installed Chromium, and it works."""

import pytest
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.browser


def test_the_browser_shows_a_page(page: Page) -> None:
    page.set_content("<main><h1>Hello</h1></main>")
    expect(page.get_by_role("heading", name="Hello")).to_be_visible()


def test_the_browser_is_chromium(browser: Browser) -> None:
    assert browser.browser_type.name == "chromium"
    assert browser.is_connected()


def test_files_with_browser_tests_come_after_all_others(request: pytest.FixtureRequest) -> None:
    items = request.session.items
    with_browser = {item.path for item in items if item.get_closest_marker("browser")}
    in_order = [item.path in with_browser for item in items]
    assert in_order == sorted(in_order)
