"""How do grants lie in the tables? SQL inside the caller's transaction; ciphertext only."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from xero_connections_plugin.gateways.records import grant_needs
from xero_connections_plugin.gateways.records.grant_reading import RECORD, known_word, record_from
from xero_connections_plugin.gateways.store.row_inserts import insert_into
from xero_connections_plugin.gateways.store.tables import candidates, grants, leases
from xero_connections_plugin.oauth.grant import GrantId, GrantRecord, GrantState, SignInCause
from xero_connections_plugin.oauth.grant_ports import Intent, KeptToken, StoredGrant
from xero_connections_plugin.oauth.rotation_words import Place, Token

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from datetime import datetime

_CHUNK = 500
"""Values per ``IN`` list: databases limit the parameters of a statement."""

_ENDING = GrantState.ENDING.value

_WHOLE = (*RECORD, *(column for column in grants.c if column.name not in {known.name for known in RECORD}))

_NO_INTENT = dict.fromkeys(
    ("intent_place", "intent_generation", "intent_candidate_id", "intent_presented_at", "intent_fencing")
)


def lease_name(grant_id: GrantId) -> str:
    """The lease that guards a grant."""
    return f"grant:{grant_id}"


class GrantRows:
    """The grants, as one transaction sees them.

    Args:
        connection: Inside a transaction.
        now: Tells the store's time; asked after rows are locked.
    """

    def __init__(self, connection: sa.Connection, now: Callable[[], datetime]) -> None:
        self._connection = connection
        self._now = now

    def lock(self, grant_id: GrantId) -> None:
        """Let nobody else change a grant until the end of the transaction."""
        self._connection.execute(sa.select(grants.c.grant_id).where(grants.c.grant_id == grant_id).with_for_update())

    def is_current(self, grant_id: GrantId, sealed: bytes) -> bool:
        """Whether this very seal is the current one of a grant."""
        query = sa.select(grants.c.sealed).where(grants.c.grant_id == grant_id)
        return bool(self._connection.execute(query).scalar() == sealed)

    def read(self, grant_id: GrantId, *, to_change: bool = False) -> StoredGrant | None:
        query = sa.select(*_WHOLE).where(grants.c.grant_id == grant_id)
        return self._stored(query.with_for_update() if to_change else query)

    def find(self, client_id: str, user_id: str) -> StoredGrant | None:
        return self._stored(sa.select(*_WHOLE).where(grants.c.client_id == client_id, grants.c.user_id == user_id))

    def records(self, grant_ids: Collection[GrantId]) -> dict[GrantId, GrantRecord]:
        found: dict[GrantId, GrantRecord] = {}
        wanted = list(dict.fromkeys(grant_ids))
        for start in range(0, len(wanted), _CHUNK):
            query = sa.select(*RECORD).where(grants.c.grant_id.in_(wanted[start : start + _CHUNK]))
            for row in self._connection.execute(query):
                record = record_from(row)
                found[record.grant_id] = record
        return found

    def note_intent(self, grant_id: GrantId, intent: Intent, fencing: int) -> None:
        self._update(
            grant_id,
            intent_place=intent.token.place.value,
            intent_generation=intent.token.generation,
            intent_candidate_id=intent.token.candidate_id,
            intent_presented_at=intent.first_presented_at,
            intent_fencing=intent.fencing or fencing,
        )

    def clear_intent(self, grant_id: GrantId) -> None:
        self._update(grant_id, **_NO_INTENT)

    def append_candidate(self, grant_id: GrantId, kept: KeptToken) -> None:
        self._connection.execute(
            insert_into(self._connection, candidates)
            .values(
                candidate_id=kept.token.candidate_id,
                grant_id=grant_id,
                generation=kept.token.generation,
                sealed=kept.sealed,
                key_id=kept.key_id,
                received_at=kept.since or self._now(),
                fencing=kept.fencing,
            )
            .on_conflict_do_nothing()
        )

    def rotate(self, stored: StoredGrant, record: GrantRecord, token: KeptToken, spent: Token) -> None:
        """Make a candidate current, with the spent token as its predecessor. What is to end still is."""
        presented = stored.intent.first_presented_at if stored.intent is not None else self._now()
        # An answer that comes after the end lives at the server: it must end too.
        state, has_ended = stored.record.state, stored.record.ending_since is not None
        is_ending = state is GrantState.ENDING or (state is GrantState.NEEDS_SIGN_IN and has_ended)
        self._update(
            record.grant_id,
            **_columns(replace(record, state=GrantState.ENDING) if is_ending else record),
            sealed=token.sealed,
            **_predecessor(stored, spent, presented),
            **_NO_INTENT,
        )
        self._connection.execute(
            sa.delete(candidates).where(
                candidates.c.grant_id == record.grant_id,
                sa.or_(
                    candidates.c.generation < record.generation,
                    candidates.c.candidate_id == token.token.candidate_id,
                ),
            )
        )

    def supersede(self, stored: StoredGrant, record: GrantRecord, sealed: bytes) -> None:
        """Put a new sign-in over what was current."""
        current = Token(Place.CURRENT, stored.record.generation)
        intent = stored.intent
        presented = intent.first_presented_at if intent is not None and intent.token == current else None
        kept = _predecessor(stored, current, presented)
        self._update(record.grant_id, **_columns(record), ending_since=None, sealed=sealed, **kept, **_NO_INTENT)

    def insert(self, record: GrantRecord, sealed: bytes) -> None:
        given = {"grant_id": record.grant_id, "sealed": sealed, "ending_since": record.ending_since}
        self._connection.execute(sa.insert(grants).values(**given, **_columns(record)))

    def mark(self, grant_id: GrantId, cause: SignInCause) -> None:
        self._update(grant_id, state=GrantState.NEEDS_SIGN_IN.value, cause=cause.value, **_NO_INTENT)

    def with_intents(self) -> dict[GrantId, int]:
        noted = sa.select(grants.c.grant_id, grants.c.generation).where(grants.c.intent_place.is_not(None))
        found = self._connection.execute(noted.order_by(grants.c.grant_id))
        return {GrantId(grant_id): generation for grant_id, generation in found}

    def unconfirmed(self, before: datetime) -> list[GrantId]:
        query = sa.select(grants.c.grant_id).where(
            grants.c.state == GrantState.ACTIVE.value,
            grants.c.predecessor_presented_at < before,
            grants.c.predecessor_presented_at < grants.c.refreshed_at,
        )
        return [GrantId(found) for found in self._connection.execute(query.order_by(grants.c.grant_id)).scalars()]

    def signed_in_before(self, moment: datetime) -> list[GrantId]:
        query = sa.select(grants.c.grant_id).where(grants.c.authorized_at < moment, grants.c.state != _ENDING)
        return [GrantId(found) for found in self._connection.execute(query.order_by(grants.c.grant_id)).scalars()]

    def is_unbound(self, grant_id: GrantId, before: datetime | None) -> bool:
        """Whether nobody needs a grant, and nobody signed in to it since a moment (if one is given)."""
        query = sa.select(grants.c.authorized_at).where(grants.c.grant_id == grant_id).with_for_update()
        if before is not None:
            query = query.where(grants.c.authorized_at < before)
        authorized_at = self._connection.execute(query).scalar()
        # Asked once the row is locked: whoever binds it locks it too, and is seen now or waits until it is gone.
        if authorized_at is None or grant_needs.is_needed(self._connection, grant_id):
            return False
        return not grant_needs.may_be_unsaved(self._connection, grant_id, authorized_at, self._now())

    def forget(self, grant_id: GrantId) -> None:
        self._connection.execute(sa.delete(candidates).where(candidates.c.grant_id == grant_id))
        self._connection.execute(sa.delete(grants).where(grants.c.grant_id == grant_id))
        self._connection.execute(sa.delete(leases).where(leases.c.name == lease_name(grant_id)))

    def _update(self, grant_id: GrantId, **values: object) -> None:
        self._connection.execute(sa.update(grants).where(grants.c.grant_id == grant_id).values(**values))

    def _stored(self, query: sa.Select[Any]) -> StoredGrant | None:
        row = self._connection.execute(query).first()
        if row is None:
            return None
        record = record_from(row)
        beside = self._connection.execute(
            sa.select(candidates)
            .where(candidates.c.grant_id == record.grant_id)
            .order_by(candidates.c.received_at.desc(), candidates.c.candidate_id)
        )
        kept = tuple(
            KeptToken(
                Token(Place.CANDIDATE, found.generation, found.candidate_id),
                found.sealed,
                found.received_at,
                found.key_id,
                found.fencing,
            )
            for found in beside
        )
        return StoredGrant(record, row.sealed, _kept_predecessor(row), kept, _intent(row), self._now())


def _columns(record: GrantRecord) -> dict[str, object]:
    return {
        "client_id": record.client_id,
        "user_id": record.user_id,
        "account": record.account,
        "scopes": list(record.scopes),
        "state": record.state.value,
        "cause": record.cause.value if record.cause is not None else None,
        "generation": record.generation,
        "key_id": record.key_id,
        "created_at": record.created_at,
        "authorized_at": record.authorized_at,
        "refreshed_at": record.refreshed_at,
        "access_expires_at": record.access_expires_at,
    }


def _kept_predecessor(row: sa.Row[Any]) -> KeptToken | None:
    if row.predecessor_sealed is None:
        return None
    token = Token(Place.PREDECESSOR, row.predecessor_generation)
    return KeptToken(token, row.predecessor_sealed, row.predecessor_presented_at, row.predecessor_key_id)


def _intent(row: sa.Row[Any]) -> Intent | None:
    place = known_word(Place, row.intent_place)
    if place is None:
        return None
    token = Token(place, row.intent_generation, row.intent_candidate_id)
    return Intent(token, row.intent_presented_at, row.intent_fencing)


def _predecessor(stored: StoredGrant, spent: Token, presented: datetime | None) -> dict[str, object]:
    """The columns that keep a spent token; its seal stays, as it names the token's own generation."""
    kept = stored.predecessor
    if spent.place is Place.CURRENT:
        sealed, key_id = stored.sealed, stored.record.key_id
    elif spent.place is Place.PREDECESSOR and kept is not None:
        sealed, key_id = kept.sealed, kept.key_id
    else:
        found = next((kept for kept in stored.candidates if kept.token == spent), None)
        if found is None:
            return {}
        sealed, key_id = found.sealed, found.key_id
    return {
        "predecessor_sealed": sealed,
        "predecessor_key_id": key_id,
        "predecessor_generation": spent.generation,
        "predecessor_presented_at": presented,
    }
