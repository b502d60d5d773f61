"""What passes by itself is told while it lasts, on this machine, and forgotten as soon as anything works."""

from __future__ import annotations

from datetime import timedelta

from hostspec.providers import ConnectionTest
from hostspec.testing import FakeClock
from hostspec.testing.fake_clock import START
from tests.plugin.test_health import NEVER_TRIED as ENTRY
from xero_connections_plugin.connections.reachability import Reachability, Unreached

ID = ENTRY.connection_id


class News:
    def __init__(self) -> None:
        self.clock = FakeClock()
        self.count = 0
        self.reach = Reachability(self.clock, self._heard)

    def _heard(self) -> None:
        self.count += 1


def trial(*, transient: bool, passed: bool = False) -> ConnectionTest:
    return ConnectionTest(tested_at=START, passed=passed, text="Xero is down.", milliseconds=1, transient=transient)


def test_an_entry_is_out_of_reach_since_the_first_failure_and_told_once() -> None:
    news = News()
    news.reach.failed(ID, "No network.")
    news.clock.advance(60)
    news.reach.failed(ID, "Xero is down.")
    assert news.reach.of(ENTRY) == Unreached(START, "Xero is down.")
    assert news.count == 1


def test_one_success_is_enough() -> None:
    news = News()
    news.reach.failed(ID, "No network.")
    assert not news.reach.has_worked(ID)
    news.reach.worked(ID)
    news.reach.worked(ID)
    assert news.reach.of(ENTRY) is None
    assert news.reach.has_worked(ID)
    assert news.count == 2


def test_the_first_success_of_a_process_is_news() -> None:
    news = News()
    news.reach.worked(ID)
    assert news.count == 1


def test_a_stored_test_that_met_an_outage_counts_until_something_works() -> None:
    news = News()
    unreached = ENTRY.model_copy(update={"tested": trial(transient=True)})
    assert news.reach.of(unreached) == Unreached(START, "Xero is down.")
    used_later = unreached.model_copy(update={"used_at": START + timedelta(seconds=1)})
    assert news.reach.of(used_later) is None
    used_before = unreached.model_copy(update={"used_at": START - timedelta(seconds=1)})
    assert news.reach.of(used_before) is not None
    news.reach.worked(ID)
    assert news.reach.of(used_before) is None


def test_a_test_that_failed_for_good_or_passed_is_no_matter_of_reach() -> None:
    reach = News().reach
    assert reach.of(ENTRY.model_copy(update={"tested": trial(transient=False)})) is None
    assert reach.of(ENTRY.model_copy(update={"tested": trial(transient=True, passed=True)})) is None
    assert reach.of(ENTRY) is None
