"""How those who wait for a lease hear that it is free: a file that is touched, and what happens without it."""

from __future__ import annotations

from pathlib import Path

import pytest

from hostspec.testing import FakeClock
from xero_connections_plugin.gateways.store.freed_leases import FreedLeases


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(auto_advance=True)


def test_whoever_hears_nothing_waits_as_long_as_it_was_told(tmp_path: Path, clock: FakeClock) -> None:
    leases = FreedLeases(tmp_path / "freed", clock)
    began = clock.monotonic()
    leases.wait(leases.told(), 0.02)
    assert clock.monotonic() - began == pytest.approx(0.02)
    assert len(clock.waits) == 4


def test_a_lease_that_was_given_back_while_nobody_looked_ends_the_wait_at_once(
    tmp_path: Path, clock: FakeClock
) -> None:
    leases = FreedLeases(tmp_path / "freed", clock)
    before = leases.told()
    FreedLeases(tmp_path / "freed", clock).tell()
    leases.wait(before, 60)
    assert clock.waits == []


def test_the_wait_ends_within_five_milliseconds_of_the_news(tmp_path: Path) -> None:
    class Telling(FakeClock):
        def wait(self, seconds: float) -> None:
            super().wait(seconds)
            if len(self.waits) == 3:
                FreedLeases(tmp_path / "freed", self).tell()

    clock = Telling(auto_advance=True)
    leases = FreedLeases(tmp_path / "freed", clock)
    leases.wait(leases.told(), 60)
    assert len(clock.waits) == 3
    assert sum(clock.waits) <= 0.015


def test_without_a_folder_nobody_hears_and_nobody_fails(tmp_path: Path, clock: FakeClock) -> None:
    leases = FreedLeases(tmp_path / "gone" / "freed", clock)
    before = leases.told()
    leases.tell()
    assert leases.told() == before
    leases.wait(before, 0.005)
    assert clock.waits == [0.005]
