"""How does one data key follow another in the register? Each change is one transaction.

Imports SQLAlchemy, so it is itself imported on first use only.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from xero_connections_plugin.gateways.keys.key_register import KeyState, lock_register
from xero_connections_plugin.gateways.records.sealed_rows import rows_by_key
from xero_connections_plugin.gateways.store.tables import data_keys

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Connection

    from xero_connections_plugin.gateways.store.database import Database


class KeySuccession:
    """How one key follows another.

    Args:
        database: Where the register is.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, key_id: str, check_value: str) -> bool:
        """Note a further key that seals nothing yet.

        Returns:
            Whether it is the one that is to seal next; ``False`` when another one was noted first, or no key seals yet.

        Raises:
            StoreUnavailable, StoredDataDamaged: Nothing was written.
        """
        with self._database.write() as connection:
            lock_register(connection)
            known = connection.execute(sa.select(data_keys).order_by(data_keys.c.registered_at)).all()
            if KeyState.ACTIVE.value not in {row.state for row in known} or _newer_than_active(connection):
                return False
            # The order of keys must not depend on clocks that somebody sets.
            now = max(self._database.now(connection), known[-1].registered_at + timedelta(microseconds=1))
            connection.execute(
                sa.insert(data_keys).values(
                    key_id=key_id, check_value=check_value, state=KeyState.DECRYPT_ONLY.value, registered_at=now
                )
            )
            return True

    def withdraw(self, key_id: str) -> bool:
        """Retire a key that was to seal next and has sealed nothing. It stays known, so that nobody takes it again.

        Returns:
            ``False`` when it is no such key.

        Raises:
            StoreUnavailable, StoredDataDamaged: Nothing was written.
        """
        with self._database.write() as connection:
            lock_register(connection)
            if key_id not in _newer_than_active(connection) or rows_by_key(connection)[key_id]:
                return False
            connection.execute(
                sa.update(data_keys).where(data_keys.c.key_id == key_id).values(state=KeyState.RETIRED.value)
            )
            return True

    def switch(self, key_id: str) -> bool:
        """Let the key that was added last seal from now on, and the one before only open.

        Returns:
            ``False`` when it is no such key.

        Raises:
            StoreUnavailable, StoredDataDamaged: Nothing was written.
        """
        with self._database.write() as connection:
            lock_register(connection)
            if key_id not in _newer_than_active(connection):
                return False
            for old, new, which in (
                (KeyState.ACTIVE, KeyState.DECRYPT_ONLY, data_keys.c.key_id != key_id),
                (KeyState.DECRYPT_ONLY, KeyState.ACTIVE, data_keys.c.key_id == key_id),
            ):
                connection.execute(
                    sa.update(data_keys).where(data_keys.c.state == old.value, which).values(state=new.value)
                )
            return True

    def retire(self, key_ids: Collection[str]) -> tuple[str, ...]:
        """Note that keys which only open are of no more use; those that some row still needs stay as they are.

        Returns:
            Which were retired.

        Raises:
            StoreUnavailable, StoredDataDamaged: Nothing was written.
        """
        with self._database.write() as connection:
            lock_register(connection)
            used = rows_by_key(connection)
            unused = tuple(key_id for key_id in key_ids if not used[key_id])
            for key_id in unused:
                connection.execute(
                    sa.update(data_keys)
                    .where(data_keys.c.key_id == key_id, data_keys.c.state == KeyState.DECRYPT_ONLY.value)
                    .values(state=KeyState.RETIRED.value)
                )
            return unused


def _newer_than_active(connection: Connection) -> set[str]:
    """Ids of the keys that are to seal next; those that were withdrawn are retired."""
    rows = connection.execute(sa.select(data_keys).order_by(data_keys.c.registered_at)).all()
    states = [row.state for row in rows]
    if KeyState.ACTIVE.value not in states:
        return set()
    newer = rows[states.index(KeyState.ACTIVE.value) + 1 :]
    return {row.key_id for row in newer if row.state == KeyState.DECRYPT_ONLY.value}
