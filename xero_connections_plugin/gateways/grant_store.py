"""How are grants kept in the database? One short transaction for each thing that the token keeper asks for."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from xero_connections_plugin.oauth.grant import SignInCause
from xero_connections_plugin.oauth.grant_ports import LEASE_SECONDS, Lease, Leased

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping
    from datetime import datetime

    from xero_connections_plugin.gateways.database import Database
    from xero_connections_plugin.gateways.grant_rows import GrantRows
    from xero_connections_plugin.gateways.machine_presence import MachinePresence
    from xero_connections_plugin.oauth.grant import GrantId, GrantRecord
    from xero_connections_plugin.oauth.grant_ports import Intent, KeptToken, StoredGrant
    from xero_connections_plugin.oauth.rotation_words import Token


class SqlGrantStore:
    """A ``GrantStore``. Making one touches nothing.

    Args:
        database: Where the tables are.
        presence: This process as an owner of leases.
        lease_seconds: Length of a lease; the same for all who share the database.
    """

    def __init__(self, database: Database, presence: MachinePresence, *, lease_seconds: float = LEASE_SECONDS) -> None:
        self._database = database
        self._presence = presence
        self._lease_length = timedelta(seconds=lease_seconds)

    def now(self) -> datetime:
        with self._database.read() as connection:
            return self._database.now(connection)

    def read(self, grant_id: GrantId) -> StoredGrant | None:
        with self._reading() as rows:
            return rows.read(grant_id)

    def records(self, grant_ids: Collection[GrantId]) -> Mapping[GrantId, GrantRecord]:
        if not grant_ids:
            return {}
        with self._reading() as rows:
            return rows.records(grant_ids)

    def find(self, *, client_id: str, user_id: str) -> StoredGrant | None:
        with self._reading() as rows:
            return rows.find(client_id, user_id)

    def take_lease(self, grant_id: GrantId, *, choose: Callable[[StoredGrant], Intent | None]) -> Leased | None:
        from xero_connections_plugin.gateways import leases
        from xero_connections_plugin.gateways.grant_rows import GrantRows, lease_name

        self._presence.owner()
        with self._database.write() as connection:
            now = self._database.now(connection)
            rows = GrantRows(connection, now)
            stored = rows.read(grant_id, to_change=True)
            name = lease_name(grant_id)
            intent = choose(stored) if stored is not None else None
            if stored is None or intent is None:
                return None
            fencing = leases.take(connection, name, self._presence, now, self._lease_length)
            if fencing is None:
                return None
            rows.note_intent(grant_id, intent, fencing)
            stored = rows.read(grant_id)
            return None if stored is None else Leased(Lease(grant_id, self._presence.owner(), fencing), stored)

    def is_held(self, grant_id: GrantId) -> bool:
        from xero_connections_plugin.gateways import leases
        from xero_connections_plugin.gateways.grant_rows import lease_name

        with self._database.read() as connection:
            now = self._database.now(connection)
            return leases.is_held(connection, lease_name(grant_id), self._presence, now, self._lease_length)

    def extend_lease(self, lease: Lease) -> bool:
        from xero_connections_plugin.gateways import leases
        from xero_connections_plugin.gateways.grant_rows import lease_name

        with self._database.write() as connection:
            now = self._database.now(connection)
            return leases.extend(connection, lease_name(lease.grant_id), lease.fencing, now, self._lease_length)

    def write_intent(self, lease: Lease, intent: Intent) -> bool:
        with self._leased(lease) as rows:
            if rows is not None:
                rows.note_intent(lease.grant_id, intent, lease.fencing)
            return rows is not None

    def let_go(self, lease: Lease, *, clear_intent: bool) -> bool:
        with self._leased(lease, give_back=True) as rows:
            if rows is not None and clear_intent:
                rows.clear_intent(lease.grant_id)
            return rows is not None

    def append_candidate(self, grant_id: GrantId, candidate: KeptToken) -> None:
        with self._writing() as rows:
            rows.append_candidate(grant_id, candidate)

    def commit(self, lease: Lease, *, expected: int, record: GrantRecord, token: KeptToken, spent: Token) -> bool:
        with self._leased(lease, give_back=True) as rows:
            stored = rows.read(lease.grant_id, to_change=True) if rows is not None else None
            if rows is None or stored is None or stored.record.generation != expected:
                return False
            rows.rotate(stored, record, token, spent)
            return True

    def mark_sign_in_needed(self, lease: Lease, *, expected: int, cause: SignInCause) -> bool:
        with self._leased(lease, give_back=True) as rows:
            stored = rows.read(lease.grant_id, to_change=True) if rows is not None else None
            if rows is None or stored is None or stored.record.generation != expected:
                return False
            rows.mark(lease.grant_id, cause)
            return True

    def insert(self, record: GrantRecord, sealed: bytes) -> bool:
        from sqlalchemy.exc import IntegrityError

        try:
            with self._writing() as rows:
                rows.insert(record, sealed)
        except IntegrityError:
            return False
        return True

    def supersede(self, record: GrantRecord, sealed: bytes, *, expected: int) -> bool:
        with self._writing() as rows:
            stored = rows.read(record.grant_id, to_change=True)
            if stored is None or stored.record.generation != expected:
                return False
            rows.supersede(stored, record, sealed)
            return True

    def mark_revoked(self, grant_id: GrantId, *, expected: int) -> None:
        with self._writing() as rows:
            stored = rows.read(grant_id, to_change=True)
            if stored is not None and stored.record.generation == expected:
                rows.mark(grant_id, SignInCause.REVOKED)

    def with_intents(self) -> tuple[GrantId, ...]:
        with self._reading() as rows:
            noted = rows.with_intents()
        return tuple(grant_id for grant_id in noted if not self.is_held(grant_id))

    def forget(self, grant_id: GrantId) -> None:
        with self._writing() as rows:
            rows.forget(grant_id)

    def signed_in_before(self, moment: datetime) -> tuple[GrantId, ...]:
        with self._reading() as rows:
            return tuple(rows.signed_in_before(moment))

    def forget_unbound(self, grant_ids: Collection[GrantId], *, before: datetime | None = None) -> int:
        wiped = 0
        with self._writing() as rows:
            for grant_id in grant_ids:
                if rows.is_unbound(grant_id, before):
                    rows.forget(grant_id)
                    wiped += 1
        return wiped

    @contextmanager
    def _reading(self) -> Iterator[GrantRows]:
        from xero_connections_plugin.gateways.grant_rows import GrantRows

        with self._database.read() as connection:
            yield GrantRows(connection, self._database.now(connection))

    @contextmanager
    def _writing(self) -> Iterator[GrantRows]:
        from xero_connections_plugin.gateways.grant_rows import GrantRows

        with self._database.write() as connection:
            yield GrantRows(connection, self._database.now(connection))

    @contextmanager
    def _leased(self, lease: Lease, *, give_back: bool = False) -> Iterator[GrantRows | None]:
        """The rows while the lease is ours, else ``None``."""
        from xero_connections_plugin.gateways import leases
        from xero_connections_plugin.gateways.grant_rows import GrantRows, lease_name

        with self._database.write() as connection:
            name = lease_name(lease.grant_id)
            check = leases.give_back if give_back else leases.is_ours
            ours = check(connection, name, lease.fencing)
            yield GrantRows(connection, self._database.now(connection)) if ours else None
