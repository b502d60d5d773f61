"""From what a page sends to the values of a form's fields."""

from collections.abc import Iterator, Mapping
from typing import assert_never

from pydantic import JsonValue, SecretStr

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

InputField = TextField | NumberField | ChoiceField | CheckField | SecretField | ListField | FileField


def inputs(form: Form) -> Iterator[InputField]:
    """The fields that hold a value, those in sections included."""
    yield from _inputs(form.fields)


def _inputs(fields: tuple[Field, ...]) -> Iterator[InputField]:
    for field in fields:
        match field:
            case TextField() | NumberField() | ChoiceField() | CheckField() | SecretField() | ListField() | FileField():
                yield field
            case Section():
                yield from _inputs(field.fields)
            case TableField() | CopyableField() | FactsField() | NoteField() | ActionField():
                pass
            case _:
                assert_never(field)


def values_of(form: Form, posted: Mapping[str, JsonValue]) -> dict[str, FieldValue]:
    """Every field's value: what was posted, read by the kind of field.

    Disabled fields, and fields that the page left out, keep the value they were drawn with. What belongs to no
    field is dropped.
    """
    typed = {
        field.field_id: _present(field)
        if field.disabled_reason or field.field_id not in posted
        else _read(field, posted[field.field_id])
        for field in inputs(form)
    }
    return typed | {table.field_id: _ticked(table, posted) for table in tables(form) if table.tickable}


def tables(form: Form) -> Iterator[TableField]:
    """The tables of a form, those in sections included."""
    yield from _tables(form.fields)


def _tables(fields: tuple[Field, ...]) -> Iterator[TableField]:
    for field in fields:
        if isinstance(field, TableField):
            yield field
        elif isinstance(field, Section):
            yield from _tables(field.fields)


def _ticked(table: TableField, posted: Mapping[str, JsonValue]) -> tuple[str, ...]:
    ticks = posted.get(table.field_id, list(table.value))
    known = {tick for tick in ticks if isinstance(tick, str)} if isinstance(ticks, list) else set()
    return tuple(row.row_id for row in table.rows if row.row_id in known)


def filled(form: Form, values: Mapping[str, FieldValue]) -> Form:
    """The form with these values in its fields. Secrets are never put back."""
    return form.model_copy(update={"fields": _filled(form.fields, values)})


def _filled(fields: tuple[Field, ...], values: Mapping[str, FieldValue]) -> tuple[Field, ...]:
    return tuple(_holding(field, values) for field in fields)


def _holding(field: Field, values: Mapping[str, FieldValue]) -> Field:
    match field:
        case TextField() | ChoiceField() | CheckField() | ListField():
            return field.model_copy(update={"value": values.get(field.field_id, field.value)})
        case NumberField():
            value = values.get(field.field_id, _present(field))
            number = value if isinstance(value, int) else None
            return field.model_copy(update={"value": number, "shown": value if isinstance(value, str) else ""})
        case Section():
            return field.model_copy(update={"fields": _filled(field.fields, values)})
        case TableField():
            ticked = values.get(field.field_id, field.value)
            return field.model_copy(update={"value": ticked if isinstance(ticked, tuple) else field.value})
        case SecretField() | FileField() | CopyableField() | FactsField() | NoteField() | ActionField():
            return field
        case _:
            assert_never(field)


def keeping_errors(form: Form, before: Form) -> Form:
    """The form, with what was said to be wrong in the form before it."""
    errors = {field.field_id: field.error for field in inputs(before) if field.error}
    return form.model_copy(update={"fields": _marked(form.fields, errors)}) if errors else form


def _marked(fields: tuple[Field, ...], errors: Mapping[str, str]) -> tuple[Field, ...]:
    return tuple(_with_error(field, errors) for field in fields)


def _with_error(field: Field, errors: Mapping[str, str]) -> Field:
    match field:
        case TextField() | NumberField() | ChoiceField() | CheckField() | SecretField() | ListField() | FileField():
            return field.model_copy(update={"error": field.error or errors.get(field.field_id, "")})
        case Section():
            return field.model_copy(update={"fields": _marked(field.fields, errors)})
        case TableField() | CopyableField() | FactsField() | NoteField() | ActionField():
            return field
        case _:
            assert_never(field)


def _present(field: InputField) -> FieldValue:
    match field:
        case SecretField():
            return SecretStr("")
        case FileField():
            return ""
        case NumberField():
            return field.shown if field.value is None and field.shown else field.value
        case TextField() | ChoiceField() | CheckField() | ListField():
            return field.value
        case _:
            assert_never(field)


def _read(field: InputField, posted: JsonValue) -> FieldValue:
    text = posted if isinstance(posted, str) else ""
    match field:
        case TextField() | ChoiceField():
            return text
        case NumberField():
            return _number(text)
        case CheckField():
            return posted is True
        case SecretField():
            return SecretStr(text)
        case FileField():
            # The page refuses it in words; what comes past the page counts as not chosen.
            return text if len(text.encode()) <= field.max_bytes else ""
        case ListField():
            return tuple(line.strip() for line in text.splitlines() if line.strip())
        case _:
            assert_never(field)


def _number(text: str) -> int | str | None:
    plain = text.strip()
    if not plain:
        return None
    digits = plain.removeprefix("-")
    if digits.isascii() and digits.isdigit() and len(digits) <= 18:
        return int(plain)
    return text
