"""Sentences about adding another company with a sign-in that is there."""

from __future__ import annotations

from typing import Final

ADD_COMPANY: Final = "Add another company"


def cannot_extend(type_label: str) -> str:
    return f"A connection of the type {type_label} begins with a sign-in of its own. Choose Add instead."
