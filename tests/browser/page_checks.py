"""Is a page fit for everybody: nothing for axe to find, and nothing wider than the screen?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from axe_playwright_python.sync_playwright import Axe

if TYPE_CHECKING:
    from playwright.sync_api import Page

RULES: Final = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


def find_nothing(page: Page, place: str = "this page") -> None:
    """Fails when axe finds anything.

    Args:
        page: Is asked for less motion from here on: no color halfway to another one is judged.
        place: Named in the failure.
    """
    page.emulate_media(reduced_motion="reduce")
    found: Any = Axe().run(page, options=RULES)
    assert found.violations_count == 0, f"{place}: {found.generate_report()}"


def nothing_sticks_out(page: Page, place: str) -> None:
    """Fails when the page or an open dialog is wider than what shows it."""
    # Chromium rounds half pixels up.
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth + 1"), place
    for dialog in page.locator("dialog[open]").all():
        assert dialog.evaluate("it => it.scrollWidth <= it.clientWidth + 1"), place
        body = dialog.locator(".layer-body")
        assert body.evaluate("it => it.scrollWidth <= it.clientWidth + 1"), place
