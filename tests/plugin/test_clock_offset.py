"""A wrong clock is told by the dates of answers, whatever the answers took."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hostspec.testing.fake_clock import START
from xero_connections_plugin.connections.clock_offset import ClockOffset
from xero_connections_plugin.xero.texts import clock_texts


def heard(*, ahead: timedelta, took: timedelta = timedelta(0)) -> int:
    offset = ClockOffset()
    asked = START + ahead
    offset.heard(START + took / 2, asked_at=asked, answered_at=asked + took)
    return offset.minutes_ahead()


@pytest.mark.parametrize(
    ("minutes", "told"), [(0, 0), (1.9, 0), (-1.9, 0), (2, 2), (-2, -2), (7, 7), (-7, -7), (60 * 24 * 3, 4320)]
)
def test_minutes_are_told_beyond_a_tolerance(minutes: float, told: int) -> None:
    assert heard(ahead=timedelta(minutes=minutes)) == told


def test_a_slow_answer_proves_no_wrong_clock() -> None:
    assert heard(ahead=timedelta(0), took=timedelta(minutes=9)) == 0
    assert heard(ahead=timedelta(minutes=20), took=timedelta(minutes=4)) == 18
    assert heard(ahead=timedelta(minutes=-20), took=timedelta(minutes=4)) == -18


def test_the_last_answer_counts() -> None:
    offset = ClockOffset()
    offset.heard(START, asked_at=START + timedelta(hours=1), answered_at=START + timedelta(hours=1))
    offset.heard(START, asked_at=START, answered_at=START)
    assert offset.minutes_ahead() == 0


def test_answers_without_a_date_and_clocks_set_meanwhile_prove_nothing() -> None:
    offset = ClockOffset()
    offset.heard(None, asked_at=START, answered_at=START + timedelta(hours=1))
    offset.heard(START, asked_at=START + timedelta(hours=5), answered_at=START + timedelta(hours=4))
    assert offset.minutes_ahead() == 0


@pytest.mark.parametrize(
    ("minutes", "sentence"),
    [
        (0, ""),
        (1, "This computer’s clock is a minute ahead of Xero’s."),
        (-7, "This computer’s clock is 7 minutes behind Xero’s."),
        (61, "This computer’s clock is about an hour ahead of Xero’s."),
        (180, "This computer’s clock is 3 hours ahead of Xero’s."),
        (1500, "This computer’s clock is about a day ahead of Xero’s."),
        (-14400, "This computer’s clock is 10 days behind Xero’s."),
    ],
)
def test_the_sentence_names_how_much_and_which_way(minutes: int, sentence: str) -> None:
    assert clock_texts.remark(minutes) == sentence
