"""After a repair: batches that failed on an entry are listed and handed back, in one click."""

from pathlib import Path

import pytest

from hostspec.errors import SignInNeeded
from hostspec.permissions import Permission
from hostspec.testing import ADMINISTRATOR, TabDriver
from hostspec.usages import CONNECTION_KIND, Subject
from hostspec.value import ConnectionId
from tests.stories.capture_site import Site

PROBLEM = "Sign in again. Nothing was posted."


def subject(connection_id: ConnectionId) -> Subject:
    return Subject(kind=CONNECTION_KIND, subject_id=connection_id)


def fail(site: Site, connection_id: ConnectionId, *batch_ids: str) -> None:
    """Let batches fail on an entry, and let everyone hear of it."""
    for batch_id in batch_ids:
        site.host.profiles.batches.fail(
            batch_id, subject(connection_id), profile=f"Invoices {batch_id}", documents=3, problem=PROBLEM
        )
    look(site)


def look(site: Site) -> None:
    """Let the plugin look around, as it does each minute."""
    site.host.hooks.maintain(5.0)
    site.host.tasks.join()


def broken(site: Site, *batch_ids: str) -> tuple[TabDriver, ConnectionId]:
    """An entry whose sign-in was revoked, and batches that failed by it."""
    tab = site.tab()
    connection_id = site.add(tab, "Head office")
    site.xero.control.revoke(user="ada")
    site.host.clock.advance(3600)
    with pytest.raises(SignInNeeded):
        site.session(connection_id)
    fail(site, connection_id, *batch_ids)
    return tab, connection_id


def repaired(site: Site, tab: TabDriver) -> None:
    """Sign in again and save."""
    tab.row("Head office")
    tab.press("Edit")
    site.authorize(tab)
    tab.press("OK")
    tab.press("Save")


def notices(tab: TabDriver) -> list[str]:
    _ = tab.search("")
    return [notice.text for notice in tab.view.notices if "to be run again" in notice.text]


def results(tab: TabDriver) -> dict[str, str]:
    return {label: tab.table_row(label)["Result"] for label in tab.table_rows()}


def test_saving_a_repaired_entry_offers_its_failed_batches_and_one_click_runs_them(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab, connection_id = broken(site, "York", "Leeds")
        assert notices(tab) == [], "running them now would fail again"
        repaired(site, tab)
        assert tab.titles[-1] == "Run failed batches again"
        assert "Head office works. 2 batches failed on it before" in tab.dialog.intro
        assert tab.ticked() == ["Invoices Leeds, Xero migration", "Invoices York, Xero migration"]
        assert tab.table_row("Invoices York, Xero migration")["Cause"] == PROBLEM
        tab.press("Run again")
        assert set(site.host.profiles.batches.started) == {"York", "Leeds"}
        assert set(results(tab).values()) == {"Started"}
        tab.press("Close")
        assert tab.titles == []
        assert tab.results[-1].subject_id == connection_id, "who opened the definition still gets what was saved"
        assert tab.cell("Head office", "Status") == "Ready"


def test_a_repair_without_failed_batches_just_closes(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab, connection_id = broken(site)
        repaired(site, tab)
        assert tab.titles == []
        assert tab.results[-1].subject_id == connection_id


def test_not_now_keeps_a_notice_that_leads_back_to_them(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab, _ = broken(site, "York", "Leeds", "Hull")
        repaired(site, tab)
        tab.press("Not now")
        look(site)
        assert "3 batches failed on Head office and wait to be run again." in notices(tab)
        tab.press("Show them")
        tab.tick_row("Invoices Hull, Xero migration", on=False)
        tab.press("Run again")
        assert set(site.host.profiles.batches.started) == {"York", "Leeds"}
        tab.press("Close")
        look(site)
        assert "1 batch failed on Head office and waits to be run again." in notices(tab)


def test_the_notice_is_there_after_a_restart_and_gone_when_nothing_waits(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab, connection_id = broken(site)
        repaired(site, tab)
        with site.make_host("host-b", clock=site.host.clock) as second:
            second.profiles.batches.fail("York", subject(connection_id), profile="Invoices York", problem=PROBLEM)
            second.hooks.maintain(5.0)
            second.tasks.join()
            other = second.tab("Connections")
            assert "1 batch failed on Head office and waits to be run again." in notices(other)
            other.press("Show them")
            other.press("Run again")
            other.press("Close")
            second.tasks.join()
            assert notices(other) == []


def test_what_its_holder_refuses_is_told_line_by_line_and_stays(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab, connection_id = broken(site, "York")
        stuck = site.host.profiles.batches.fail(
            "Leeds", subject(connection_id), profile="Invoices Leeds", problem=PROBLEM
        )
        site.host.profiles.batches.refuse_rerun(stuck, "The queue is stopped.")
        repaired(site, tab)
        tab.press("Run again")
        assert results(tab) == {
            "Invoices York, Xero migration": "Started",
            "Invoices Leeds, Xero migration": "The queue is stopped.",
        }
        assert "1 of 2 batches started" in tab.dialog.intro


def test_a_batch_that_somebody_else_ran_meanwhile_is_not_run_twice(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab, _ = broken(site, "York")
        repaired(site, tab)
        beside = site.tab()
        beside.row("Head office")
        beside.press("Details")
        beside.press("Show the failed batch")
        beside.press("Run again")
        tab.press("Run again")
        assert site.host.profiles.batches.started == ("York",)
        assert results(tab)["York"] == "It was started before."


def test_nothing_ticked_asks_for_a_tick_and_runs_nothing(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab, _ = broken(site, "York")
        repaired(site, tab)
        tab.tick_row("Invoices York, Xero migration", on=False)
        tab.press("Run again")
        assert tab.dialog.problem == "Tick what to run again first."
        assert site.host.profiles.batches.started == ()


def test_a_passed_test_offers_them_too(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        connection_id = site.add(tab, "Head office")
        fail(site, connection_id, "York")
        tab.row("Head office")
        tab.press("Test")
        tab.continue_until("Test passed")
        tab.press("Show the failed batch")
        tab.press("Run again")
        assert site.host.profiles.batches.started == ("York",)


def test_details_of_an_entry_that_does_not_work_yet_warn_before_they_run_again(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab, _ = broken(site, "York", "Leeds")
        tab.row("Head office")
        tab.press("Details")
        tab.press("Show 2 failed batches")
        assert "which is not ready yet: Needs sign-in" in tab.dialog.intro


def test_a_queue_that_does_not_answer_costs_neither_the_save_nor_the_tab(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab, connection_id = broken(site, "York")
        site.host.profiles.batches.error = RuntimeError("the queue is down")
        repaired(site, tab)
        assert tab.results[-1].subject_id == connection_id
        assert tab.cell("Head office", "Status") == "Ready"
        assert notices(tab) == []


def test_who_may_not_use_connections_runs_nothing(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        fail(site, site.add(tab, "Head office"), "York")
        site.host.permissions.deny(ADMINISTRATOR.user_id, Permission.USE)
        tab.row("Head office")
        tab.press("Details")
        tab.press("Show the failed batch")
        assert "Ask an administrator" in tab.why_disabled("Run again")


def test_what_was_run_again_stands_in_the_history_with_who_did_it(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab, _ = broken(site, "York", "Leeds")
        repaired(site, tab)
        tab.press("Run again")
        tab.press("Close")
        tab.row("Head office")
        tab.press("History")
        lines = [" ".join(tab.table_row(label).values()) for label in tab.table_rows()]
        assert any("2 failed batches were started again." in line and "Ada Admin" in line for line in lines)
