"""From what a page sends to the values of a form's fields."""

from collections.abc import Iterator, Mapping
from typing import assert_never

from pydantic import JsonValue

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
from hostspec.hosting import Input, fields_of, first_value, typed


def inputs(form: Form) -> Iterator[Input]:
    """The fields that hold a value, those in sections included."""
    return (field for field in fields_of(form) if isinstance(field, Input))


def values_of(form: Form, posted: Mapping[str, JsonValue]) -> dict[str, FieldValue]:
    """Every field's value: what was posted, read by the kind of field.

    Disabled fields, and fields that the page left out, keep the value they were drawn with. What belongs to no
    field is dropped.
    """
    typed = {
        field.field_id: first_value(field)
        if field.disabled_reason or field.field_id not in posted
        else _read(field, posted[field.field_id])
        for field in inputs(form)
    }
    return typed | {table.field_id: _ticked(table, posted) for table in tables(form) if table.tickable}


def tables(form: Form) -> Iterator[TableField]:
    """The tables of a form, those in sections included."""
    return (field for field in fields_of(form) if isinstance(field, TableField))


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
            value = values.get(field.field_id, first_value(field))
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


def _read(field: Input, posted: JsonValue) -> FieldValue:
    if isinstance(field, CheckField):
        return posted is True
    text = posted if isinstance(posted, str) else ""
    # The page refuses a long file in words; what comes past the page counts as not chosen.
    is_too_long = isinstance(field, FileField) and len(text.encode()) > field.max_bytes
    return typed(field, "" if is_too_long else text)
