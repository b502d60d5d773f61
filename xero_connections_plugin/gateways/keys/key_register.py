"""Which data keys does this installation know of? Ids and check values in the database, never a key."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final, TypeAlias

from hostspec.errors import ConnectionProblem

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Iterator

    from sqlalchemy import Connection

    from xero_connections_plugin.gateways.store.database import Database
    from xero_connections_plugin.gateways.store.machine_presence import MachinePresence

CREATE_LEASE: Final = "key-create"
ROTATE_LEASE: Final = "key-rotate"


class KeyState(StrEnum):
    """What a key is used for."""

    ACTIVE = "active"
    DECRYPT_ONLY = "decrypt_only"
    RETIRED = "retired"


@dataclass(frozen=True)
class RegisteredKey:
    """A key by its id; ``check_value`` recognizes it."""

    key_id: str
    check_value: str
    state: KeyState


@dataclass(frozen=True)
class KeyFacts:
    """What the database knows about keys, read in one transaction."""

    keys: tuple[RegisteredKey, ...]
    """Oldest first."""
    rows: Counter[str]
    """How many ciphertexts each key has sealed, by its id."""

    @property
    def has_sealed_rows(self) -> bool:
        """Whether anything is sealed."""
        return bool(self.rows)

    @property
    def active(self) -> RegisteredKey | None:
        """The key that seals."""
        return next((key for key in self.keys if key.state is KeyState.ACTIVE), None)

    @property
    def older(self) -> tuple[RegisteredKey, ...]:
        """The keys that sealed before the active one, oldest first."""
        return self.keys[: self._place]

    @property
    def pending(self) -> RegisteredKey | None:
        """The key that is to seal once somebody switches to it."""
        newer = self.keys[self._place + 1 :]
        return next((key for key in newer if key.state is KeyState.DECRYPT_ONLY), None)

    @property
    def _place(self) -> int:
        return self.keys.index(self.active) if self.active is not None else len(self.keys)


Extend: TypeAlias = "Callable[[], bool]"
"""Begins the length of a lease anew; ``False`` when somebody has taken it since."""


class KeyRegister:
    """The register of data keys. Making one touches nothing.

    Args:
        database: Where the tables are.
        presence: This process as an owner of leases.
    """

    def __init__(self, database: Database, presence: MachinePresence) -> None:
        self._database = database
        self._presence = presence

    @property
    def is_shared(self) -> bool:
        """Whether other machines may seal here with keys that this one does not have."""
        return self._database.is_shared

    def installation_id(self) -> str:
        """What tells this installation's keychain item from that of another.

        Raises:
            StoreUnavailable, StoredDataDamaged: It cannot be read.
        """
        return self._database.installation_id()

    def facts(self) -> KeyFacts:
        """The registered keys, and whether anything is sealed.

        Raises:
            StoreUnavailable, StoredDataDamaged: They cannot be read.
        """
        with self._database.read() as connection:
            return key_facts(connection)

    def register(self, key_id: str, check_value: str, *, replacing: str | None = None) -> bool:
        """Note a key as the one that seals, unless another one was noted first.

        Args:
            key_id: Of the key.
            check_value: By which it is recognized.
            replacing: A key that the only machine which had it has lost; it gives way if it sealed nothing.

        Returns:
            Whether this key is the one now.

        Raises:
            StoreUnavailable, StoredDataDamaged: Nothing was written.
        """
        import sqlalchemy as sa

        from xero_connections_plugin.gateways.records.sealed_rows import rows_by_key
        from xero_connections_plugin.gateways.store.tables import data_keys

        with self._database.write() as connection:
            lock_register(connection)
            now = self._database.now(connection)
            active = connection.execute(sa.select(data_keys).where(data_keys.c.state == KeyState.ACTIVE.value)).first()
            if active is not None and active.key_id == key_id:
                return bool(active.check_value == check_value)
            if active is not None:
                if active.key_id != replacing or self.is_shared or rows_by_key(connection):
                    return False
                connection.execute(sa.delete(data_keys).where(data_keys.c.key_id == active.key_id))
            connection.execute(
                sa.insert(data_keys).values(
                    key_id=key_id, check_value=check_value, state=KeyState.ACTIVE.value, registered_at=now
                )
            )
            return True

    @contextmanager
    def creating(self) -> Iterator[Extend | None]:
        """Whether this process may make the first key now; others are told ``None`` until the block ends.

        No transaction is open inside the block: the keychain may ask a person there. Whoever waited for one long
        extends the lease before acting on what it saw.

        Raises:
            StoreUnavailable, StoredDataDamaged: Nothing was written.
        """
        with self._alone(CREATE_LEASE) as extend:
            yield extend

    @contextmanager
    def rotating(self) -> Iterator[Extend | None]:
        """Likewise, whether this process may change from one key to another.

        Raises:
            StoreUnavailable, StoredDataDamaged: Nothing was written.
        """
        with self._alone(ROTATE_LEASE) as extend:
            yield extend

    @contextmanager
    def _alone(self, name: str) -> Iterator[Extend | None]:
        from xero_connections_plugin.gateways.store import leases

        self._presence.owner()
        with self._database.write() as connection:
            fencing = leases.take(connection, name, self._presence, lambda: self._database.now(connection))
        if fencing is None:
            yield None
            return
        held = fencing

        def extend() -> bool:
            with self._database.write() as connection:
                return leases.extend(connection, name, held, self._database.now(connection))

        try:
            yield extend
        finally:
            # What was done is done; a lease that cannot be given back runs out by itself.
            with suppress(ConnectionProblem), self._database.write() as connection:
                leases.give_back(connection, name, held)


def key_facts(connection: Connection) -> KeyFacts:
    """The registered keys, and what they have sealed, as one transaction sees it."""
    import sqlalchemy as sa

    from xero_connections_plugin.gateways.records.sealed_rows import rows_by_key
    from xero_connections_plugin.gateways.store.tables import data_keys

    keys = tuple(
        RegisteredKey(row.key_id, row.check_value, KeyState(row.state))
        for row in connection.execute(sa.select(data_keys).order_by(data_keys.c.registered_at))
    )
    return KeyFacts(keys, rows_by_key(connection))


def lock_register(connection: Connection) -> None:
    """Let nobody else change the register until the end of this transaction."""
    import sqlalchemy as sa

    from xero_connections_plugin.gateways.store.tables import installation

    connection.execute(sa.select(installation.c.installation_id).with_for_update())
