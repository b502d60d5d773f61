"""What does a stored grant look like to the decisions of ``rotation``, and what is to be kept of an answer?"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final, assert_never

from xero_connections_plugin.oauth.grant import GrantState, SignInCause, TokenSet
from xero_connections_plugin.oauth.grant_ports import Intent, SealBroken
from xero_connections_plugin.oauth.rotation_words import Place, Token, View

if TYPE_CHECKING:
    from datetime import datetime

    from pydantic import SecretStr

    from xero_connections_plugin.oauth.grant import GrantRecord, TokenAnswer
    from xero_connections_plugin.oauth.grant_ports import StoredGrant

GRACE: Final = timedelta(minutes=28)
"""A spent token is presented again only this long after it was first presented; the server's limit is 30 minutes."""

IDLE_LIMIT: Final = timedelta(days=60)
"""A refresh token that nobody used for so long is dead."""

CONFIRM_AFTER: Final = timedelta(minutes=5)
"""A token that came of a replay is renewed so long after the first presentation: late enough that no request of before
is still on its way, and early enough that the predecessor helps if one of them ended the token."""

DEFAULT_LIFETIME_SECONDS: Final = 300.0
"""For answers without a usable ``expires_in`` (R51)."""


def view_of(stored: StoredGrant) -> View:
    """The grant as decisions need it: ages judged by the store's clock."""
    intent = stored.intent
    predecessor = stored.predecessor
    may_present = predecessor is not None and (
        (intent is not None and intent.token == predecessor.token) or _in_grace(predecessor.since, stored.now)
    )
    return View(
        generation=stored.record.generation,
        usable=stored.record.state is GrantState.ACTIVE,
        candidates=tuple(kept.token for kept in stored.candidates),
        predecessor=predecessor.token if predecessor is not None and may_present else None,
        intent=intent.token if intent is not None else None,
        intent_in_grace=intent is None or _in_grace(intent.first_presented_at, stored.now),
        answer=_answer(stored),
    )


def _answer(stored: StoredGrant) -> Token | None:
    """The newest candidate of a later generation, unless its token may have been presented again after it came.

    Then the server may have given yet another token that nobody heard of, and presenting again is safe; after the
    grace it is not, and the candidate is the best there is.
    """
    newer = [kept for kept in stored.candidates if kept.token.generation > stored.record.generation]
    intent = stored.intent
    if intent is not None and _in_grace(intent.first_presented_at, stored.now):
        newer = [kept for kept in newer if kept.fencing == intent.fencing]
    return newer[0].token if newer else None


def _in_grace(first_presented: datetime | None, now: datetime) -> bool:
    return first_presented is None or now - first_presented < GRACE


def confirm_at(record: GrantRecord, first_presented: datetime | None) -> datetime | None:
    """When the current token is to be renewed, to see that it was not ended by a stray request; ``None`` for never.

    Args:
        record: Of the grant; refreshed later than the first presentation only where that was not the only one.
        first_presented: When the predecessor was.
    """
    if first_presented is None or first_presented >= record.refreshed_at:
        return None
    return first_presented + CONFIRM_AFTER


def cause_of_end(stored: StoredGrant, *, late: bool, damaged: bool) -> SignInCause:
    """Why no token of a grant works any more.

    Args:
        stored: The grant.
        late: Whether a noted token was presented again only after the server's grace.
        damaged: Whether a token could not be read.
    """
    if damaged:
        return SignInCause.GRANT_DAMAGED
    if stored.now - stored.record.refreshed_at > IDLE_LIMIT:
        return SignInCause.IDLE_TOO_LONG
    return SignInCause.SUPERSEDED if late else SignInCause.REVOKED


def sealed_of(token: Token, stored: StoredGrant) -> bytes:
    """The sealed tokens at the place that a token names.

    Raises:
        SealBroken: They are kept no longer.
    """
    match token.place:
        case Place.CURRENT:
            return stored.sealed
        case Place.PREDECESSOR:
            if stored.predecessor is None:
                raise SealBroken("no predecessor is kept")
            return stored.predecessor.sealed
        case Place.CANDIDATE:
            for kept in stored.candidates:
                if kept.token == token:
                    return kept.sealed
            raise SealBroken("the candidate is kept no longer")
        case _:
            assert_never(token.place)


def intent_for(token: Token, stored: StoredGrant) -> Intent:
    """The note that this token is about to be presented, with the time at which it first was."""
    if stored.intent is not None and stored.intent.token == token:
        return Intent(token, stored.intent.first_presented_at)
    predecessor = stored.predecessor
    if predecessor is not None and predecessor.token == token and predecessor.since is not None:
        return Intent(token, predecessor.since)
    return Intent(token, stored.now)


def token_set(
    answer: TokenAnswer, *, asked_at: datetime, refresh_token: SecretStr | None, scopes: tuple[str, ...]
) -> TokenSet:
    """What is to be kept of an answer; what it leaves out stays as it was (R53, R54).

    Args:
        answer: Of the token endpoint.
        asked_at: When it was asked for, by the store's time.
        refresh_token: The one that was presented, if one was.
        scopes: What was asked for, or granted before.

    Raises:
        ValueError: Neither the answer nor the caller has a refresh token.
    """
    successor = answer.refresh_token or refresh_token
    if successor is None:
        raise ValueError("no refresh token")
    lifetime = answer.expires_in if answer.expires_in and answer.expires_in > 0 else DEFAULT_LIFETIME_SECONDS
    return TokenSet(
        access_token=answer.access_token,
        refresh_token=successor,
        access_expires_at=asked_at + timedelta(seconds=lifetime),
        scopes=answer.scopes if answer.scopes is not None else scopes,
    )
