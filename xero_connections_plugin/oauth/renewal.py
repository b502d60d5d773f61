"""How does a renewed token set get into the store: kept as a candidate first, then made current?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from xero_connections_plugin.oauth.grant import GrantState
from xero_connections_plugin.oauth.grant_ports import KeptToken
from xero_connections_plugin.oauth.grant_views import confirm_at, token_set
from xero_connections_plugin.oauth.refresh_news import nobody_listens
from xero_connections_plugin.oauth.rotation_words import Place, Token
from xero_connections_plugin.oauth.token_sealing import seal_tokens

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from hostspec.services import Clock
    from xero_connections_plugin.oauth import rotation_words as w
    from xero_connections_plugin.oauth.grant import GrantRecord, TokenAnswer, TokenSet
    from xero_connections_plugin.oauth.grant_ports import GrantStore, Lease, SecretBox, StoredGrant
    from xero_connections_plugin.oauth.held_tokens import Moment
    from xero_connections_plugin.oauth.refresh_news import RefreshNews
    from xero_connections_plugin.oauth.token_ports import TokenEndpoint


@dataclass(frozen=True)
class RefreshPorts:
    """Everything that a refresh reaches the world through."""

    store: GrantStore
    box: SecretBox
    endpoint: TokenEndpoint
    clock: Clock
    new_id: Callable[[], str]
    jitter: Callable[[], float]
    """Random numbers from 0 to 1, so that waiters do not wake together."""
    checkpoint: Callable[[str], None]
    """Called around every act with its name; crash tests end the process there."""
    heard: Callable[[RefreshNews], None] = nobody_listens
    """Told of every renewal that has ended; keeps nobody waiting and raises nothing."""


@dataclass(frozen=True)
class Renewal:
    """A token set on its way, and the token that was spent for it."""

    tokens: TokenSet
    record: GrantRecord
    """What the grant is once this is committed."""
    spent: Token
    kept: KeptToken | None
    """As it stands among the candidates; ``None`` until it was kept."""
    as_of: Moment
    """When it was asked for, or found."""
    first_presented: datetime
    """When the spent token was, by the store's time."""
    asked_server: bool
    """Whether this run received it, rather than finding it kept by somebody who ended before the commit."""

    @classmethod
    def answered(cls, answer: TokenAnswer, old: TokenSet, spent: w.Send, stored: StoredGrant, asked: Moment) -> Renewal:
        """From an answer of the server just now."""
        tokens = token_set(answer, asked_at=asked.stored, refresh_token=old.refresh_token, scopes=old.scopes)
        first = stored.intent.first_presented_at if stored.intent is not None else asked.stored
        # What came of a replay is told apart from then on by this: it was refreshed after its first presentation.
        refreshed_at = max(asked.stored, first + timedelta(microseconds=1)) if spent.replay else first
        record = _next_record(stored, stored.record.generation + 1, tokens, refreshed_at)
        return cls(tokens, record, spent.token, kept=None, as_of=asked, first_presented=first, asked_server=True)

    @classmethod
    def promoted(cls, kept: KeptToken, tokens: TokenSet, spent: Token, stored: StoredGrant, found: Moment) -> Renewal:
        """From a candidate that somebody kept."""
        record = _next_record(stored, kept.token.generation, tokens, kept.since or stored.now)
        first = stored.intent.first_presented_at if stored.intent is not None else stored.now
        return cls(tokens, record, spent, kept, as_of=found, first_presented=first, asked_server=False)

    @property
    def confirm_at(self) -> datetime | None:
        """When it is to be renewed although it is fresh, once it is committed."""
        return confirm_at(self.record, self.first_presented)

    def sealed(self, ports: RefreshPorts, *, fencing: int) -> Renewal:
        """This, sealed as a candidate; sealed once, however often the write is tried.

        Args:
            ports: The world.
            fencing: Of the lease under which it was asked for.

        Raises:
            SecretStoreUnavailable: The key cannot be had.
        """
        if self.kept is not None:
            return self
        generation = self.record.generation
        sealed = seal_tokens(ports.box, self.tokens, grant_id=self.record.grant_id, generation=generation)
        token = Token(Place.CANDIDATE, generation, ports.new_id())
        kept = KeptToken(token, sealed.data, self.record.refreshed_at, sealed.key_id, fencing)
        return replace(self, kept=kept, record=replace(self.record, key_id=sealed.key_id))

    def keep(self, ports: RefreshPorts) -> None:
        """Append it to the candidates.

        Raises:
            StoreUnavailable, StoredDataDamaged: Nothing was written.
            ValueError: It was not sealed.
        """
        ports.store.append_candidate(self.record.grant_id, self._kept())

    def commit(self, ports: RefreshPorts, lease: Lease) -> bool:
        """Make it current; ``False`` when lease or generation no longer match, so that it stays a candidate.

        Raises:
            StoreUnavailable, StoredDataDamaged: Nothing was written.
            ValueError: It was not sealed.
        """
        return ports.store.commit(
            lease, expected=self.record.generation - 1, record=self.record, token=self._kept(), spent=self.spent
        )

    def _kept(self) -> KeptToken:
        if self.kept is None:
            raise ValueError("not sealed yet")
        return self.kept


def _next_record(stored: StoredGrant, generation: int, tokens: TokenSet, refreshed_at: datetime) -> GrantRecord:
    return replace(
        stored.record,
        generation=generation,
        state=GrantState.ACTIVE,
        cause=None,
        scopes=tokens.scopes,
        refreshed_at=refreshed_at,
        access_expires_at=tokens.access_expires_at,
    )
