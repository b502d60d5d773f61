"""Sign-ins that nobody uses: people see when they end, hear of it in time, and most never have to care."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hostspec import ConnectionProblem
from hostspec.testing import FakeHost, TabDriver
from hostspec.value import ConnectionId, Remedy, Tone
from sample_host.xero_simulator.fault_presets import down
from tests.stories.capture_site import Site

DAY = 86_400.0
ALONE = {"test_every_days": "0"}
"""Tests that are made on a schedule would renew sign-ins too."""
BY_HAND = {**ALONE, "keep_alive_days": "0"}


def pass_days(site: Site, days: float, *hosts: FakeHost, every: float = 1.0) -> None:
    """Let days pass, at Xero too, while these hosts keep house."""
    for _ in range(round(days / every)):
        site.xero.control.advance(every * DAY)
        for host in hosts or (site.host,):
            host.clock.advance(every * DAY)
            keep_house(host)


def keep_house(host: FakeHost) -> None:
    host.hooks.maintain(60.0)
    host.tasks.join(30)


def heard(host: FakeHost) -> list[str]:
    return [notice.title for notice in host.notifications]


def usable(site: Site, connection_id: ConnectionId) -> bool:
    with site.session(connection_id) as session:
        return session.http.get("Organisation").status_code == 200


def expires(tab: TabDriver, name: str = "Head office") -> str:
    return tab.cell(name, "Expires").partition(", ")[2]


@contextmanager
def a_connection(folder: Path, settings: dict[str, str]) -> Iterator[tuple[Site, TabDriver, ConnectionId]]:
    """A site with one connection that was used once."""
    with Site(folder, settings=settings) as site:
        tab = site.tab()
        connection_id = site.add(tab, "Head office")
        assert usable(site, connection_id)
        yield site, tab, connection_id


def test_the_list_and_the_details_say_when_a_sign_in_ends(tmp_path: Path) -> None:
    with a_connection(tmp_path, BY_HAND) as (site, tab, _):
        assert tab.cell("Head office", "Expires") == "6 Mar 2026, in 60 days"
        pass_days(site, 10, every=10)
        tab.search("")
        assert expires(tab) == "in 50 days"
        tab.row("Head office")
        tab.press("Details")
        assert tab.facts["Grant dies on"].endswith("UTC, in 50 days")
        assert tab.facts["Grant dies on"].startswith("6 Mar 2026, ")
        tab.press("OK")


def test_a_sign_in_that_nobody_uses_for_a_year_still_works(tmp_path: Path) -> None:
    with a_connection(tmp_path, ALONE) as (site, tab, connection_id):
        site.user, site.organisation = "ben", None
        other = site.add(tab, "Bakery")
        pass_days(site, 366, every=3)
        assert heard(site.host) == []
        tab.search("")
        assert tab.cell("Head office", "Status") == "Ready"
        renewals = [grant.refreshes for grant in site.xero.control.state().grants]
        assert len(renewals) == 2
        assert all(13 <= count <= 18 for count in renewals), renewals
        assert usable(site, connection_id)
        assert usable(site, other)


def test_the_history_says_that_nobody_but_the_keep_alive_renewed_it(tmp_path: Path) -> None:
    with a_connection(tmp_path, ALONE) as (site, tab, _):
        pass_days(site, 25, every=25)
        tab.press("History")
        shown = tab.dialog.model_dump_json()
        assert "Kept alive" in shown
        assert "Nobody used the sign-in of Head office lately" in shown
        tab.press("Close")


def test_without_keep_alive_people_hear_of_the_end_four_times_and_of_it_once(tmp_path: Path) -> None:
    with (
        a_connection(tmp_path, BY_HAND) as (site, tab, connection_id),
        site.make_host("host-b", settings=BY_HAND) as other,
    ):
        pass_days(site, 45, site.host, other, every=15)
        pass_days(site, 16, site.host, other)
        once = [
            "The sign-in of Head office ends in 14 days",
            "The sign-in of Head office ends in 7 days",
            "The sign-in of Head office ends in 3 days",
            "The sign-in of Head office ends tomorrow",
            "Head office needs a new sign-in",
        ]
        assert heard(site.host) == once
        assert heard(other) == once
        last = site.host.notifications.items[-1]
        assert "60 days" in last.text
        assert (last.tone, last.remedy) == (Tone.BAD, Remedy.SIGN_IN_AGAIN)
        assert last.subject is not None
        assert last.subject.subject_id == connection_id
        tab.search("")
        assert tab.cell("Head office", "Status") == "Needs sign-in"
        assert tab.cell("Head office", "Expires") in {"–", "6 Mar 2026, passed"}
        _sign_in_again(site, tab)
        keep_house(site.host)
        assert heard(site.host)[len(once) :] == ["Head office works again"]
        # And the series begins anew.
        pass_days(site, 45, site.host, every=15)
        pass_days(site, 2, site.host)
        assert heard(site.host)[-1] == "The sign-in of Head office ends in 14 days"
        assert usable(site, connection_id)


def _sign_in_again(site: Site, tab: TabDriver) -> None:
    tab.row("Head office")
    tab.press("Edit")
    site.authorize(tab)
    tab.press("OK")
    tab.press("Save")


def test_one_sign_in_of_several_connections_is_told_once_with_all_names(tmp_path: Path) -> None:
    with a_connection(tmp_path, BY_HAND) as (site, tab, _):
        site.add(tab, "Bakery")
        pass_days(site, 47, every=47)
        assert heard(site.host) == ["The sign-in of Bakery and Head office ends in 13 days"]
        assert "2 connections share it." in site.host.notifications.items[0].text


def test_expiring_becomes_ready_when_a_host_is_back_and_nobody_is_told(tmp_path: Path) -> None:
    with a_connection(tmp_path, ALONE) as (site, tab, connection_id):
        site.xero.control.advance(50 * DAY)
        site.host.clock.advance(50 * DAY)
        tab.search("")
        assert tab.cell("Head office", "Status") == "Expiring"
        assert expires(tab) == "in 10 days"
        keep_house(site.host)
        tab.search("")
        assert tab.cell("Head office", "Status") == "Ready"
        assert expires(tab) == "in 60 days"
        assert heard(site.host) == []
        assert usable(site, connection_id)


def test_two_hosts_renew_a_sign_in_once(tmp_path: Path) -> None:
    with a_connection(tmp_path, ALONE) as (site, _, _connection_id), site.make_host("host-b", settings=ALONE) as other:
        before = site.xero.control.state().refreshes
        site.xero.control.advance(40 * DAY)
        for host in (site.host, other):
            host.clock.advance(40 * DAY)
        for _ in range(3):
            for host in (site.host, other):
                host.hooks.maintain(60.0)
            for host in (site.host, other):
                host.tasks.join(30)
                host.clock.advance(60)
        assert site.xero.control.state().refreshes == before + 1


def test_a_revoked_sign_in_that_nobody_uses_is_noticed_all_the_same(tmp_path: Path) -> None:
    with a_connection(tmp_path, ALONE) as (site, tab, _):
        site.xero.control.revoke()
        pass_days(site, 19)
        assert heard(site.host) == []
        pass_days(site, 10)
        assert heard(site.host) == ["Head office needs a new sign-in"]
        assert "refused" in site.host.notifications.items[0].text
        tab.search("")
        assert tab.cell("Head office", "Status") == "Needs sign-in"
        _sign_in_again(site, tab)
        keep_house(site.host)
        assert heard(site.host)[1:] == ["Head office works again"]


def test_a_month_without_xero_ends_no_sign_in_and_worries_nobody(tmp_path: Path) -> None:
    with a_connection(tmp_path, ALONE) as (site, tab, connection_id):
        site.xero.control.set_fault(down(at="token"))
        pass_days(site, 42, every=3)
        tab.search("")
        assert tab.cell("Head office", "Status") == "Ready"
        assert heard(site.host) == []
        site.xero.control.clear()
        pass_days(site, 2)
        tab.search("")
        assert expires(tab) in {"in 58 days", "in 59 days", "in 60 days"}
        assert usable(site, connection_id)


def test_a_deleted_connection_is_not_kept_alive(tmp_path: Path) -> None:
    with a_connection(tmp_path, ALONE) as (site, tab, _):
        site.xero.control.advance(40 * DAY)
        site.host.clock.advance(40 * DAY)
        before = site.xero.control.state().refreshes
        tab.row("Head office")
        tab.press("Delete")
        tab.press("Delete")
        keep_house(site.host)
        assert site.xero.control.state().refreshes == before


def test_an_hour_without_any_answer_is_one_notice_and_so_is_its_end(tmp_path: Path) -> None:
    with a_connection(tmp_path, ALONE) as (site, tab, connection_id):
        site.xero.control.set_fault(down(at="accounting"))
        for _ in range(5):
            with pytest.raises(ConnectionProblem):
                usable(site, connection_id)
            keep_house(site.host)
            site.host.clock.advance(20 * 60)
        assert heard(site.host) == ["No connection can be reached"]
        tab.search("")
        assert tab.cell("Head office", "Status") == "Unreachable"
        site.xero.control.clear()
        assert usable(site, connection_id)
        keep_house(site.host)
        assert heard(site.host)[1:] == ["Connections can be reached again"]


def test_nothing_is_renewed_when_there_is_no_time_for_it(tmp_path: Path) -> None:
    with a_connection(tmp_path, ALONE) as (site, _, _connection_id):
        site.xero.control.advance(40 * DAY)
        site.host.clock.advance(40 * DAY)
        before = site.xero.control.state().refreshes
        site.host.hooks.maintain(0.0)
        site.host.tasks.join(30)
        assert site.xero.control.state().refreshes == before
        keep_house(site.host)
        assert site.xero.control.state().refreshes == before + 1
