"""A row's problem looks as serious as the row's own state says."""

import pytest

from hostspec.rows import Cell, Row
from hostspec.value import Tone
from sample_host.web.drawing import row_tone


@pytest.mark.parametrize(
    ("tones", "expected"),
    [
        ((None, Tone.BAD), Tone.BAD),
        ((None, Tone.WAITING, None), Tone.WAITING),
        ((None, Tone.NEUTRAL), Tone.NEUTRAL),
        ((None, Tone.GOOD), Tone.WARNING),
        ((None, None), Tone.WARNING),
        ((), Tone.WARNING),
    ],
)
def test_a_problem_takes_the_tone_of_the_state_and_a_good_state_only_warns(
    tones: tuple[Tone | None, ...], expected: Tone
) -> None:
    cells = tuple(Cell(text="x", tone=tone) for tone in tones)
    assert row_tone(Row(row_id="r", label="R", cells=cells, problem="It broke.")) is expected
