"""Which keys are at hand, and which of them seals?"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from xero_connections_plugin.gateways.keys import envelope
from xero_connections_plugin.gateways.keys.key_register import KeyState

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from xero_connections_plugin.gateways.keys.key_register import KeyFacts


@dataclass(frozen=True)
class KeyRing:
    """The registered keys that this machine has. Replaced as a whole, so that readers need no lock."""

    keys: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    """By id."""
    active: str | None = None
    """Id of the key that seals in this installation, at hand or not."""
    writer: str | None = None
    """Id of the key that seals here: the active one, else the newest older one that may still be used."""
    _ready: dict[str, envelope.DataKey] = field(default_factory=dict, init=False, repr=False, compare=False)

    def ready(self, key_id: str) -> envelope.DataKey | None:
        """A key made ready, which it is once; ``None`` when it is not at hand."""
        found = self._ready.get(key_id)
        if found is None and key_id in self.keys:
            # Two threads may come here at once: either one's will do.
            found = self._ready[key_id] = envelope.DataKey(self.keys[key_id])
        return found

    def covers(self, facts: KeyFacts) -> bool:
        """Whether all keys are at hand that something is sealed with, or is to be."""
        return facts.active is not None and all(key_id in self.keys for key_id in needed(facts))


def recognized(kept: Iterable[bytes], facts: KeyFacts) -> KeyRing:
    """Those of the keys kept here that the register knows, by id and check value."""
    by_id = {envelope.key_id(key): key for key in kept}
    keys = {
        known.key_id: by_id[known.key_id]
        for known in facts.keys
        if known.key_id in by_id and hmac.compare_digest(envelope.check_value(by_id[known.key_id]), known.check_value)
    }
    active = facts.active.key_id if facts.active is not None else None
    if active in keys:
        return KeyRing(keys, active, active)
    older = [key.key_id for key in facts.older if key.key_id in keys and key.state is KeyState.DECRYPT_ONLY]
    return KeyRing(keys, active, older[-1] if active is not None and older else None)


def needed(facts: KeyFacts) -> tuple[str, ...]:
    """Ids of the registered keys without which something cannot be opened or sealed."""
    active = facts.active
    return tuple(key.key_id for key in facts.keys if key == active or key.key_id in facts.rows)
