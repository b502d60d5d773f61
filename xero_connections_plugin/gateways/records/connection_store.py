"""How is the list of connections kept in the database? One short transaction for each thing that the book asks for."""

from __future__ import annotations

from contextlib import nullcontext, suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar

from pydantic import SecretBytes

from hostspec.errors import StoredDataDamaged, StoreUnavailable
from xero_connections_plugin.connections.entries import EntryChanged, EntryGone, NameTaken
from xero_connections_plugin.gateways.records.entry_memory import LONG, EntryMemory
from xero_connections_plugin.gateways.store import store_errors
from xero_connections_plugin.gateways.store.sql_loading import load_sql
from xero_connections_plugin.oauth.grant_ports import SealBroken

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from sqlalchemy import Connection as SqlConnection

    from hostspec.providers import Condition, Connection, ConnectionTest, SavedConnection
    from hostspec.usages import Subject, Usage
    from hostspec.value import ConnectionId
    from xero_connections_plugin.connections.entries import EntryQuery
    from xero_connections_plugin.gateways.records.bin_rows import BinRows
    from xero_connections_plugin.gateways.records.connection_rows import ConnectionRows
    from xero_connections_plugin.gateways.records.sign_ins_behind import SignInsBehind
    from xero_connections_plugin.gateways.store.database import Database
    from xero_connections_plugin.oauth.grant_ports import Sealed, SecretBox

T = TypeVar("T")

ENTRY_PURPOSE: Final = "entry"
"""What the sealed part of an entry is sealed for."""

_MOST_TRIES: Final = 3


class ConnectionStore:
    """An ``EntryStore``. Making one touches nothing.

    Args:
        database: Where the tables are.
        box: Seals what providers want kept secret.
        behind: Gets what was read along with entries during a look.
    """

    def __init__(self, database: Database, box: SecretBox, behind: SignInsBehind | None = None) -> None:
        self._database = database
        self._box = box
        self._behind = behind
        self._memory = EntryMemory()
        self._opened: dict[ConnectionId, tuple[Connection, bytes | None]] = {}

    def add(self, connection: Connection, *, name_key: str) -> None:
        from xero_connections_plugin.gateways.records.connection_rows import values_of

        sealed = self._seal(connection.connection_id, connection.saved, connection.changed_at)
        values = values_of(connection, name_key, sealed)

        def add(rows: ConnectionRows) -> None:
            # An attempt whose answer was lost may have added it.
            if not rows.holds(connection.connection_id, values):
                rows.add(connection, name_key, sealed)

        self._naming(name_key, add)

    def replace(
        self,
        connection_id: ConnectionId,
        *,
        display_name: str,
        name_key: str,
        saved: SavedConnection,
        changed_at: datetime,
        seen_changed_at: datetime,
        seen_name: str | None = None,
    ) -> None:
        from xero_connections_plugin.gateways.records.connection_rows import SavedValues
        from xero_connections_plugin.gateways.records.entry_batches import with_name_of_now

        values = SavedValues(
            display_name=display_name,
            name_key=name_key,
            saved=saved,
            changed_at=changed_at,
            sealed=self._seal(connection_id, saved, changed_at),
        )

        def replace(rows: ConnectionRows) -> None:
            stored = rows.to_change(connection_id)
            if stored is None:
                raise EntryGone
            if stored.changed_at == seen_changed_at:
                rows.replace(connection_id, with_name_of_now(values, stored.display_name, seen_name))
            elif not rows.holds(connection_id, values):
                raise EntryChanged

        self._naming(name_key, replace)

    def get(self, connection_id: ConnectionId) -> Connection | None:
        return self._reading(lambda rows: rows.get(connection_id))

    def get_opened(self, connection_id: ConnectionId) -> Connection | None:
        try:
            found = self._reading(lambda rows: rows.get_sealed(connection_id))
        except StoreUnavailable as away:
            # Tokens in memory are good for a while: whoever used the entry before goes on using it.
            if away.code != "STORE_UNREACHABLE" or connection_id not in self._opened:
                raise
            found = self._opened[connection_id]
        if found is None:
            self._opened.pop(connection_id, None)
            return None
        if self._database.is_shared:
            self._opened[connection_id] = found
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
        return self._reading(lambda rows: rows.many(connection_ids)) if connection_ids else ()

    def find(self, query: EntryQuery) -> tuple[Connection, ...]:
        if query.limit is None or query.limit > LONG:
            return self._reading(lambda rows: self._memory.find(rows, query))
        if self._behind is not None and self._behind.are_wanted:
            # Where only the sign-ins are damaged, the entries are still shown.
            with suppress(StoredDataDamaged):
                found, sign_ins = self._reading(lambda rows: rows.find_with_sign_ins(query))
                self._behind.keep(sign_ins)
                return found
        return self._reading(lambda rows: rows.find(query))

    def look(self) -> AbstractContextManager[None]:
        return self._behind.look() if self._behind is not None else nullcontext()

    def count(self, query: EntryQuery) -> int:
        return self._reading(lambda rows: rows.count(query))

    def holder_of_name(self, name_key: str) -> ConnectionId | None:
        return self._reading(lambda rows: rows.holder_of_name(name_key))

    def sharing(self, sign_in: str) -> tuple[Connection, ...]:
        return self._reading(lambda rows: rows.sharing(sign_in))

    def set_condition(self, connection_id: ConnectionId, condition: Condition | None) -> None:
        self._writing(lambda rows: rows.set_condition(connection_id, condition))

    def learn(
        self, connection_id: ConnectionId, saved: SavedConnection, *, seen_changed_at: datetime, learned_at: datetime
    ) -> bool:
        from xero_connections_plugin.gateways.records import learned_rows

        learn = partial(
            learned_rows.learn,
            connection_id=connection_id,
            saved=saved,
            seen_changed_at=seen_changed_at,
            learned_at=learned_at,
        )
        return self._database.writing(learn)

    def note_use(self, connection_id: ConnectionId, used_at: datetime) -> None:
        self._writing(lambda rows: rows.note_use(connection_id, used_at))

    def set_test(self, connection_id: ConnectionId, test: ConnectionTest) -> None:
        self._writing(lambda rows: rows.set_test(connection_id, test))

    def forget_tests(self, connection_id: ConnectionId) -> None:
        from xero_connections_plugin.gateways.records import trial_rows

        self._database.writing(partial(trial_rows.forget, connection_id=connection_id))

    def begin_removal(self, connection_id: ConnectionId) -> None:
        self._database.writing(lambda connection: self._hidden(connection).begin_removal(connection_id))

    def unfinished_removals(self) -> tuple[Connection, ...]:
        return self._database.reading(lambda connection: self._hidden(connection).going())

    def finish_removal(self, connection_id: ConnectionId) -> None:
        self._database.writing(lambda connection: self._hidden(connection).finish_removal(connection_id))

    def publish_usages(self, *, host_id: str, host_name: str, usages: Sequence[Usage], seen_at: datetime) -> None:
        from xero_connections_plugin.gateways.records import usage_register

        publish = partial(usage_register.publish, host_id=host_id, host_name=host_name, usages=usages, seen_at=seen_at)
        self._database.writing(publish)

    def published_usages(self, subject: Subject, *, except_host_id: str) -> tuple[Usage, ...]:
        from xero_connections_plugin.gateways.records import usage_register

        heard = partial(usage_register.heard_from_others, subject=subject, except_host_id=except_host_id)
        return self._database.reading(heard)

    def _hidden(self, connection: SqlConnection) -> BinRows:
        from xero_connections_plugin.gateways.records.bin_rows import BinRows

        return BinRows(connection, self._database.clock(connection))

    def _seal(self, connection_id: ConnectionId, saved: SavedConnection, changed_at: datetime) -> Sealed | None:
        if saved.sealed is None:
            return None
        plain = saved.sealed.get_secret_value()
        return self._box.seal(
            plain, purpose=ENTRY_PURPOSE, owner_id=connection_id, generation=entry_generation(changed_at)
        )

    def _reading(self, ask: Callable[[ConnectionRows], T]) -> T:
        load_sql()
        from xero_connections_plugin.gateways.records.connection_rows import ConnectionRows

        return self._database.reading(lambda connection: ask(ConnectionRows(connection)))

    def _writing(self, change: Callable[[ConnectionRows], None]) -> None:
        load_sql()
        from xero_connections_plugin.gateways.records.connection_rows import ConnectionRows

        self._database.writing(lambda connection: change(ConnectionRows(connection)))

    def _naming(self, name_key: str, change: Callable[[ConnectionRows], None]) -> None:
        """A change that gives an entry a name.

        Raises:
            NameTaken: See the class.
        """
        from sqlalchemy.exc import IntegrityError

        for _ in range(_MOST_TRIES):
            try:
                self._writing(change)
            except IntegrityError:
                if self.holder_of_name(name_key) is not None:
                    raise NameTaken from None
                continue  # whoever had the name has just given it up
            return
        raise store_errors.damaged(self._database.describe())


def entry_generation(changed_at: datetime) -> int:
    """The save that a sealed part belongs to: its time in microseconds, which the row holds anyway."""
    return (changed_at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
