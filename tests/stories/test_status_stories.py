"""Each entry has one status, with its cause and the one button that mends it; what passes by itself is never red."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from hostspec import CaptureError, ConnectionProblem, ProviderUnavailable
from hostspec.testing import TabDriver
from hostspec.value import ConnectionId, Tone
from sample_host.xero_simulator.fault_presets import captive_portal, down, edge_forbidden, server_error
from sample_host.xero_simulator.faults import CutOff, HttpFault, RateLimited, Reset, Slow, TokenError
from tests.stories.capture_site import Site
from tests.stories.workstations import asked, companies

DAY = 24 * 3600.0


def status(tab: TabDriver, name: str = "Head office") -> str:
    tab.search("")
    return tab.cell(name, "Status")


def cause(tab: TabDriver, name: str = "Head office") -> str:
    return tab.row(name).problem


def button(tab: TabDriver, name: str = "Head office") -> str:
    repair = tab.row(name).repair
    return repair.label if repair is not None else ""


def tone(tab: TabDriver, name: str = "Head office") -> Tone | None:
    assert tab.view.table is not None
    (cell,) = (row.cells[2] for row in tab.view.table.rows if row.label == name)
    return cell.tone


def use(site: Site, connection_id: ConnectionId) -> str:
    with site.session(connection_id) as session:
        return asked(session)


def in_vain(site: Site, connection_id: ConnectionId) -> ConnectionProblem:
    with pytest.raises(ConnectionProblem) as caught:
        use(site, connection_id)
    return caught.value


def tick(site: Site, seconds: float) -> None:
    """Let time pass at both sides."""
    site.host.clock.advance(seconds)
    site.xero.control.advance(seconds)


def clock_notices(tab: TabDriver) -> list[tuple[str, Tone]]:
    return [(notice.text, notice.tone) for notice in tab.view.notices if "clock" in notice.text]


def badge(site: Site) -> str:
    """The badge of the tab, once it was counted."""
    site.host.clock.advance(31)
    site.host.badge("Connections")
    site.host.tasks.join()
    return site.host.badge("Connections")


def test_a_new_connection_is_untested_until_it_is_used(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        connection_id = site.add(tab, "Head office")
        assert (status(tab), tone(tab), button(tab)) == ("Untested", Tone.NEUTRAL, "Test now")
        assert use(site, connection_id) == "Bakehouse Ltd"
        assert (status(tab), tone(tab), button(tab), cause(tab)) == ("Ready", Tone.GOOD, "", "")


def test_another_company_has_to_be_tried_anew(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        connection_id = site.add(tab, "Head office")
        use(site, connection_id)
        site.organisation = "harbour"
        tab.row("Head office")
        tab.press("Test")
        tab.continue_until("Test passed")
        tab.press("OK")
        tab.press("Edit")
        site.authorize(tab)
        tab.press("OK")
        tab.choose("Tenant", next(label for label in tab.options("Tenant") if label.startswith("Harbour")))
        tab.press("Save")
        tab.press("Save")
        site.host.stop()
        with site.make_host("host-a") as site.host:
            assert status(site.tab()) == "Untested"


def test_a_revoked_sign_in_is_told_with_its_cause_and_repaired_by_its_button(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        connection_id = site.add(tab, "Head office")
        use(site, connection_id)
        assert badge(site) == ""
        site.xero.control.revoke()
        tick(site, 3600)
        assert in_vain(site, connection_id).code == "REVOKED"
        assert (status(tab), tone(tab), button(tab)) == ("Needs sign-in", Tone.BAD, "Authorize again")
        assert "refused" in cause(tab)
        assert badge(site) == "1"
        tab.press("Authorize again")
        assert tab.titles == ["Connection Definition"]
        assert tab.focused == "Authorize"
        site.authorize(tab)
        tab.press("OK")
        tab.press("Save")
        assert badge(site) == ""
        assert use(site, connection_id) == "Bakehouse Ltd"
        assert status(tab) == "Ready"


def test_a_company_that_was_unlinked_at_xero_is_told_as_withdrawn(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        connection_id = site.add(tab, "Head office")
        site.xero.control.unlink("bakehouse")
        in_vain(site, connection_id)
        assert (status(tab), tone(tab), button(tab)) == ("Access withdrawn", Tone.BAD, "Authorize again")
        assert "Bakehouse Ltd" in cause(tab)
        assert badge(site) == "1"


def test_an_app_of_the_wrong_type_is_named_when_the_sign_in_is_renewed(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        connection_id = site.add(tab, "Head office")
        tick(site, 3600)
        site.xero.control.set_fault(TokenError(at="token", error="invalid_client", status=401, times=None))
        assert in_vain(site, connection_id).code == "APP_CONFIG"
        assert (status(tab), tone(tab), button(tab)) == ("Needs sign-in", Tone.BAD, "Check the app")
        assert "Mobile or desktop app" in cause(tab)
        tab.press("Check the app")
        assert (tab.titles, tab.focused) == (["Connection Definition"], "Xero Client ID")
        tab.press("Cancel")
        in_vain(site, connection_id)
        site.xero.control.clear()
        assert use(site, connection_id) == "Bakehouse Ltd"
        assert status(tab) == "Ready", "the sign-in was kept all the while"


PASSING: dict[str, HttpFault | Callable[[Site], None]] = {
    "the API is down": down(at="accounting"),
    "the API breaks": server_error(at="accounting", times=None),
    "an edge server refuses": edge_forbidden(at="accounting", times=None),
    "the connection breaks": Reset(at="accounting", times=None),
    "answers are cut off": CutOff(at="accounting", times=None),
    "too many calls this minute": RateLimited(at="accounting", times=None, retry_after=600),
    "too many calls today": RateLimited(at="accounting", times=None, problem="day", retry_after=7200),
    "renewing is down": down(at="token"),
    "renewing is throttled": RateLimited(at="token", times=None, retry_after=600),
    "renewing meets a portal": captive_portal(at="token", times=None),
    "renewing is refused for a reason unknown": TokenError(at="token", error="too_sunny", times=None),
    "Xero is gone": lambda site: site.xero.stop(),
}


@pytest.mark.parametrize("trouble", PASSING.values(), ids=PASSING)
@pytest.mark.parametrize("how", ["used", "tested"])
def test_trouble_that_passes_by_itself_never_turns_an_entry_red(
    tmp_path: Path, trouble: HttpFault | Callable[[Site], None], how: str
) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        connection_id = site.add(tab, "Head office")
        use(site, connection_id)
        tick(site, 3600)
        if callable(trouble):
            trouble(site)
        else:
            site.xero.control.set_fault(trouble)
        if how == "used":
            in_vain(site, connection_id)
        else:
            tab.row("Head office")
            tab.press("Test")
            tab.continue_until(lambda: tab.titles[-1:] != ["Testing"], patience=40.0)
            assert tab.titles[-1] in {"Not reached", "Test failed"}
            tab.press("OK")
        assert status(tab) in {"Unreachable", "Waiting", "Ready"}
        assert tone(tab) in {Tone.WAITING, Tone.GOOD}
        assert badge(site) == ""
        assert tab.filter("Needs attention").empty is not None
        tab.filter("All")
        if not site.xero.is_running:
            return
        site.xero.control.clear()
        tick(site, 7300)
        assert use(site, connection_id) == "Bakehouse Ltd"
        assert (status(tab), cause(tab)) == ("Ready", "")
        assert len(site.host.browser.addresses) == 1, "nobody had to sign in again"


def test_a_slow_xero_is_waited_for_and_at_worst_out_of_reach(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        connection_id = site.add(tab, "Head office")
        use(site, connection_id)
        tick(site, 3600)
        for place in ("token", "connections", "accounting"):
            site.xero.control.set_fault(Slow(at=place, times=None, seconds=0.7))
        with site.session(connection_id) as session, pytest.raises(ProviderUnavailable):
            session.http.get("Organisation", timeout=0.2)
        assert (status(tab), tone(tab), button(tab)) == ("Unreachable", Tone.WAITING, "Test again")
        assert badge(site) == ""
        tab.press("Test again")
        tab.continue_until("Test passed", patience=40.0)
        tab.press("OK")
        assert (status(tab), cause(tab)) == ("Ready", "")
        assert use(site, connection_id) == "Bakehouse Ltd"
        assert len(site.host.browser.addresses) == 1, "nobody had to sign in again"


def test_out_of_reach_says_since_when_and_offers_another_test(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        connection_id = site.add(tab, "Head office")
        site.xero.control.set_fault(down(at="accounting"))
        in_vain(site, connection_id)
        assert (status(tab), button(tab)) == ("Unreachable", "Test again")
        since = cause(tab)
        assert f"{site.host.clock.now():%H:%M} UTC" in since
        tick(site, 600)
        in_vain(site, connection_id)
        assert cause(tab) == since, "it is told since the first failure"
        site.xero.control.clear()
        tab.press("Test again")
        tab.continue_until("Test passed")
        tab.press("OK")
        assert status(tab) == "Ready"


def test_one_entry_out_of_reach_says_nothing_about_another(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        bakery = site.add(tab, "Bakery")
        site.organisation = "harbour"
        kiosk = site.add(tab, "Kiosk", "Harbour Coffee")
        use(site, kiosk)
        site.xero.control.set_fault(down(at="accounting"))
        in_vain(site, bakery)
        assert (status(tab, "Bakery"), status(tab, "Kiosk")) == ("Unreachable", "Ready")


def test_filters_leave_what_was_asked_for_in_any_search_and_order(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        bakery = site.add(tab, "Bakery")
        site.add(tab, "Branch")
        site.organisation = "harbour"
        kiosk = site.add(tab, "Kiosk", "Harbour Coffee")
        for one in (bakery, kiosk):
            use(site, one)
        site.xero.control.unlink("bakehouse")
        in_vain(site, bakery)
        assert tab.filters["Needs attention"] == 1
        tab.filter("Needs attention")
        assert tab.rows == ["Bakery"]
        tab.filter("Ready")
        assert tab.rows == ["Kiosk"]
        view = tab.search("bake")
        assert view.empty is not None
        assert "bake" in view.empty.text
        tab.search("")
        tab.filter("All")
        assert tab.rows == ["Bakery", "Branch", "Kiosk"]


def test_nothing_that_needs_attention_is_said_in_so_many_words(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        site.add(tab, "Head office")
        empty = tab.filter("Needs attention").empty
        assert empty is not None
        assert empty.title == "Nothing needs attention"
        assert empty.action is None
        tab.filter("All")
        assert tab.rows == ["Head office"]


def test_what_another_workstation_found_out_is_counted_at_the_next_look(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        connection_id = site.add(tab, "Head office")
        assert badge(site) == ""
        site.xero.control.unlink("bakehouse")
        with site.make_host("host-b") as other, pytest.raises(CaptureError):
            companies(other, connection_id)
        site.host.clock.advance(31)
        assert tab.filter("All").filters[1].count == 1
        assert site.host.badge("Connections") == "1"


def test_the_title_is_asked_for_without_any_work(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        site.add(site.tab(), "Head office")
        site.host.tasks.join()
        site.host.clock.advance(31)
        before = len(site.host.tasks.started)
        for _ in range(50):
            site.host.badge("Connections")
        assert len(site.host.tasks.started) <= before + 1


def test_a_clock_that_is_off_is_told_about_the_machine_and_costs_nothing(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        site.xero.control.advance(site.host.clock.now().timestamp() - site.xero.control.state().now)
        tab = site.tab()
        connection_id = site.add(tab, "Head office")
        assert clock_notices(tab) == []
        site.xero.control.advance(420)
        site.host.clock.advance(3600)
        site.xero.control.advance(3600)
        assert use(site, connection_id) == "Bakehouse Ltd"
        tab.search("")
        assert [tone for _, tone in clock_notices(tab)] == [Tone.WARNING]
        assert "7 minutes behind Xero’s" in clock_notices(tab)[0][0]
        assert status(tab) == "Ready"
        tab.row("Head office")
        tab.press("Test")
        tab.continue_until("Test passed")
        assert "7 minutes behind" in tab.facts["– Clock"]


def test_a_machine_without_the_key_is_told_how_to_get_it(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        site.add(site.tab(), "Head office")
        site.host.stop()
        key = tmp_path / "connections.key"
        kept = key.read_bytes()
        key.unlink()
        with site.make_host("host-a") as host:
            host.tasks.join()
            tab = host.tab("Connections")
            assert (status(tab), button(tab)) == ("Key missing", "How to get the key")
            tab.row("Head office")
            tab.press("How to get the key")
            assert tab.titles == ["The key of this machine"]
            assert any("passphrase" in note for note in tab.notes)
            key.touch(mode=0o600)
            key.write_bytes(kept)
            tab.press("Look again")
            tab.continue_until("The key of this machine")
            assert any("The key is there" in note for note in tab.notes)
            tab.press("Close")
            assert status(tab) == "Untested"
