"""The store's time is known without asking it, whatever this machine's clock shows."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hostspec.testing import FakeClock
from hostspec.testing.fake_clock import START
from xero_connections_plugin.gateways.store.store_clock import StoreClock

DAY = 86_400.0


def test_before_the_store_was_heard_this_machines_time_has_to_do() -> None:
    own = FakeClock()
    assert StoreClock(own).now() == START


@pytest.mark.parametrize("off", [-60 * DAY, 46 * DAY, 400 * DAY])
def test_it_shows_the_time_that_the_store_has_told_and_goes_on_from_there(off: float) -> None:
    own = FakeClock(START + timedelta(seconds=off))
    clock = StoreClock(own)
    clock.heard(START)
    assert clock.now() == START
    own.advance(3 * DAY)
    assert clock.now() == START + timedelta(days=3)


def test_a_clock_that_is_set_counts_again_when_the_store_is_heard_next() -> None:
    own = FakeClock()
    clock = StoreClock(own)
    clock.heard(START)
    own.jump_wall(60 * DAY)
    clock.heard(START + timedelta(seconds=1))
    assert clock.now() == START + timedelta(seconds=1)


def test_limits_and_waits_are_those_of_this_machine() -> None:
    own = FakeClock(auto_advance=True)
    clock = StoreClock(own)
    clock.heard(START + timedelta(days=60))
    began = clock.monotonic()
    clock.wait(5.0)
    assert clock.monotonic() - began == 5.0
    assert own.waits == [5.0]
