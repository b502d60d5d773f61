"""How long is a token in memory handed out without a look at the store?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from xero_connections_plugin.oauth.grant import AccessToken

if TYPE_CHECKING:
    from datetime import datetime

    from xero_connections_plugin.oauth.grant import GrantId, GrantRecord, TokenSet

MARGIN: Final = timedelta(seconds=120)
"""Tokens are renewed this long before they expire, or when a fifth of a short lifetime is left."""


@dataclass(frozen=True)
class HeldToken:
    """A token in memory."""

    token: AccessToken
    fresh_until: datetime

    def serves(self, refused: int | None) -> bool:
        """Whether it is newer than the one that was refused, if one was."""
        return refused is None or self.token.generation > refused


class HeldTokens:
    """Tokens in memory, the latest of each grant. Any thread may call."""

    def __init__(self) -> None:
        self._held: dict[GrantId, HeldToken] = {}

    def find(self, grant_id: GrantId) -> HeldToken | None:
        """What is held of a grant."""
        return self._held.get(grant_id)

    def keep(self, record: GrantRecord, tokens: TokenSet) -> AccessToken:
        """Hold what was stored; the token to hand out."""
        token = AccessToken(tokens.access_token, record.generation, record.access_expires_at)
        self._held[record.grant_id] = HeldToken(token, fresh_until(record))
        return token

    def drop(self, grant_id: GrantId) -> None:
        """Hold nothing of a grant."""
        self._held.pop(grant_id, None)

    def clear(self) -> None:
        """Hold nothing at all."""
        self._held.clear()


def fresh_until(record: GrantRecord) -> datetime:
    """When the grant's access token is to be renewed."""
    lifetime = record.access_expires_at - record.refreshed_at
    return record.access_expires_at - min(MARGIN, lifetime / 5)
