"""What Xero cannot be asked for now is done later, where everybody sees it, and never to what is in use by then."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from hostspec.errors import SignInNeeded
from hostspec.testing import FakeClock, FakeHost, TabDriver
from hostspec.value import Tone
from sample_host.xero_simulator.fault_presets import down
from sample_host.xero_simulator.faults import TokenError
from tests.stories.capture_site import Site
from tests.stories.deletion_acts import REVOKE, UNLINK, delete, open_bin, take_back
from tests.stories.test_lasting_sign_ins import DAY, kept_grants

WAITS = "Unlinking Bakehouse Ltd at Xero: waiting since"


def look_after(host: FakeHost, seconds: float = 120.0) -> None:
    """A while later, the host looks after things."""
    host.clock.advance(seconds)
    host.hooks.maintain(5.0)
    host.tasks.join()


def said(host: FakeHost) -> list[tuple[str, Tone]]:
    return [(notice.title, notice.tone) for notice in host.notifications.items if "nlinked" in notice.title]


def waiting(tab: TabDriver) -> list[str]:
    """What the tab says about things that wait for Xero."""
    return [notice.text for notice in tab.view.notices if "at Xero" in notice.text]


def deleted_during_an_outage(site: Site) -> TabDriver:
    """A connection was deleted and its company is still to be unlinked."""
    tab = site.tab()
    site.add(tab, "Head office")
    site.xero.control.set_fault(down(at="connections"))
    delete(tab, "Head office", UNLINK)
    assert "is unlinked as soon as Xero answers" in tab.message.text
    assert "Connected apps" in tab.message.text
    tab.press("OK")
    return tab


def test_an_unlinking_that_waits_is_seen_and_then_done_and_told_once(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = deleted_during_an_outage(site)
        (told,) = waiting(tab)
        assert told.startswith(WAITS)
        open_bin(tab)
        assert WAITS in tab.dialog.model_dump_json()
        tab.press("Close")
        look_after(site.host)
        assert len(site.xero.control.state().links) == 1
        assert said(site.host) == []
        site.xero.control.clear()
        look_after(site.host)
        assert site.xero.control.state().links == []
        look_after(site.host)
        assert said(site.host) == [("Company unlinked", Tone.GOOD)]
        assert waiting(site.tab()) == []


def test_another_program_finishes_it_when_the_first_one_has_ended(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        deleted_during_an_outage(site)
        site.host.stop()
        site.xero.control.clear()
        with site.make_host("host-b") as site.host:
            look_after(site.host)
            assert site.xero.control.state().links == []
            assert said(site.host) == [("Company unlinked", Tone.GOOD)]


def test_two_programs_at_it_do_no_harm_and_one_of_them_tells(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        deleted_during_an_outage(site)
        with site.make_host("host-b") as other:
            other.tasks.join()
            site.xero.control.clear()
            for host in (site.host, other):
                host.clock.advance(300)
                host.hooks.maintain(5.0)
            for host in (site.host, other):
                host.tasks.join()
            assert site.xero.control.state().links == []
            assert said(site.host) + said(other) == [("Company unlinked", Tone.GOOD)]


def test_a_company_that_is_added_again_meanwhile_stays_linked(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = deleted_during_an_outage(site)
        site.xero.control.clear()
        second = site.add(tab, "Bakery")
        assert waiting(tab) == []
        look_after(site.host)
        assert len(site.xero.control.state().links) == 1
        assert said(site.host) == [("Company not unlinked", Tone.WARNING)]
        look_after(site.host, 2 * DAY)
        with site.session(second) as session:
            assert session.http.get("Organisation").status_code == 200


def test_a_company_whose_connection_is_taken_back_stays_linked(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = deleted_during_an_outage(site)
        site.xero.control.clear()
        take_back(tab, "Head office")
        assert waiting(tab) == []
        look_after(site.host, 2 * DAY)
        assert len(site.xero.control.state().links) == 1


def test_somebody_who_signs_in_again_elsewhere_and_has_not_saved_yet_keeps_the_company(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        deleted_during_an_outage(site)
        later = FakeClock(site.host.clock.now() + timedelta(minutes=1), auto_advance=True)
        with site.make_host("host-b", clock=later) as other:
            other.tasks.join()
            site.xero.control.clear()
            there = other.tab("Connections")
            site.fill_definition(there, "Bakery")
            site.authorize(there)
            there.press("OK")
            look_after(site.host)
            assert len(site.xero.control.state().links) == 1
            there.press("Save")
            assert there.titles == []


def test_a_sign_in_that_is_gone_by_then_is_told_with_what_to_do(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        deleted_during_an_outage(site)
        site.xero.control.clear()
        site.xero.control.revoke()
        site.host.clock.advance(3600)
        look_after(site.host)
        assert said(site.host) == [("Company not unlinked", Tone.WARNING)]
        (notice,) = [one for one in site.host.notifications.items if "nlinked" in one.title]
        assert "Connected apps" in notice.text


def test_the_sign_in_of_a_wiped_connection_is_kept_until_its_company_is_unlinked(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        deleted_during_an_outage(site)
        look_after(site.host, 8 * DAY)
        assert kept_grants(tmp_path) == 1
        site.xero.control.clear()
        look_after(site.host)
        assert site.xero.control.state().links == []
        look_after(site.host, 2 * DAY)
        assert kept_grants(tmp_path) == 0


def test_a_revocation_that_waits_is_seen_and_ends_what_else_was_to_be_unlinked(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = deleted_during_an_outage(site)
        site.xero.control.clear()
        site.organisation = "harbour"
        site.add(tab, "Kiosk", "Harbour Coffee")
        site.xero.control.set_fault(down(at="connections"))
        site.xero.control.set_fault(down(at="revocation"))
        delete(tab, "Kiosk", REVOKE)
        tab.press("OK")
        assert "And 1 more." in waiting(tab)[0]
        open_bin(tab)
        assert "Revoking the sign-in" in tab.dialog.model_dump_json()
        tab.press("Close")
        site.xero.control.clear()
        look_after(site.host)
        look_after(site.host)
        assert all(grant.revoked for grant in site.xero.control.state().grants)
        assert waiting(site.tab()) == []
        assert ("Company not unlinked", Tone.WARNING) not in said(site.host)


def test_entries_of_a_sign_in_that_is_still_to_be_revoked_are_out_of_use_at_once(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        site.add(tab, "Head office")
        site.organisation = "harbour"
        kiosk = site.add(tab, "Kiosk", "Harbour Coffee")
        with site.session(kiosk) as session:
            assert session.http.get("Organisation").status_code == 200
        site.xero.control.set_fault(down(at="revocation"))
        delete(tab, "Head office", REVOKE)
        tab.press("OK")
        assert tab.cell("Kiosk", "Status") == "Needs sign-in"
        with pytest.raises(SignInNeeded):
            site.host.hooks.open_session(kiosk)
        site.xero.control.clear()
        look_after(site.host)
        assert all(grant.revoked for grant in site.xero.control.state().grants)
        assert tab.cell("Kiosk", "Status") == "Needs sign-in"


def test_a_revocation_that_xero_will_not_do_ends_the_sign_in_here_for_all_its_entries(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        site.add(tab, "Head office")
        site.organisation = "harbour"
        site.add(tab, "Kiosk", "Harbour Coffee")
        site.xero.control.set_fault(TokenError(at="revocation", error="unsupported_token_type", times=None))
        delete(tab, "Head office", REVOKE)
        assert "could not be revoked" in tab.message.text
        assert "Connected apps" in tab.message.text
        tab.press("OK")
        assert tab.cell("Kiosk", "Status") == "Needs sign-in"
        assert waiting(site.tab()) == []
