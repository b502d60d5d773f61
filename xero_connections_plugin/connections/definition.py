"""What makes a display name valid, when are two of them the same, and how is a name from outside shown?"""

from __future__ import annotations

import unicodedata
from typing import Final

NAME_LIMIT: Final = 120
"""Longest display name, in characters."""

_REFUSED_CATEGORIES: Final = frozenset({"Cc", "Cs", "Co", "Cn", "Zl", "Zp"})
# Explicit bidirectional controls can make a name read as another one (Unicode TR 9 section 2; CVE-2021-42574).
_BIDI_CONTROLS: Final = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_INVISIBLE: Final = frozenset("\u00ad\u200b\u2060\ufeff\u180e")
_HIDDEN: Final = _BIDI_CONTROLS | _INVISIBLE


def clean_name(typed: str) -> str:
    """The name as it is kept: trimmed and in Unicode's composed form."""
    return unicodedata.normalize("NFC", typed).strip()


def name_key(name: str) -> str:
    """Equal for names that people would take for the same: compatibility forms and case do not tell them apart."""
    folded = unicodedata.normalize("NFKC", clean_name(name)).casefold()
    return " ".join(unicodedata.normalize("NFKC", folded).split())


def name_problem(typed: str) -> str:
    """Why a name cannot be kept and what to do, as a sentence; empty when it can."""
    name = clean_name(typed)
    if not name:
        return "Enter a name, so that people can recognize this connection in lists."
    if len(name) > NAME_LIMIT:
        return f"This name has {len(name)} characters. Shorten it to {NAME_LIMIT}."
    if any(unicodedata.category(character) in _REFUSED_CATEGORIES for character in name):
        return "This name holds characters that cannot be shown. Type it instead of pasting it."
    if any(character in _HIDDEN for character in name):
        return "This name holds invisible characters that could make it look like another one. Type it anew."
    if not name_key(name):
        return "This name cannot be told apart from an empty one. Use letters or digits."
    return ""


def plain_text(said: str, limit: int = NAME_LIMIT) -> str:
    """A text from outside as it may stand in a list or a sentence.

    It is in composed form, on one line, at most ``limit`` characters long, and free of characters that cannot be seen
    or that make the text around it read as another one.
    """
    # Cut first as well: normalizing and looking at each of many million characters would take its time.
    composed = unicodedata.normalize("NFC", said[: 10 * limit])
    seen = (" " if unicodedata.category(one) in _REFUSED_CATEGORIES else one for one in composed if one not in _HIDDEN)
    plain = " ".join("".join(seen).split())
    return plain if len(plain) <= limit else f"{plain[: limit - 1].rstrip()}…"
