"""A step's connection is found among thousands by typing: by keyboard, by mouse, and nothing is chosen by accident."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from hostspec.connections import ChoiceQuery, ConnectionChoice, ConnectionStatus
from hostspec.markers import hookimpl
from hostspec.value import ConnectionId, TypeId
from sample_host.app import SampleHost
from sample_host.web.profile_changes import migration_step
from sample_host.web.web_sessions import StepPlace
from tests.browser.page_checks import find_nothing
from tests.host.running_host import InstalledPlugin, make_host, serving

pytestmark = pytest.mark.browser


class Thousands:
    """Contributes three thousand connections; every hundredth needs a sign-in."""

    @hookimpl
    def capture_connection_choices(self, query: ChoiceQuery) -> Iterable[ConnectionChoice]:
        names = [f"Client {number:04}" for number in range(3000)]
        found = [name for name in names if query.search.casefold() in name.casefold()][: query.limit]
        for name in {*found, query.selected_id} if query.selected_id in names else found:
            ready = not str(name).endswith("00")
            yield ConnectionChoice(
                connection_id=ConnectionId(str(name)),
                type_id=TypeId("xero"),
                label=str(name),
                subtitle="Bakehouse Ltd",
                status=ConnectionStatus.READY if ready else ConnectionStatus.NEEDS_SIGN_IN,
                selectable=ready,
                hint="" if ready else "Needs sign-in. It can be mended on the Connections tab.",
            )


@pytest.fixture
def host(tmp_path: Path) -> SampleHost:
    return make_host(tmp_path, InstalledPlugin("thousands", Thousands()))


@pytest.fixture
def step(calm: Page, host: SampleHost) -> Iterator[Locator]:
    with serving(host) as address:
        calm.goto(f"{address}/profiles/supplier-invoices")
        yield calm.get_by_role("group", name="Xero migration")


def chosen(host: SampleHost) -> str | None:
    return migration_step(host, StepPlace("supplier-invoices", "xero")).connection_id


def field(step: Locator) -> Locator:
    return step.get_by_role("combobox", name="Connection", exact=True)


def test_typing_finds_and_enter_chooses(page: Page, step: Locator, host: SampleHost) -> None:
    field(step).focus()
    page.keyboard.type("client 2042")
    option = step.get_by_role("option", name="Client 2042")
    expect(option).to_be_visible()
    expect(field(step)).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowDown")
    expect(field(step)).to_have_attribute("aria-activedescendant", re.compile("option"))
    page.keyboard.press("Enter")
    expect(step.get_by_text("Writes to Bakehouse Ltd")).to_be_visible()
    expect(field(step)).to_have_value("Client 2042 (Bakehouse Ltd)")
    expect(field(step)).to_be_focused()
    assert chosen(host) == "Client 2042"
    page.reload()
    expect(field(step)).to_have_value("Client 2042 (Bakehouse Ltd)")


def test_the_first_fifty_are_listed_and_the_list_says_that_there_are_more(page: Page, step: Locator) -> None:
    field(step).focus()
    page.keyboard.press("ArrowDown")
    expect(step.get_by_role("listbox").get_by_role("option")).to_have_count(51)
    expect(step.get_by_text("The first 50 are listed.")).to_be_visible()
    expect(step.get_by_role("option", name="No connection")).to_have_attribute("aria-selected", "true")


def test_what_is_typed_and_not_chosen_is_taken_back(page: Page, step: Locator, host: SampleHost) -> None:
    field(step).fill("client 0007")
    step.get_by_role("option", name="Client 0007").click()
    expect(step.get_by_text("Writes to Bakehouse Ltd")).to_be_visible()
    for leave in ("Escape", "Tab"):
        field(step).fill("client 0009")
        expect(step.get_by_role("option", name="Client 0009")).to_be_visible()
        page.keyboard.press(leave)
        expect(field(step)).to_have_value("Client 0007 (Bakehouse Ltd)")
        expect(step.get_by_role("listbox")).to_be_hidden()
    assert chosen(host) == "Client 0007"


def test_no_connection_can_be_chosen_again(page: Page, step: Locator, host: SampleHost) -> None:
    field(step).fill("client 0007")
    step.get_by_role("option", name="Client 0007").click()
    expect(step.get_by_text("Writes to Bakehouse Ltd")).to_be_visible()
    field(step).click()
    step.get_by_role("option", name="No connection").click()
    expect(step.get_by_text("Nothing can be posted until one is chosen.")).to_be_visible()
    expect(field(step)).to_have_value("")
    assert chosen(host) is None


def test_what_cannot_be_chosen_says_why_and_stays_unchosen(page: Page, step: Locator, host: SampleHost) -> None:
    field(step).fill("client 0100")
    option = step.get_by_role("option", name="Client 0100")
    expect(option).to_contain_text("Needs sign-in")
    option.click(force=True)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(option).to_be_visible()
    page.keyboard.press("Escape")
    expect(field(step)).to_have_value("")
    assert chosen(host) is None


def test_nothing_that_fits_is_said(page: Page, step: Locator) -> None:
    field(step).fill("nobody")
    expect(step.get_by_text("No connection matches.")).to_be_visible()
    expect(page.get_by_role("status").filter(has_text="No connection matches")).to_have_count(1)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1100])
def test_axe_finds_nothing_and_nothing_sticks_out(page: Page, step: Locator, scheme: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 700})
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
    field(step).fill("client 01")
    expect(step.get_by_role("option", name="Client 0100")).to_be_visible()
    page.keyboard.press("ArrowDown")
    find_nothing(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
