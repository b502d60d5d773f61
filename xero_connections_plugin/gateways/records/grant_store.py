"""How are grants kept in the database? One short transaction for each thing that the token keeper asks for."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from hostspec.errors import StoreUnavailable
from xero_connections_plugin.gateways.store.freed_leases import FreedLeases
from xero_connections_plugin.oauth.grant import GrantState
from xero_connections_plugin.oauth.grant_ports import LEASE_SECONDS, Lease, Leased

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from xero_connections_plugin.gateways.records.ending_rows import EndingRows
    from xero_connections_plugin.gateways.records.grant_rows import GrantRows
    from xero_connections_plugin.gateways.store.database import Database
    from xero_connections_plugin.gateways.store.machine_presence import MachinePresence
    from xero_connections_plugin.oauth.grant import GrantId, GrantRecord, SignInCause
    from xero_connections_plugin.oauth.grant_endings import EndingWish
    from xero_connections_plugin.oauth.grant_ports import Intent, KeptToken, StoredGrant
    from xero_connections_plugin.oauth.rotation_words import Token

T = TypeVar("T")


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
        self._freed = FreedLeases(presence.folder / "freed", database.store_clock)

    def now(self) -> datetime:
        return self._database.reading(self._database.now)

    def read(self, grant_id: GrantId) -> StoredGrant | None:
        from xero_connections_plugin.gateways.records.grant_rows import GrantRows, lease_name
        from xero_connections_plugin.gateways.store import leases

        def read(connection: Connection) -> StoredGrant | None:
            stored = GrantRows(connection, self._database.clock(connection)).read(grant_id)
            if stored is None:
                return None
            taken = False
            # A folder that cannot be used hides who lives: told to those who need the lease, a good token serves on.
            with suppress(StoreUnavailable):
                name = lease_name(grant_id)
                taken = leases.is_taken(connection, name, self._presence, stored.now, self._lease_length)
            return replace(stored, is_taken=taken)

        return self._database.reading(read)

    def records(self, grant_ids: Collection[GrantId]) -> Mapping[GrantId, GrantRecord]:
        return self._reading(lambda rows: rows.records(grant_ids)) if grant_ids else {}

    def find(self, *, client_id: str, user_id: str) -> StoredGrant | None:
        return self._reading(lambda rows: rows.find(client_id, user_id))

    def take_lease(self, grant_id: GrantId, *, choose: Callable[[StoredGrant], Intent | None]) -> Leased | None:
        from xero_connections_plugin.gateways.records.grant_rows import GrantRows, lease_name
        from xero_connections_plugin.gateways.store import leases

        owner, name = self._presence.owner(), lease_name(grant_id)
        noted: list[tuple[int, datetime]] = []

        def take(connection: Connection) -> Leased | None:
            rows = GrantRows(connection, self._database.clock(connection))
            stored = rows.read(grant_id, to_change=True)
            if stored is None:
                return None
            for fencing, until in noted:
                if leases.was_taken(connection, name, owner=owner, fencing=fencing, until=until):
                    return Leased(Lease(grant_id, owner, fencing), stored)
            intent = choose(stored)
            if intent is None:
                return None
            moments: list[datetime] = []

            def now() -> datetime:
                moments.append(self._database.now(connection))
                return moments[-1]

            length = self._lease_length
            fencing_now = leases.take(connection, name, self._presence, now, length, own_is_free=True)
            if fencing_now is None:
                return None
            noted.append((fencing_now, moments[-1] + self._lease_length))
            rows.note_intent(grant_id, intent, fencing_now)
            stored = rows.read(grant_id)
            return None if stored is None else Leased(Lease(grant_id, owner, fencing_now), stored)

        return self._database.writing(take)

    def is_held(self, grant_id: GrantId) -> bool:
        return self._are_held([grant_id])[0]

    def handed_back(self) -> int:
        return self._freed.told()

    def await_handing_back(self, since: int, seconds: float) -> None:
        self._freed.wait(since, seconds)

    def extend_lease(self, lease: Lease) -> bool:
        from xero_connections_plugin.gateways.records.grant_rows import lease_name
        from xero_connections_plugin.gateways.store import leases

        def extend(connection: Connection) -> bool:
            now = self._database.now(connection)
            return leases.extend(connection, lease_name(lease.grant_id), lease.fencing, now, self._lease_length)

        return self._database.writing(extend)

    def write_intent(self, lease: Lease, intent: Intent) -> bool:
        return self._leased(lease, lambda rows: rows.note_intent(lease.grant_id, intent, lease.fencing))

    def let_go(self, lease: Lease, *, clear_intent: bool) -> bool:
        def end(rows: GrantRows) -> None:
            if clear_intent:
                rows.clear_intent(lease.grant_id)

        return self._leased(lease, end, give_back=True)

    def append_candidate(self, grant_id: GrantId, candidate: KeptToken) -> None:
        self._writing(lambda rows: rows.append_candidate(grant_id, candidate))

    def commit(self, lease: Lease, *, expected: int, record: GrantRecord, token: KeptToken, spent: Token) -> bool:
        def rotate(rows: GrantRows) -> bool:
            stored = rows.read(lease.grant_id, to_change=True)
            if stored is None or stored.record.generation != expected:
                return False
            rows.rotate(stored, record, token, spent)
            return True

        # No two seals are alike: where this one is current, an attempt whose answer was lost had put it there.
        return self._leased(
            lease, rotate, give_back=True, is_done=lambda rows: rows.is_current(record.grant_id, token.sealed)
        )

    def mark_sign_in_needed(self, lease: Lease, *, expected: int, cause: SignInCause) -> bool:
        def mark(rows: GrantRows) -> bool:
            stored = rows.read(lease.grant_id, to_change=True)
            if stored is None or stored.record.generation != expected:
                return False
            if stored.record.state is GrantState.ENDING:
                rows.clear_intent(lease.grant_id)
            else:
                rows.mark(lease.grant_id, cause)
            return True

        return self._leased(lease, mark, give_back=True)

    def insert(self, record: GrantRecord, sealed: bytes) -> bool:
        from sqlalchemy.exc import IntegrityError

        try:
            self._writing(lambda rows: rows.insert(record, sealed))
        except IntegrityError:
            return self._reading(lambda rows: rows.is_current(record.grant_id, sealed))
        return True

    def supersede(self, record: GrantRecord, sealed: bytes, *, expected: int) -> bool:
        def supersede(rows: GrantRows) -> bool:
            stored = rows.read(record.grant_id, to_change=True)
            if stored is None or stored.record.generation != expected:
                return stored is not None and stored.sealed == sealed
            rows.supersede(stored, record, sealed)
            return True

        return self._writing(supersede)

    def mark_revoked(self, grant_id: GrantId, *, expected: int) -> None:
        self._database.writing(lambda connection: self._endings(connection).mark_revoked(grant_id, expected))

    def mark_ending(self, grant_id: GrantId, wish: EndingWish | None = None) -> bool:
        return self._database.writing(lambda connection: self._endings(connection).mark(grant_id, wish))

    def ending(self) -> tuple[GrantId, ...]:
        return self._database.reading(lambda connection: tuple(self._endings(connection).all()))

    def close_ended(self, grant_id: GrantId, *, revoked: bool = False) -> bool:
        return self._database.writing(lambda connection: self._endings(connection).close(grant_id, revoked=revoked))

    def with_intents(self) -> Mapping[GrantId, int]:
        noted = self._reading(lambda rows: rows.with_intents())
        # Whoever ends between the two questions is not at work, and has made a newer generation than the one noted.
        return {one: noted[one] for one, held in zip(noted, self._are_held(tuple(noted)), strict=True) if not held}

    def unconfirmed(self, before: datetime) -> tuple[GrantId, ...]:
        return self._reading(lambda rows: tuple(rows.unconfirmed(before)))

    def forget(self, grant_id: GrantId) -> None:
        self._writing(lambda rows: rows.forget(grant_id))

    def signed_in_before(self, moment: datetime) -> tuple[GrantId, ...]:
        return self._reading(lambda rows: tuple(rows.signed_in_before(moment)))

    def forget_unbound(self, grant_ids: Collection[GrantId], *, before: datetime | None = None) -> int:
        def forget(rows: GrantRows) -> int:
            wiped = 0
            for grant_id in grant_ids:
                if rows.is_unbound(grant_id, before):
                    rows.forget(grant_id)
                    wiped += 1
            return wiped

        return self._writing(forget)

    def _are_held(self, grant_ids: Sequence[GrantId]) -> list[bool]:
        def look(connection: Connection) -> list[bool]:
            return [self._is_held(connection, grant_id) for grant_id in grant_ids]

        return self._database.reading(look) if grant_ids else []

    def _is_held(self, connection: Connection, grant_id: GrantId) -> bool:
        from xero_connections_plugin.gateways.records.grant_rows import lease_name
        from xero_connections_plugin.gateways.store import leases

        now = self._database.now(connection)
        return leases.is_held(connection, lease_name(grant_id), self._presence, now, self._lease_length)

    def _endings(self, connection: Connection) -> EndingRows:
        from xero_connections_plugin.gateways.records.ending_rows import EndingRows

        return EndingRows(connection, self._database.clock(connection), partial(self._is_held, connection))

    def _reading(self, ask: Callable[[GrantRows], T]) -> T:
        from xero_connections_plugin.gateways.records.grant_rows import GrantRows

        clock = self._database.clock
        return self._database.reading(lambda connection: ask(GrantRows(connection, clock(connection))))

    def _writing(self, change: Callable[[GrantRows], T]) -> T:
        from xero_connections_plugin.gateways.records.grant_rows import GrantRows

        return self._database.writing(
            lambda connection: change(GrantRows(connection, self._database.clock(connection)))
        )

    def _leased(
        self,
        lease: Lease,
        change: Callable[[GrantRows], bool | None],
        *,
        give_back: bool = False,
        is_done: Callable[[GrantRows], bool] = lambda _: False,
    ) -> bool:
        """Change something while the lease is ours; ``False`` when it is not, or when ``change`` says so."""
        from xero_connections_plugin.gateways.records.grant_rows import GrantRows, lease_name
        from xero_connections_plugin.gateways.store import leases

        def act(connection: Connection) -> bool:
            rows = GrantRows(connection, self._database.clock(connection))
            # First the grant and then its lease, as whoever takes it does: in another order two could wait for ever.
            rows.lock(lease.grant_id)
            if is_done(rows):
                return True
            check = leases.give_back if give_back else leases.is_ours
            return check(connection, lease_name(lease.grant_id), lease.fencing) and change(rows) is not False

        done = self._database.writing(act)
        if give_back:
            self._freed.tell()
        return done
