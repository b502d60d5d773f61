"""How is the installation's key changed for another one without losing what is sealed?

A new key is kept on this machine first and read back, then registered as *pending*: it seals nothing, so that other
workstations can import it in peace. After the switch it seals, and the key before only opens. Every ciphertext is then
sealed anew in batches of short transactions, each exchanged only if nobody has written there meanwhile; a key that no
row uses is retired. Whatever is interrupted goes on with the same call, or at the next start.

Retired keys stay where they are kept until somebody discards them: a backup may still need them, and a process that had
not yet heard of the switch may have sealed with one.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from hostspec.errors import SecretStoreUnavailable
from xero_connections_plugin.gateways.keys import envelope
from xero_connections_plugin.gateways.keys.key_register import KeyState
from xero_connections_plugin.gateways.keys.resealing import (
    BATCH,
    KeyRotationRefused,
    Resealed,
    Resealing,
    rotation_running,
)
from xero_connections_plugin.gateways.keys.vault import PROMPT_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from xero_connections_plugin.gateways.keys.key_register import Extend, KeyFacts, KeyRegister
    from xero_connections_plugin.gateways.keys.key_sources import KeySource
    from xero_connections_plugin.gateways.keys.vault import Vault
    from xero_connections_plugin.gateways.store.database import Database


class KeyRotation:
    """The steps from one key to the next. Any thread and any process may call them.

    Args:
        vault: What opens and seals.
        source: Where this machine keeps its keys.
        register: What the database knows about keys.
        database: Where the rows are.
        random_bytes: A cryptographic generator.
        checkpoint: Called with each of ``CHECKPOINTS``.
        batch: Ciphertexts per transaction.
    """

    def __init__(
        self,
        vault: Vault,
        source: KeySource,
        register: KeyRegister,
        database: Database,
        *,
        random_bytes: Callable[[int], bytes],
        checkpoint: Callable[[str], None] = lambda _: None,
        batch: int = BATCH,
    ) -> None:
        self._vault = vault
        self._source = source
        self._register = register
        self._database = database
        self._random_bytes = random_bytes
        self._checkpoint = checkpoint
        self._resealing = Resealing(vault, register, database, checkpoint=checkpoint, batch=batch)

    def begin(self) -> str:
        """Keep a new key on this machine and register it as pending; once begun, answers the pending one.

        Returns:
            Its id.

        Raises:
            KeyRotationRefused: Another process is at it, or another machine has begun.
            SecretStoreUnavailable: This machine lacks the present key, or cannot keep another one.
            StoreUnavailable, StoredDataDamaged: The register cannot be used.
        """
        from xero_connections_plugin.gateways.keys.key_succession import KeySuccession

        self._vault.check_usable()
        with self._alone() as extend:
            facts, kept = self._register.facts(), self._kept()
            if facts.pending is not None:
                if facts.pending.key_id in kept:
                    return facts.pending.key_id
                raise KeyRotationRefused(
                    f"Another machine has made key {facts.pending.key_id}, which is to seal next. Nothing was changed. "
                    "Import that key here, or withdraw it and begin anew."
                )
            # One that was kept and not registered, because the process ended between the two, or that somebody set.
            strangers = [key for key_id, key in kept.items() if key_id not in {known.key_id for known in facts.keys}]
            key = strangers[-1] if strangers else self._random_bytes(envelope.KEY_BYTES)
            with self._register.creating() as keeping:
                if keeping is None or not extend():
                    raise rotation_running()
                self._source.create(self._register.installation_id(), key, seconds=PROMPT_SECONDS)
            self._checkpoint("key: kept")
            key_id = envelope.key_id(key)
            if not KeySuccession(self._database).add(key_id, envelope.check_value(key)):
                raise rotation_running()
            self._checkpoint("key: registered")
        return key_id

    def withdraw(self) -> str:
        """Give up the pending key, which has sealed nothing: it is retired, stays where it is kept, and never seals.

        Returns:
            Its id.

        Raises:
            KeyRotationRefused: There is none, or another process is at it.
            StoreUnavailable, StoredDataDamaged: The register cannot be used.
        """
        from xero_connections_plugin.gateways.keys.key_succession import KeySuccession

        with self._alone():
            pending = self._register.facts().pending
            if pending is None or not KeySuccession(self._database).withdraw(pending.key_id):
                raise _nothing_pending()
        return pending.key_id

    def switch(self) -> str:
        """Seal with the pending key from now on. On a shared store: once every workstation has imported it.

        Once switched, answers the key that seals until everything is sealed anew: whoever was interrupted goes on.

        Returns:
            Its id.

        Raises:
            KeyRotationRefused: There is none and nothing to go on with, or another process is at it.
            SecretStoreUnavailable: This machine does not have it.
            StoreUnavailable, StoredDataDamaged: The register cannot be used.
        """
        from xero_connections_plugin.gateways.keys.key_succession import KeySuccession

        with self._alone():
            facts = self._register.facts()
            pending = facts.pending
            if pending is None:
                if facts.active is None or not _is_unfinished(facts):
                    raise _nothing_pending()
                return facts.active.key_id
            key = self._kept().get(pending.key_id)
            if key is None or envelope.check_value(key) != pending.check_value:
                raise SecretStoreUnavailable(
                    f"Key {pending.key_id} is to seal next, and this machine does not have it. Nothing was changed. "
                    "Import it, or switch on the machine that made it.",
                    code="KEY_MISSING",
                )
            if not KeySuccession(self._database).switch(pending.key_id):
                raise _nothing_pending()
            self._checkpoint("key: switched")
        self._vault.check_usable()
        return pending.key_id

    def reseal(self) -> Resealed:
        """Seal with the present key whatever another one has sealed, in batches; others may work meanwhile.

        Raises:
            KeyRotationRefused: Another process is at it; what was done stays.
            SecretStoreUnavailable: This machine lacks the present key.
            StoreUnavailable, StoredDataDamaged: Likewise, the store cannot be used.
        """
        self._vault.check_usable()
        with self._alone() as extend:
            return self._resealing.run(extend)

    def retire(self) -> tuple[str, ...]:
        """Retire the keys before the present one that no row uses any more.

        Returns:
            Their ids.

        Raises:
            KeyRotationRefused: Another process is at it.
            StoreUnavailable, StoredDataDamaged: The register cannot be used.
        """
        with self._alone():
            return self._retire()

    def is_unfinished(self) -> bool:
        """Whether a switch has left something to do.

        Raises:
            StoreUnavailable, StoredDataDamaged: The register cannot be read.
        """
        return _is_unfinished(self._register.facts())

    def go_on(self) -> tuple[str, ...]:
        """Seal anew and retire what a switch has left to do, unless another process does or the key is not here.

        Returns:
            Ids of the keys that were retired.

        Raises:
            StoreUnavailable, StoredDataDamaged: What was done stays.
        """
        active = self._register.facts().active
        if active is None or not self.is_unfinished():
            return ()
        self._vault.probe()
        if not self._vault.has_key(active.key_id):
            return ()
        with self._register.rotating() as extend:
            if extend is None:
                return ()
            self._resealing.run(extend)
            return self._retire()

    def _retire(self) -> tuple[str, ...]:
        from xero_connections_plugin.gateways.keys.key_succession import KeySuccession

        unused = _to_retire(self._register.facts())
        retired = KeySuccession(self._database).retire(unused) if unused else ()
        self._checkpoint("key: retired")
        return retired

    @contextmanager
    def _alone(self) -> Iterator[Extend]:
        with self._register.rotating() as extend:
            if extend is None:
                raise rotation_running()
            yield extend

    def _kept(self) -> dict[str, bytes]:
        kept = self._source.read(self._register.installation_id(), seconds=PROMPT_SECONDS)
        return {envelope.key_id(key): key for key in kept}


def _is_unfinished(facts: KeyFacts) -> bool:
    return facts.active is not None and (
        bool(_to_retire(facts)) or any(facts.rows[older.key_id] for older in facts.older)
    )


def _to_retire(facts: KeyFacts) -> tuple[str, ...]:
    opening = (key.key_id for key in facts.older if key.state is KeyState.DECRYPT_ONLY)
    return tuple(key_id for key_id in opening if not facts.rows[key_id])


def _nothing_pending() -> KeyRotationRefused:
    return KeyRotationRefused("There is no new key to go on with. Nothing was changed. Begin with a new one.")
