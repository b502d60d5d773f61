"""Which rows hold ciphertexts, with which key, and how is one exchanged without losing what others write meanwhile?"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from xero_connections_plugin.gateways.records.connection_store import ENTRY_PURPOSE, entry_generation
from xero_connections_plugin.gateways.store.tables import candidates, connections, grants
from xero_connections_plugin.oauth.grant_ports import GRANT_PURPOSE

if TYPE_CHECKING:
    from collections.abc import Callable

    from xero_connections_plugin.oauth.grant_ports import Sealed


class SealedKind(StrEnum):
    """Where a ciphertext lies. Tokens move on in this order: what one look misses here, it finds there."""

    ENTRY = "entry"
    CANDIDATE = "candidate"
    CURRENT = "current"
    PREDECESSOR = "predecessor"


@dataclass(frozen=True)
class SealedRow:
    """One ciphertext, and the place that it is bound to."""

    kind: SealedKind
    row_id: str
    data: bytes
    purpose: str
    owner_id: str
    generation: int


@dataclass(frozen=True)
class _Columns:
    row_id: sa.Column[Any]
    sealed: sa.Column[Any]
    key_id: sa.Column[Any]
    owner_id: sa.Column[Any]
    generation: sa.Column[Any]
    purpose: str = GRANT_PURPOSE
    counted: Callable[[Any], int] = int


_COLUMNS = {
    SealedKind.ENTRY: _Columns(
        connections.c.connection_id,
        connections.c.sealed,
        connections.c.sealed_key_id,
        connections.c.connection_id,
        connections.c.changed_at,
        ENTRY_PURPOSE,
        entry_generation,
    ),
    SealedKind.CANDIDATE: _Columns(
        candidates.c.candidate_id,
        candidates.c.sealed,
        candidates.c.key_id,
        candidates.c.grant_id,
        candidates.c.generation,
    ),
    SealedKind.CURRENT: _Columns(
        grants.c.grant_id, grants.c.sealed, grants.c.key_id, grants.c.grant_id, grants.c.generation
    ),
    SealedKind.PREDECESSOR: _Columns(
        grants.c.grant_id,
        grants.c.predecessor_sealed,
        grants.c.predecessor_key_id,
        grants.c.grant_id,
        grants.c.predecessor_generation,
    ),
}


def rows_by_key(connection: sa.Connection) -> Counter[str]:
    """How many ciphertexts each key has sealed, by its id."""
    found: Counter[str] = Counter()
    for columns in _COLUMNS.values():
        query = sa.select(columns.key_id, sa.func.count()).where(columns.sealed.is_not(None)).group_by(columns.key_id)
        for key_id, rows in connection.execute(query):
            found[str(key_id)] += rows
    return found


def not_sealed_with(
    connection: sa.Connection, kind: SealedKind, key_id: str, *, after: str, most: int
) -> list[SealedRow]:
    """The next ciphertexts of a kind that another key has sealed, in the order of their rows' ids.

    Args:
        connection: Inside a transaction.
        kind: Where to look.
        key_id: The key that they should be sealed with.
        after: The last row of the batch before; empty for the first.
        most: How many.
    """
    columns = _COLUMNS[kind]
    query = (
        sa.select(columns.row_id, columns.sealed, columns.owner_id, columns.generation)
        .where(columns.sealed.is_not(None), columns.key_id != key_id, columns.row_id > after)
        .order_by(columns.row_id)
        .limit(most)
    )
    return [
        SealedRow(kind, row_id, bytes(data), columns.purpose, owner_id, columns.counted(generation))
        for row_id, data, owner_id, generation in connection.execute(query)
    ]


def exchange(connection: sa.Connection, row: SealedRow, fresh: Sealed) -> bool:
    """Put another ciphertext of the same secret in its place.

    Returns:
        ``False`` when somebody has written there since; then nothing is changed. No two ciphertexts are alike, for
        each has a nonce of its own, so that comparing them is comparing all.
    """
    columns = _COLUMNS[row.kind]
    done = connection.execute(
        sa.update(columns.row_id.table)
        .where(columns.row_id == row.row_id, columns.sealed == row.data)
        .values({columns.sealed.name: fresh.data, columns.key_id.name: fresh.key_id})
    )
    return done.rowcount == 1
