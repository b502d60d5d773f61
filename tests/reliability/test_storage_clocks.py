"""A wrong clock of this machine costs no sign-in: no false end, no endless refresh, no refused sign-in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hostspec import HttpSession
from hostspec.testing import FakeClock
from hostspec.value import ConnectionId
from tests.stories.capture_site import Site
from tests.working_states import WORKS

MINUTE = 60.0
DAY = 24 * 3600.0


def clock(off: float = 0.0) -> FakeClock:
    """The clock of a machine that is so many seconds off."""
    return FakeClock(datetime.now(UTC) + timedelta(seconds=off), auto_advance=True)


def uses(site: Site, connection_id: ConnectionId, times: int = 5) -> list[int]:
    """What Xero answers to steps, one after the other."""
    answers = []
    for _ in range(times):
        with site.host.hooks.open_session(connection_id) as session:
            assert isinstance(session, HttpSession)
            answers.append(session.http.get("Organisation").status_code)
    return answers


def status(site: Site) -> str:
    return site.tab().cell("Head office", "Status")


def refreshes(site: Site) -> int:
    return site.xero.control.state().refreshes


OFF = pytest.mark.parametrize("off", [-60 * DAY, -DAY, -10 * MINUTE, 10 * MINUTE, DAY, 60 * DAY])


@OFF
def test_c36_a_sign_in_works_on_a_machine_whose_clock_is_off(
    tmp_path: Path, store_settings: dict[str, str], off: float
) -> None:
    # The times of an ID token are judged by the Date of the answer that brought it.
    with Site(tmp_path, settings=store_settings) as site, site.make_host("host-b", clock=clock(off)) as site.host:
        connection_id = site.add(site.tab(), "Head office")
        assert status(site) in WORKS
        assert uses(site, connection_id) == [200] * 5
        assert refreshes(site) == 0


@OFF
def test_c36_a_clock_that_is_off_at_the_next_start_costs_one_refresh_at_most(
    tmp_path: Path, store_settings: dict[str, str], off: float
) -> None:
    with Site(tmp_path, settings=store_settings) as site:
        with site.make_host("host-b", clock=clock()) as site.host:
            connection_id = site.add(site.tab(), "Head office")
        with site.make_host("host-b", clock=clock(off)) as site.host:
            assert uses(site, connection_id) == [200] * 5
            assert status(site) in WORKS
            assert refreshes(site) <= 1
            site.host.hooks.maintain(5.0)
            assert uses(site, connection_id) == [200] * 5
        # Put right again: what was written under the wrong time is not believed for longer than a token lives.
        with site.make_host("host-b", clock=clock()) as site.host:
            assert uses(site, connection_id) == [200] * 5
            assert status(site) in WORKS
            assert refreshes(site) <= 2
            site.xero.control.advance(45 * MINUTE)
            site.host.clock.advance(45 * MINUTE)
            assert uses(site, connection_id) == [200] * 5
            assert refreshes(site) <= 3


@pytest.mark.parametrize("jump", [-60 * DAY, -DAY, DAY])
def test_c36_a_clock_that_is_set_while_the_program_runs_changes_nothing(
    tmp_path: Path, store_settings: dict[str, str], jump: float
) -> None:
    with Site(tmp_path, settings=store_settings) as site, site.make_host("host-b", clock=clock()) as site.host:
        connection_id = site.add(site.tab(), "Head office")
        site.host.clock.jump_wall(jump)
        assert uses(site, connection_id) == [200] * 5
        assert status(site) in WORKS
        site.host.hooks.maintain(5.0)
        assert site.tab().rows == ["Head office"]
        assert refreshes(site) <= 1
        site.host.clock.jump_wall(-jump)
        assert uses(site, connection_id) == [200] * 5
        assert refreshes(site) <= 2


def test_c36_a_clock_sixty_days_ahead_is_no_lost_sign_in(tmp_path: Path) -> None:
    with Site(tmp_path) as site, site.make_host("host-b", clock=clock()) as site.host:
        connection_id = site.add(site.tab(), "Head office")
        site.host.clock.jump_wall(61 * DAY)
        # By this clock nobody has used it for too long. That is shown, written nowhere, and tried out all the same.
        assert status(site) == "Needs sign-in"
        assert uses(site, connection_id) == [200] * 5
        assert status(site) in WORKS
        assert refreshes(site) == 1


def test_c36_a_sign_in_that_waits_for_its_save_outlives_a_clock_set_forward(
    tmp_path: Path, store_settings: dict[str, str]
) -> None:
    with Site(tmp_path, settings=store_settings) as site, site.make_host("host-b", clock=clock()) as site.host:
        tab = site.tab()
        site.fill_definition(tab, "Head office")
        site.authorize(tab)
        tab.press("OK")
        site.host.clock.jump_wall(2 * DAY)
        site.host.hooks.maintain(5.0)
        tab.choose("Tenant", next(label for label in tab.options("Tenant") if label.startswith("Bakehouse Ltd")))
        tab.press("Save")
        assert uses(site, ConnectionId(tab.results[-1].subject_id)) == [200] * 5
