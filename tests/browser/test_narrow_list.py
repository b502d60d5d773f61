"""A narrow screen: what is told about a row does not lie on top of it, and several notices do not fill the screen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from hostspec.messages import Notification
from hostspec.usages import Subject
from hostspec.value import Tone
from tests.browser.page_checks import find_nothing, nothing_sticks_out
from tests.host.everything_plugin import EverythingPlugin
from tests.host.running_host import RunningHost, running_host

pytestmark = pytest.mark.browser


@pytest.fixture
def running(tmp_path: Path) -> Iterator[RunningHost]:
    with running_host(tmp_path, EverythingPlugin(120)) as running:
        yield running


def bottom_of_row_and_top_of_problem(page: Page) -> tuple[float, float]:
    line = page.locator('tr[data-row="id-Row 4"]').bounding_box()
    problem = page.locator("[data-problem-of]:visible").bounding_box()
    assert line is not None
    assert problem is not None
    return line["y"] + line["height"], problem["y"]


@pytest.mark.parametrize("height", [500, 640, 700, 800])
def test_a_row_stays_in_sight_when_its_problem_comes_up(page: Page, running: RunningHost, height: int) -> None:
    page.set_viewport_size({"width": 320, "height": height})
    page.goto(f"{running.address}/tabs/everything")
    page.evaluate("scrollTo(0, document.querySelector('tr[data-row=\"id-Row 4\"]').offsetTop)")
    line = page.locator('tr[data-row="id-Row 4"]')
    # As low on the screen as it can be touched.
    line.evaluate("it => it.scrollIntoView({block: 'end'})")
    line.click()
    expect(page.get_by_text("Row 4 cannot be reached")).to_be_in_viewport()
    end, begin = bottom_of_row_and_top_of_problem(page)
    assert end <= begin
    assert end > 0


def test_whoever_scrolls_on_is_left_alone_when_the_page_is_drawn_anew(page: Page, running: RunningHost) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto(f"{running.address}/tabs/everything")
    page.locator('tr[data-row="id-Row 4"]').click()
    expect(page.get_by_text("Row 4 cannot be reached")).to_be_visible()
    page.evaluate("scrollTo(0, 0)")
    page.evaluate(
        """() => {
            const body = document.getElementById("body");
            window.drawnAnew = new Promise((done) => body.addEventListener("drawn", done, { once: true }));
        }"""
    )
    running.host.news.everything_changed()
    page.evaluate("() => window.drawnAnew.then(() => true)")
    assert page.evaluate("scrollY") == 0


def tell(running: RunningHost, number: int, subject: Subject) -> None:
    notice = Notification(
        notification_id=f"n{number}",
        title=f"Bakery {number} needs a sign-in",
        text="The sign-in was revoked at Xero. Authorize it anew.",
        tone=Tone.BAD,
        subject=subject,
    )
    running.host.hooks.notify(notice)


def test_one_notice_is_told_in_full_and_several_by_their_titles(page: Page, running: RunningHost) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto(f"{running.address}/tabs/everything")
    subject = running.host.storage.all()[0].subject
    fresh = page.get_by_role("region", name="New notices")
    tell(running, 1, subject)
    expect(fresh.get_by_text("The sign-in was revoked")).to_be_visible()
    for number in (2, 3):
        tell(running, number, subject)
    expect(fresh.get_by_text("Bakery 3 needs a sign-in").first).to_be_visible()
    expect(fresh.get_by_text("The sign-in was revoked").locator("visible=true")).to_have_count(0)
    expect(fresh.get_by_role("link", name="Show")).to_have_count(3)
    expect(page.get_by_role("heading", level=1)).to_be_in_viewport()
    find_nothing(page)
    nothing_sticks_out(page, "three notices")
    page.set_viewport_size({"width": 1200, "height": 800})
    expect(fresh.get_by_text("The sign-in was revoked").locator("visible=true")).to_have_count(3)
