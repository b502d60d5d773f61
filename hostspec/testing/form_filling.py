"""Filling in a described form by its labels, as a person would."""

from hostspec.forms import CheckField, ChoiceField, ChoiceOption, FieldValue, FileField, Form, TextField
from hostspec.hosting.form_values import Input, fields_of
from hostspec.hosting.form_values import typed as held


class NotThere(AssertionError):
    """Nothing on the screen has that label; says what there is."""


class Disabled(AssertionError):
    """It is there and cannot be used now; ``reason`` is what the screen says about it."""

    def __init__(self, label: str, reason: str) -> None:
        super().__init__(f'"{label}" is disabled: {reason}')
        self.reason = reason


def find_input(form: Form, label: str) -> Input:
    """The one field with that label that a person can change.

    Raises:
        NotThere: There is none, or there are several.
    """
    found = [field for field in fields_of(form) if isinstance(field, Input) and field.label == label]
    if len(found) != 1:
        labels = [field.label for field in fields_of(form) if isinstance(field, Input)]
        raise NotThere(f'{len(found)} fields are labelled "{label}"; there are {labels}.')
    return found[0]


def typed(field: Input, text: str) -> FieldValue:
    """What a field holds after a person replaced its content by the text.

    Raises:
        Disabled: The field cannot be changed, or takes fewer characters.
        NotThere: Nothing can be typed into this kind of field.
    """
    refuse_disabled(field.label, field.disabled_reason)
    if isinstance(field, ChoiceField | CheckField | FileField):
        raise NotThere(f'Nothing can be typed into "{field.label}": it is a {field.kind} field.')
    if isinstance(field, TextField) and len(text) > field.max_length:
        raise Disabled(field.label, f"at most {field.max_length} characters")
    return held(field, text)


def chosen(field: Input, option_label: str) -> str:
    """What a choice field holds after a person chose the option.

    Raises:
        Disabled: The field or the option cannot be chosen.
        NotThere: There is no such option, or several, or it is no choice field.
    """
    refuse_disabled(field.label, field.disabled_reason)
    option = find_option(field, option_label)
    refuse_disabled(option.label, option.disabled_reason)
    return option.value


def chosen_file(field: Input, text: str, name: str | None) -> str:
    """What a file field holds after a person chose a file.

    Raises:
        Disabled: The field takes no such file, or cannot be changed.
        NotThere: It is no file field.
    """
    refuse_disabled(field.label, field.disabled_reason)
    if not isinstance(field, FileField):
        raise NotThere(f'"{field.label}" takes no file: it is a {field.kind} field.')
    if name is not None and field.accept and not name.casefold().endswith(field.accept):
        raise Disabled(field.label, f"only files that end with {' or '.join(field.accept)}")
    if len(text.encode()) > field.max_bytes:
        raise Disabled(field.label, f"at most {field.max_bytes:,} bytes")
    return text


def find_option(field: Input, option_label: str) -> ChoiceOption:
    """The one option with that label.

    Raises:
        NotThere: There is none, or there are several, or it is no choice field.
    """
    if not isinstance(field, ChoiceField):
        raise NotThere(f'"{field.label}" offers no choice: it is a {field.kind} field.')
    found = [option for option in field.options if option.label == option_label]
    if len(found) != 1:
        labels = [option.label for option in field.options]
        raise NotThere(f'{len(found)} options of "{field.label}" are called "{option_label}"; there are {labels}.')
    return found[0]


def refuse_disabled(label: str, reason: str) -> None:
    """Fail as the screen would.

    Raises:
        Disabled: The reason is not empty.
    """
    if reason:
        raise Disabled(label, reason)
