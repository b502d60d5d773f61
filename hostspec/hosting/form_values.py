"""What stands in the fields of a described form, and what a person's typing makes of it."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import assert_never

from pydantic import SecretStr

from hostspec.forms import (
    ActionField,
    CheckField,
    ChoiceField,
    CopyableField,
    FactsField,
    Field,
    FieldValue,
    FileField,
    Form,
    ListField,
    NoteField,
    NumberField,
    SecretField,
    Section,
    TableField,
    TextField,
)

Input = TextField | NumberField | ChoiceField | CheckField | SecretField | ListField | FileField
"""The kinds of fields that a person fills in."""
Values = dict[str, FieldValue]
"""By ``field_id``, as in ``UserAct.values``."""

_DIGITS = 18


def fields_of(form: Form) -> Iterator[Field]:
    """Every field from top to bottom, those in sections after the section."""
    pending = list(form.fields)
    while pending:
        field = pending.pop(0)
        yield field
        if isinstance(field, Section):
            pending = [*field.fields, *pending]


def first_value(field: Input) -> FieldValue:
    """What an untouched field holds."""
    match field:
        case TextField() | ChoiceField() | CheckField() | ListField():
            return field.value
        case NumberField():
            return field.shown or field.value
        case SecretField():
            return SecretStr("")
        case FileField():
            return ""
        case _:
            assert_never(field)


def first_values(form: Form) -> Values:
    """The values of an untouched form; disabled fields, folded sections and ticked rows included."""
    values: Values = {}
    for field in fields_of(form):
        match field:
            case TableField():
                if field.tickable:
                    values[field.field_id] = field.value
            case CopyableField() | FactsField() | NoteField() | ActionField() | Section():
                pass
            case _:
                values[field.field_id] = first_value(field)
    return values


def whole_number(text: str) -> int | str | None:
    """What a number field holds after that was typed: a number, nothing, or the text that is no number."""
    digits = text.strip().removeprefix("-")
    if digits.isascii() and digits.isdigit() and len(digits) <= _DIGITS:
        return int(text)
    return text if text.strip() else None


def typed(field: Input, text: str) -> FieldValue:
    """What a field holds after its content was replaced by this text, in the type of its kind.

    Args:
        field: Any; of a choice, the text is an option's ``value``, and a box is ticked by any text.
        text: Lists have one text a line.
    """
    match field:
        case TextField() | ChoiceField() | FileField():
            return text
        case NumberField():
            return whole_number(text)
        case SecretField():
            return SecretStr(text)
        case ListField():
            return tuple(line.strip() for line in text.splitlines() if line.strip())
        case CheckField():
            return bool(text)
        case _:
            assert_never(field)


def text_of(value: FieldValue) -> str:
    """A value as the text that ``typed`` reads again: lists have one text a line. A secret stands in it as it is."""
    match value:
        case None | False:
            return ""
        case SecretStr():
            return value.get_secret_value()
        case tuple():
            return "\n".join(value)
        case _:
            return str(value)


def newer(fresh: Mapping[str, FieldValue], sent: Mapping[str, FieldValue], now: Mapping[str, FieldValue]) -> Values:
    """What stands in a form that an answer replaces in place, where somebody may have gone on typing meanwhile.

    Args:
        fresh: What the new form says.
        sent: What stood in the fields when the answer was asked for.
        now: What stands in them at this moment; it stays where it differs from what was sent.
    """
    typed_since = {name: value for name, value in now.items() if name in fresh and value != sent.get(name, value)}
    return {**fresh, **typed_since}


def file_text(field: FileField, path: Path) -> str:
    """What a chosen file holds; empty where it cannot be read, is longer than the field takes, or is no text."""
    try:
        return path.read_text("utf-8") if path.stat().st_size <= field.max_bytes else ""
    except (OSError, UnicodeDecodeError):
        return ""
