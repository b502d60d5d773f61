"""How do export and import look? Before, the plan, and what became of it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from hostspec.forms import ChoiceField, ChoiceOption, FileField, Form, NoteField, TableField
from hostspec.rows import Cell, Column, Row
from hostspec.ui import Action, Dialog, ShowDialog
from hostspec.value import Tone
from xero_connections_plugin.connections.carrying import Result
from xero_connections_plugin.connections.definition import plain_text
from xero_connections_plugin.connections.file_findings import CONFLICTS, Choice, Finding
from xero_connections_plugin.ui.texts import transfer_texts as texts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hostspec.forms import Field, FieldValue
    from hostspec.providers import Connection
    from xero_connections_plugin.connections.carrying import Carried
    from xero_connections_plugin.connections.file_findings import Found

FILE: Final = "file"
WHICH: Final = "which"
ALL: Final = "all"
MOST_BYTES: Final = 8_000_000
MOST_SHOWN: Final = 200
"""Rows of a plan or a result."""

MOST_ASKED: Final = 20
"""Conflicts with a question each; beyond it one question is for all of a kind."""

_ORDER: Final = (Finding.SAME_ID, Finding.SAME_NAME, Finding.UNUSABLE, Finding.NEW, Finding.IDENTICAL)
_TONES: Final = {
    Finding.NEW: Tone.GOOD,
    Finding.IDENTICAL: Tone.NEUTRAL,
    Finding.SAME_ID: Tone.WARNING,
    Finding.SAME_NAME: Tone.WARNING,
    Finding.UNUSABLE: Tone.BAD,
}
_RESULT_TONES: Final = {
    Result.ADDED: Tone.GOOD,
    Result.CHANGED: Tone.GOOD,
    Result.KEPT: Tone.NEUTRAL,
    Result.FAILED: Tone.BAD,
}
_ASKED_OF_ALL: Final = {Finding.SAME_ID: texts.FOR_ALL_IDS, Finding.SAME_NAME: texts.FOR_ALL_NAMES}


def export_dialog(
    dialog_id: str,
    count: int,
    selected: Connection | None,
    left_out: Sequence[Connection] = (),
    fixed: Sequence[str] = (),
) -> ShowDialog:
    """Asks what to export; ``fixed`` are the types among what is left out that have no form for files."""
    fields: list[Field] = [NoteField(text=texts.EXPORT_INTRO)]
    if selected is not None:
        options = (
            ChoiceOption(value=ALL, label=texts.all_of_them(count)),
            ChoiceOption(value=selected.connection_id, label=texts.only(selected.display_name)),
        )
        fields.append(
            ChoiceField(field_id=WHICH, label=texts.WHICH, options=options, value=selected.connection_id, required=True)
        )
    if left_out:
        names = ", ".join(one.display_name for one in left_out[:3])
        more = texts.and_more(len(left_out) - 3) if left_out[3:] else ""
        fields.append(NoteField(text=texts.left_out(names + more, fixed), tone=Tone.WARNING))
    return ShowDialog(
        dialog=Dialog(
            dialog_id=dialog_id,
            title=texts.EXPORT_TITLE,
            form=Form(fields=tuple(fields)),
            primary=Action(
                action_id="export_agreed" if left_out else "export_confirmed",
                label=texts.DOWNLOAD,
                primary=True,
                disabled_reason="" if count else texts.nothing_to_export(fixed),
            ),
            cancel=Action(action_id="dismiss", label=texts.CLOSE),
        )
    )


def import_dialog(dialog_id: str, *, error: str = "") -> ShowDialog:
    """Asks for the file."""
    field = FileField(
        field_id=FILE,
        label=texts.FILE,
        hint=texts.FILE_HINT,
        error=error,
        accept=(".json",),
        max_bytes=MOST_BYTES,
        required=True,
    )
    return ShowDialog(
        dialog=Dialog(
            dialog_id=dialog_id,
            title=texts.IMPORT_TITLE,
            intro=texts.IMPORT_INTRO,
            form=Form(fields=(field,)),
            primary=Action(action_id="import_read", label=texts.CONTINUE, primary=True),
            cancel=Action(action_id="import_left", label=texts.CANCEL),
        )
    )


def plan_dialog(dialog_id: str, found: Sequence[Found], reaches: str) -> ShowDialog:
    """What the file would change, with a question for each conflict.

    Args:
        dialog_id: Of the dialog.
        found: What became of looking at the file.
        reaches: What the column is called that says what entries lead to.
    """
    ordered = sorted(found, key=lambda one: (_ORDER.index(one.finding), one.number))
    fields: list[Field] = [
        NoteField(text=texts.counted(Counter(one.finding for one in found)) if found else texts.EMPTY_FILE)
    ]
    if len(found) > MOST_SHOWN:
        fields.append(NoteField(text=texts.shown_only(MOST_SHOWN, len(found))))
    if found:
        fields.append(
            TableField(
                field_id="plan",
                label=texts.PLAN_TABLE,
                columns=(
                    Column(column_id="name", label=texts.COLUMN_NAME),
                    Column(column_id="reaches", label=reaches),
                    Column(column_id="finding", label=texts.COLUMN_FINDING),
                ),
                rows=tuple(_plan_row(one) for one in ordered[:MOST_SHOWN]),
            )
        )
    fields += _questions([one for one in ordered if one.choices])
    is_done = all(one.finding in {Finding.IDENTICAL, Finding.UNUSABLE} for one in found)
    if not is_done:
        fields.append(NoteField(text=texts.AFTERWARDS))
    return ShowDialog(
        dialog=Dialog(
            dialog_id=dialog_id,
            title=texts.PLAN_TITLE,
            form=Form(fields=tuple(fields)),
            primary=Action(
                action_id="import_confirmed",
                label=texts.IMPORT,
                primary=True,
                disabled_reason=_nothing_to_do(found) if is_done else "",
            ),
            cancel=Action(action_id="import_left", label=texts.CANCEL),
        )
    )


def chosen(found: Sequence[Found], values: Mapping[str, FieldValue]) -> dict[int, Choice]:
    """What a person chose for each conflict; nothing else counts."""
    conflicts = [one for one in found if one.choices]
    chosen_for: dict[int, Choice] = {}
    for one in conflicts:
        name = _question_id(one) if len(conflicts) <= MOST_ASKED else one.finding.value
        value = values.get(name)
        choice = next((choice for choice in one.choices if choice.value == value), None)
        if choice is not None:
            chosen_for[one.number] = choice
    return chosen_for


def result_dialog(dialog_id: str, carried: Sequence[Carried], problem: str) -> ShowDialog:
    """What became of each entry: what failed first."""
    order = (Result.FAILED, Result.ADDED, Result.CHANGED, Result.KEPT)
    ordered = sorted(carried, key=lambda one: (order.index(one.result), one.found.number))
    fields: list[Field] = [NoteField(text=texts.ended(Counter(one.result for one in carried)))]
    if any(one.result in {Result.ADDED, Result.CHANGED} for one in carried):
        fields.append(NoteField(text=texts.AFTERWARDS))
    if len(ordered) > MOST_SHOWN:
        fields.append(NoteField(text=texts.results_shown_only(MOST_SHOWN, len(ordered))))
    if ordered:
        fields.append(
            TableField(
                field_id="results",
                label=texts.RESULT_TABLE,
                columns=(
                    Column(column_id="name", label=texts.COLUMN_NAME),
                    Column(column_id="result", label=texts.COLUMN_RESULT),
                ),
                rows=tuple(_result_row(one) for one in ordered[:MOST_SHOWN]),
            )
        )
    return ShowDialog(
        dialog=Dialog(
            dialog_id=dialog_id,
            title=texts.RESULT_TITLE,
            form=Form(fields=tuple(fields)),
            problem=problem,
            primary=Action(action_id="show_list", label=texts.OK, primary=True),
        )
    )


def _plan_row(one: Found) -> Row:
    name = plain_text(one.entry.name) or texts.FINDINGS[one.finding]
    said = texts.FINDINGS[one.finding]
    details = _details(one)
    return Row(
        row_id=str(one.number),
        label=name,
        cells=(
            Cell(text=name),
            Cell(text=one.saved.subtitle if one.saved is not None and one.saved.subtitle else "–"),
            Cell(text=f"{said}. {details}" if details else said, tone=_TONES[one.finding]),
        ),
    )


def _details(one: Found) -> str:
    told: list[str] = []
    if one.problem:
        told.append(one.problem)
    here = one.here
    if one.finding is Finding.SAME_ID and here is not None and one.saved is not None:
        if here.display_name != one.entry.name:
            told.append(texts.named_here(here.display_name))
        if here.saved.subtitle != one.saved.subtitle:
            told.append(texts.other_company(here.saved.subtitle, one.saved.subtitle))
        elif one.differing:
            told.append(texts.differing(one.differing))
    return " ".join(told)


def _questions(conflicts: Sequence[Found]) -> list[Field]:
    if len(conflicts) <= MOST_ASKED:
        return [
            _question(
                _question_id(one), texts.conflict(plain_text(one.entry.name), texts.FINDINGS[one.finding]), one.choices
            )
            for one in conflicts
        ]
    kinds = [finding for finding in _ORDER if finding in CONFLICTS and any(one.finding is finding for one in conflicts)]
    return [_question(finding.value, _ASKED_OF_ALL[finding], tuple(Choice)) for finding in kinds]


def _question(field_id: str, label: str, choices: Sequence[Choice]) -> ChoiceField:
    options = tuple(ChoiceOption(value=choice.value, label=texts.CHOICES[choice]) for choice in choices)
    return ChoiceField(field_id=field_id, label=label, options=options, value=Choice.KEEP.value, required=True)


def _question_id(one: Found) -> str:
    return f"conflict-{one.number}"


def _nothing_to_do(found: Sequence[Found]) -> str:
    if not found:
        return texts.EMPTY_FILE
    is_here = any(one.finding is Finding.IDENTICAL for one in found)
    return texts.NOTHING_TO_DO if is_here else texts.NOTHING_USABLE


def _result_row(one: Carried) -> Row:
    name = plain_text(one.name) or plain_text(one.found.entry.id)
    said = texts.RESULTS[one.result]
    return Row(
        row_id=str(one.found.number),
        label=name,
        cells=(
            Cell(text=name),
            Cell(text=f"{said}. {one.problem}" if one.problem else said, tone=_RESULT_TONES[one.result]),
        ),
    )
