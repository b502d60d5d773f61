"""What the list says of an entry whose sign-in works."""

from __future__ import annotations

from typing import Final

WORKS: Final = frozenset({"Ready", "Untested"})
"""Used or tested already, or not yet."""

KEPT: Final = WORKS | {"Unreachable", "Waiting"}
"""Out of reach perhaps, which passes by itself; nobody has to sign in."""
