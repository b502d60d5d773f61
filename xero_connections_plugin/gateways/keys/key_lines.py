"""What does an operator see of the keys of an installation?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hostspec.errors import SecretStoreUnavailable
    from xero_connections_plugin.gateways.keys.key_register import KeyState


@dataclass(frozen=True)
class KeyLine:
    """One key, as an operator sees it."""

    key_id: str
    state: KeyState | None
    """``None`` for a key that is kept here and that the register does not know."""
    here: bool
    """Whether this machine has it."""
    rows: int
    """How many ciphertexts it has sealed."""


@dataclass(frozen=True)
class KeyStatus:
    """The keys of an installation, registered ones first, oldest first."""

    installation_id: str
    kept_in: str
    keys: tuple[KeyLine, ...]
    problem: SecretStoreUnavailable | None
    """Why the place where this machine keeps its keys cannot be read, or what it lacks."""
    pending: str | None = None
    """Id of the key that is to seal once somebody switches to it."""
