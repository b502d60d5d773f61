"""A deleted connection can be taken back for a while: unusable meanwhile, the same afterwards, wiped in the end."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from hostspec import ConnectionNotFound
from hostspec.connections import ChangeKind, ChoiceQuery, HttpSession
from hostspec.permissions import Permission
from hostspec.testing import Disabled, FakeClock, TabDriver
from hostspec.value import ConnectionId
from tests.stories.capture_site import Site
from tests.stories.deletion_acts import BIN, CHOICE, REVOKE, UNLINK, ask, delete, open_bin, take_back, wipe
from tests.stories.test_lasting_sign_ins import DAY, kept_grants

CAFE = "Harbour Coffee"


def second_company(site: Site, tab: TabDriver, name: str) -> ConnectionId:
    """One more entry of the same sign-in, for another company."""
    site.organisation = "harbour"
    return site.add(tab, name, CAFE)


def a_minute_later(site: Site) -> FakeClock:
    """The clock of a workstation that starts a minute from now."""
    return FakeClock(site.host.clock.now() + timedelta(minutes=1), auto_advance=True)


def look_after(site: Site, days: float) -> None:
    """So much time goes by, and the host looks after things."""
    site.host.clock.advance(days * DAY)
    site.host.hooks.maintain(5.0)
    site.host.tasks.join()


def test_a_deleted_connection_is_out_of_reach_and_its_name_is_free(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        connection_id = site.add(tab, "Head office")
        delete(tab, "Head office")
        assert tab.rows == []
        assert site.host.hooks.connection_choices(ChoiceQuery()).items == ()
        with pytest.raises(ConnectionNotFound, match=r"Head office was deleted by Ada Admin on .*can take it back"):
            site.host.hooks.open_session(connection_id)
        second = site.add(tab, "Head office")
        assert second != connection_id


@pytest.mark.parametrize("deleted_by", ["this program", "another one"])
def test_an_open_session_ends_at_its_next_use_when_its_connection_is_deleted(tmp_path: Path, deleted_by: str) -> None:
    with Site(tmp_path) as site, site.make_host("host-b") as other:
        connection_id = site.add(site.tab(), "Head office")
        with site.session(connection_id) as session:
            assert session.http.get("Organisation").status_code == 200
            host = site.host if deleted_by == "this program" else other
            tab = host.tab("Connections")
            delete(tab, "Head office")
            asked = site.xero.control.state().requests["accounting"]
            for _ in range(2):
                with pytest.raises(ConnectionNotFound, match=r"Head office was deleted by Ada Admin on"):
                    session.http.get("Organisation")
            assert site.xero.control.state().requests["accounting"] == asked, "nothing was sent"
            take_back(tab, "Head office")
            assert session.http.get("Organisation").status_code == 200


def test_a_connection_taken_back_is_the_one_it_was(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        connection_id = site.add(tab, "Head office")
        delete(tab, "Head office")
        site.host.clock.advance(6.9 * DAY)
        site.host.hooks.maintain(5.0)
        open_bin(tab)
        row = tab.table_row("Head office")
        assert (row["Tenant"], row["Deleted by"]) == ("Bakehouse Ltd", "Ada Admin")
        tab.press_in_row("Head office", "Recover")
        assert tab.titles == []
        assert tab.rows == ["Head office"]
        assert tab.selected == connection_id
        with site.session(connection_id) as session:
            assert session.http.get("Organisation").status_code == 200
        kinds = [change.kind for change in site.host.connection_changes.items if connection_id in change.connection_ids]
        assert [kind for kind in kinds if kind is not ChangeKind.CHANGED] == [
            ChangeKind.ADDED,
            ChangeKind.REMOVED,
            ChangeKind.ADDED,
        ]
        assert len(site.host.browser.addresses) == 1, "nobody has to sign in again"


def test_a_name_that_was_taken_meanwhile_is_asked_for_anew(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        connection_id = site.add(tab, "Head office")
        delete(tab, "Head office")
        site.add(tab, "Head office")
        take_back(tab, "Head office")
        assert tab.dialog.title == "Recover under another name"
        assert "by now" in tab.error_at("Display name")
        assert tab.value("Display name") == "Head office (recovered)"
        tab.fill("Display name", " head OFFICE ")
        tab.press("Recover")
        assert "by now" in tab.error_at("Display name")
        tab.fill("Display name", "")
        tab.press("Recover")
        assert "Enter a name" in tab.error_at("Display name")
        tab.fill("Display name", "Old office")
        tab.press("Recover")
        assert tab.rows == ["Head office", "Old office"]
        assert tab.cell("Old office", "Tenant") == "Bakehouse Ltd"
        with site.session(connection_id) as session:
            assert session.connection.display_name == "Old office"


def test_after_its_week_a_deleted_connection_is_wiped_with_its_sign_in(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        connection_id = site.add(tab, "Head office")
        delete(tab, "Head office")
        look_after(site, 6.9)
        assert kept_grants(tmp_path) == 1
        look_after(site, 0.2)
        assert kept_grants(tmp_path) == 0
        open_bin(tab)
        assert tab.table_rows() == []
        with pytest.raises(ConnectionNotFound) as gone:
            site.host.hooks.open_session(connection_id)
        assert "deleted by" not in str(gone.value)
        assert len(site.xero.control.state().links) == 1, "nothing changes at Xero"


def test_wiping_at_once_asks_first_and_takes_what_is_ticked(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        site.add(tab, "Head office")
        second_company(site, tab, "Kiosk")
        delete(tab, "Head office")
        delete(tab, "Kiosk")
        open_bin(tab)
        tab.press("Wipe ticked now")
        assert "Tick" in tab.dialog.problem
        tab.press("Close")
        wipe(tab, "Head office")
        assert tab.table_rows() == ["Kiosk"]
        assert kept_grants(tmp_path) == 1, "the other one may be taken back"
        tab.press("Close")
        wipe(tab, "Kiosk")
        assert kept_grants(tmp_path) == 0
        assert tab.table_rows() == []


def test_a_connection_wiped_in_another_window_is_not_taken_back(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        site.add(tab, "Head office")
        delete(tab, "Head office")
        open_bin(tab)
        other = site.tab(tab.origin.model_copy(update={"window_id": "window-9"}))
        wipe(other, "Head office")
        tab.press_in_row("Head office", "Recover")
        assert tab.error is not None
        assert "wiped or taken back meanwhile" in str(tab.error)
        tab.press("OK")
        assert site.tab().rows == []


def test_an_installation_may_wipe_at_once(tmp_path: Path) -> None:
    with Site(tmp_path, settings={"keep_deleted_days": "0"}) as site:
        tab = site.tab()
        site.add(tab, "Head office")
        ask(tab, "Head office")
        assert "removed for good" in tab.dialog.model_dump_json()
        tab.press("Delete")
        assert kept_grants(tmp_path) == 0
        open_bin(tab)
        assert tab.table_rows() == []


def test_only_those_who_may_change_connections_see_what_was_deleted(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        site.add(tab, "Head office")
        delete(tab, "Head office")
        site.host.permissions.deny(tab.origin.user_id, Permission.MANAGE)
        guest = site.tab(tab.origin.model_copy(update={"window_id": "window-9"}))
        with pytest.raises(Disabled, match="Ask an administrator"):
            guest.press(BIN)


def test_revoking_tells_whose_sign_in_it_ends_and_who_needs_it(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        site.add(tab, "Head office")
        kiosk = second_company(site, tab, "Kiosk")
        site.use(kiosk, profile="Invoices Hull")
        ask(tab, "Head office", REVOKE)
        assert "Kiosk" in tab.field(CHOICE).hint
        assert "Kiosk stops working. Used by Invoices Hull." in tab.dialog.model_dump_json()
        tab.choose(CHOICE, "Remove here only")
        assert "stops working" not in tab.dialog.model_dump_json()
        tab.choose(CHOICE, REVOKE)
        tab.press("Delete")
        assert tab.message.title == "Stop connections in use?"
        assert "Invoices Hull" in tab.message.text
        tab.press("Cancel")
        tab.press("Cancel")
        assert tab.rows == ["Head office", "Kiosk"]
        assert not any(grant.revoked for grant in site.xero.control.state().grants)


def test_a_revoked_sign_in_is_told_on_every_entry_that_it_served_and_one_new_sign_in_repairs_them(
    tmp_path: Path,
) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        site.add(tab, "Head office")
        kiosk = second_company(site, tab, "Kiosk")
        delete(tab, "Head office", REVOKE)
        assert tab.titles == []
        assert all(grant.revoked for grant in site.xero.control.state().grants)
        assert tab.cell("Kiosk", "Status") == "Needs sign-in"
        assert "revoked here by Ada Admin on" in tab.row("Kiosk").problem
        take_back(tab, "Head office")
        assert tab.cell("Head office", "Status") == "Needs sign-in"
        assert "revoked here by Ada Admin on" in tab.row("Head office").problem
        tab.row("Kiosk")
        tab.press("Edit")
        site.authorize(tab)
        tab.press("OK")
        tab.press("Save")
        with site.session(kiosk) as session:
            assert session.http.get("Organisation").status_code == 200
        assert "revoked here" not in tab.row("Kiosk").problem


def test_a_company_unlinked_with_its_connection_is_told_when_that_is_taken_back(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        site.add(tab, "Head office")
        delete(tab, "Head office", UNLINK)
        assert site.xero.control.state().links == []
        take_back(tab, "Head office")
        assert tab.cell("Head office", "Status") == "Access withdrawn"
        assert "unlinked at Xero by Ada Admin on" in tab.row("Head office").problem


def test_a_use_that_begins_while_the_question_is_open_keeps_the_entry(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        connection_id = site.add(tab, "Head office")
        ask(tab, "Head office", REVOKE)
        site.use(connection_id, profile="Invoices Leeds", enabled=False)
        tab.press("Delete")
        tab.continue_until(lambda: tab.titles[-1:] != ["Deleting the connection"])
        assert tab.message.title == "This connection is in use"
        assert "Invoices Leeds" in tab.message.text
        tab.press("Switch…")
        assert tab.usage_subject.subject_id == connection_id
        assert not any(grant.revoked for grant in site.xero.control.state().grants)


def test_a_sign_in_of_another_workstation_that_nobody_saved_yet_survives_the_wiping_of_the_only_entry(
    tmp_path: Path,
) -> None:
    with Site(tmp_path, settings={"keep_deleted_days": "0"}) as site:
        here = site.tab()
        site.add(here, "Head office")
        with site.make_host("host-b", clock=a_minute_later(site)) as other:
            there = other.tab("Connections")
            site.fill_definition(there, "Kiosk")
            site.authorize(there)
            there.press("OK")
            there.choose("Tenant", there.options("Tenant")[0])
            delete(here, "Head office")
            there.press("Save")
            assert there.titles == []
            assert "Kiosk" in there.rows
            with other.hooks.open_session(ConnectionId(there.results[-1].subject_id)) as session:
                assert isinstance(session, HttpSession)
                assert session.http.get("Organisation").status_code == 200


def test_a_sign_in_that_nobody_saved_after_all_is_wiped_a_day_later(tmp_path: Path) -> None:
    with Site(tmp_path, settings={"keep_deleted_days": "0"}) as site:
        here = site.tab()
        site.add(here, "Head office")
        with site.make_host("host-b", clock=a_minute_later(site)) as other:
            there = other.tab("Connections")
            site.fill_definition(there, "Kiosk")
            site.authorize(there)
            there.press("OK")
            delete(here, "Head office")
            there.press("Cancel")
            there.press("Discard")
        look_after(site, 1.1)
        assert kept_grants(tmp_path) == 0


def test_the_history_says_who_deleted_took_back_and_wiped(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        site.add(tab, "Head office")
        delete(tab, "Head office", UNLINK)
        take_back(tab, "Head office")
        delete(tab, "Head office")
        wipe(tab, "Head office")
        tab.press("Close")
        tab.press("History")
        told = [tab.dialog.model_dump_json().count(f'"text":"{word}"') for word in ("Deleted", "Recovered", "Wiped")]
        assert told == [2, 1, 1]
        assert "Unlink this company at Xero." in tab.dialog.model_dump_json()
