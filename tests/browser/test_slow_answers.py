"""A host that answers late: nothing pressed or chosen meanwhile is lost, turned round or taken back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Dialog, Locator, Page, Route, TimeoutError, expect

from sample_host.app import SampleHost
from sample_host.profiles import MigrationStep
from sample_host.web.profile_changes import migration_step
from sample_host.web.web_sessions import StepPlace
from tests.host.ledger_plugin import LedgerPlugin
from tests.host.rarities_plugin import RaritiesPlugin
from tests.host.running_host import InstalledPlugin, make_host, serving

pytestmark = pytest.mark.browser


class Late:
    """Holds back what the page asks of one kind of address, until it is let go."""

    def __init__(self, page: Page, addresses: str) -> None:
        self._page, self._addresses = page, addresses
        self._held: list[Route] = []
        page.route(addresses, lambda route: self._held.append(route))

    def let_go(self) -> None:
        for route in self._held:
            route.continue_()
        self._page.unroute(self._addresses)

    def spoil(self) -> None:
        """The host never hears of it, and the page is answered by something else: a proxy's own page."""
        for route in self._held:
            route.fulfill(body="<html>Welcome!</html>")
        self._page.unroute(self._addresses)


@pytest.fixture
def plugin() -> LedgerPlugin:
    return LedgerPlugin()


@pytest.fixture
def host(tmp_path: Path, plugin: LedgerPlugin) -> SampleHost:
    return make_host(
        tmp_path / "data", InstalledPlugin("ledger", plugin), InstalledPlugin("rarities", RaritiesPlugin())
    )


@pytest.fixture
def address(host: SampleHost) -> Iterator[str]:
    with serving(host) as address:
        yield address


@pytest.fixture
def step(calm: Page, address: str) -> Locator:
    calm.goto(f"{address}/profiles/supplier-invoices")
    return calm.get_by_role("group", name="Xero migration")


def button(place: Page | Locator, name: str) -> Locator:
    return place.get_by_role("button", name=name, exact=True)


def listen(page: Page) -> list[str]:
    """What the page asks the host from here on: the last part of each address."""
    told: list[str] = []
    page.on("request", lambda request: told.append(urlsplit(request.url).path.rpartition("/")[2]))
    return told


def settings(host: SampleHost) -> MigrationStep:
    return migration_step(host, StepPlace("supplier-invoices", "xero"))


def choose(step: Locator, label: str, option: str) -> None:
    step.get_by_label(label, exact=True).select_option(label=option)


def test_nothing_can_be_pressed_before_the_pages_script_has_come(page: Page, address: str) -> None:
    script = Late(page, "**/static/tab_view.js")
    page.goto(f"{address}/tabs/rarities", wait_until="commit")
    expect(button(page, "More")).to_be_visible()
    with pytest.raises(TimeoutError):
        button(page, "More").click(timeout=300)
    script.let_go()
    button(page, "More").click()
    expect(page.get_by_role("menuitem", name="History")).to_be_visible()


def test_what_is_pressed_before_the_host_knows_the_page_is_not_lost_with_the_page_before(
    page: Page, address: str
) -> None:
    with page.expect_response("**/window"):
        page.goto(f"{address}/profiles")
    answered: list[str] = []
    page.on("response", lambda response: answered.append(urlsplit(response.url).path))
    word = Late(page, "**/window")
    page.goto(f"{address}/tabs/rarities")
    button(page, "Table").click()
    word.let_go()
    expect(page.get_by_role("dialog", name="Deleted connections")).to_be_visible()
    assert [path for path in answered if path in ("/window", "/act")] == ["/window", "/act"]


def test_a_second_press_on_a_heading_turns_the_order_though_the_firsts_rows_have_not_come(
    page: Page, address: str
) -> None:
    page.goto(f"{address}/tabs/rarities")
    first = page.get_by_role("table", name="Rarities").locator("tbody tr[data-row]").first
    drawings = Late(page, "**/body?*")
    for _ in range(2):
        with page.expect_request("**/body?*"):
            button(page, "Name").click()
    drawings.let_go()
    expect(first).to_contain_text("Entry 120")
    button(page, "Name").click()
    expect(first).to_contain_text("Entry 001")


def test_a_second_press_while_the_first_is_under_way_opens_nothing_twice(page: Page, address: str) -> None:
    page.goto(f"{address}/tabs/rarities")
    told = listen(page)
    acts = Late(page, "**/act")
    with page.expect_request("**/act"):
        button(page, "Table").click()
    button(page, "Table").click()
    acts.let_go()
    expect(page.get_by_role("dialog", name="Deleted connections")).to_be_visible()
    assert told.count("act") == 1


def test_what_is_chosen_in_a_hurry_is_kept_in_that_order(page: Page, step: Locator, host: SampleHost) -> None:
    told = listen(page)
    settling = Late(page, "**/settings")
    with page.expect_request("**/settings"):
        choose(step, "Connection", "Head office (Bakehouse Ltd)")
    choose(step, "Connection", "Branch (Harbour Coffee)")
    choose(step, "Document type", "Receivable (draft invoice)")
    assert told.count("settings") == 1
    settling.let_go()
    expect(step).to_contain_text("Writes to Harbour Coffee")
    expect(step.get_by_label("Document type")).to_have_value("receivable")
    assert told.count("settings") == 3
    assert (settings(host).connection_id, settings(host).document_type.value) == ("c-2", "receivable")


def test_the_browser_asks_before_a_choice_is_lost_of_which_the_host_has_not_heard(
    page: Page, step: Locator, host: SampleHost
) -> None:
    settling = Late(page, "**/settings")
    with page.expect_request("**/settings"):
        choose(step, "Connection", "Head office (Bakehouse Ltd)")
    step.get_by_text("Field mapping").click()
    asked: list[str] = []

    def stay(question: Dialog) -> None:
        asked.append(question.type)
        question.dismiss()

    page.once("dialog", stay)
    page.get_by_role("link", name="Storage").click()
    assert asked == ["beforeunload"]
    settling.let_go()
    expect(step).to_contain_text("Writes to Bakehouse Ltd")
    assert settings(host).connection_id == "c-1"
    page.get_by_role("link", name="Storage").click()
    expect(page.get_by_role("heading", name="Storage")).to_be_visible()


def test_what_was_drawn_before_a_choice_does_not_take_it_back(page: Page, step: Locator, host: SampleHost) -> None:
    choose(step, "Connection", "Head office (Bakehouse Ltd)")
    expect(step).to_contain_text("Writes to Bakehouse Ltd")
    drawing, settling = Late(page, "**/body"), Late(page, "**/settings")
    with page.expect_request("**/body"):
        host.hooks.tab_changed("connections", None)
    with page.expect_request("**/settings"):
        choose(step, "Connection", "Branch (Harbour Coffee)")
    with page.expect_event("requestfinished", lambda request: request.url.endswith("/body")):
        drawing.let_go()
    page.evaluate("new Promise((done) => setTimeout(done))")
    choose(step, "Document type", "Receivable (draft invoice)")
    settling.let_go()
    expect(step).to_contain_text("Writes to Harbour Coffee")
    assert settings(host).connection_id == "c-2"


def test_documents_wait_for_the_connection_that_was_chosen_before(
    page: Page, step: Locator, plugin: LedgerPlugin
) -> None:
    choose(step, "Connection", "Head office (Bakehouse Ltd)")
    expect(step).to_contain_text("Writes to Bakehouse Ltd")
    settling = Late(page, "**/settings")
    with page.expect_request("**/settings"):
        choose(step, "Connection", "Branch (Harbour Coffee)")
    button(step, "Migrate").click()
    settling.let_go()
    expect(step.get_by_text("documents are in Harbour Coffee")).to_be_visible()
    assert plugin.ledgers["c-1"].invoices == []


def test_documents_stay_where_the_choice_of_their_connection_was_lost(
    page: Page, step: Locator, plugin: LedgerPlugin
) -> None:
    choose(step, "Connection", "Head office (Bakehouse Ltd)")
    expect(step).to_contain_text("Writes to Bakehouse Ltd")
    told = listen(page)
    settling = Late(page, "**/settings")
    with page.expect_request("**/settings"):
        choose(step, "Connection", "Branch (Harbour Coffee)")
    button(step, "Migrate").click()
    with page.expect_response("**/body"):
        settling.spoil()
    expect(page.get_by_text("The host answered something that this page does not understand.")).to_be_visible()
    expect(step).to_contain_text("Writes to Bakehouse Ltd")
    assert "migrate" not in told
    button(step, "Migrate").click()
    expect(step.get_by_text("documents are in Bakehouse Ltd")).to_be_visible()
    assert plugin.ledgers["c-2"].invoices == []
