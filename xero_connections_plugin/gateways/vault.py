"""How are secrets sealed with the key of the installation, and what is said when the key cannot be had?

A missing or locked key is a state of this machine: it is found out on use and never written into a row.
"""

from __future__ import annotations

import hmac
import threading
from typing import TYPE_CHECKING, Final

from hostspec.errors import ConnectionProblem, SecretStoreUnavailable
from xero_connections_plugin.gateways import envelope
from xero_connections_plugin.oauth.grant_ports import SealBroken, Sealed

if TYPE_CHECKING:
    from collections.abc import Callable

    from hostspec.services import Clock
    from xero_connections_plugin.gateways.key_register import KeyFacts, KeyRegister, RegisteredKey
    from xero_connections_plugin.gateways.key_sources import KeySource

SILENT_SECONDS: Final = 10.0
"""Limit of a call to the keychain while nobody expects to be asked."""

PROMPT_SECONDS: Final = 60.0
"""Likewise, while somebody may have to unlock it."""

RETRY_SECONDS: Final = 30.0
"""A keychain that failed is silently asked again only after so long, so that lists stay quick."""


class Vault:
    """A ``SecretBox``. Any thread may use it; the key is read once. Making one touches nothing.

    Args:
        source: Where the key is kept.
        register: What the database knows about keys.
        clock: Time.
        random_bytes: A cryptographic generator.
    """

    def __init__(
        self, source: KeySource, register: KeyRegister, clock: Clock, *, random_bytes: Callable[[int], bytes]
    ) -> None:
        self._source = source
        self._register = register
        self._clock = clock
        self._random_bytes = random_bytes
        self._lock = threading.Lock()
        self._ring: dict[str, bytes] = {}
        self._active: str | None = None
        self._problem: SecretStoreUnavailable | None = None
        self._problem_at = 0.0

    def seal(self, plain: bytes, *, purpose: str, owner_id: str, generation: int) -> Sealed:
        """See ``SecretBox``; makes the first key when nothing was ever sealed."""
        key = self._sealing_key(SILENT_SECONDS)
        data = envelope.seal(
            key,
            plain,
            purpose=purpose,
            owner_id=owner_id,
            generation=generation,
            random_bytes=self._random_bytes,
        )
        return Sealed(data, envelope.key_id(key))

    def open(self, sealed: bytes, *, purpose: str, owner_id: str, generation: int) -> bytes:
        """See ``SecretBox``."""
        name = envelope.sealed_with(sealed)
        key = self._ring.get(name)
        if key is None:
            self._unlock(SILENT_SECONDS, make=False, again=False)
            key = self._ring.get(name)
        if key is None:
            if name not in {known.key_id for known in self._register.facts().keys}:
                raise SealBroken("sealed with a key that was never registered")
            raise self._noted(_missing(f"key {name}"))
        return envelope.unseal(key, sealed, purpose=purpose, owner_id=owner_id, generation=generation)

    def check_usable(self) -> None:
        """Make sure that something can be sealed now; may wait for a person to unlock the keychain (60 s).

        Makes and registers the first key of a new installation.

        Raises:
            SecretStoreUnavailable: Nothing was changed.
            StoreUnavailable, StoredDataDamaged: What the database knows about keys cannot be read.
        """
        self._sealing_key(PROMPT_SECONDS, again=True)

    def probe(self) -> SecretStoreUnavailable | None:
        """Find out silently (10 s at most) whether the key can be had; makes none.

        Returns:
            The trouble; ``None`` when there is none, nothing was sealed yet, or the store cannot be read.
        """
        try:
            self._unlock(SILENT_SECONDS, make=False, again=True)
        except ConnectionProblem as trouble:
            return trouble if isinstance(trouble, SecretStoreUnavailable) else None
        return None

    def key_problem(self) -> SecretStoreUnavailable | None:
        """What was last found wrong with the key, without asking anybody."""
        return self._problem

    def describe(self) -> str:
        """Where the key is kept, for people."""
        return self._source.describe()

    def _sealing_key(self, seconds: float, *, again: bool = False) -> bytes:
        if self._active is None:
            self._unlock(seconds, make=True, again=again)
        if self._active is None:
            raise self._noted(_missing("the key"))
        return self._ring[self._active]

    def _unlock(self, seconds: float, *, make: bool, again: bool) -> None:
        """Read the key, and with ``make`` have one in any case."""
        with self._lock:
            if self._active is not None:
                return
            trouble = self._problem
            if trouble is not None and not again and self._clock.monotonic() < self._problem_at + RETRY_SECONDS:
                raise SecretStoreUnavailable(str(trouble), code=trouble.code)
            try:
                self._find(seconds, make=make)
            except SecretStoreUnavailable as found:
                raise self._noted(found) from None
            self._problem = None

    def _find(self, seconds: float, *, make: bool) -> None:
        facts = self._register.facts()
        if facts.active is None and not facts.has_sealed_rows and not make:
            return
        installation = self._register.installation_id()
        here = {envelope.key_id(key): key for key in self._source.read(installation, seconds=seconds)}
        if self._take(here, facts):
            return
        may_make = not facts.has_sealed_rows and (facts.active is None or not self._register.is_shared)
        if not make or not may_make:
            if facts.active is None or not (facts.has_sealed_rows or make):
                return
            raise _wrong(here, facts.active) if here else _missing(f"key {facts.active.key_id}")
        self._make(installation, seconds, lost=facts.active.key_id if facts.active is not None else None)

    def _take(self, here: dict[str, bytes], facts: KeyFacts) -> bool:
        active = facts.active
        if active is None:
            return False
        key = here.get(active.key_id)
        if key is None or not hmac.compare_digest(envelope.check_value(key), active.check_value):
            return False
        self._ring = here
        self._active = active.key_id
        return True

    def _make(self, installation: str, seconds: float, *, lost: str | None) -> None:
        """Make the first key under the lease; of several processes and machines the first registered one wins."""
        while True:
            with self._register.creating() as may_make:
                if may_make:
                    kept = self._source.read(installation, seconds=seconds)
                    if not kept:
                        key = self._random_bytes(envelope.KEY_BYTES)
                        self._source.create(installation, key, seconds=seconds)
                        kept = (key,)
                    key = kept[-1]
                    self._register.register(envelope.key_id(key), envelope.check_value(key), replacing=lost)
            facts = self._register.facts()
            here = {envelope.key_id(key): key for key in self._source.read(installation, seconds=seconds)}
            if self._take(here, facts):
                return
            if may_make and facts.active is not None:
                raise _wrong(here, facts.active)
            # Somebody else is asking their keychain; their lease ends with them, or by itself.
            self._clock.wait(0.1)

    def _noted(self, trouble: SecretStoreUnavailable) -> SecretStoreUnavailable:
        self._problem = trouble
        self._problem_at = self._clock.monotonic()
        return trouble


def _missing(what: str) -> SecretStoreUnavailable:
    return SecretStoreUnavailable(
        f"The stored sign-ins are sealed with {what}, which this machine and user do not have. They are unchanged. "
        "Import the key from a machine that has it.",
        code="KEY_MISSING",
    )


def _wrong(here: dict[str, bytes], active: RegisteredKey) -> SecretStoreUnavailable:
    return SecretStoreUnavailable(
        f"This machine has key {', '.join(here)}, but the stored sign-ins are sealed with key {active.key_id}. "
        "They are unchanged. Import the right key.",
        code="KEY_MISSING",
    )
