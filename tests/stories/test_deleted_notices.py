"""A notice about an entry that was deleted while broken leaves the board of the host, in every host that shows it."""

from __future__ import annotations

from pathlib import Path

import pytest

from hostspec.testing import FakeHost, TabDriver
from hostspec.value import UserId
from sample_host.kept_data import HostData
from sample_host.notice_board import NoticeBoard
from tests.stories.capture_site import Site
from tests.stories.deletion_acts import delete, take_back
from tests.stories.test_keep_alive_stories import ALONE, heard, keep_house

BROKEN = "Head office needs a new sign-in"
DELETED = "Head office was deleted"


def on_the_board(host: FakeHost, folder: Path) -> list[str]:
    """What a host like the sample host still shows of all that this one was told."""
    folder.mkdir()
    board = NoticeBoard(HostData(folder / "host.sqlite3", host.clock.now), host.clock.now)
    for notice in host.notifications:
        board.notify(notice)
    return [one.notification.title for one in board.new_for(UserId("ada"))]


def add_broken(site: Site, tab: TabDriver) -> None:
    site.add(tab, "Head office")
    site.xero.control.revoke()
    tab.row("Head office")
    tab.press("Test")
    tab.continue_until("Test failed")
    tab.escape()


@pytest.mark.parametrize("days", ["7", "0"])
def test_deleting_a_broken_entry_takes_its_notice_down(tmp_path: Path, days: str) -> None:
    settings = {**ALONE, "keep_deleted_days": days}
    told = [BROKEN, DELETED if days == "7" else "A connection was deleted"]
    with Site(tmp_path / "data", settings=settings) as site, site.make_host("host-b", settings=settings) as other:
        tab = site.tab()
        add_broken(site, tab)
        for host in (site.host, other):
            keep_house(host)
            assert heard(host) == told[:1]
        delete(tab, "Head office")
        assert heard(site.host) == told, "at once, where it was deleted"
        for host in (other, site.host, other):
            host.clock.advance(60)
            keep_house(host)
            assert heard(host) == told
            assert host.notifications.items[1].replaces == (host.notifications.items[0].notification_id,)
        assert on_the_board(site.host, tmp_path / "board") == told[1:]


def test_one_that_is_taken_back_is_told_of_again(tmp_path: Path) -> None:
    with Site(tmp_path, settings=ALONE) as site:
        tab = site.tab()
        add_broken(site, tab)
        keep_house(site.host)
        delete(tab, "Head office")
        take_back(tab, "Head office")
        site.host.clock.advance(60)
        keep_house(site.host)
        assert heard(site.host) == [BROKEN, DELETED, BROKEN]
