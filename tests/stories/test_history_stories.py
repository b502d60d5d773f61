"""The history, as an administrator sees it: who did what, signed in as whom, and what came of it."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from hostspec.errors import AccessWithdrawn, NotAllowed, SignInNeeded
from hostspec.forms import TableField
from hostspec.hosting.form_values import fields_of
from hostspec.permissions import Permission
from hostspec.testing import TabDriver
from hostspec.ui import Origin
from hostspec.value import UserId
from tests.canaries import find_marks
from tests.stories.capture_site import Site

DAY = 24 * 3600.0
GRACE = Origin(user_id=UserId("grace"), user_name="Grace Auditor", window_id="window-2", is_local=True)


def opened(site: Site, row: str | None = None, origin: Origin | None = None) -> TabDriver:
    tab = site.tab(origin)
    if row is not None:
        tab.row(row)
    tab.press("History")
    return tab


def events(tab: TabDriver) -> list[dict[str, str]]:
    table = next(field for field in fields_of(tab.dialog.form) if isinstance(field, TableField))
    labels = [column.label for column in table.columns]
    return [dict(zip(labels, (cell.text for cell in row.cells), strict=True)) for row in table.rows]


def told(tab: TabDriver) -> list[tuple[str, str]]:
    """What happened to whom, oldest first, but for what goes on by itself."""
    own = [event for event in events(tab) if "Unattended" not in event["Who"]]
    return [(event["What"], event["Connection"]) for event in reversed(own)]


def test_the_history_says_who_added_changed_and_signed_in_where_and_as_whom(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        site.fill_definition(tab, "Head office")
        tab.fill("Additional scopes", "openid profile email")
        site.authorize(tab)
        tab.press("OK")
        tab.press("Save")
        tab.row("Head office")
        tab.press("Edit")
        tab.fill("Display name", "Main office")
        tab.press("Save")
        history = opened(site)
        assert told(history) == [("Signed in", "New connection"), ("Added", "Head office"), ("Changed", "Main office")]
        changed = events(history)[0]
        assert changed["Who"] == "Ada Admin, Workstation host-a"
        assert changed["Signed in as"] == "Ada Keeper"
        assert changed["What came of it"] == "The name is Main office now; it was Head office."
        assert "Access was allowed to Bakehouse Ltd." in events(history)[2]["What came of it"]


def test_a_sign_in_that_failed_says_why_and_one_that_was_given_up_is_no_failure(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        site.fill_definition(tab, "Head office")
        site.decide = site.deny
        site.authorize(tab)
        tab.press("OK")
        site.decide = site.ignore
        site.press_authorize(tab)
        tab.press("Cancel")
        site.host.tasks.join()
        history = opened(site)
        given_up, refused = events(history)
        assert (refused["What"], given_up["What"]) == ("Sign-in failed", "Sign-in failed")
        assert "You did not allow access." in refused["What came of it"]
        assert "was cancelled" in given_up["What came of it"]


def test_the_history_opens_at_the_selected_entry_and_can_show_all(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        site.add(site.tab(), "Head office")
        site.add(site.tab(), "Bakery")
        history = opened(site, "Bakery")
        assert history.value("Connection") == site_id(history, "Bakery")
        assert told(history) == [("Added", "Bakery")]
        history.choose("Connection", "All connections")
        assert [name for _, name in told(history)].count("Head office") == 1


def site_id(tab: TabDriver, label: str) -> str:
    field = tab.field("Connection")
    assert field.kind == "choice"
    return next(option.value for option in field.options if option.label == label)


def test_what_was_done_is_found_by_kind_person_and_period(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        site.add(site.tab(), "Head office")
        site.host.permissions.allow(GRACE.user_id)
        site.host.clock.advance(10 * DAY)
        site.add(site.tab(GRACE), "Bakery")
        history = opened(site)
        history.choose("What", "Sign-ins")
        assert told(history) == [("Signed in", "New connection")] * 2
        history.choose("Who", "Grace Auditor")
        assert len(events(history)) == 1
        history.choose("What", "Everything")
        assert told(history) == [("Signed in", "New connection"), ("Added", "Bakery")]
        history.choose("Who", "Everyone")
        history.choose("When", "The last 7 days")
        assert ("Added", "Head office") not in told(history)
        history.choose("What", "Deletions")
        assert events(history) == []


def test_the_file_holds_everything_that_matches_and_no_formula(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        site.add(site.tab(), "=HYPERLINK(0)")
        site.add(site.tab(), "Bakery")
        history = opened(site)
        history.choose("What", "Changes")
        history.press("Export as CSV")
        if history.titles[-1] == "Exporting the history":
            history.continue_until()
        handed = history.downloads[-1]
        assert handed.file_name == f"connection-history-{site.host.clock.now():%Y-%m-%d}.csv"
        lines = list(csv.DictReader(io.StringIO(handed.text.removeprefix("\ufeff"), newline="")))
        assert [(line["What"], line["Connection"]) for line in lines] == [
            ("Added", "Bakery"),
            ("Added", "'=HYPERLINK(0)"),
        ]
        assert {line["User"] for line in lines} == {"Ada Admin"}
        assert {line["Host"] for line in lines} == {"Workstation host-a"}
        assert history.titles == ["History"]


def test_the_details_of_an_entry_end_with_what_happened_last(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        site.add(tab, "Head office")
        for name in ("Office 1", "Office 2", "Office 3", "Office 4", "Office 5", "Office 6"):
            tab.row(tab.rows[0])
            tab.press("Edit")
            tab.fill("Display name", name)
            tab.press("Save")
        tab.row("Office 6")
        tab.press("Details")
        facts = [fact.text for field in fields_of(tab.dialog.form) if field.kind == "facts" for fact in field.facts]
        latest = [text for text in facts if "Changed (Ada Admin)" in text]
        assert len(latest) == 5
        assert latest[0].endswith("The name is Office 6 now; it was Office 5.")


def test_whoever_may_look_sees_the_history_and_whoever_may_not_does_not(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        site.add(site.tab(), "Head office")
        site.host.permissions.allow(GRACE.user_id, Permission.VIEW)
        history = opened(site, origin=GRACE)
        assert ("Added", "Head office") in told(history)
        history.press("Close")
        site.host.permissions.deny(GRACE.user_id, Permission.VIEW)
        history.press("History")
        assert isinstance(history.error, NotAllowed)


def test_hosts_of_one_list_share_its_history(tmp_path: Path) -> None:
    with Site(tmp_path) as site, site.make_host("host-b") as other:
        site.add(site.tab(), "Head office")
        site.host.tasks.join()
        history = other.tab("Connections")
        history.press("History")
        assert events(history)[0]["Who"] == "Ada Admin, Workstation host-a"


def test_the_end_of_a_sign_in_is_told_once_with_its_cause_however_many_hosts_find_it_out(tmp_path: Path) -> None:
    with Site(tmp_path) as site, site.make_host("host-b", clock=site.host.clock) as other:
        connection_id = site.add(site.tab(), "Head office")
        site.xero.control.revoke()
        site.host.clock.advance(3600)
        for host in (site.host, other, site.host):
            with pytest.raises(SignInNeeded):
                host.hooks.open_session(connection_id)
            host.tasks.join()
        history = opened(site, "Head office")
        ended = [event for event in events(history) if event["What"] == "Sign-in ended"]
        assert len(ended) == 1
        assert "Unattended" in ended[0]["Who"]
        assert ended[0]["What came of it"].startswith("The sign-in is refused")


def test_renewals_are_recorded_once_a_day_and_their_failures_and_recoveries_each(tmp_path: Path) -> None:
    with Site(tmp_path, settings={"test_every_days": "0", "keep_alive_days": "0"}) as site:
        connection_id = site.add(site.tab(), "Head office")
        for _ in range(3):
            site.host.clock.advance(3600)
            site.session(connection_id).close()
        site.host.tasks.join()
        history = opened(site)
        history.choose("What", "Renewals")
        assert [event["What"] for event in events(history)] == ["Sign-in renewed"]
        assert events(history)[0]["Connection"] == "Head office"


def test_old_events_are_wiped_and_of_many_the_oldest(tmp_path: Path) -> None:
    with Site(tmp_path, settings={"history_days": "30"}) as site:
        site.add(site.tab(), "Head office")
        site.host.clock.advance(31 * DAY)
        site.host.hooks.maintain(5.0)
        site.host.tasks.join()
        history = opened(site)
        assert ("Added", "Head office") not in told(history)


def test_a_deleted_entry_stays_in_the_history(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        site.add(tab, "Head office")
        tab.row("Head office")
        tab.press("Delete")
        tab.press("Delete")
        history = opened(site)
        history.choose("Connection", "Head office")
        assert [what for what, _ in told(history)] == ["Added", "Deleted"]


def test_trouble_that_is_found_out_again_and_again_is_told_once(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        connection_id = site.add(site.tab(), "Head office")
        site.xero.control.unlink("bakehouse")
        for _ in range(3):
            with site.session(connection_id) as session, pytest.raises(AccessWithdrawn):
                session.http.get("Organisation")
        tab = site.tab()
        tab.row("Head office")
        tab.press("Edit")
        site.authorize(tab)
        tab.press("OK")
        tab.press("Save")
        with site.session(connection_id) as session:
            assert session.http.get("Organisation").status_code == 200
        history = opened(site, "Head office")
        history.choose("What", "Tests and troubles")
        assert [event["What"] for event in events(history)].count("Trouble found") == 1
        found = next(event for event in events(history) if event["What"] == "Trouble found")
        assert "Bakehouse Ltd" in found["What came of it"]


def test_nothing_secret_gets_into_the_history_nor_into_its_file(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        connection_id = site.add(site.tab(), "Head office")
        site.host.clock.advance(3600)
        site.session(connection_id).close()
        site.xero.control.revoke()
        site.host.clock.advance(3600)
        with pytest.raises(SignInNeeded):
            site.host.hooks.open_session(connection_id)
        site.host.tasks.join()
        history = opened(site)
        kinds = {event["What"] for event in events(history)}
        assert {"Signed in", "Added", "Sign-in renewed", "Sign-in ended"} <= kinds
        history.press("Export as CSV")
        if history.titles[-1] == "Exporting the history":
            history.continue_until()
        assert find_marks(history.downloads[-1].text) == []
        assert find_marks(str(events(history))) == []
