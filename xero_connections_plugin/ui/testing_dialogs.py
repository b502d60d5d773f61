"""What is shown while entries are tested, and of what came of it?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hostspec.forms import Fact, FactsField, Form, NoteField, TableField
from hostspec.ui import Action, Cell, Column, Dialog, Row, ShowDialog, Wait
from hostspec.value import Tone
from xero_connections_plugin.ui.list_view import day, exact
from xero_connections_plugin.ui.texts import tab_texts
from xero_connections_plugin.ui.texts import testing_texts as texts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hostspec.providers import Connection, ConnectionTest

ONE: Final = "test-"
"""Begins the ids of the windows in which one entry is tested; its id and one of the run follow."""

RESULT: Final = "tested-"
"""Begins the ids of the dialogs with what came of it, and of the definitions that take their place."""

ALL: Final = "tests-"
"""Begins the ids of the windows in which all entries are tested."""

MOST_ROWS: Final = 200


def result_word(test: ConnectionTest) -> str:
    """What came of a test, as a word or two."""
    if test.passed:
        return texts.WORD_PASSED
    return texts.WORD_NOT_REACHED if test.transient else texts.WORD_FAILED


def result_tone(test: ConnectionTest) -> Tone:
    """How that word is meant."""
    if test.passed:
        return Tone.GOOD
    return Tone.WAITING if test.transient else Tone.BAD


def wait_for_one(connection: Connection, wait_id: str, left: float, total: float) -> Wait:
    """Shown while one entry is tested."""
    return Wait(
        wait_id=wait_id,
        title=texts.TESTING_TITLE,
        text=texts.testing(connection.display_name),
        seconds_left=max(0.0, left),
        seconds_total=total,
        cancel=Action(action_id="leave_test", label=tab_texts.CANCEL),
    )


def wait_for_all(wait_id: str, done: int, total: int, left: float, seconds_total: float) -> Wait:
    """Shown while all entries are tested."""
    return Wait(
        wait_id=wait_id,
        title=texts.TESTING_TITLE,
        text=texts.testing_all(done, total),
        seconds_left=max(0.0, left),
        seconds_total=seconds_total,
        cancel=Action(action_id="leave_test", label=texts.STOP),
    )


def result_dialog(dialog_id: str, connection: Connection, test: ConnectionTest, repair: Action | None) -> ShowDialog:
    """What came of one test, line by line, to be copied for support."""
    title = texts.NOT_REACHED_TITLE if test.transient else texts.PASSED_TITLE if test.passed else texts.FAILED_TITLE
    facts = (
        Fact(label=texts.NAME, text=connection.display_name),
        *(Fact(label=f"{_sign(point.passed)} {point.label}", text=point.text) for point in test.checks),
        Fact(label=texts.TESTED, text=_moment(test), exact=exact(test.tested_at)),
        Fact(label=texts.TOOK, text=texts.seconds(test.milliseconds)),
        *((Fact(label=texts.REFERENCE, text=test.correlation_id, monospace=True),) if test.correlation_id else ()),
    )
    tone = result_tone(test)
    note = NoteField(text=test.text, tone=Tone.WARNING if tone is Tone.BAD else tone)
    ok = Action(action_id="dismiss", label=tab_texts.OK, primary=repair is None)
    return ShowDialog(
        dialog=Dialog(
            dialog_id=dialog_id,
            title=title,
            form=Form(fields=(note, FactsField(field_id="facts", facts=facts))),
            primary=repair.model_copy(update={"primary": True}) if repair is not None else ok,
            cancel=ok if repair is not None else None,
            copy_text=f"{title}\n{test.text}\n"
            + "\n".join(f"{fact.label}: {fact.exact or fact.text}" for fact in facts),
        )
    )


def results_dialog(
    dialog_id: str,
    results: Sequence[tuple[Connection, ConnectionTest, Action | None]],
    left: int,
    problem: str,
    *,
    reaches: str,
) -> ShowDialog:
    """What came of many tests, failures first.

    Args:
        dialog_id: Of the dialog.
        results: The entries with what came of them, and what mends them.
        left: How many were not tested.
        problem: Why the rest was not tested, where nobody stopped it.
        reaches: What the column is called that says what entries lead to.
    """
    ordered = sorted(results, key=lambda result: (_rank(result[1]), result[0].display_name.casefold()))
    ranks = [_rank(test) for _, test, _ in ordered]
    counts = ranks.count(0), ranks.count(1), ranks.count(2)
    rows = [_row(*result) for result in ordered]
    listed = max(MOST_ROWS, counts[0] + counts[1])
    sentences = [texts.summed_up(*counts)]
    if left and not problem:
        sentences.append(texts.stopped(left))
    if len(rows) > listed:
        sentences.append(texts.not_listed(len(rows) - listed))
    intro = " ".join(sentences)
    lines = (" | ".join(cell.exact or cell.text for cell in row.cells) for row in rows[:listed])
    return ShowDialog(
        dialog=Dialog(
            dialog_id=dialog_id,
            title=texts.ALL_TITLE,
            intro=intro,
            problem=problem,
            form=Form(
                fields=(
                    TableField(
                        field_id="results",
                        label=texts.RESULTS,
                        columns=tuple(
                            Column(column_id=column_id, label=label)
                            for column_id, label in (
                                ("name", texts.COLUMN_NAME),
                                ("tenant", reaches),
                                ("result", texts.COLUMN_RESULT),
                                ("found", texts.COLUMN_FOUND),
                                ("took", texts.COLUMN_TOOK),
                            )
                        ),
                        rows=tuple(rows[:listed]),
                    ),
                )
            ),
            primary=Action(action_id="dismiss", label=tab_texts.OK, primary=True),
            copy_text="\n".join((intro, *lines)),
        )
    )


def trial_facts(connection: Connection) -> tuple[Fact, ...]:
    """What the details say about the last use and the last test."""
    used, test = connection.used_at, connection.tested
    tested = Fact(label=texts.FACT_TESTED, text=texts.NEVER)
    if test is not None:
        said = texts.test_fact(result_word(test), _moment(test), test.text)
        reference = f" {test.correlation_id}" if test.correlation_id else ""
        took = texts.seconds(test.milliseconds)
        tested = Fact(label=texts.FACT_TESTED, text=said, exact=f"{said} {exact(test.tested_at)}, {took}{reference}")
    return (
        Fact(
            label=texts.FACT_USED,
            text=day(used) if used is not None else texts.NEVER,
            exact=exact(used) if used is not None else "",
        ),
        tested,
    )


def _moment(test: ConnectionTest) -> str:
    return f"{day(test.tested_at)}, {test.tested_at:%H:%M} UTC"


def _sign(passed: bool | None) -> str:
    if passed is None:
        return texts.NOT_LOOKED_AT
    return texts.ALL_OK if passed else texts.NOT_OK


def _rank(test: ConnectionTest) -> int:
    return 2 if test.passed else 1 if test.transient else 0


def _row(connection: Connection, test: ConnectionTest, repair: Action | None) -> Row:
    return Row(
        row_id=connection.connection_id,
        label=connection.display_name,
        cells=(
            Cell(text=connection.display_name),
            Cell(text=connection.saved.subtitle or tab_texts.NOTHING_KNOWN),
            Cell(text=result_word(test), tone=result_tone(test)),
            Cell(text=test.text),
            Cell(text=texts.seconds(test.milliseconds), exact=f"{test.milliseconds} ms {test.correlation_id}".strip()),
        ),
        repair=None if test.passed else repair,
    )
