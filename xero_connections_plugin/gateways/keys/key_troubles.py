"""What is said when a key is not at hand on this machine?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hostspec.errors import SecretStoreUnavailable
from xero_connections_plugin.gateways.keys import envelope
from xero_connections_plugin.gateways.keys.key_ring import needed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from xero_connections_plugin.gateways.keys.key_register import KeyFacts
    from xero_connections_plugin.gateways.keys.key_ring import KeyRing


def lacking(ring: KeyRing, kept: Iterable[bytes], facts: KeyFacts, *, make: bool) -> SecretStoreUnavailable | None:
    """What this machine lacks, if anything.

    Args:
        ring: The keys at hand.
        kept: All keys that are kept here, whether the register knows them or not.
        facts: What the register knows.
        make: Something is to be sealed, so that the lack of a key that has sealed nothing matters too.
    """
    active = facts.active
    if active is None or not (facts.has_sealed_rows or make):
        return None
    if active.key_id not in ring.keys:
        if ring.keys:
            return _outdated(list(ring.keys)[-1], active.key_id)
        strangers = [envelope.key_id(key) for key in kept]
        return _wrong(strangers, active.key_id) if strangers else missing(f"key {active.key_id}")
    absent = [key_id for key_id in needed(facts) if key_id not in ring.keys]
    return missing(f"key {', '.join(absent)}") if absent else None


def missing(what: str) -> SecretStoreUnavailable:
    """The machine has no key at all, or lacks one of several."""
    return SecretStoreUnavailable(
        f"The stored sign-ins are sealed with {what}, which this machine and user do not have. They are unchanged. "
        "Import the key from a machine that has it.",
        code="KEY_MISSING",
    )


def still_asking(place: str) -> SecretStoreUnavailable:
    """Another thread is waiting for the same answer."""
    return SecretStoreUnavailable(
        f"{place} is still being asked for the key and has not answered in time. Stored sign-ins are unchanged. "
        "Unlock it and try again.",
        code="KEYRING_SLOW",
    )


def still_making() -> SecretStoreUnavailable:
    """Another process holds the right to make the first key, and may be waiting for a person."""
    return SecretStoreUnavailable(
        "Another program of this installation is making its key and has not finished. Nothing was changed. "
        "If it asks for the password of the keychain, enter it; then try again.",
        code="KEYRING_SLOW",
    )


def _wrong(here: list[str], active: str) -> SecretStoreUnavailable:
    return SecretStoreUnavailable(
        f"This machine has key {', '.join(here)}, but the stored sign-ins are sealed with key {active}. "
        "They are unchanged. Import the right key.",
        code="KEY_MISSING",
    )


def _outdated(here: str, active: str) -> SecretStoreUnavailable:
    return SecretStoreUnavailable(
        f"The newest key of this machine is {here}, but sign-ins are now sealed with key {active}. They are unchanged. "
        "Import the key from a machine that has it.",
        code="KEY_MISSING",
    )
