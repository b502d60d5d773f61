"""Which scopes does a sign-in ask for? Presets, and free additions."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final

_CAPTURE: Final = (
    "offline_access",
    "accounting.settings.read",
    "accounting.contacts",
    "accounting.invoices",
    "accounting.banktransactions",
    "accounting.attachments",
)


class ScopePreset(StrEnum):
    """A set of scopes by its purpose."""

    GRANULAR = "granular"
    GRANULAR_FILES = "granular_files"
    LEGACY = "legacy"


PRESET_SCOPES: Final[dict[ScopePreset, tuple[str, ...]]] = {
    ScopePreset.GRANULAR: _CAPTURE,
    ScopePreset.GRANULAR_FILES: (*_CAPTURE, "files"),
    # Apps made before 2 March 2026 may still use the broad scope, which ends in September 2027.
    ScopePreset.LEGACY: (
        "offline_access",
        "accounting.settings.read",
        "accounting.contacts",
        "accounting.transactions",
        "accounting.attachments",
    ),
}

ABOUT_THE_USER: Final = frozenset({"offline_access", "openid", "profile", "email"})
"""Scopes that open no part of the API, and that a server need not name among those it granted."""

# RFC 6749 section 3.3: scope-token = 1*( %x21 / %x23-5B / %x5D-7E )
_SCOPE_TOKEN: Final = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,100}")
MOST_ADDITIONS: Final = 40


def read_additions(typed: str) -> tuple[str, ...] | None:
    """Scopes typed with blanks or commas between them; ``None`` when one of them cannot be a scope."""
    words = tuple(dict.fromkeys(re.split(r"[\s,;]+", typed.strip()))) if typed.strip() else ()
    if len(words) > MOST_ADDITIONS or not all(_SCOPE_TOKEN.fullmatch(word) for word in words):
        return None
    return words


def scopes_of(preset: ScopePreset, additions: tuple[str, ...]) -> tuple[str, ...]:
    """What to ask for, each scope once. A refresh token needs ``offline_access``, so every preset has it."""
    return tuple(dict.fromkeys((*PRESET_SCOPES[preset], *additions)))
