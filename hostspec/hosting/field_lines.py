"""What is there to read about a field, whatever its kind: facts, notes, texts to copy, errors and hints."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from hostspec.forms import (
    ActionField,
    CheckField,
    ChoiceField,
    CopyableField,
    FactsField,
    FileField,
    ListField,
    NoteField,
    NumberField,
    SecretField,
    Section,
    TableField,
    TextField,
)
from hostspec.value import Tone

if TYPE_CHECKING:
    from hostspec.forms import Field, Link
    from hostspec.hosting.form_values import Input

_LONGEST_SHOWN = 100
"""Characters; a longer text to copy, or one of several lines, stands in what is drawn beside it already."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """Something to read, and where it says so to copy."""

    text: str = ""
    """Plain text, as everything that is described."""
    label: str = ""
    """What it is about; empty where the text says so."""
    tone: Tone = Tone.NEUTRAL
    """How it is meant."""
    links: tuple[Link, ...] = ()
    """Where to read on."""
    copy: str | None = None
    """Not ``None``: a button copies this, and it is drawn nowhere else than in ``text``; while it is empty, there is
    nothing to copy yet."""


def lines_of(field: Field) -> tuple[Line, ...]:
    """From top to bottom; those of a button, of a table and of a field to fill in stand below it."""
    match field:
        case NoteField():
            said = (Line(text=field.text, tone=field.tone, links=field.links),) if field.text or field.links else ()
            return (*said, *(Line(text=_shown(one), copy=one) for one in field.copy_texts))
        case FactsField():
            return tuple(
                Line(label=one.label, text=f"{one.text} ({one.exact})" if one.exact else one.text)
                for one in field.facts
            )
        case CopyableField():
            return (Line(label=field.label, text=field.value, copy=field.value), *_hints(field.hint))
        case ActionField():
            return _hints(field.disabled_reason or field.text)
        case TableField():
            return () if field.rows else _hints(field.empty)
        case Section():
            return ()
        case TextField() | NumberField() | ChoiceField() | CheckField() | SecretField() | ListField() | FileField():
            return _of_input(field)
        case _:
            assert_never(field)


def _shown(copied: str) -> str:
    return copied if len(copied) < _LONGEST_SHOWN and "\n" not in copied else ""


def _of_input(field: Input) -> tuple[Line, ...]:
    wrong = (Line(text=field.error, tone=Tone.BAD),) if field.error else ()
    return (*wrong, *_hints(field.disabled_reason or field.hint, field.links))


def _hints(text: str, links: tuple[Link, ...] = ()) -> tuple[Line, ...]:
    return (Line(text=text, links=links),) if text or links else ()
