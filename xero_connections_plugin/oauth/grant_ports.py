"""What the token keeper needs to keep grants: a store that commits, and a box that seals.

The store sees ciphertext only; the box sees no database. ``gateways`` performs both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from datetime import datetime

    from xero_connections_plugin.oauth.grant import GrantId, GrantRecord, SignInCause
    from xero_connections_plugin.oauth.rotation_words import Token

LEASE_SECONDS: Final = 45.0
"""Length of a lease: a little above one request of 30 s. A lease that ends later than this from now was written by
a wrong clock and counts as expired."""

GRANT_PURPOSE: Final = "grant"
"""What token sets are sealed for; part of the associated data, so that no other ciphertext opens in their place."""


class SealBroken(Exception):
    """A ciphertext does not open with the right key: damaged, or moved from another row."""


@dataclass(frozen=True)
class Sealed:
    """A ciphertext and the key that opens it."""

    data: bytes
    key_id: str


class SecretBox(Protocol):
    """Seals secrets with the key of the installation.

    Raises:
        SecretStoreUnavailable: The key cannot be had on this machine. Nothing was changed.
    """

    def seal(self, plain: bytes, *, purpose: str, owner_id: str, generation: int) -> Sealed:
        """A ciphertext bound to its place; makes the first key of a new installation when there is none yet."""

    def open(self, sealed: bytes, *, purpose: str, owner_id: str, generation: int) -> bytes:
        """What was sealed for this very place.

        Raises:
            SealBroken: See the class.
        """


@dataclass(frozen=True)
class Intent:
    """Which token is about to be presented, noted before the request leaves."""

    token: Token
    first_presented_at: datetime
    fencing: int = 0
    """Of the lease under which it was noted last; 0 until the store stamps it."""


@dataclass(frozen=True)
class KeptToken:
    """A sealed token set beside the current one: a candidate, or the predecessor."""

    token: Token
    sealed: bytes
    since: datetime | None
    """Candidates: when they arrived. The predecessor: when it was first presented; ``None`` when never."""
    key_id: str
    fencing: int = 0
    """Candidates: of the lease under which the token was asked for."""


@dataclass(frozen=True)
class StoredGrant:
    """A grant as the store holds it, read in one transaction. ``now`` is the time by which everything is judged."""

    record: GrantRecord
    sealed: bytes
    predecessor: KeptToken | None
    candidates: tuple[KeptToken, ...]
    """Newest first."""
    intent: Intent | None
    now: datetime
    is_taken: bool = False
    """Whether another process held the lease in that transaction, and may still be alive."""


@dataclass(frozen=True)
class Lease:
    """The right to refresh one grant; ``fencing`` grows each time that somebody takes it."""

    grant_id: GrantId
    owner: str
    fencing: int


@dataclass(frozen=True)
class Leased:
    """A lease just taken, and the grant as it was in the same transaction."""

    lease: Lease
    stored: StoredGrant


class GrantStore(Protocol):
    """Keeps grants. Every method is one short transaction; none is open while a request or the keychain runs.

    Methods that take a lease change nothing and return ``False`` when somebody else has taken it since.

    Raises (from every method):
        StoreUnavailable: Disk full, read-only, busy beyond its limit, unreachable, or made by a newer program.
        StoredDataDamaged: What is stored cannot be understood.
    """

    def now(self) -> datetime:
        """The time that everybody who uses this store agrees on (UTC)."""

    def read(self, grant_id: GrantId) -> StoredGrant | None:
        """A grant with everything kept beside it."""

    def records(self, grant_ids: Collection[GrantId]) -> Mapping[GrantId, GrantRecord]:
        """What is known about these grants; missing ones are left out. One query."""

    def find(self, *, client_id: str, user_id: str) -> StoredGrant | None:
        """The grant of a user and an app."""

    def take_lease(self, grant_id: GrantId, *, choose: Callable[[StoredGrant], Intent | None]) -> Leased | None:
        """Take the lease and note the intent that ``choose`` answers, in one transaction.

        An intent without a fencing number is stamped with that of the lease; one that has a number stays as it is.
        A process works on a grant once at a time, so a lease of its own is a left-over and taken anew: of a commit that
        it was not told of, or of a thread that was interrupted.

        Returns:
            ``None`` while somebody else holds it, or when the grant is gone (see ``is_held``).
        """

    def is_held(self, grant_id: GrantId) -> bool:
        """Whether somebody holds the lease: not expired, and not an owner known to be dead."""

    def handed_back(self) -> int:
        """Another number than before, once a process of this machine has given a lease back. Touches no database."""

    def await_handing_back(self, since: int, seconds: float) -> None:
        """Wait so long, or until ``handed_back`` is no longer what it was: then a look is worth it."""

    def extend_lease(self, lease: Lease) -> bool:
        """Begin the length of the lease anew."""

    def write_intent(self, lease: Lease, intent: Intent) -> bool:
        """Note another token as the one about to be presented."""

    def let_go(self, lease: Lease, *, clear_intent: bool) -> bool:
        """Give the lease back, with or without the intent."""

    def append_candidate(self, grant_id: GrantId, candidate: KeptToken) -> None:
        """Keep a token that the server gave, whoever holds the lease. Appending the same id again changes nothing."""

    def commit(self, lease: Lease, *, expected: int, record: GrantRecord, token: KeptToken, spent: Token) -> bool:
        """Make a candidate the current token set if lease and generation still match, else leave it a candidate.

        In one transaction: ``token`` becomes current, ``spent`` the predecessor with the time at which it was
        first presented, the intent is cleared, the lease given back, and candidates of generations before
        ``record.generation`` are wiped. A grant that is to end stays so.

        Args:
            lease: Ours.
            expected: The generation that was current when the refresh began.
            record: What the grant is from now on.
            token: The candidate, which ``append_candidate`` has kept.
            spent: The token that was presented to get it.
        """

    def mark_sign_in_needed(self, lease: Lease, *, expected: int, cause: SignInCause) -> bool:
        """Note that the grant works no longer, unless it is to end anyway, and give the lease back; wipes nothing."""

    def insert(self, record: GrantRecord, sealed: bytes) -> bool:
        """Keep a new grant; ``False`` when its user and app have one already."""

    def supersede(self, record: GrantRecord, sealed: bytes, *, expected: int) -> bool:
        """Put a new sign-in into a grant; what was current becomes the predecessor. ``False`` when it moved on."""

    def mark_revoked(self, grant_id: GrantId, *, expected: int) -> None:
        """Note that the grant was revoked from here; nothing when it moved on, or somebody is renewing it: what that
        brings was not revoked.
        """

    def with_intents(self) -> Mapping[GrantId, int]:
        """Grants with a noted intent that nobody is working on, and the generation that each had when that was seen;
        sorted by their ids.
        """

    def unconfirmed(self, before: datetime) -> tuple[GrantId, ...]:
        """Working grants whose predecessor was presented more than once, for the first time before a moment."""

    def forget(self, grant_id: GrantId) -> None:
        """Wipe a grant and all that is kept beside it; no error when it is gone."""

    def signed_in_before(self, moment: datetime) -> tuple[GrantId, ...]:
        """Grants whose last sign-in is older than a moment."""

    def forget_unbound(self, grant_ids: Collection[GrantId], *, before: datetime | None = None) -> int:
        """Wipe those of these grants that nobody needs: no entry of the list, none that can be taken back, nothing that
        is still to be done at the server, and nobody who has signed in since the entries being wiped were saved.

        Args:
            grant_ids: Where to look.
            before: Leaves alone what was signed in to since then; ``None`` wipes however young it is.

        Returns:
            How many were wiped.
        """
