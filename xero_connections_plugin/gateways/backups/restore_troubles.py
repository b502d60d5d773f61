"""What stopped a restore: the backup, the list that is there, or the disk? Each has another remedy."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Final

from xero_connections_plugin.gateways.backups import backup_texts as texts
from xero_connections_plugin.gateways.store import store_errors

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from hostspec.errors import ConnectionProblem

_AT_A_TIME: Final = 1 << 20

_OF_THE_MACHINE: Final = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_IOERR,
    }
)
"""What says nothing about the content of a file."""


def of_present_list(trouble: BaseException | None, live: Path) -> ConnectionProblem | None:
    """Why the present list cannot be read, or ``None`` where it is damaged: a backup may take its place then.

    To go on without its sign-ins because a disk or another program is in the way would lose them.
    """
    code = _primary(trouble)
    if code == sqlite3.SQLITE_IOERR and not store_errors.is_unwritten(trouble):
        return texts.present_list_unread(live)
    return store_errors.translated(trouble, str(live)) if code in _OF_THE_MACHINE else None


def of_copy(trouble: BaseException | None, live: Path, backup: Path) -> ConnectionProblem:
    """Why the copy of the backup beside the list cannot be used."""
    if _primary(trouble) in _OF_THE_MACHINE:
        return store_errors.translated(trouble, str(live))
    return texts.unusable(backup, texts.DAMAGED)


def copy_in(backup: Path, target: Path) -> None:
    """Copy the backup, which may lie on a failing or far disk, into a file beside the list.

    Raises:
        BackupRefused: It cannot be read.
        OSError: The target cannot be written.
    """
    with target.open("wb") as written:
        for block in _blocks(backup):
            written.write(block)


def _blocks(backup: Path) -> Iterator[bytes]:
    try:
        with backup.open("rb") as opened:
            while block := opened.read(_AT_A_TIME):
                yield block
    except OSError as trouble:
        raise texts.unreadable(backup, trouble.strerror or type(trouble).__name__) from None


def _primary(trouble: BaseException | None) -> int | None:
    code = getattr(trouble, "sqlite_errorcode", None)
    return code & 0xFF if isinstance(code, int) else None
