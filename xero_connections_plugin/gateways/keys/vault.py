"""How are secrets sealed with the key of the installation, and what is said when the key cannot be had?

A missing or locked key is a state of this machine: it is found out on use and never written into a row.
"""

from __future__ import annotations

import copy
import math
import os
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from hostspec.errors import ConnectionProblem, SecretStoreUnavailable
from xero_connections_plugin.gateways.keys import envelope, key_troubles
from xero_connections_plugin.gateways.keys.key_ring import KeyRing, recognized
from xero_connections_plugin.oauth.grant_ports import SealBroken, Sealed
from xero_connections_plugin.own_locks import ProcessLock

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hostspec.services import Clock
    from xero_connections_plugin.gateways.keys.key_register import KeyFacts, KeyRegister
    from xero_connections_plugin.gateways.keys.key_sources import KeySource

SILENT_SECONDS: Final = 10.0
"""Limit of a call to the keychain while nobody expects to be asked."""

PROMPT_SECONDS: Final = 60.0
"""Likewise, while somebody may have to unlock it."""

RETRY_SECONDS: Final = 30.0
"""A keychain that failed is silently asked again only after so long, so that lists stay quick."""

LOOK_SECONDS: Final = 30.0
"""So old may be what is known of the register when something is sealed: others may have switched to another key."""


class Vault:
    """A ``SecretBox``. Any thread may use it; the keys are read once. Making one touches nothing.

    Args:
        source: Where the keys are kept.
        register: What the database knows about keys.
        clock: Time.
        random_bytes: A cryptographic generator.
        checkpoint: Called at the named steps of making the first key; crash tests end the process there.
        silent_seconds: Limit of the keychain while nobody expects to be asked.
        prompt_seconds: Likewise, while somebody may have to unlock it.
    """

    def __init__(
        self,
        source: KeySource,
        register: KeyRegister,
        clock: Clock,
        *,
        random_bytes: Callable[[int], bytes],
        checkpoint: Callable[[str], None] = lambda _: None,
        silent_seconds: float = SILENT_SECONDS,
        prompt_seconds: float = PROMPT_SECONDS,
    ) -> None:
        self._source = source
        self._register = register
        self._clock = clock
        self._random_bytes = random_bytes
        self._checkpoint = checkpoint
        self._silent_seconds = silent_seconds
        self._prompt_seconds = prompt_seconds
        self._lock = ProcessLock()
        self._question: _Question | None = None
        self._ring = KeyRing()
        self._looked_at = -math.inf
        self._problem: SecretStoreUnavailable | None = None
        self._problem_at = 0.0

    def seal(self, plain: bytes, *, purpose: str, owner_id: str, generation: int) -> Sealed:
        """See ``SecretBox``; makes the first key when nothing was ever sealed.

        Where only an older key is at hand it seals with that: what Xero has just given cannot be asked for again.
        """
        key = self._sealing_key()
        data = key.seal(
            plain, purpose=purpose, owner_id=owner_id, generation=generation, random_bytes=self._random_bytes
        )
        return Sealed(data, key.kid)

    def open(self, sealed: bytes, *, purpose: str, owner_id: str, generation: int) -> bytes:
        """See ``SecretBox``."""
        name = envelope.sealed_with(sealed)
        key = self._ring.ready(name)
        if key is None:
            self._look(self._silent_seconds, make=False, again=False)
            key = self._ring.ready(name)
        if key is None:
            if name not in {known.key_id for known in self._register.facts().keys}:
                raise SealBroken("sealed with a key that was never registered")
            raise self._trouble(f"key {name}")
        return key.unseal(sealed, purpose=purpose, owner_id=owner_id, generation=generation)

    def check_usable(self) -> None:
        """Make sure that something can be sealed now; may wait for a person to unlock the keychain (60 s).

        Makes and registers the first key of a new installation.

        Raises:
            SecretStoreUnavailable: Nothing was changed.
            StoreUnavailable, StoredDataDamaged: What the database knows about keys cannot be read.
        """
        self._look(self._prompt_seconds, make=True, again=True)
        if self._ring.active is None or self._ring.active not in self._ring.keys:
            raise self._trouble("the key")

    def probe(self) -> SecretStoreUnavailable | None:
        """Find out silently (10 s at most) whether the keys can be had; makes none.

        Returns:
            The trouble; ``None`` when there is none, nothing was sealed yet, or the store cannot be read.
        """
        try:
            self._look(self._silent_seconds, make=False, again=True)
        except ConnectionProblem as trouble:
            return trouble if isinstance(trouble, SecretStoreUnavailable) else None
        return self._problem

    def key_problem(self, key_id: str = "") -> SecretStoreUnavailable | None:
        """What was last found wrong with the keys, without asking anybody.

        Args:
            key_id: Answers for what is sealed with this key only: ``None`` when it is at hand.
        """
        return None if key_id in self._ring.keys else self._problem

    def has_key(self, key_id: str) -> bool:
        """Whether a key is at hand, without asking anybody."""
        return key_id in self._ring.keys

    def describe(self) -> str:
        """Where the key is kept, for people."""
        return self._source.describe()

    def _sealing_key(self) -> envelope.DataKey:
        if self._ring.writer is None or self._clock.monotonic() >= self._looked_at + LOOK_SECONDS:
            try:
                self._look(self._silent_seconds, make=True, again=False)
            except ConnectionProblem:
                if self._ring.writer is None:
                    raise
        ring = self._ring
        if ring.writer is None or (key := ring.ready(ring.writer)) is None:
            raise self._trouble("the key")
        return key

    def _look(self, seconds: float, *, make: bool, again: bool) -> None:
        """Bring up to date what is known of the keys. One thread asks, the others share its answer within their limits.

        Args:
            seconds: How long the keychain may take.
            make: Make a first key if there is none.
            again: Even if the keychain failed just now.

        Raises:
            SecretStoreUnavailable: Another thread is still asking; what it finds wrong is noted and not raised.
            StoreUnavailable, StoredDataDamaged: The register cannot be read.
        """
        end = time.monotonic() + seconds
        while (question := self._begin(make=make, again=again)) is not None:
            if question.asker == threading.get_ident():
                self._ask(question, end)
                return
            if not question.done.wait(_left(end)):
                raise key_troubles.still_asking(self._source.describe())
            if question.failure is not None:
                raise copy.copy(question.failure) from None
            if question.answered and (question.make or not make):
                return

    def _begin(self, *, make: bool, again: bool) -> _Question | None:
        """The question under way, which is the caller's own when there was none; ``None`` when there is no need."""
        with self._lock.own:
            found = self._question
            if found is None or found.process != os.getpid():
                if not again and self._failed_just_now():
                    return None
                found = self._question = _Question(make)
            return found

    def _ask(self, question: _Question, end: float) -> None:
        self._looked_at = self._clock.monotonic()
        try:
            self._find(end, make=question.make)
            question.answered = True
        except ConnectionProblem as failure:
            question.failure = failure
            raise
        finally:
            with self._lock.own:
                self._question = None
            question.done.set()

    def _failed_just_now(self) -> bool:
        return self._problem is not None and self._clock.monotonic() < self._problem_at + RETRY_SECONDS

    def _find(self, end: float, *, make: bool) -> None:
        facts = self._register.facts()
        if facts.active is None and not facts.has_sealed_rows and not make:
            self._problem = None
            return
        try:
            kept: Sequence[bytes] = tuple(self._ring.keys.values())
            if not self._ring.covers(facts):
                kept = self._source.read(self._register.installation_id(), seconds=_left(end))
            ring = recognized(kept, facts)
            if make and ring.writer is None and self._may_make(facts):
                facts, kept = self._make(end, lost=facts.active.key_id if facts.active is not None else None)
                ring = recognized(kept, facts)
        except SecretStoreUnavailable as trouble:
            self._ring = recognized(self._ring.keys.values(), facts)
            self._note(trouble)
            return
        self._ring = ring
        self._problem = None
        if (missing := key_troubles.lacking(ring, kept, facts, make=make)) is not None:
            self._note(missing)

    def _may_make(self, facts: KeyFacts) -> bool:
        """Whether no key is lost for anybody when this machine makes one."""
        return not facts.has_sealed_rows and (facts.active is None or not self._register.is_shared)

    def _make(self, end: float, *, lost: str | None) -> tuple[KeyFacts, Sequence[bytes]]:
        """Make the first key under the lease; of several processes and machines the first registered one wins."""
        installation = self._register.installation_id()
        while True:
            with self._register.creating() as extend:
                # Not if somebody made one between the look and this lease: a key too many would be kept for ever.
                made = self._register.facts().active if extend is not None else None
                if extend is not None and (made is None or made.key_id == lost):
                    kept = self._source.read(installation, seconds=_left(end))
                    # A person may have taken longer than the lease lasts, and another process may make the key now.
                    if not kept and extend():
                        key = self._random_bytes(envelope.KEY_BYTES)
                        self._source.create(installation, key, seconds=_left(end))
                        kept = (key,)
                    if kept:
                        self._checkpoint("key: first kept")
                        self._register.register(
                            envelope.key_id(kept[-1]), envelope.check_value(kept[-1]), replacing=lost
                        )
                        self._checkpoint("key: first registered")
            facts = self._register.facts()
            if facts.active is not None and (extend is not None or facts.active.key_id != lost):
                return facts, self._source.read(installation, seconds=_left(end))
            if not _left(end):
                raise key_troubles.still_making()
            # Somebody else is asking their keychain; their lease ends with them, or by itself.
            self._clock.wait(0.1)

    def _trouble(self, what: str) -> SecretStoreUnavailable:
        """What is wrong, new at each call since threads must not share a traceback; noted when nothing was known."""
        known = self._problem or self._note(key_troubles.missing(what))
        return SecretStoreUnavailable(str(known), code=known.code)

    def _note(self, trouble: SecretStoreUnavailable) -> SecretStoreUnavailable:
        self._problem = trouble
        self._problem_at = self._clock.monotonic()
        return trouble


def _left(end: float) -> float:
    return max(0.0, end - time.monotonic())


@dataclass
class _Question:
    """One look at the keychain, which the threads of a process share."""

    make: bool
    asker: int = field(default_factory=threading.get_ident)
    process: int = field(default_factory=os.getpid)
    done: threading.Event = field(default_factory=threading.Event)
    answered: bool = False
    failure: ConnectionProblem | None = None
