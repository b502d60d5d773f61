"""Which columns of the table tell about a grant without opening it, and how are they taken from a row?"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any, Final, TypeVar

from xero_connections_plugin.gateways.store.tables import grants
from xero_connections_plugin.oauth.grant import GrantId, GrantRecord, GrantState, SignInCause

if TYPE_CHECKING:
    import sqlalchemy as sa

_Word = TypeVar("_Word", bound=Enum)

RECORD: Final[tuple[sa.Column[Any], ...]] = tuple(
    # Not what is sealed: a list asks for many, and the sealed parts are most of what lies there.
    grants.c[name]
    for name in (
        "grant_id",
        "client_id",
        "user_id",
        "account",
        "scopes",
        "state",
        "cause",
        "generation",
        "key_id",
        "created_at",
        "authorized_at",
        "refreshed_at",
        "access_expires_at",
        "ending_since",
    )
)


def record_from(row: tuple[Any, ...]) -> GrantRecord:
    """What is known about a grant.

    Args:
        row: Begins with the columns of ``RECORD``.
    """
    (
        grant_id,
        client_id,
        user_id,
        account,
        scopes,
        state,
        cause,
        generation,
        key_id,
        created_at,
        authorized_at,
        refreshed_at,
        access_expires_at,
        ending_since,
    ) = row[: len(RECORD)]
    return GrantRecord(
        grant_id=GrantId(grant_id),
        client_id=client_id,
        user_id=user_id,
        account=account,
        # What cannot be read is tried out at the server rather than given up, and never keeps another grant from use.
        scopes=tuple(map(str, scopes)) if isinstance(scopes, list) else (),
        state=known_word(GrantState, state) or GrantState.ACTIVE,
        cause=known_word(SignInCause, cause),
        generation=generation,
        key_id=key_id,
        created_at=created_at,
        authorized_at=authorized_at,
        refreshed_at=refreshed_at,
        access_expires_at=access_expires_at,
        ending_since=ending_since,
    )


def known_word(words: type[_Word], stored: str | None) -> _Word | None:
    """What a stored word means; ``None`` for one that no version of this program writes."""
    if stored is None:
        return None
    try:
        return words(stored)
    except ValueError:
        return None
