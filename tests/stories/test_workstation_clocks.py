"""On a shared list everybody sees the same states and the same days left, whatever the workstations' clocks show."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from hostspec.testing import FakeClock, FakeHost
from hostspec.testing.fake_clock import START
from hostspec.value import ConnectionId
from tests.postgresql_server import PostgresqlServer
from tests.reliability.server_clock import ServerClock
from tests.stories.capture_site import Site
from tests.stories.workstations import Workstations, companies
from tests.working_states import WORKS

pytestmark = pytest.mark.postgresql

DAY = 86_400.0

OFF = pytest.mark.parametrize("off", [-60 * DAY, 46 * DAY, 61 * DAY, 400 * DAY])
"""From 46 days ahead a sign-in that is in use would seem to end soon, from 60 days ahead to have ended."""


@dataclass(frozen=True)
class Office:
    """A first workstation whose clock is right, and the server's."""

    site: Site
    server_clock: ServerClock
    stations: Workstations
    connection_id: ConnectionId

    def days_pass(self, days: float) -> None:
        """Nobody uses the sign-in meanwhile."""
        self.server_clock.advance(days * DAY)
        self.site.xero.control.advance(days * DAY)
        self.site.host.clock.advance(days * DAY)

    @contextmanager
    def wrong(self, name: str, off: float, days: float = 0.0) -> Iterator[FakeHost]:
        """A workstation that is so many seconds off, begun so many days later."""
        clock = FakeClock(START + timedelta(days=days, seconds=off), auto_advance=True)
        with self.stations.workstation(name, clock=clock) as host:
            yield host


@pytest.fixture
def office(
    tmp_path: Path, postgresql: PostgresqlServer, postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Office]:
    monkeypatch.setenv("XERO_CONNECTIONS_TEST_EVERY_DAYS", "0")
    monkeypatch.setenv("XERO_CONNECTIONS_KEEP_ALIVE_DAYS", "0")
    server_clock = ServerClock(postgresql, postgresql_url, START)
    first = tmp_path / "first"
    first.mkdir(mode=0o700)
    with Site(first, settings={"database_url": postgresql_url}) as site:
        connection_id = site.add(site.tab(), "Head office")
        yield Office(site, server_clock, Workstations(site, postgresql, postgresql_url, tmp_path), connection_id)


def shown(host: FakeHost) -> tuple[str, str, str]:
    """What is said of the entry in the list, and in its details."""
    tab = host.tab("Connections")
    status, expires = tab.cell("Head office", "Status"), tab.cell("Head office", "Expires")
    tab.row("Head office")
    tab.press("Details")
    return status, expires, tab.facts["Grant dies on"]


def titles(host: FakeHost) -> list[str]:
    """What the host is told after a round of housekeeping."""
    host.hooks.maintain(60.0)
    host.tasks.join(30)
    return [notice.title for notice in host.notifications]


@OFF
def test_c36_a_sign_in_in_use_is_shown_as_such_where_the_clock_is_weeks_off(office: Office, off: float) -> None:
    with office.wrong("two", off) as other:
        status, expires, dies_on = shown(other)
        assert status in WORKS
        assert expires.endswith(", in 60 days")
        assert dies_on.endswith(", in 60 days")
        assert titles(other) == []
        assert companies(other, office.connection_id) == "Bakehouse Ltd"
    assert titles(office.site.host) == []


@OFF
def test_c36_a_sign_in_that_ends_is_forecast_alike_on_every_workstation(office: Office, off: float) -> None:
    office.days_pass(53)
    with office.wrong("two", off, 53) as other:
        status, expires, dies_on = shown(other)
        assert (status, expires, dies_on) == shown(office.site.host)
        assert status == "Expiring"
        assert expires.endswith(", in 7 days")
        assert titles(other) == ["The sign-in of Head office ends in 7 days"]


def test_c36_a_sign_in_that_has_ended_is_not_shown_as_working_where_the_clock_is_behind(office: Office) -> None:
    office.days_pass(61)
    with office.wrong("two", -60 * DAY, 61) as other:
        status, expires, _dies_on = shown(other)
        assert status == "Needs sign-in"
        assert expires.endswith(", passed")


def test_c36_a_clock_that_is_set_weeks_ahead_while_the_program_runs_changes_nothing_that_is_shown(
    office: Office,
) -> None:
    with office.wrong("two", 0.0) as other:
        before = shown(other)
        other.clock.jump_wall(61 * DAY)
        assert shown(other) == before
        assert titles(other) == []
