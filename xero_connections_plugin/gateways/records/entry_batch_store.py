"""How do many entries change at once, and how is one renamed? A short transaction for each part of the crowd."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from xero_connections_plugin.connections.entries import NameTaken
from xero_connections_plugin.gateways.records.connection_store import ENTRY_PURPOSE, entry_generation
from xero_connections_plugin.gateways.store import store_errors
from xero_connections_plugin.gateways.store.sql_loading import load_sql

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hostspec.providers import Connection
    from hostspec.value import ConnectionId
    from xero_connections_plugin.connections.entry_changes import EntryPut, PutOutcome
    from xero_connections_plugin.gateways.store.database import Database
    from xero_connections_plugin.oauth.grant_ports import Sealed, SecretBox

_MOST_TRIES: Final = 3


class EntryBatchStore:
    """A ``ManyEntries`` and a ``EntryNames``. Making one touches nothing.

    Args:
        database: Where the tables are.
        box: Seals what providers want kept secret.
    """

    def __init__(self, database: Database, box: SecretBox) -> None:
        self._database = database
        self._box = box

    def many(self, connection_ids: Sequence[ConnectionId]) -> tuple[Connection, ...]:
        load_sql()
        from xero_connections_plugin.gateways.records.connection_rows import ConnectionRows

        return self._database.reading(lambda transaction: ConnectionRows(transaction).many(connection_ids))

    def holders_of_names(self, name_keys: Sequence[str]) -> dict[str, ConnectionId]:
        load_sql()
        from xero_connections_plugin.gateways.records import entry_batches

        return self._database.reading(lambda transaction: entry_batches.holders_of_names(transaction, name_keys))

    def put(self, puts: Sequence[EntryPut]) -> tuple[PutOutcome, ...]:
        load_sql()
        from sqlalchemy.exc import IntegrityError

        from xero_connections_plugin.gateways.records import entry_batches

        sealed = [self._seal(one) for one in puts]
        for _ in range(_MOST_TRIES):
            try:
                return self._database.writing(lambda transaction: entry_batches.put(transaction, puts, sealed))
            except IntegrityError:
                continue  # somebody took a name or an id meanwhile, which the next look tells
        raise store_errors.damaged(self._database.describe())

    def configured(self) -> tuple[Connection, ...]:
        load_sql()
        from xero_connections_plugin.gateways.records import entry_batches

        return self._database.reading(entry_batches.configured)

    def release(self, source: str, connection_ids: Sequence[ConnectionId]) -> None:
        load_sql()
        from xero_connections_plugin.gateways.records import entry_batches

        self._database.writing(lambda transaction: entry_batches.release(transaction, source, connection_ids))

    def rename(self, connection_id: ConnectionId, *, display_name: str, name_key: str, seen_name: str) -> None:
        load_sql()
        from sqlalchemy.exc import IntegrityError

        from xero_connections_plugin.gateways.records import entry_batches

        for _ in range(_MOST_TRIES):
            try:
                self._database.writing(
                    lambda transaction: entry_batches.rename(
                        transaction, connection_id, display_name=display_name, name_key=name_key, seen_name=seen_name
                    )
                )
            except IntegrityError:
                if name_key in self.holders_of_names([name_key]):
                    raise NameTaken from None
                continue  # whoever had the name has just given it up
            return
        raise store_errors.damaged(self._database.describe())

    def _seal(self, one: EntryPut) -> Sealed | None:
        entry = one.connection
        if entry.saved.sealed is None:
            return None
        return self._box.seal(
            entry.saved.sealed.get_secret_value(),
            purpose=ENTRY_PURPOSE,
            owner_id=entry.connection_id,
            generation=entry_generation(entry.changed_at),
        )
