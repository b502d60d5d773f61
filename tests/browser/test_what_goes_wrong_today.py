"""Every button of the simulator's page "What goes wrong today", pressed as a person would, and what the tab says then.

Each trouble shows its status, its cause and the one button that mends it, and leads back to Ready; what passes by
itself is never counted as needing attention.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.connections_page import add, authorize, dialog, open_tab, press, row
from tests.browser.demo_program import DemoProgram
from tests.browser.page_checks import find_nothing, nothing_sticks_out

pytestmark = pytest.mark.browser

NAME = "Head office"
SHOTS = os.environ.get("SCREENSHOTS_OF_TESTS", "")
"""A folder for pictures of each state, for whoever wants to look at them."""


class Visitor:
    """A person with the host in one window and the simulator's page in the other."""

    def __init__(self, page: Page, demo: DemoProgram) -> None:
        self.page = page
        self.demo = demo
        self.today = page.context.new_page()
        self.sign_ins = 0
        page.set_default_timeout(30_000)
        page.bring_to_front()

    def cause_trouble(self, button: str, *, choose: str = "") -> None:
        """Press a button of the simulator's page, and come back."""
        self.today.bring_to_front()
        self.today.goto(f"{self.demo.simulator_address}/today")
        pressed = self.today.locator("form", has=self.today.get_by_role("button", name=button, exact=True))
        if choose:
            pressed.get_by_role("combobox").select_option(label=choose)
        press(pressed, button)
        expect(self.today.get_by_role("status")).to_be_visible()
        self.look(self.today, f"today {button}")
        # A window behind another is drawn once a second, and every act waits until it is drawn.
        self.page.bring_to_front()

    def back_to_normal(self) -> None:
        self.today.bring_to_front()
        self.today.goto(f"{self.demo.simulator_address}/today")
        press(self.today, "Back to normal")
        expect(self.today.get_by_text("Nothing goes wrong.")).to_be_visible()
        self.page.bring_to_front()

    def add(self) -> None:
        open_tab(self.page, self.demo, "Connections")
        self.sign_ins += 1
        add(self.page, self.demo, NAME, self.sign_ins)
        self.try_out("Test passed")

    def try_out(self, ends: str, *, button: str = "Test") -> None:
        """Test the entry."""
        row(self.page, NAME).click()
        self.page.get_by_role("button", name=button, exact=True).first.click()
        ended = dialog(self.page, ends)
        expect(ended).to_be_visible(timeout=60_000)
        self.look(self.page, f"ended {ends}")
        press(ended, "OK")
        expect(ended).to_be_hidden()

    def sees(self, status: str, cause: str, button: str, *, attention: int) -> None:
        """What stands on the tab about the entry."""
        expect(row(self.page, NAME)).to_contain_text(status)
        row(self.page, NAME).click()
        problem = self.page.locator("[data-problem-of]:visible")
        expect(problem).to_contain_text(cause)
        expect(problem.get_by_role("button")).to_have_text(button)
        title = re.compile(rf"^Connections, {attention} " if attention else "^Connections$")
        expect(self.page.get_by_role("link", name=title)).to_be_visible()
        self.look(self.page, f"tab {status}", judge=True)

    def is_ready(self) -> None:
        expect(row(self.page, NAME)).to_contain_text("Ready")
        expect(self.page.get_by_role("link", name="Connections", exact=True)).to_be_visible()

    def repair(self) -> None:
        """The button beside the cause opens the definition, with the keyboard on Authorize."""
        press(self.page, "Authorize again")
        self.sign_in_and_save()

    def sign_in_and_save(self) -> None:
        definition = dialog(self.page, "Connection Definition")
        expect(definition.get_by_role("button", name="Authorize")).to_be_focused()
        self.sign_ins += 1
        authorize(self.page, self.demo, self.sign_ins)
        press(definition, "Save")
        expect(definition).to_be_hidden()

    def look(self, page: Page, place: str, *, judge: bool = False) -> None:
        if not SHOTS and not judge:
            return
        for scheme, width in (("light", 1200), ("dark", 320)):
            page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
            page.set_viewport_size({"width": width, "height": 800})
            if SHOTS:
                page.screenshot(path=f"{SHOTS}/{place.replace(' ', '-')}-{scheme}.png")
            find_nothing(page, f"{place} ({scheme})")
            nothing_sticks_out(page, place)
        page.emulate_media(color_scheme="light")
        page.set_viewport_size({"width": 1200, "height": 800})


@pytest.fixture
def visitor(page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Visitor]:
    # Tests on a schedule would find by themselves what is looked for here.
    monkeypatch.setenv("XERO_CONNECTIONS_TEST_EVERY_DAYS", "0")
    with DemoProgram(tmp_path, "--housekeeping", "86400") as demo:
        came = Visitor(page, demo)
        came.add()
        yield came


def pressed_of(today: Page) -> Locator:
    return today.locator("form button:not(.primary)")


def test_every_trouble_on_the_page_is_told_here(visitor: Visitor) -> None:
    visitor.today.goto(f"{visitor.demo.simulator_address}/today")
    assert pressed_of(visitor.today).all_inner_texts() == [
        "Cancel the next sign-in",
        "Withhold a scope",
        "Revoke the sign-in",
        "Unlink an organisation",
        "Slow (5 s)",
        "Down",
        "Rate limit",
        "Day limit",
        "Move the clock",
        "Expire access tokens",
    ]


def test_a_slow_xero_is_waited_for(visitor: Visitor) -> None:
    visitor.cause_trouble("Slow (5 s)")
    visitor.try_out("Test passed")
    visitor.is_ready()
    visitor.back_to_normal()


def test_an_outage_is_out_of_reach_and_passes(visitor: Visitor) -> None:
    visitor.cause_trouble("Down")
    visitor.try_out("Not reached")
    visitor.sees("Unreachable", "Xero has not been reached since", "Test again", attention=0)
    visitor.back_to_normal()
    visitor.try_out("Test passed", button="Test again")
    visitor.is_ready()


def test_a_limit_of_the_minute_is_waited_for(visitor: Visitor) -> None:
    visitor.cause_trouble("Rate limit")
    row(visitor.page, NAME).click()
    press(visitor.page, "Test")
    expect(dialog(visitor.page, "Testing")).to_be_visible()
    visitor.look(visitor.page, "testing", judge=True)
    visitor.back_to_normal()
    passed = dialog(visitor.page, "Test passed")
    expect(passed).to_be_visible(timeout=90_000)
    press(passed, "OK")
    visitor.is_ready()


def test_a_limit_of_the_day_is_told_and_passes(visitor: Visitor) -> None:
    visitor.cause_trouble("Day limit")
    visitor.try_out("Not reached")
    visitor.sees("Waiting", "calls of today for Bakehouse Ltd are used up", "Test again", attention=0)
    visitor.back_to_normal()
    visitor.try_out("Test passed", button="Test again")
    visitor.is_ready()


def test_access_tokens_that_are_old_are_renewed_without_a_word(visitor: Visitor) -> None:
    visitor.cause_trouble("Expire access tokens")
    visitor.try_out("Test passed")
    visitor.is_ready()
    assert visitor.demo.control.state().refreshes == 1


def test_a_revoked_sign_in_is_mended_by_its_button(visitor: Visitor) -> None:
    visitor.cause_trouble("Revoke the sign-in")
    visitor.try_out("Test failed")
    visitor.sees("Needs sign-in", "access was withdrawn", "Authorize again", attention=1)
    visitor.repair()
    visitor.try_out("Test passed")
    visitor.is_ready()


def test_a_company_that_was_unlinked_is_mended_by_its_button(visitor: Visitor) -> None:
    visitor.cause_trouble("Unlink an organisation")
    visitor.try_out("Test failed")
    visitor.sees("Access withdrawn", "Bakehouse Ltd", "Authorize again", attention=1)
    visitor.repair()
    visitor.try_out("Test passed")
    visitor.is_ready()


def test_a_withheld_scope_is_named_and_mended_by_its_button(visitor: Visitor) -> None:
    # Whoever has allowed a scope before keeps it: a sign-in of an app that is new to Xero lacks it.
    visitor.cause_trouble("Revoke the sign-in")
    visitor.cause_trouble("Withhold a scope")
    visitor.try_out("Test failed")
    visitor.repair()
    visitor.try_out("Test failed")
    visitor.sees("Scope missing", "accounting.attachments", "Authorize again", attention=1)
    visitor.back_to_normal()
    visitor.repair()
    visitor.try_out("Test passed")
    visitor.is_ready()


def test_a_cancelled_sign_in_changes_nothing(visitor: Visitor) -> None:
    visitor.cause_trouble("Cancel the next sign-in")
    row(visitor.page, NAME).click()
    press(visitor.page, "Edit")
    definition = dialog(visitor.page, "Connection Definition")
    press(definition, "Authorize")
    visitor.sign_ins += 1
    browser = visitor.page.context.new_page()
    browser.goto(visitor.demo.sign_in_address(visitor.sign_ins))
    browser.close()
    told = visitor.page.get_by_role("alertdialog")
    expect(told).to_contain_text("You did not allow access. Nothing was changed.")
    visitor.look(visitor.page, "told of the cancelled sign-in", judge=True)
    press(told, "OK")
    press(definition, "Cancel")
    expect(definition).to_be_hidden()
    visitor.is_ready()
    visitor.try_out("Test passed")
    visitor.is_ready()


def test_two_months_pass_and_the_sign_in_is_too_old(visitor: Visitor) -> None:
    visitor.cause_trouble("Move the clock", choose="61 days")
    visitor.try_out("Test failed")
    visitor.sees("Needs sign-in", "", "Authorize again", attention=1)
    visitor.cause_trouble("Move the clock", choose="back to the real time")
    visitor.repair()
    visitor.try_out("Test passed")
    visitor.is_ready()
