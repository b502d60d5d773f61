from collections.abc import Iterator, Mapping
from typing import assert_never

from hostspec import (
    Action,
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
    View,
)


def draw_view(view: View, selected: str | None) -> Iterator[str]:
    """A tab, line by line."""
    yield view.title
    yield view.intro
    yield from (f"! {notice.text}" for notice in view.notices)
    yield " ".join(draw_action(action, selected) for action in actions_of(view, selected))
    if view.empty is not None:
        yield f"{view.empty.title}: {view.empty.text}"
    elif view.table is not None:
        yield "  " + " | ".join(column.label for column in view.table.columns)
        for row in view.table.rows:
            yield ("> " if row.row_id == selected else "  ") + " | ".join(cell.text for cell in row.cells)
            if row.row_id == selected and row.problem:
                yield f"  {row.problem}"


def actions_of(view: View, selected: str | None) -> list[Action]:
    """Every button of a tab, that of the selected row's problem too."""
    offered: list[Action | None] = [*view.actions, *view.more, *(notice.action for notice in view.notices)]
    if view.empty is not None:
        offered += [view.empty.action, view.empty.second_action]
    elif view.table is not None:
        offered += [row.repair for row in view.table.rows if row.row_id == selected]
    # One act may be offered twice, such as Add above an empty list and in its middle.
    return list({action.action_id: action for action in offered if action is not None}.values())


def draw_action(action: Action, selected: str | None = None) -> str:
    why = action.disabled_reason or ("" if selected else action.needs_row)
    return f"[{action.label}]" + (f" ({why})" if why else "")


def draw_form(form: Form, values: Mapping[str, FieldValue]) -> Iterator[str]:
    """A form with what stands in its fields, line by line."""
    for field in form.fields:
        yield from draw_field(field, values)


def draw_field(field: Field, values: Mapping[str, FieldValue]) -> Iterator[str]:
    """The type checker says when a kind of field is missing here."""
    match field:
        case TextField() | NumberField():
            value = values.get(field.field_id)
            yield f"{field.label}: {'' if value is None else value}"
        case CheckField():
            yield f"{field.label}: {'yes' if values.get(field.field_id) else 'no'}"
        case ChoiceField():
            chosen = values.get(field.field_id)
            yield f"{field.label}: {next((one.label for one in field.options if one.value == chosen), '')}"
            yield from (f"  - {one.label} {one.disabled_reason}" for one in field.options)
        case ListField():
            lines = values.get(field.field_id)
            yield f"{field.label}: {', '.join(lines) if isinstance(lines, tuple) else ''}"
        case SecretField():
            yield f"{field.label}: {'(typed)' if values.get(field.field_id) else '(kept)' if field.stored else ''}"
        case FileField():
            yield f"{field.label}: (a file)"
        case CopyableField():
            yield f"{field.label}: {field.value}"
        case FactsField():
            yield from (f"{fact.label}: {fact.text}" for fact in field.facts)
        case NoteField():
            yield field.text
        case ActionField():
            yield f"[{field.label}]"
        case TableField():
            yield field.label
            yield from (" | ".join(cell.text for cell in row.cells) for row in field.rows)
        case Section():
            yield field.label
            yield from draw_form(Form(fields=field.fields), values)
        case _:
            assert_never(field)
    beneath = (getattr(field, name, "") for name in ("error", "hint", "disabled_reason"))
    yield from (f"  {text}" for text in beneath if text)
