"""What can an operator do about the keys of an installation? Look, hand them to another workstation, change them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hostspec.errors import SecretStoreUnavailable
from xero_connections_plugin.connections.history_events import SERVICE
from xero_connections_plugin.gateways.keys import carried_file, envelope, key_transfer
from xero_connections_plugin.gateways.keys.key_lines import KeyLine, KeyStatus
from xero_connections_plugin.gateways.keys.key_register import KeyState
from xero_connections_plugin.gateways.keys.key_ring import recognized
from xero_connections_plugin.gateways.keys.key_transfer import STRONG, KeyParcel, KeyTransferRefused, ScryptCost
from xero_connections_plugin.gateways.keys.resealing import KeyRotationRefused, rotation_running
from xero_connections_plugin.gateways.keys.vault import PROMPT_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pydantic import SecretStr

    from hostspec.services import Clock
    from xero_connections_plugin.connections.history_events import Actor
    from xero_connections_plugin.gateways.keys.key_records import KeyRecords
    from xero_connections_plugin.gateways.keys.key_register import KeyRegister
    from xero_connections_plugin.gateways.keys.key_rotation import KeyRotation
    from xero_connections_plugin.gateways.keys.key_sources import KeySource
    from xero_connections_plugin.gateways.keys.resealing import Resealed
    from xero_connections_plugin.gateways.keys.vault import Vault


class KeyCare:
    """What a command line offers. Every act may wait for a person to unlock the keychain (60 s).

    Besides what is named, every act raises ``StoreUnavailable`` and ``StoredDataDamaged`` of the register, and
    ``SecretStoreUnavailable`` of the place where keys are kept; nothing was changed then.

    Args:
        vault: What seals with the keys.
        source: Where this machine keeps its keys.
        register: What the database knows about keys.
        rotation: The steps from one key to the next.
        clock: Time.
        random_bytes: A cryptographic generator.
        cost: Of guessing a passphrase.
        changed: Told when this machine has got a key.
        records: Keeps who did what.
    """

    def __init__(
        self,
        vault: Vault,
        source: KeySource,
        register: KeyRegister,
        rotation: KeyRotation,
        clock: Clock,
        *,
        random_bytes: Callable[[int], bytes],
        cost: ScryptCost = STRONG,
        changed: Callable[[], None] = lambda: None,
        records: KeyRecords,
    ) -> None:
        self._vault = vault
        self._source = source
        self._register = register
        self._rotation = rotation
        self._clock = clock
        self._random_bytes = random_bytes
        self._cost = cost
        self._changed = changed
        self._records = records

    def status(self) -> KeyStatus:
        """Which keys there are; a place that cannot be read is part of the answer."""
        facts, problem = self._register.facts(), None
        try:
            kept = self._kept()
        except SecretStoreUnavailable as trouble:
            kept, problem = {}, trouble
        ours = recognized(kept.values(), facts).keys
        lines = [KeyLine(key.key_id, key.state, key.key_id in ours, facts.rows[key.key_id]) for key in facts.keys]
        strangers = [key_id for key_id in kept if key_id not in {line.key_id for line in lines}]
        lines += [KeyLine(key_id, None, True, facts.rows[key_id]) for key_id in strangers]
        return KeyStatus(
            self._register.installation_id(),
            self._source.describe(),
            tuple(lines),
            problem or self._vault.probe(),
            facts.pending.key_id if facts.pending is not None else None,
        )

    def export(
        self, path: Path, passphrase: SecretStr, *, replace: bool = False, actor: Actor = SERVICE
    ) -> tuple[str, ...]:
        """Write the keys of this machine into a file that only the passphrase opens.

        Args:
            path: Of the file, which only this user may read.
            passphrase: At least 12 characters.
            replace: Overwrite a file that is there.
            actor: Who does it, for the history; so with every act here that changes something.

        Returns:
            Ids of the keys: all that this machine has and that are not retired.

        Raises:
            KeyTransferRefused: The passphrase is too short, or the file exists or cannot be written.
        """
        key_transfer.check_passphrase(passphrase)
        facts = self._register.facts()
        ring = recognized(self._kept().values(), facts)
        keys = [
            ring.keys[key.key_id]
            for key in facts.keys
            if key.key_id in ring.keys and (key.state is not KeyState.RETIRED or facts.rows[key.key_id])
        ]
        if not keys:
            raise SecretStoreUnavailable(
                "This machine has no key of this installation to export. Nothing was written. Export it on a machine "
                "where sign-ins work.",
                code="KEY_MISSING",
            )
        content = key_transfer.sealed_file(
            self._register.installation_id(), keys, passphrase, random_bytes=self._random_bytes, cost=self._cost
        )
        carried_file.write(path, content, replace=replace)
        key_ids = tuple(map(envelope.key_id, keys))
        self._records.exported(actor, key_ids)
        return key_ids

    def import_(self, path: Path, passphrase: SecretStr, *, actor: Actor = SERVICE) -> tuple[str, ...]:
        """Keep the keys of such a file on this machine, where programs that run find them without a restart.

        Returns:
            Ids of the keys that this machine has from now on.

        Raises:
            KeyTransferRefused: The file is unreadable, damaged, of another version or another installation, or the
                passphrase is wrong.
            KeyRotationRefused: Another process is changing the keys for longer than a minute.
        """
        parcel = KeyParcel(carried_file.read(path))
        installation, facts = self._register.installation_id(), self._register.facts()
        if parcel.installation_id != installation:
            raise KeyTransferRefused(
                f"The file holds keys of installation {parcel.installation_id[:32]}, but this is installation "
                f"{installation[:32]}. No key was changed. Choose the file that was exported for this one.",
                code="KEY_FILE_FOREIGN",
            )
        ring = recognized(parcel.open(passphrase), facts)
        if not ring.keys:
            told = ", ".join(key.key_id for key in parcel.keys[:4])
            raise KeyTransferRefused(
                f"The file holds key {told}, which this installation does not know. No key was changed. "
                "Export again on a machine where sign-ins work.",
                code="KEY_FILE_FOREIGN",
            )

        def keep() -> None:
            for key in ring.keys.values():
                self._source.create(installation, key, seconds=PROMPT_SECONDS)

        self._change(keep)
        self._vault.probe()
        self._records.imported(actor, tuple(ring.keys))
        self._changed()
        return tuple(ring.keys)

    def active_key(self) -> str | None:
        """Id of the key that seals; asks no keychain."""
        active = self._register.facts().active
        return active.key_id if active is not None else None

    def begin_rotation(self, *, actor: Actor = SERVICE) -> str:
        """Make a new key; see ``KeyRotation.begin``. Export it then, and import it on every other workstation."""
        begun = self._register.facts().pending
        key_id = self._rotation.begin()
        if begun is None or begun.key_id != key_id:
            self._records.begun(actor, key_id)
        return key_id

    def withdraw(self, *, actor: Actor = SERVICE) -> str:
        """Give up a new key that was not switched to; see ``KeyRotation.withdraw``."""
        key_id = self._rotation.withdraw()
        self._records.withdrawn(actor, key_id)
        return key_id

    def switch(self, *, actor: Actor = SERVICE) -> str:
        """Seal with the new key; see ``KeyRotation.switch``. Call it once every workstation has imported it."""
        before = self.active_key()
        key_id = self._rotation.switch()
        if before != key_id:
            self._records.switched(actor, key_id)
        return key_id

    def reseal(self) -> Resealed:
        """Seal anew what the key before has sealed; see ``KeyRotation.reseal``."""
        return self._rotation.reseal()

    def retire(self, *, actor: Actor = SERVICE) -> tuple[str, ...]:
        """Retire keys that no row uses; see ``KeyRotation.retire``."""
        key_ids = self._rotation.retire()
        self._records.retired(actor, key_ids)
        return key_ids

    def rotate(self, *, actor: Actor = SERVICE) -> str:
        """Change the key of a store that no other machine uses, in one go; goes on with what was begun.

        A change that was interrupted after its switch is finished, and no further key is made.

        Returns:
            Id of the key that seals now.

        Raises:
            KeyRotationRefused: The store is shared, so that other workstations must import the new key first; or
                another process is at it.
        """
        if self._register.is_shared:
            raise KeyRotationRefused(
                "Other workstations use this store too. Nothing was changed. Begin with a new key, export it, import "
                "it on every workstation, and then switch to it."
            )
        facts = self._register.facts()
        if facts.pending is not None or not self._rotation.is_unfinished():
            self.begin_rotation(actor=actor)
        key_id = self.switch(actor=actor)
        self.reseal()
        self.retire(actor=actor)
        return key_id

    def is_unfinished(self) -> bool:
        """Whether a switch has left something to do; asks no keychain."""
        return self._rotation.is_unfinished()

    def continue_rotation(self) -> None:
        """Finish what a switch has left to do; see ``KeyRotation.go_on``. Begins nothing, and waits 10 s at most."""
        self._records.retired(SERVICE, self._rotation.go_on())

    def discard(self, key_id: str, *, actor: Actor = SERVICE) -> None:
        """Let a key go from this machine. Backups that were made before it was retired open no longer.

        Raises:
            KeyRotationRefused: The key is in use, or is to be; this machine does not have it; or another process is
                changing the keys.
        """

        def let_go() -> None:
            facts = self._register.facts()
            state = next((key.state for key in facts.keys if key.key_id == key_id), None)
            if facts.rows[key_id] or state in {KeyState.ACTIVE, KeyState.DECRYPT_ONLY}:
                raise KeyRotationRefused(
                    f"Key {key_id} is in use, so it stays. Nothing was changed. Switch to another key, seal anew and "
                    "retire it first."
                )
            if key_id not in self._kept():
                raise KeyRotationRefused(
                    f"This machine has no key {key_id[:32]}. Nothing was changed. Look at `key status`, and give the "
                    "id as it is there."
                )
            self._source.discard(self._register.installation_id(), (key_id,), seconds=PROMPT_SECONDS)

        # Looked at in there: whoever waited for another process must not act on what was so before.
        self._change(let_go)
        self._records.discarded(actor, key_id)

    def _change(self, act: Callable[[], None]) -> None:
        # Under the lease of making a key: two processes that read, add and write would lose one of their keys.
        end = self._clock.monotonic() + PROMPT_SECONDS
        while self._clock.monotonic() < end:
            with self._register.creating() as extend:
                if extend is not None:
                    act()
                    return
            self._clock.wait(0.1)
        raise rotation_running()

    def _kept(self) -> dict[str, bytes]:
        kept = self._source.read(self._register.installation_id(), seconds=PROMPT_SECONDS)
        return {envelope.key_id(key): key for key in kept}
