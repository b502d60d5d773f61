"""Workstations on one database keep its sign-ins alive: one at a time, and by the server's clock."""

from __future__ import annotations

from pathlib import Path

import pytest

from hostspec.testing import FakeClock, FakeHost
from hostspec.testing.fake_clock import START
from tests.postgresql_server import PostgresqlServer
from tests.reliability.server_clock import ServerClock
from tests.stories.capture_site import Site
from tests.stories.workstations import Workstations, companies

pytestmark = pytest.mark.postgresql

DAY = 86_400.0


def keep_house(host: FakeHost) -> None:
    host.hooks.maintain(60.0)
    host.tasks.join(30)


def heard(host: FakeHost) -> list[str]:
    return [notice.title for notice in host.notifications]


def test_a_sign_in_is_renewed_once_by_whoever_comes_first_whatever_their_clocks_say(
    tmp_path: Path, postgresql: PostgresqlServer, postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XERO_CONNECTIONS_TEST_EVERY_DAYS", "0")
    clock = ServerClock(postgresql, postgresql_url, START)
    first = tmp_path / "first"
    first.mkdir(mode=0o700)
    with Site(first, settings={"database_url": postgresql_url}) as site:
        connection_id = site.add(site.tab(), "Head office")
        here = Workstations(site, postgresql, postgresql_url, tmp_path)
        # The one is slow, the other far ahead; neither is asked.
        wrong = FakeClock(START, auto_advance=True)
        wrong.jump_wall(400 * DAY)
        with here.workstation("two", clock=wrong) as other:
            before = site.xero.control.state().refreshes
            for host in (site.host, other):
                keep_house(host)
            assert site.xero.control.state().refreshes == before
            clock.advance(23 * DAY)
            site.xero.control.advance(23 * DAY)
            keep_house(other)
            keep_house(site.host)
            assert site.xero.control.state().refreshes == before, "it comes due after 24 days"
            clock.advance(2 * DAY)
            site.xero.control.advance(2 * DAY)
            for host in (other, site.host, other):
                keep_house(host)
            assert site.xero.control.state().refreshes == before + 1
            assert companies(other, connection_id) == "Bakehouse Ltd"


def test_a_workstation_without_the_key_leaves_it_to_the_others(
    tmp_path: Path, postgresql: PostgresqlServer, postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XERO_CONNECTIONS_TEST_EVERY_DAYS", "0")
    clock = ServerClock(postgresql, postgresql_url, START)
    first = tmp_path / "first"
    first.mkdir(mode=0o700)
    with Site(first, settings={"database_url": postgresql_url}) as site:
        site.add(site.tab(), "Head office")
        before = site.xero.control.state().refreshes
        here = Workstations(site, postgresql, postgresql_url, tmp_path)
        with here.workstation("two", with_key=False) as other:
            clock.advance(30 * DAY)
            site.xero.control.advance(30 * DAY)
            keep_house(other)
            assert site.xero.control.state().refreshes == before
            assert heard(other) == []
            # Its turn passes, and the next one is of a workstation that can.
            clock.advance(60)
            keep_house(site.host)
            assert site.xero.control.state().refreshes == before + 1
