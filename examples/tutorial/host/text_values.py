from collections.abc import Iterator

from pydantic import SecretStr

from hostspec import (
    CheckField,
    ChoiceField,
    Field,
    FieldValue,
    FileField,
    Form,
    ListField,
    NumberField,
    SecretField,
    Section,
    TableField,
    TextField,
)

Input = TextField | NumberField | ChoiceField | CheckField | SecretField | ListField | FileField


def walk(form: Form) -> Iterator[Field]:
    """Every field, those of sections too."""
    for field in form.fields:
        yield field
        if isinstance(field, Section):
            yield from walk(Form(fields=field.fields))


def values_of(form: Form) -> dict[str, FieldValue]:
    """What stands in a form that nobody has touched."""
    values: dict[str, FieldValue] = {}
    for field in walk(form):
        match field:
            case SecretField():
                values[field.field_id] = SecretStr("")
            case FileField():
                values[field.field_id] = ""
            case NumberField():
                values[field.field_id] = field.shown or field.value
            case TextField() | ChoiceField() | CheckField() | ListField() | TableField():
                values[field.field_id] = field.value
            case _:
                pass
    return values


def typed(field: Input, text: str) -> FieldValue:
    """What a field holds after somebody typed into it: each kind has a type of its own."""
    match field:
        case SecretField():
            return SecretStr(text)
        case NumberField():
            return int(text) if text.isdigit() else text or None
        case CheckField():
            return text == "yes"
        case ListField():
            return tuple(line.strip() for line in text.splitlines() if line.strip())
        case ChoiceField():
            return next((option.value for option in field.options if option.label == text), "")
        case _:
            return text
