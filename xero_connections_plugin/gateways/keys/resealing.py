"""How is everything that another key has sealed sealed anew, while others go on working?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hostspec.errors import ConnectionProblem
from hostspec.value import Remedy
from xero_connections_plugin.gateways.keys import envelope, key_troubles
from xero_connections_plugin.oauth.grant_ports import SealBroken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from xero_connections_plugin.gateways.keys.key_register import Extend, KeyRegister
    from xero_connections_plugin.gateways.keys.vault import Vault
    from xero_connections_plugin.gateways.records.sealed_rows import SealedRow
    from xero_connections_plugin.gateways.store.database import Database
    from xero_connections_plugin.oauth.grant_ports import Sealed

CHECKPOINTS: Final = (
    "key: kept",
    "key: registered",
    "key: switched",
    "key: batch read",
    "key: batch sealed",
    "key: resealed",
    "key: retired",
)
"""The steps at which a crash test ends the process, in order; those of a batch come once for each."""

BATCH: Final = 50
"""Ciphertexts per transaction."""


class KeyRotationRefused(ConnectionProblem):
    """A step of changing the key cannot be done now; nothing was changed.

    Codes: ``KEY_ROTATION_RUNNING``, ``KEY_ROTATION_ORDER``.
    """

    default_code = "KEY_ROTATION_ORDER"
    remedy = Remedy.FIX_SETTINGS


@dataclass(frozen=True)
class Resealed:
    """What came of sealing anew: how many ciphertexts were, and how many another key still opens."""

    moved: int
    left: int


def rotation_running() -> KeyRotationRefused:
    """Another process or machine holds the lease."""
    return KeyRotationRefused(
        "Another program of this installation is changing the key just now. Nothing was lost; try again in a minute.",
        code="KEY_ROTATION_RUNNING",
    )


class Resealing:
    """Exchanges ciphertexts, batch by batch.

    Args:
        vault: What opens and seals.
        register: What the database knows about keys.
        database: Where the rows are.
        checkpoint: Called with the steps of a batch.
        batch: Ciphertexts per transaction.
    """

    def __init__(
        self,
        vault: Vault,
        register: KeyRegister,
        database: Database,
        *,
        checkpoint: Callable[[str], None],
        batch: int,
    ) -> None:
        self._vault = vault
        self._register = register
        self._database = database
        self._checkpoint = checkpoint
        self._batch = batch

    def run(self, extend: Extend) -> Resealed:
        """Look until nothing is found any more: a token may move from one place to the next meanwhile.

        Args:
            extend: Of the lease under which this is done.

        Raises:
            KeyRotationRefused: The lease was lost; what was done stays.
            SecretStoreUnavailable, StoreUnavailable, StoredDataDamaged: Likewise.
        """
        # Under the lease nobody switches; until it was taken, another process may have, to a key not looked at yet.
        self._vault.probe()
        active = self._register.facts().active
        if active is None:
            return Resealed(0, 0)
        moved, before = 0, -1
        while moved != before:
            before = moved
            for rows in self._others(active.key_id):
                self._checkpoint("key: batch read")
                moved += self._exchange([(row, sealed) for row in rows if (sealed := self._anew(row, active.key_id))])
                self._checkpoint("key: batch sealed")
                if not extend():
                    raise rotation_running()
        self._checkpoint("key: resealed")
        rows_left = self._register.facts().rows
        return Resealed(moved, sum(rows_left.values()) - rows_left[active.key_id])

    def _others(self, key_id: str) -> Iterator[list[SealedRow]]:
        """Batch after batch of what another key has sealed; no transaction is open between them."""
        from xero_connections_plugin.gateways.records.sealed_rows import SealedKind, not_sealed_with

        for kind in SealedKind:
            after = ""
            while True:
                with self._database.read() as connection:
                    rows = not_sealed_with(connection, kind, key_id, after=after, most=self._batch)
                if not rows:
                    break
                yield rows
                after = rows[-1].row_id

    def _anew(self, row: SealedRow, key_id: str) -> Sealed | None:
        """``None`` for what does not open here: it stays as it is, and its key with it."""
        place = {"purpose": row.purpose, "owner_id": row.owner_id}
        try:
            if not self._vault.has_key(envelope.sealed_with(row.data)):
                return None
            plain = self._vault.open(row.data, generation=row.generation, **place)
        except SealBroken:
            return None
        sealed = self._vault.seal(plain, generation=row.generation, **place)
        if sealed.key_id != key_id:
            raise key_troubles.missing(f"key {key_id}")
        return sealed

    def _exchange(self, fresh: list[tuple[SealedRow, Sealed]]) -> int:
        from xero_connections_plugin.gateways.records.sealed_rows import exchange

        if not fresh:
            return 0
        with self._database.write() as connection:
            return sum(exchange(connection, row, sealed) for row, sealed in fresh)
