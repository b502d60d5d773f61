"""How does a form look in which only a few fields may be filled in?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hostspec.forms import (
    CheckField,
    ChoiceField,
    FileField,
    Form,
    ListField,
    NumberField,
    SecretField,
    Section,
    TextField,
)

if TYPE_CHECKING:
    from hostspec.forms import Field

_INPUTS: Final = (TextField, NumberField, ChoiceField, CheckField, SecretField, ListField, FileField)


def locked(form: Form, open_fields: frozenset[str], reason: str) -> Form:
    """The same form, with every field disabled but the open ones; buttons stay as they are."""
    return Form(fields=tuple(_locked(field, open_fields, reason) for field in form.fields))


def _locked(field: Field, open_fields: frozenset[str], reason: str) -> Field:
    if isinstance(field, Section):
        return field.model_copy(update={"fields": tuple(_locked(one, open_fields, reason) for one in field.fields)})
    if not isinstance(field, _INPUTS) or field.field_id in open_fields:
        return field
    # What belongs in a field is of no use where nothing can be typed.
    update = {"disabled_reason": field.disabled_reason or reason, "error": "", "hint": "", "links": ()}
    return field.model_copy(update=update)
