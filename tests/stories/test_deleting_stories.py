"""Deleting with something chosen at Xero may take long: the window says so, and the entry goes whatever happens."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest

from hostspec import ConnectionNotFound
from hostspec.testing import TabDriver
from sample_host.xero_simulator.fault_presets import down
from sample_host.xero_simulator.faults import Slow
from tests.stories.capture_site import Site
from tests.stories.deletion_acts import DELETING, REVOKE, UNLINK, ask, delete, take_back


def deleting(site: Site, choice: str, at: Literal["connections", "revocation"]) -> TabDriver:
    """A window in which an entry is being deleted while Xero takes its time."""
    tab = site.tab()
    site.add(tab, "Head office")
    site.xero.control.set_fault(Slow(at=at, seconds=1.5))
    ask(tab, "Head office", choice)
    tab.press("Delete")
    assert tab.waiting.title == DELETING
    return tab


def test_a_slow_xero_is_waited_for_in_a_window_and_the_entry_is_gone_at_once_elsewhere(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = deleting(site, UNLINK, "connections")
        assert site.tab().rows == []
        tab.continue_until()
        assert tab.titles == []
        assert tab.rows == []
        assert site.xero.control.state().links == []


def test_housekeeping_takes_no_sign_in_away_from_a_deletion_that_still_revokes_it(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = deleting(site, REVOKE, "revocation")
        site.host.hooks.maintain(5.0)
        tab.continue_until()
        assert tab.titles == []
        assert all(grant.revoked for grant in site.xero.control.state().grants)
        site.host.tasks.join()
        assert [notice.title for notice in site.host.notifications.items] == []


def test_c39_another_program_that_starts_meanwhile_does_a_deletion_no_harm(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = deleting(site, REVOKE, "revocation")
        with site.make_host("host-b") as other:
            other.tasks.join()
        tab.continue_until()
        assert tab.titles == []
        assert all(grant.revoked for grant in site.xero.control.state().grants)
        take_back(tab, "Head office")
        assert tab.cell("Head office", "Status") == "Needs sign-in"


def test_c39_a_revocation_that_is_impossible_now_is_told_and_done_later_and_the_entry_never_comes_back(
    tmp_path: Path,
) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        connection_id = site.add(tab, "Head office")
        site.xero.control.set_fault(down(at="revocation"))
        delete(tab, "Head office", REVOKE)
        assert "deleted here" in tab.message.text
        assert "stays sealed here" in tab.message.text
        tab.press("OK")
        assert tab.rows == []
        assert not any(grant.revoked for grant in site.xero.control.state().grants)
        site.host.stop()
        site.xero.control.clear()
        with site.make_host("host-a") as site.host:
            site.host.tasks.join()
            site.host.hooks.maintain(5.0)
            site.host.tasks.join()
            assert all(grant.revoked for grant in site.xero.control.state().grants)
            assert site.tab().rows == []
            with pytest.raises(ConnectionNotFound):
                site.host.hooks.open_session(connection_id)


def test_a_window_closed_before_the_end_is_told_what_could_not_be_done(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = deleting(site, UNLINK, "connections")
        site.xero.control.set_fault(down(at="connections"))
        tab.press("Close")
        assert tab.titles == []
        assert site.host.notifications.wait_beyond(0, 10)
        (said,) = site.host.notifications
        assert said.title == "Connection deleted"
        assert "is unlinked as soon as Xero answers" in said.text
        assert site.tab().rows == []


def test_an_entry_deleted_during_its_edit_is_told_where_it_was_edited(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        site.add(tab, "Head office")
        tab.row("Head office")
        tab.press("Edit")
        tab.fill("Display name", "Headquarters")
        other = site.tab(tab.origin.model_copy(update={"window_id": "window-9"}))
        other.row("Head office")
        other.press("Delete")
        other.press("Delete")
        tab.press("Save")
        assert "deleted this connection" in tab.dialog.problem
        assert tab.value("Display name") == "Headquarters"
        tab.press("Cancel")
        tab.press("Discard")
        assert tab.rows == []


def test_an_entry_deleted_while_it_is_authorized_again_stays_deleted(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        site.add(tab, "Head office")
        site.decide = site.ignore
        tab.row("Head office")
        tab.press("Edit")
        site.press_authorize(tab)
        other = site.tab(tab.origin.model_copy(update={"window_id": "window-9"}))
        other.row("Head office")
        other.press("Delete")
        other.press("Delete")
        site.allow(tab.waiting.address)
        tab.continue_until()
        tab.press("OK")
        tab.press("Save")
        assert "deleted this connection" in tab.dialog.problem
        assert site.tab().rows == []
