"""When each sign-in is renewed although nobody uses it: arithmetic only."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from math import ceil, floor

import pytest

from xero_connections_plugin.oauth.grant import GrantId
from xero_connections_plugin.oauth.keep_alive import MOST_PER_TURN, TURN_LENGTH, UsedGrant, due, spread

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
DAY = timedelta(days=1)
TWENTY = 20 * DAY
LIFE = 60 * DAY
A_MOMENT = timedelta(seconds=1)


def grant(name: str, idle: timedelta) -> UsedGrant:
    return UsedGrant(GrantId(name), 1, NOW - idle)


def names(found: tuple[UsedGrant, ...]) -> list[str]:
    return [one.grant_id for one in found]


@pytest.mark.parametrize(
    ("after", "over"), [(1, 0.5), (10, 5.0), (16, 8.0), (20, 8.0), (30, 6.0), (40, 4.0), (50, 2.0)]
)
def test_grants_come_due_over_half_as_long_again_or_a_fifth_of_what_is_left(after: int, over: float) -> None:
    assert spread(after * DAY) == over * DAY


@pytest.mark.parametrize("after", range(1, 51))
def test_every_setting_leaves_a_grant_days_to_be_reached(after: int) -> None:
    assert after * DAY + spread(after * DAY) <= LIFE - 8 * DAY


def test_with_the_default_a_grant_outlives_thirty_days_without_any_host() -> None:
    assert TWENTY + spread(TWENTY) + 30 * DAY <= LIFE - 2 * DAY


def test_a_single_grant_comes_due_in_the_middle_of_the_spread() -> None:
    assert not due([grant("a", 24 * DAY - A_MOMENT)], NOW, TWENTY)
    assert names(due([grant("a", 24 * DAY)], NOW, TWENTY)) == ["a"]


def test_each_place_among_all_grants_has_a_share_of_the_spread() -> None:
    four = [grant(name, 24 * DAY) for name in "abcd"]
    assert names(due(four, NOW, TWENTY)) == ["a", "b"]
    assert names(due(four, NOW + 2 * DAY, TWENTY)) == ["a", "b", "c"]
    assert names(due(four, NOW - 2 * DAY, TWENTY)) == ["a"]
    assert not due(four, NOW - 3 * DAY - A_MOMENT, TWENTY)
    assert names(due(four, NOW - 3 * DAY, TWENTY)) == ["a"]
    assert names(due(four, NOW + 3 * DAY, TWENTY)) == ["a", "b", "c", "d"]


def test_nothing_is_due_before_the_time_that_was_set() -> None:
    many = [grant(f"{number:03}", TWENTY - A_MOMENT) for number in range(500)]
    assert not due(many, NOW, TWENTY)


def test_everything_is_due_at_the_end_of_the_spread() -> None:
    many = [grant(f"{number:03}", 28 * DAY) for number in range(500)]
    assert len(due(many, NOW, TWENTY)) == 500


def test_what_dies_soonest_goes_first_and_what_should_be_dead_last() -> None:
    some = [
        grant("a", 30 * DAY),
        grant("b", 61 * DAY),
        grant("c", LIFE - A_MOMENT),
        grant("d", LIFE),
        grant("e", 45 * DAY),
    ]
    assert names(due(some, NOW, TWENTY)) == ["c", "e", "a", "b", "d"]


def test_what_was_renewed_in_the_future_is_due_as_its_age_is_unknown() -> None:
    some = [grant("a", -61 * timedelta(minutes=1)), grant("b", -59 * timedelta(minutes=1)), grant("c", 40 * DAY)]
    assert names(due(some, NOW, TWENTY)) == ["c", "a"]


def test_no_grants_are_none_that_are_due() -> None:
    assert due([], NOW, TWENTY) == ()


def renewed_per_hour(began: dict[str, datetime], days: int) -> Counter[int]:
    """How many are renewed in each hour, where everything is renewed as soon as it comes due."""
    grants = [UsedGrant(GrantId(name), 1, began[name]) for name in sorted(began)]
    place = {one.grant_id: number for number, one in enumerate(grants)}
    per_hour: Counter[int] = Counter()
    for hour in range(days * 24):
        now = NOW + timedelta(hours=hour)
        for one in due(grants, now, TWENTY):
            assert TWENTY <= now - one.refreshed_at < 28 * DAY + timedelta(hours=1)
            grants[place[one.grant_id]] = UsedGrant(one.grant_id, one.generation + 1, now)
            per_hour[hour] += 1
    return per_hour


MOST_PER_HOUR = 3600 / TURN_LENGTH.total_seconds() * MOST_PER_TURN


def test_five_thousand_grants_imported_at_once_are_renewed_evenly() -> None:
    dice = random.Random(7)
    per_hour = renewed_per_hour({f"{dice.getrandbits(128):032x}": NOW for _ in range(5000)}, 60)
    mean = 5000 / (8 * 24)
    first = [per_hour[hour] for hour in range(20 * 24 + 1, 28 * 24)]
    assert sum(first) == pytest.approx(5000, abs=mean)
    assert (min(first), max(first)) == (floor(mean), ceil(mean))
    # The second time they have twice as long, since each keeps its own pace.
    second = [per_hour[hour] + per_hour[hour + 1] for hour in range(41 * 24, 56 * 24, 2)]
    assert min(second) >= floor(mean)
    assert max(second) <= ceil(mean) + 1
    assert sum(per_hour[hour] for hour in range(20 * 24)) == 0
    assert max(per_hour.values()) * 10 < MOST_PER_HOUR


def test_grants_of_one_working_day_cost_no_burst_either() -> None:
    dice = random.Random(7)
    began = {f"{dice.getrandbits(128):032x}": NOW - timedelta(hours=8 * dice.random()) for _ in range(5000)}
    per_hour = renewed_per_hour(began, 60)
    mean = 5000 / (8 * 24)
    assert max(per_hour.values()) <= 2 * mean
    per_day = [sum(per_hour[hour] for hour in range(day * 24, day * 24 + 24)) for day in range(21, 27)]
    assert max(per_day) <= 1.05 * mean * 24
    assert min(per_day) >= 0.95 * mean * 24
