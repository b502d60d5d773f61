"""The sentences of Duplicate and Rename."""

from __future__ import annotations

from typing import Final

DUPLICATE: Final = "Duplicate"
COPY: Final = "copy"
DUPLICATE_REFUSED_TITLE: Final = "Not duplicated"
DUPLICATE_REFUSED: Final = (
    "The plugin of this connection type cannot start another connection from this one. Add it by hand instead."
)

RENAME: Final = "Rename"
RENAME_TITLE: Final = "Rename connection"
NEW_NAME: Final = "Display name"
NEW_NAME_HINT: Final = "Profiles, the sign-in and the history stay with the connection."
CANCEL: Final = "Cancel"
RENAMED: Final = "renamed"
GONE: Final = "Somebody deleted this connection meanwhile, so it was not renamed."


def renamed_meanwhile(name: str) -> str:
    return f"Somebody renamed this connection to “{name}” meanwhile. Press Rename again to give it your name."


def name_taken(name: str) -> str:
    return f"There is already a connection named “{name}”. Choose another name."


def was_named(name: str) -> str:
    return f"Was named “{name}” before."
