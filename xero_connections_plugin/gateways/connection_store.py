"""How is the list of connections kept in the database? One short transaction for each thing that the book asks for."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from pydantic import SecretBytes

from xero_connections_plugin.connections.entries import EntryChanged, EntryGone, NameTaken
from xero_connections_plugin.gateways import store_errors
from xero_connections_plugin.gateways.entry_memory import LONG, EntryMemory
from xero_connections_plugin.oauth.grant_ports import SealBroken

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from hostspec.providers import Condition, Connection, SavedConnection
    from hostspec.usages import Subject, Usage
    from hostspec.value import ConnectionId
    from xero_connections_plugin.connections.entries import EntryQuery
    from xero_connections_plugin.gateways.connection_rows import ConnectionRows
    from xero_connections_plugin.gateways.database import Database
    from xero_connections_plugin.oauth.grant_ports import Sealed, SecretBox

ENTRY_PURPOSE: Final = "entry"
"""What the sealed part of an entry is sealed for."""


class ConnectionStore:
    """An ``EntryStore``. Making one touches nothing.

    Args:
        database: Where the tables are.
        box: Seals what providers want kept secret.
    """

    def __init__(self, database: Database, box: SecretBox) -> None:
        self._database = database
        self._box = box
        self._memory = EntryMemory()

    def add(self, connection: Connection, *, name_key: str) -> None:
        sealed = self._seal(connection.connection_id, connection.saved, connection.changed_at)
        with self._writing(name_key) as rows:
            rows.add(connection, name_key, sealed)

    def replace(
        self,
        connection_id: ConnectionId,
        *,
        display_name: str,
        name_key: str,
        saved: SavedConnection,
        changed_at: datetime,
        seen_changed_at: datetime,
    ) -> None:
        sealed = self._seal(connection_id, saved, changed_at)
        with self._writing(name_key) as rows:
            stored = rows.changed_at(connection_id)
            if stored is None:
                raise EntryGone
            if stored != seen_changed_at:
                raise EntryChanged
            rows.replace(
                connection_id,
                display_name=display_name,
                name_key=name_key,
                saved=saved,
                changed_at=changed_at,
                sealed=sealed,
            )

    def get(self, connection_id: ConnectionId) -> Connection | None:
        with self._reading() as rows:
            return rows.get(connection_id)

    def get_opened(self, connection_id: ConnectionId) -> Connection | None:
        with self._reading() as rows:
            found = rows.get_sealed(connection_id)
        if found is None:
            return None
        entry, sealed = found
        if sealed is None:
            return entry
        try:
            plain = self._box.open(
                sealed, purpose=ENTRY_PURPOSE, owner_id=connection_id, generation=entry_generation(entry.changed_at)
            )
        except SealBroken:
            raise store_errors.damaged(self._database.describe()) from None
        saved = entry.saved.model_copy(update={"sealed": SecretBytes(plain)})
        return entry.model_copy(update={"saved": saved})

    def many(self, connection_ids: Sequence[ConnectionId]) -> tuple[Connection, ...]:
        if not connection_ids:
            return ()
        with self._reading() as rows:
            return rows.many(connection_ids)

    def find(self, query: EntryQuery) -> tuple[Connection, ...]:
        with self._reading() as rows:
            if query.limit is None or query.limit > LONG:
                return self._memory.find(rows, query)
            return rows.find(query)

    def count(self, query: EntryQuery) -> int:
        with self._reading() as rows:
            return rows.count(query)

    def holder_of_name(self, name_key: str) -> ConnectionId | None:
        with self._reading() as rows:
            return rows.holder_of_name(name_key)

    def sharing(self, sign_in: str) -> tuple[Connection, ...]:
        with self._reading() as rows:
            return rows.sharing(sign_in)

    def set_condition(self, connection_id: ConnectionId, condition: Condition | None) -> None:
        with self._writing() as rows:
            rows.set_condition(connection_id, condition)

    def begin_removal(self, connection_id: ConnectionId) -> None:
        with self._writing() as rows:
            rows.begin_removal(connection_id)

    def unfinished_removals(self) -> tuple[Connection, ...]:
        with self._reading() as rows:
            return rows.removing()

    def finish_removal(self, connection_id: ConnectionId) -> None:
        with self._writing() as rows:
            rows.finish_removal(connection_id)

    def publish_usages(self, *, host_id: str, host_name: str, usages: Sequence[Usage], seen_at: datetime) -> None:
        from xero_connections_plugin.gateways import usage_register

        with self._database.write() as connection:
            usage_register.publish(connection, host_id=host_id, host_name=host_name, usages=usages, seen_at=seen_at)

    def published_usages(self, subject: Subject, *, except_host_id: str) -> tuple[Usage, ...]:
        from xero_connections_plugin.gateways import usage_register

        with self._database.read() as connection:
            return usage_register.heard_from_others(connection, subject, except_host_id=except_host_id)

    def _seal(self, connection_id: ConnectionId, saved: SavedConnection, changed_at: datetime) -> Sealed | None:
        if saved.sealed is None:
            return None
        plain = saved.sealed.get_secret_value()
        return self._box.seal(
            plain, purpose=ENTRY_PURPOSE, owner_id=connection_id, generation=entry_generation(changed_at)
        )

    @contextmanager
    def _reading(self) -> Iterator[ConnectionRows]:
        from xero_connections_plugin.gateways.connection_rows import ConnectionRows

        with self._database.read() as connection:
            yield ConnectionRows(connection)

    @contextmanager
    def _writing(self, name_key: str | None = None) -> Iterator[ConnectionRows]:
        from sqlalchemy.exc import IntegrityError

        from xero_connections_plugin.gateways.connection_rows import ConnectionRows

        try:
            with self._database.write() as connection:
                yield ConnectionRows(connection)
        except IntegrityError:
            if name_key is not None and self.holder_of_name(name_key) is not None:
                raise NameTaken from None
            raise store_errors.damaged(self._database.describe()) from None


def entry_generation(changed_at: datetime) -> int:
    """The save that a sealed part belongs to: its time in microseconds, which the row holds anyway."""
    return (changed_at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
