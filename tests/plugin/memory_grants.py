"""Grants kept in memory: the fake that the token keeper's tests run on, held to the same contract as the real store."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from xero_connections_plugin.oauth.grant import GrantId, GrantRecord, GrantState, SignInCause
from xero_connections_plugin.oauth.grant_ports import (
    LEASE_SECONDS,
    Intent,
    KeptToken,
    Lease,
    Leased,
    StoredGrant,
)
from xero_connections_plugin.oauth.rotation_words import Place, Token

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from hostspec.errors import ConnectionProblem
    from hostspec.services import Clock


@dataclass
class Shelf:
    """What several stores share, as processes share a database."""

    grants: dict[GrantId, StoredGrant] = field(default_factory=dict)
    leases: dict[GrantId, tuple[str, datetime, int]] = field(default_factory=dict)
    dead: set[str] = field(default_factory=set)
    bound: set[GrantId] = field(default_factory=set)
    handed_back: int = 0
    lock: threading.RLock = field(default_factory=threading.RLock)


class MemoryGrantStore:
    """A ``GrantStore``; one per process that a test plays.

    Args:
        clock: Time.
        shelf: Shared with the other processes.
        owner: Who this process is.
    """

    def __init__(self, clock: Clock, shelf: Shelf | None = None, owner: str = "one") -> None:
        self.shelf = shelf or Shelf()
        self.owner = owner
        self.trouble: dict[str, list[ConnectionProblem]] = {}
        """By method: what the next calls raise."""
        self._clock = clock

    def now(self) -> datetime:
        return self._clock.now()

    def read(self, grant_id: GrantId) -> StoredGrant | None:
        self._fail("read")
        with self.shelf.lock:
            found = self.shelf.grants.get(grant_id)
            if found is None:
                return None
            newest_first = sorted(found.candidates, key=lambda kept: kept.since or found.now, reverse=True)
            others = self.shelf.leases.get(grant_id, ("",))[0] != self.owner
            taken = others and self.is_held(grant_id)
            return replace(found, candidates=tuple(newest_first), now=self._clock.now(), is_taken=taken)

    def records(self, grant_ids: Collection[GrantId]) -> Mapping[GrantId, GrantRecord]:
        with self.shelf.lock:
            return {name: self.shelf.grants[name].record for name in grant_ids if name in self.shelf.grants}

    def find(self, *, client_id: str, user_id: str) -> StoredGrant | None:
        with self.shelf.lock:
            for stored in self.shelf.grants.values():
                if (stored.record.client_id, stored.record.user_id) == (client_id, user_id):
                    return self.read(stored.record.grant_id)
        return None

    def take_lease(self, grant_id: GrantId, *, choose: Callable[[StoredGrant], Intent | None]) -> Leased | None:
        self._fail("take_lease")
        with self.shelf.lock:
            stored = self.read(grant_id)
            intent = choose(stored) if stored is not None else None
            if stored is None or intent is None or stored.is_taken:
                return None
            fencing = self.shelf.leases.get(grant_id, ("", self._clock.now(), 0))[2] + 1
            self.shelf.leases[grant_id] = (self.owner, self._until(), fencing)
            stamped = replace(intent, fencing=intent.fencing or fencing)
            self.shelf.grants[grant_id] = stored = replace(stored, intent=stamped)
            return Leased(Lease(grant_id, self.owner, fencing), stored)

    def is_held(self, grant_id: GrantId) -> bool:
        with self.shelf.lock:
            owner, until, _ = self.shelf.leases.get(grant_id, ("", self._clock.now(), 0))
            return bool(owner) and self._clock.now() < until <= self._until() and owner not in self.shelf.dead

    def handed_back(self) -> int:
        return self.shelf.handed_back

    def await_handing_back(self, since: int, seconds: float) -> None:
        if self.shelf.handed_back == since:
            self._clock.wait(seconds)

    def extend_lease(self, lease: Lease) -> bool:
        self._fail("extend_lease")
        return self._set_lease(lease, lease.owner, self._until())

    def write_intent(self, lease: Lease, intent: Intent) -> bool:
        self._fail("write_intent")
        with self.shelf.lock:
            if not self._is_ours(lease):
                return False
            self._change(lease.grant_id, intent=replace(intent, fencing=intent.fencing or lease.fencing))
            return True

    def let_go(self, lease: Lease, *, clear_intent: bool) -> bool:
        self._fail("let_go")
        with self.shelf.lock:
            if not self._set_lease(lease, "", self._clock.now()):
                return False
            if clear_intent:
                self._change(lease.grant_id, intent=None)
            return True

    def append_candidate(self, grant_id: GrantId, candidate: KeptToken) -> None:
        self._fail("append_candidate")
        with self.shelf.lock:
            kept = self.shelf.grants[grant_id].candidates
            if candidate.token.candidate_id not in {one.token.candidate_id for one in kept}:
                self._change(grant_id, candidates=(*kept, candidate))

    def commit(self, lease: Lease, *, expected: int, record: GrantRecord, token: KeptToken, spent: Token) -> bool:
        self._fail("commit")
        with self.shelf.lock:
            ours = self._set_lease(lease, "", self._clock.now())
            stored = self.shelf.grants.get(lease.grant_id)
            if not ours or stored is None or stored.record.generation != expected:
                return False
            kept = tuple(
                one
                for one in stored.candidates
                if one.token.generation >= record.generation and one.token != token.token
            )
            presented = stored.intent.first_presented_at if stored.intent else self._clock.now()
            predecessor = _predecessor(stored, spent, presented)
            since = stored.record.ending_since
            has_ended = stored.record.state is GrantState.NEEDS_SIGN_IN and since is not None
            is_ending = stored.record.state is GrantState.ENDING or has_ended
            self._change(
                lease.grant_id,
                record=replace(record, state=GrantState.ENDING, ending_since=since) if is_ending else record,
                sealed=token.sealed,
                predecessor=predecessor,
                candidates=kept,
                intent=None,
            )
            return True

    def mark_sign_in_needed(self, lease: Lease, *, expected: int, cause: SignInCause) -> bool:
        self._fail("mark_sign_in_needed")
        with self.shelf.lock:
            ours = self._set_lease(lease, "", self._clock.now())
            stored = self.shelf.grants.get(lease.grant_id)
            if not ours or stored is None or stored.record.generation != expected:
                return False
            if stored.record.state is GrantState.ENDING:
                self._change(lease.grant_id, intent=None)
            else:
                self._mark(stored, cause)
            return True

    def insert(self, record: GrantRecord, sealed: bytes) -> bool:
        self._fail("insert")
        with self.shelf.lock:
            if self.find(client_id=record.client_id, user_id=record.user_id) is not None:
                return False
            self.shelf.grants[record.grant_id] = StoredGrant(record, sealed, None, (), None, self._clock.now())
            return True

    def supersede(self, record: GrantRecord, sealed: bytes, *, expected: int) -> bool:
        with self.shelf.lock:
            stored = self.shelf.grants.get(record.grant_id)
            if stored is None or stored.record.generation != expected:
                return False
            current = Token(Place.CURRENT, expected)
            presented = stored.intent.first_presented_at if stored.intent and stored.intent.token == current else None
            predecessor = _predecessor(stored, current, presented)
            signed_in = replace(record, ending_since=None)
            self._change(record.grant_id, record=signed_in, sealed=sealed, predecessor=predecessor, intent=None)
            return True

    def mark_revoked(self, grant_id: GrantId, *, expected: int) -> None:
        self._fail("mark_revoked")
        with self.shelf.lock:
            stored = self.shelf.grants.get(grant_id)
            if stored is not None and stored.record.generation == expected and not self.is_held(grant_id):
                self._mark(stored, SignInCause.REVOKED)

    def with_intents(self) -> Mapping[GrantId, int]:
        with self.shelf.lock:
            noted = {name: one.record.generation for name, one in self.shelf.grants.items() if one.intent is not None}
            return {name: noted[name] for name in sorted(noted) if not self.is_held(name)}

    def unconfirmed(self, before: datetime) -> tuple[GrantId, ...]:
        def is_unconfirmed(stored: StoredGrant) -> bool:
            first = stored.predecessor.since if stored.predecessor is not None else None
            working = stored.record.state is GrantState.ACTIVE
            return working and first is not None and first < before and first < stored.record.refreshed_at

        with self.shelf.lock:
            return tuple(sorted(name for name, stored in self.shelf.grants.items() if is_unconfirmed(stored)))

    def forget(self, grant_id: GrantId) -> None:
        with self.shelf.lock:
            self.shelf.grants.pop(grant_id, None)
            self.shelf.leases.pop(grant_id, None)

    def signed_in_before(self, moment: datetime) -> tuple[GrantId, ...]:
        with self.shelf.lock:
            grants = self.shelf.grants.items()
            return tuple(sorted(name for name, stored in grants if stored.record.authorized_at < moment))

    def forget_unbound(self, grant_ids: Collection[GrantId], *, before: datetime | None = None) -> int:
        with self.shelf.lock:
            kept = set(self.shelf.grants) if before is None else set(self.signed_in_before(before))
            old = kept & set(grant_ids) - self.shelf.bound
            for grant_id in old:
                self.forget(grant_id)
            return len(old)

    def _fail(self, method: str) -> None:
        waiting = self.trouble.get(method)
        if waiting:
            raise waiting.pop(0)

    def _until(self) -> datetime:
        return self._clock.now() + timedelta(seconds=LEASE_SECONDS)

    def _is_ours(self, lease: Lease) -> bool:
        return self.shelf.leases.get(lease.grant_id, ("", None, 0))[2] == lease.fencing

    def _set_lease(self, lease: Lease, owner: str, until: datetime) -> bool:
        with self.shelf.lock:
            if not self._is_ours(lease):
                return False
            self.shelf.leases[lease.grant_id] = (owner, until, lease.fencing)
            self.shelf.handed_back += not owner
            return True

    def _mark(self, stored: StoredGrant, cause: SignInCause) -> None:
        record = replace(stored.record, state=GrantState.NEEDS_SIGN_IN, cause=cause)
        self._change(record.grant_id, record=record, intent=None)

    def _change(self, grant_id: GrantId, **changes: object) -> None:
        self.shelf.grants[grant_id] = replace(self.shelf.grants[grant_id], **changes)  # type: ignore[arg-type]


def _predecessor(stored: StoredGrant, spent: Token, presented: datetime | None) -> KeptToken | None:
    token = Token(Place.PREDECESSOR, spent.generation)
    if spent.place is Place.CURRENT:
        return KeptToken(token, stored.sealed, presented, stored.record.key_id)
    if spent.place is Place.PREDECESSOR and stored.predecessor is not None:
        return replace(stored.predecessor, since=presented)
    for kept in stored.candidates:
        if kept.token == spent:
            return KeptToken(token, kept.sealed, presented, kept.key_id)
    return stored.predecessor
