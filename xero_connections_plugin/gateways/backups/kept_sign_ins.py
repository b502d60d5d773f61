"""Which sign-ins of the present store go on working in a backup of it?

Refresh tokens are used once: those in a backup were spent by every later renewal. So what the present store has of a
sign-in is newer, and is taken over; it opens there too, since a seal is bound to the grant and not to the file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from xero_connections_plugin.gateways.keys.key_register import KeyState
from xero_connections_plugin.gateways.store.tables import candidates, data_keys, grants, leases

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence
    from pathlib import Path

    import sqlalchemy as sa

_NEWER: Final = (
    "SELECT live.grant_id FROM present.grants AS live JOIN main.grants AS old ON old.grant_id = live.grant_id "
    "WHERE live.generation >= old.generation"
)


@dataclass(frozen=True)
class TakenOver:
    """What became of the sign-ins of a backup."""

    carried: int
    """Taken from the present store, because they were renewed since."""
    lost: tuple[str, ...]
    """Names of the entries whose sign-in the present store has no more: it was replaced or wiped since."""
    gone: tuple[str, ...]
    """Names of the entries that the present store has and the backup has not."""


def take_over(staged: sqlite3.Connection, present: Path) -> TakenOver:
    """Carry what is newer from the present store into a copy of the backup, in one transaction.

    Args:
        staged: The copy; both have the tables of this program.
        present: The file of the present store.

    Raises:
        sqlite3.Error: It cannot be read; the copy is as it was.
    """
    # Nobody needs a copy that a kill left half written. With a journal on the disk each commit would name both files'
    # journals in a third file, which SQLite makes readable for all and a kill leaves behind.
    staged.execute("PRAGMA main.journal_mode = MEMORY")
    staged.execute("ATTACH DATABASE ? AS present", (f"{present.absolute().as_uri()}?mode=rw",))
    try:
        staged.execute("BEGIN IMMEDIATE")
        try:
            taken = _taken_over(staged)
        except BaseException:
            staged.execute("ROLLBACK")
            raise
        staged.execute("COMMIT")
    finally:
        staged.execute("DETACH DATABASE present")
    return taken


def _taken_over(staged: sqlite3.Connection) -> TakenOver:
    rotated = (
        "SELECT count(*) FROM present.grants AS live JOIN main.grants AS old ON old.grant_id = live.grant_id "
        "WHERE live.generation > old.generation"
    )
    carried = int(staged.execute(rotated).fetchone()[0])
    staged.execute(f"DELETE FROM main.candidates WHERE grant_id IN ({_NEWER})")  # noqa: S608 -- constants only
    _copy(staged, candidates, f"grant_id IN ({_NEWER})")
    _copy(staged, grants, f"grant_id IN ({_NEWER})")
    _copy(staged, leases, "1")
    if staged.execute("SELECT 1 FROM present.data_keys WHERE state = ?", (KeyState.ACTIVE.value,)).fetchone():
        # The keys that were in use when the backup was made go on opening what it holds, until it is sealed anew.
        staged.execute(
            "UPDATE main.data_keys SET state = ? WHERE state = ?", (KeyState.DECRYPT_ONLY.value, KeyState.ACTIVE.value)
        )
    _copy(staged, data_keys, "1")
    lost = _names(
        staged,
        "SELECT display_name FROM main.connections WHERE NOT removing AND sign_in IS NOT NULL "
        "AND sign_in NOT IN (SELECT grant_id FROM present.grants) ORDER BY name_sort",
    )
    gone = _names(
        staged,
        "SELECT display_name FROM present.connections WHERE NOT removing "
        "AND connection_id NOT IN (SELECT connection_id FROM main.connections WHERE NOT removing) ORDER BY name_sort",
    )
    return TakenOver(carried, lost, gone)


def _copy(staged: sqlite3.Connection, table: sa.Table, where: str) -> None:
    # By name: columns that a migration added stand in another order than in a store that was made anew.
    names = ", ".join(column.name for column in table.columns)
    staged.execute(
        f"INSERT OR REPLACE INTO main.{table.name} ({names}) "  # noqa: S608 -- constants only
        f"SELECT {names} FROM present.{table.name} WHERE {where}"
    )


def _names(staged: sqlite3.Connection, query: str) -> tuple[str, ...]:
    found: Sequence[tuple[object]] = staged.execute(query).fetchall()
    return tuple(str(row[0]) for row in found)
