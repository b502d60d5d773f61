"""Limits in sight: calls that are left, a day that is used up, and companies that count without being used."""

from __future__ import annotations

from pathlib import Path

import pytest

from hostspec.errors import ProviderUnavailable
from hostspec.permissions import Permission
from hostspec.testing import TabDriver
from hostspec.testing.fake_host import ADMINISTRATOR
from hostspec.value import ConnectionId, UserId
from sample_host.xero_simulator.addresses import DEMO_CLIENT_ID
from sample_host.xero_simulator.fault_presets import down
from sample_host.xero_simulator.faults import RateLimited, Slow
from tests.stories.capture_site import Site
from tests.stories.test_right_company import BILL

STALE = "Companies that are open to the app and used by no connection"
CALLS = "Calls left"


def looked(tab: TabDriver, row: str | None = None) -> TabDriver:
    """The dialog "Calls and links", once Xero has answered."""
    if row is not None:
        tab.row(row)
    tab.press("Calls and links")
    return answered(tab)


def answered(tab: TabDriver) -> TabDriver:
    tab.continue_until()
    return tab


def notes(tab: TabDriver) -> str:
    return tab.dialog.model_dump_json()


def add_two(site: Site, tab: TabDriver) -> tuple[ConnectionId, ConnectionId]:
    first = site.add(tab, "Head office")
    site.organisation = "harbour"
    return first, site.add(tab, "Kiosk", "Harbour Coffee")


def remove(tab: TabDriver, name: str) -> None:
    tab.row(name)
    tab.press("Delete")
    tab.press("Delete")


def test_calls_left_are_shown_as_xero_said_last(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        first, _ = add_two(site, tab)
        with site.session(first) as session:
            session.http.get("Contacts")
        looked(tab)
        office = tab.table_row("Bakehouse Ltd", table=CALLS)
        assert office["Connections"] == "Head office"
        assert office["This minute"].replace(",", "").isdecimal()
        assert office["Today"] == "4,998"
        kiosk = tab.table_row("Harbour Coffee", table=CALLS)
        assert (kiosk["This minute"], kiosk["Today"], kiosk["As of"]) == ("not known yet",) * 3


def test_what_was_left_of_a_minute_is_not_known_a_minute_later(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        connection_id = site.add(tab, "Head office")
        with site.session(connection_id) as session:
            session.http.get("Contacts")
        site.host.clock.advance(61)
        looked(tab)
        assert tab.table_row("Bakehouse Ltd", table=CALLS)["This minute"] == "not known yet"
        assert tab.table_row("Bakehouse Ltd", table=CALLS)["Today"] == "4,998"


def test_a_day_that_is_used_up_waits_with_its_end_and_is_never_red(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        connection_id = site.add(tab, "Head office")
        site.xero.control.set_fault(RateLimited(at="accounting", problem="day", retry_after=7200, times=None))
        with site.session(connection_id) as session, pytest.raises(ProviderUnavailable) as caught:
            session.http.get("Contacts")
        assert (caught.value.code, caught.value.retry_after) == ("RATE_LIMITED", 7200)
        row = site.tab().row("Head office")
        ends = site.host.clock.now().hour + 2
        assert [(cell.text, cell.tone) for cell in row.cells if cell.tone] == [("Waiting", "waiting")]
        assert row.repair is not None
        assert row.repair.label == "Test again"
        assert f"{ends % 24:02}:" in row.problem
        looked(tab)
        assert "used up until" in tab.table_row("Bakehouse Ltd", table=CALLS)["Today"]
        tab.press("Close")
        site.xero.control.clear()
        with site.session(connection_id) as session:
            session.http.get("Contacts")
        assert site.tab().cell("Head office", "Status") == "Ready"


def test_calls_that_collide_with_another_process_are_made_a_little_later(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        connection_id = site.add(site.tab(), "Head office")
        site.xero.control.set_fault(RateLimited(at="accounting", problem="concurrent", times=2))
        with site.session(connection_id) as session:
            assert session.http.put("Invoices", json={**BILL, "Reference": "once"}).status_code == 200
            site.xero.control.set_fault(RateLimited(at="accounting", problem="concurrent", times=2))
            assert session.http.get("Contacts").status_code == 200
        assert [invoice.reference for invoice in site.xero.control.state().invoices] == ["once"]
        pauses = [seconds for seconds in site.host.clock.waits if 0.5 <= seconds <= 1.5]
        assert len(pauses) == 4


def test_a_day_is_over_when_its_time_has_come(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        connection_id = site.add(site.tab(), "Head office")
        site.xero.control.set_fault(RateLimited(at="accounting", problem="day", retry_after=7200))
        with site.session(connection_id) as session, pytest.raises(ProviderUnavailable):
            session.http.get("Contacts")
        assert site.tab().cell("Head office", "Status") == "Waiting"
        site.host.clock.advance(7201)
        assert site.tab().cell("Head office", "Status") != "Waiting"


def test_links_are_counted_against_the_plan(tmp_path: Path) -> None:
    with Site(tmp_path, settings={"plan_links": "3"}) as site:
        tab = site.tab()
        add_two(site, tab)
        looked(tab)
        assert dict(tab.facts)[f"App {DEMO_CLIENT_ID[:8]}…"] == "2 of 3 links used"
        assert "is full" not in notes(tab)
        assert tab.table_rows(STALE) == []
        tab.press("Close")
        site.organisation = "bakehouse-2"
        site.add(tab, "Third")
        looked(tab)
        assert dict(tab.facts)[f"App {DEMO_CLIENT_ID[:8]}…"] == "3 of 3 links used"
        assert "The plan of the Xero app is full" in notes(tab)


def test_without_a_plan_links_are_counted_all_the_same(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        site.add(tab, "Head office")
        looked(tab)
        assert dict(tab.facts)[f"App {DEMO_CLIENT_ID[:8]}…"] == "One company is open to it"


def test_a_company_that_no_entry_uses_is_listed_and_unlinked_after_a_question(tmp_path: Path) -> None:
    with Site(tmp_path, settings={"keep_deleted_days": "0"}) as site:
        tab = site.tab()
        add_two(site, tab)
        remove(tab, "Kiosk")
        looked(tab, "Head office")
        assert tab.table_rows(STALE) == ["Harbour Coffee"]
        tab.press_in_row("Harbour Coffee", "Unlink", table=STALE)
        assert tab.message.title == "Unlink Harbour Coffee?"
        assert "another installation with the same app may" in tab.message.text
        tab.press("Cancel")
        assert len(site.xero.control.state().links) == 2
        tab.press_in_row("Harbour Coffee", "Unlink", table=STALE)
        tab.press("Unlink")
        answered(tab)
        assert "Harbour Coffee is no longer open to this app." in notes(tab)
        assert tab.table_rows(STALE) == []
        assert [link.organisation for link in site.xero.control.state().links] == ["bakehouse"]
        tab.press("Close")
        assert tab.titles == []


def test_a_deleted_entry_that_can_come_back_keeps_its_company(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        add_two(site, tab)
        remove(tab, "Kiosk")
        looked(tab)
        assert tab.table_rows(STALE) == []


def test_what_is_in_use_by_now_is_never_unlinked(tmp_path: Path) -> None:
    with Site(tmp_path, settings={"keep_deleted_days": "0"}) as site:
        tab = site.tab()
        add_two(site, tab)
        remove(tab, "Kiosk")
        looked(tab)
        other = site.tab(ADMINISTRATOR.model_copy(update={"window_id": "window-2"}))
        site.add(other, "Kiosk again", "Harbour Coffee")
        tab.press_in_row("Harbour Coffee", "Unlink", table=STALE)
        tab.press("Unlink")
        tab.continue_until()
        assert "uses this company by now" in tab.message.text
        assert len(site.xero.control.state().links) == 2
        site.leave_unchecked("I2", "two windows of one host were used by turns")


def test_a_sign_in_that_cannot_be_asked_is_named_and_the_rest_is_shown(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        site.add(tab, "Head office")
        site.xero.control.set_fault(down(at="connections"))
        looked(tab)
        assert "could not be asked" in notes(tab)
        assert tab.table_rows(CALLS) == ["Bakehouse Ltd"]


def test_asking_can_be_cancelled(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        site.add(tab, "Head office")
        site.xero.control.set_fault(Slow(at="connections", seconds=1.0))
        tab.press("Calls and links")
        assert tab.waiting.title == "Calls and links"
        tab.press("Cancel")
        assert tab.titles == []


def test_whoever_may_only_look_sees_links_and_unlinks_none(tmp_path: Path) -> None:
    with Site(tmp_path, settings={"keep_deleted_days": "0"}) as site:
        tab = site.tab()
        add_two(site, tab)
        remove(tab, "Kiosk")
        viewer = ADMINISTRATOR.model_copy(update={"user_id": UserId("viewer"), "window_id": "window-3"})
        site.host.permissions.allow(viewer.user_id, Permission.VIEW)
        looking = looked(site.tab(viewer))
        assert looking.row_buttons("Harbour Coffee", table=STALE)["Unlink"] != ""
