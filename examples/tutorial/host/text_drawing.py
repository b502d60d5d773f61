from collections.abc import Iterator
from typing import assert_never

from hostspec import (
    Action,
    ActionField,
    CheckField,
    ChoiceField,
    CopyableField,
    FactsField,
    Field,
    FileField,
    Form,
    ListField,
    NoteField,
    NumberField,
    SecretField,
    Section,
    TableField,
    TextField,
    View,
)


def draw_view(view: View) -> Iterator[str]:
    """A tab, line by line."""
    yield view.title
    yield view.intro
    yield from (f"! {notice.text}" for notice in view.notices)
    yield from (draw_action(action) for action in (*view.actions, *view.more))
    if view.empty is not None:
        yield f"{view.empty.title}: {view.empty.text}"
    elif view.table is not None:
        yield " | ".join(column.label for column in view.table.columns)
        yield from (" | ".join(cell.text for cell in row.cells) for row in view.table.rows)


def draw_action(action: Action) -> str:
    return f"[{action.label}]" + (f" ({action.disabled_reason})" if action.disabled_reason else "")


def draw_form(form: Form) -> Iterator[str]:
    for field in form.fields:
        yield from draw_field(field)


def draw_field(field: Field) -> Iterator[str]:
    """A field, line by line. The type checker says when a kind is missing here."""
    match field:
        case TextField() | ChoiceField() | CheckField() | NumberField():
            yield f"{field.label}: {'' if field.value is None else field.value}"
        case ListField():
            yield f"{field.label}: {', '.join(field.value)}"
        case SecretField():
            yield f"{field.label}: {'(kept)' if field.stored else ''}"
        case FileField():
            yield f"{field.label}: (a file)"
        case CopyableField():
            yield f"{field.label}: {field.value}"
        case FactsField():
            yield from (f"{fact.label}: {fact.text}" for fact in field.facts)
        case NoteField():
            yield field.text
        case ActionField():
            yield f"[{field.label}]" + (f" ({field.disabled_reason})" if field.disabled_reason else "")
        case TableField():
            yield field.label
            yield from (" | ".join(cell.text for cell in row.cells) for row in field.rows)
        case Section():
            yield field.label
            yield from draw_form(Form(fields=field.fields))
        case _:
            assert_never(field)
    yield from (f"  {text}" for text in (getattr(field, "error", ""), getattr(field, "hint", "")) if text)
