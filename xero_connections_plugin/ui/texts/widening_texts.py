"""The sentences about sign-ins that should allow more."""

from __future__ import annotations

from typing import Final

TITLE: Final = "Nothing is missing"
ALREADY: Final = (
    "This sign-in allows everything that the profiles need, and nothing of it ends. There is nothing to do."
)
WIDEN: Final = "Authorize with the right scopes"
WIDEN_TEXT: Final = "Opens the definition with the scopes that are needed already chosen."
MAY_NOT_MANAGE: Final = "You may look at connections but not change them. Ask an administrator."
