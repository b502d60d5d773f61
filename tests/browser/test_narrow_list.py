"""A long list on a narrow screen: what is told about a row does not lie on top of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

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
