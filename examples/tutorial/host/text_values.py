from hostspec import CheckField, ChoiceField, FieldValue
from hostspec.hosting import Input, typed


def entered(field: Input, text: str) -> FieldValue:
    """What a field holds after somebody typed that at a terminal."""
    match field:
        case CheckField():
            return text == "yes"
        case ChoiceField():
            return next((option.value for option in field.options if option.label == text), "")
        case _:
            return typed(field, text)
