"""Connections are tried out: one, all, and on a schedule; reading only, within the limits, feeding the status."""

from __future__ import annotations

from pathlib import Path

import pytest

from hostspec import Permission
from hostspec.testing import ADMINISTRATOR, Disabled, FakeHost, TabDriver, TaskMode
from hostspec.ui import UserAct
from hostspec.value import UserId
from sample_host.xero_simulator.fault_presets import down
from sample_host.xero_simulator.faults import Slow
from tests.stories.capture_site import Site

OPERATOR = ADMINISTRATOR.model_copy(
    update={"user_id": UserId("operator"), "user_name": "Otto Operator", "window_id": "window-2"}
)
DAY = 24 * 3600.0


def try_out(tab: TabDriver, name: str = "Head office") -> None:
    tab.row(name)
    tab.press("Test")
    if tab.titles[-1] == "Testing":
        tab.continue_until()


def status(tab: TabDriver, name: str = "Head office") -> str:
    tab.search("")
    return tab.cell(name, "Status")


def maintained(host: FakeHost) -> None:
    host.hooks.maintain(5.0)
    host.tasks.join()


def calls(site: Site) -> int:
    return site.xero.control.state().requests["accounting"]


def test_a_connection_that_works_passes_and_says_what_was_looked_at(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        site.add(tab, "Head office")
        before = site.xero.control.state()
        try_out(tab)
        assert tab.titles == ["Test passed"]
        assert "Bakehouse Ltd" in tab.facts["✓ Company"]
        assert set(tab.facts) >= {"✓ Sign-in", "✓ Company", "✓ Scopes", "✓ Reading", "Tested", "Took"}
        assert tab.facts["Reference for support"]
        tab.press("Copy")
        assert "Test passed" in tab.clipboard
        assert tab.facts["Reference for support"] in tab.clipboard
        after = site.xero.control.state()
        assert after.requests["accounting"] - before.requests.get("accounting", 0) == 1, "one cheap read"
        tab.press("OK")
        assert status(tab) == "Ready"
        tab.row("Head office")
        tab.press("Details")
        assert tab.facts["Last test"].startswith("Passed, 5 Jan 2026")
        assert tab.facts["Last used"] == "never"


def test_nothing_is_written_at_xero_by_a_test(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        site.add(tab, "Head office")
        before = site.xero.control.state().model_dump(include={"invoices", "contacts", "links"})
        try_out(tab)
        tab.press("OK")
        assert site.xero.control.state().model_dump(include={"invoices", "contacts", "links"}) == before


def test_a_dead_sign_in_is_found_and_mended_from_the_result(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        site.add(tab, "Head office")
        site.xero.control.revoke()
        site.host.clock.advance(3600)
        site.xero.control.advance(3600)
        try_out(tab)
        assert tab.titles == ["Test failed"]
        assert "refused" in tab.facts["✗ Sign-in"]
        assert tab.facts["– Reading"] == "Not tried."
        tab.press("Authorize again")
        assert (tab.titles, tab.focused) == (["Connection Definition"], "Authorize")
        site.authorize(tab)
        tab.press("OK")
        tab.press("Save")
        assert tab.titles == []
        assert status(tab) != "Needs sign-in"
        try_out(tab)
        assert tab.titles == ["Test passed"]
        tab.press("OK")
        assert status(tab) == "Ready"


def test_a_company_that_was_unlinked_is_found_and_a_later_pass_clears_it(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        site.add(tab, "Head office")
        site.xero.control.unlink("bakehouse")
        try_out(tab)
        assert tab.titles == ["Test failed"]
        assert "no longer linked" in tab.facts["✗ Company"]
        tab.press("OK")
        assert status(tab) == "Access withdrawn"
        tab.row("Head office")
        tab.press("Edit")
        site.authorize(tab)
        tab.press("OK")
        tab.press("Cancel")
        if tab.titles and tab.titles[-1] == "Discard changes?":
            tab.press("Discard")
        try_out(tab)
        assert tab.titles == ["Test passed"]
        tab.press("OK")
        assert status(tab) == "Ready"


def test_a_scope_that_was_not_allowed_is_named(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        site.decide = lambda address: site.allow(address.replace("%20accounting.attachments", ""))
        site.fill_definition(tab, "Head office")
        site.authorize(tab)
        tab.press("OK")
        tab.press("Save")
        try_out(tab)
        assert "accounting.attachments" in tab.facts["✗ Scopes"]
        tab.press("OK")
        assert status(tab) == "Scope missing"


def test_out_of_reach_is_said_and_tried_again_in_the_same_window(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        site.add(tab, "Head office")
        site.xero.control.set_fault(down(at="accounting"))
        try_out(tab)
        assert tab.titles == ["Not reached"]
        assert "status 503" in tab.facts["✗ Reading"]
        site.xero.control.clear()
        tab.press("Test again")
        if tab.titles[-1] == "Testing":
            tab.continue_until()
        assert tab.titles == ["Test passed"]
        tab.press("OK")
        assert status(tab) == "Ready"


def test_a_slow_test_shows_a_window_that_can_be_left(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        site.add(tab, "Head office")
        site.xero.control.set_fault(Slow(at="accounting", seconds=1.0))
        tab.row("Head office")
        tab.press("Test")
        assert tab.titles == ["Testing"]
        assert "Head office" in tab.waiting.text
        tab.press("Cancel")
        assert tab.titles == []
        site.host.tasks.join()
        assert status(tab) == "Ready", "what was found is kept"


def test_a_test_does_not_keep_the_caller_waiting(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        site.add(tab, "Head office")
        site.host.tasks.mode = TaskMode.HELD
        asked = calls(site)
        tab.row("Head office")
        tab.press("Test")
        assert tab.titles == ["Testing"]
        assert calls(site) == asked
        site.host.tasks.run_held()
        site.host.tasks.mode = TaskMode.THREADS
        tab.continue_until("Test passed")


def test_all_are_tested_with_the_failures_first(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        for name in ("Bakery", "Branch", "Café"):
            site.add(tab, name)
        site.organisation = "harbour"
        site.add(tab, "Kiosk", "Harbour Coffee")
        site.xero.control.unlink("harbour")
        links = site.xero.control.state().requests["connections"]
        tab.press("Test all")
        if tab.titles[-1] == "Testing":
            assert "of 4" in tab.waiting.text
            tab.continue_until()
        assert tab.titles == ["Tests of all connections"]
        assert tab.dialog.intro == "1 failed, 3 passed."
        assert tab.table_rows()[0] == "Kiosk"
        assert tab.table_rows()[1:] == ["Bakery", "Branch", "Café"]
        assert tab.table_row("Kiosk")["Result"] == "Failed"
        assert tab.table_row("Bakery")["Result"] == "Passed"
        assert tab.row_buttons("Bakery") == {}
        assert site.xero.control.state().requests["connections"] - links <= 2, "entries of one sign-in share the list"
        tab.press_in_row("Kiosk", "Authorize again")
        assert tab.titles == ["Tests of all connections", "Connection Definition"]
        assert tab.focused == "Authorize"
        tab.press("Cancel")
        tab.press("OK")
        assert status(tab, "Kiosk") == "Access withdrawn"
        assert status(tab, "Bakery") == "Ready"


def test_testing_all_can_be_stopped_and_shows_what_was_found(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        for number in range(7):
            site.add(tab, f"Entry {number}")
        site.xero.control.set_fault(Slow(at="accounting", seconds=0.7, times=None))
        tab.press("Test all")
        assert tab.titles == ["Testing"]
        tab.continue_until(lambda: not tab.waiting.text.startswith("0 of"))
        tab.press("Stop")
        assert tab.titles == ["Tests of all connections"]
        assert "You stopped it" in tab.dialog.intro
        site.host.tasks.join()
        tab.press("OK")
        assert {status(tab, f"Entry {number}") for number in range(7)} <= {"Ready", "Untested"}


def test_without_connections_there_is_nothing_to_test(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        tab.press("Test all")
        assert tab.titles == []


def test_tests_are_recorded_with_who_asked(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        site.add(tab, "Head office")
        try_out(tab)
        tab.press("OK")
        site.host.tasks.join()
        tab.row("Head office")
        tab.press("History")
        assert any("Tested" in label for label in tab.table_rows()) or "Tested" in tab.dialog.model_dump_json()
        assert "Ada Admin" in tab.dialog.model_dump_json()


def test_whoever_may_use_connections_may_test_them_and_nobody_else(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        site.add(site.tab(), "Head office")
        site.host.permissions.allow(OPERATOR.user_id, Permission.VIEW)
        tab = site.tab(OPERATOR)
        tab.row("Head office")
        assert "Ask an administrator" in tab.why_disabled("Test")
        with pytest.raises(Disabled):
            tab.press("Test all")
        site.host.permissions.allow(OPERATOR.user_id, Permission.VIEW, Permission.USE)
        again = site.tab(OPERATOR)
        try_out(again)
        assert again.titles == ["Test passed"]


def test_another_window_does_not_get_the_result(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        site.add(tab, "Head office")
        site.host.tasks.mode = TaskMode.HELD
        tab.row("Head office")
        tab.press("Test")
        stranger = site.tab(ADMINISTRATOR.model_copy(update={"window_id": "window-9"}))
        stranger.send(UserAct(action_id="continue", wait_id=tab.waiting.wait_id))
        assert stranger.titles == []
        site.host.tasks.run_held()
        site.host.tasks.mode = TaskMode.THREADS
        tab.continue_until("Test passed")


def test_housekeeping_tests_what_nobody_tried_and_then_only_after_days(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        site.add(tab, "Head office")
        maintained(site.host)
        assert status(tab) == "Ready"
        once = calls(site)
        maintained(site.host)
        assert calls(site) == once
        site.host.clock.advance(5 * DAY)
        site.xero.control.advance(5 * DAY)
        maintained(site.host)
        assert calls(site) == once
        site.host.clock.advance(2 * DAY)
        site.xero.control.advance(2 * DAY)
        maintained(site.host)
        assert calls(site) == once + 1


def test_housekeeping_tests_nothing_where_that_is_turned_off(tmp_path: Path) -> None:
    with Site(tmp_path, settings={"test_every_days": "0"}) as site:
        tab = site.tab()
        site.add(tab, "Head office")
        before = calls(site)
        maintained(site.host)
        assert (calls(site), status(tab)) == (before, "Untested")


def test_what_was_out_of_reach_recovers_by_itself(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        site.add(tab, "Head office")
        site.xero.control.set_fault(down(at="accounting"))
        maintained(site.host)
        assert status(tab) == "Unreachable"
        site.xero.control.clear()
        site.host.clock.advance(3700)
        site.xero.control.advance(3700)
        maintained(site.host)
        assert status(tab) == "Ready"


def test_two_workstations_that_test_at_once_do_no_harm(tmp_path: Path) -> None:
    with Site(tmp_path) as site, site.make_host("host-b") as other:
        tab = site.tab()
        connection_id = site.add(tab, "Head office")
        site.host.clock.advance(3600)
        other.clock.advance(3600)
        site.xero.control.advance(3600)
        there = other.tab("Connections")
        for one in (tab, there):
            one.row("Head office")
            one.press("Test")
        for one in (tab, there):
            if one.titles[-1] == "Testing":
                one.continue_until()
            assert one.titles == ["Test passed"]
            one.press("OK")
        assert status(tab) == "Ready"
        assert site.session(connection_id).connection.connection_id == connection_id
        assert site.xero.control.state().refreshes == 1
