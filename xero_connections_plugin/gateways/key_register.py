"""Which data keys does this installation know of? Ids and check values in the database, never a key."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from xero_connections_plugin.gateways.database import Database
    from xero_connections_plugin.gateways.machine_presence import MachinePresence

CREATE_LEASE: Final = "key-create"


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
    has_sealed_rows: bool

    @property
    def active(self) -> RegisteredKey | None:
        """The key that seals."""
        return next((key for key in self.keys if key.state is KeyState.ACTIVE), None)


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
        import sqlalchemy as sa

        from xero_connections_plugin.gateways.tables import data_keys

        with self._database.read() as connection:
            keys = tuple(
                RegisteredKey(row.key_id, row.check_value, KeyState(row.state))
                for row in connection.execute(sa.select(data_keys).order_by(data_keys.c.registered_at))
            )
            return KeyFacts(keys, _has_sealed_rows(connection))

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

        from xero_connections_plugin.gateways.tables import data_keys

        with self._database.write() as connection:
            now = self._database.now(connection)
            active = connection.execute(sa.select(data_keys).where(data_keys.c.state == KeyState.ACTIVE.value)).first()
            if active is not None and active.key_id == key_id:
                return bool(active.check_value == check_value)
            if active is not None:
                if active.key_id != replacing or self.is_shared or _has_sealed_rows(connection):
                    return False
                connection.execute(sa.delete(data_keys).where(data_keys.c.key_id == active.key_id))
            connection.execute(
                sa.insert(data_keys).values(
                    key_id=key_id, check_value=check_value, state=KeyState.ACTIVE.value, registered_at=now
                )
            )
            return True

    @contextmanager
    def creating(self) -> Iterator[bool]:
        """Whether this process may make the first key now; others are told ``False`` until the block ends.

        No transaction is open inside the block: the keychain may ask a person there.

        Raises:
            StoreUnavailable, StoredDataDamaged: Nothing was written.
        """
        from xero_connections_plugin.gateways import leases

        self._presence.owner()
        with self._database.write() as connection:
            fencing = leases.take(connection, CREATE_LEASE, self._presence, self._database.now(connection))
        try:
            yield fencing is not None
        finally:
            if fencing is not None:
                with self._database.write() as connection:
                    leases.give_back(connection, CREATE_LEASE, fencing)


def _has_sealed_rows(connection: Connection) -> bool:
    import sqlalchemy as sa

    from xero_connections_plugin.gateways.tables import candidates, connections, grants

    anything = sa.or_(
        sa.exists().where(grants.c.grant_id.is_not(None)),
        sa.exists().where(candidates.c.candidate_id.is_not(None)),
        sa.exists().where(connections.c.sealed.is_not(None)),
    )
    return bool(connection.execute(sa.select(anything)).scalar())
