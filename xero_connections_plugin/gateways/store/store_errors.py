"""What does an error of the database mean for a person?"""

from __future__ import annotations

import errno
import sqlite3
from typing import Final

from hostspec.errors import ConnectionProblem, StoredDataDamaged, StoreUnavailable

_FULL: Final = "The disk is full, so the list of connections cannot be saved. What was saved before is safe. "
_UNWRITTEN: Final = (
    "The list of connections cannot be saved: the disk is full, a quota is used up, or the disk fails. "
    "What was saved before is safe. "
)
_READ_ONLY: Final = "The list of connections cannot be written. What was saved before is safe. "
_BUSY: Final = (
    "The list of connections is busy: another program has been writing it for too long. Nothing was changed. "
)
_FAILING: Final = (
    "The disk reports an error where the list of connections lies, so it could not be used. The file was left as it "
    "is. Check the disk, then try again"
)
_AWAY: Final = "The store of the connections does not answer. What was saved before is safe. "

# SQLSTATE classes of PostgreSQL, https://www.postgresql.org/docs/current/errcodes-appendix.html
_SQLSTATES: Final = {
    "53100": ("DISK_FULL", _FULL),
    "25006": ("STORE_READONLY", _READ_ONLY),
    "42501": ("STORE_READONLY", _READ_ONLY),
    "55P03": ("STORE_BUSY", _BUSY),
    "40001": ("STORE_BUSY", _BUSY),
    "40P01": ("STORE_BUSY", _BUSY),
    "57014": ("STORE_BUSY", _BUSY),
}

# A table or column that was there when the store was opened: another workstation has upgraded it meanwhile.
_NEWER_TABLES: Final = frozenset({"42P01", "42703"})


def translated(trouble: BaseException | None, where: str) -> ConnectionProblem:
    """The error to raise for what a database driver said; quotes nothing of it, as it may hold stored values.

    Args:
        trouble: What the driver raised.
        where: The store, as a person finds it.
    """
    if isinstance(trouble, sqlite3.Error):
        return _sqlite(trouble, where)
    state = getattr(trouble, "sqlstate", None)
    if isinstance(state, str) and state in _SQLSTATES:
        code, text = _SQLSTATES[state]
        return _unavailable(code, text, where)
    if state in _NEWER_TABLES:
        return newer(where)
    if isinstance(state, str) and state.startswith("XX"):
        return damaged(where)
    return _unavailable("STORE_UNREACHABLE", _AWAY, where)


def damaged(where: str) -> StoredDataDamaged:
    """The store cannot be understood, and lies where it lay."""
    return StoredDataDamaged(
        f"The stored connections are damaged and cannot be read. They are kept as found: {where}. "
        "Restore a backup there, or ask support."
    )


def uncertain(where: str) -> StoreUnavailable:
    """The server was lost while it committed."""
    return StoreUnavailable(
        "The store of the connections stopped answering while a change was being saved: it was saved whole or not at "
        f"all, and nothing else was touched. Look again once the store answers ({where}).",
        code="STORE_UNREACHABLE",
    )


def refused(where: str) -> StoreUnavailable:
    """A server lets nobody in."""
    return StoreUnavailable(
        "The server of the connections' store refuses this program. Nothing was changed. Check the user, password, "
        f"database name and certificate that the setting database_url gives, then try again ({where}).",
        code="STORE_UNREACHABLE",
    )


def busy(where: str) -> StoreUnavailable:
    """Somebody else has been writing for too long."""
    return _unavailable("STORE_BUSY", _BUSY, where)


def set_aside(kept_as: str, where: str) -> StoredDataDamaged:
    """The store cannot be understood and was moved, so that nothing overwrites it."""
    return StoredDataDamaged(
        f"The list of connections was damaged and is kept as {kept_as}. Restore a backup as {where}, "
        "or move the damaged file away to begin with an empty list."
    )


def newer(where: str) -> StoreUnavailable:
    """The store was made by a later version of this program."""
    return StoreUnavailable(
        f"The list of connections was written by a newer version of this program and was left untouched ({where}). "
        "Update this program.",
        code="STORE_NEWER",
    )


def _sqlite(trouble: sqlite3.Error, where: str) -> ConnectionProblem:
    code = getattr(trouble, "sqlite_errorcode", None)
    primary = code & 0xFF if isinstance(code, int) else None
    if primary == sqlite3.SQLITE_FULL:
        return _unavailable("DISK_FULL", _FULL, where)
    if is_unwritten(trouble):
        return _unavailable("DISK_FULL", _UNWRITTEN, where)
    if primary == sqlite3.SQLITE_IOERR:
        return StoreUnavailable(f"{_FAILING} ({where}).", code="STORE_UNREACHABLE")
    if primary in {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH}:
        return _unavailable("STORE_READONLY", _READ_ONLY, where)
    if primary in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL}:
        return _unavailable("STORE_BUSY", _BUSY, where)
    if is_damage(trouble):
        return damaged(where)
    return _unavailable("STORE_UNREACHABLE", _AWAY, where)


def is_unwritten(trouble: BaseException | None) -> bool:
    """Whether SQLite could not write: there is no room, or the disk fails."""
    code = getattr(trouble, "sqlite_errorcode", None)
    # SQLite calls only ENOSPC a full disk; quotas and limits of size arrive as the others.
    return code in {
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR_WRITE,
        sqlite3.SQLITE_IOERR_FSYNC,
        sqlite3.SQLITE_IOERR_DIR_FSYNC,
    }


def is_damage(trouble: BaseException | None) -> bool:
    """Whether SQLite says that a file is not, or no longer, one of its databases."""
    code = getattr(trouble, "sqlite_errorcode", None)
    return isinstance(code, int) and code & 0xFF in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


def file_trouble(trouble: OSError, where: str) -> StoreUnavailable:
    """The error for what the operating system said about the store's folder."""
    if trouble.errno in {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}:
        return _unavailable("DISK_FULL", _FULL, where)
    if trouble.errno in {errno.EROFS, errno.EACCES, errno.EPERM}:
        return _unavailable("STORE_READONLY", _READ_ONLY, where)
    return _unavailable("STORE_UNREACHABLE", _AWAY, where)


def _unavailable(code: str, text: str, where: str) -> StoreUnavailable:
    remedy = {
        "DISK_FULL": "Make room and try again",
        "STORE_READONLY": "Give this user the right to write there and try again",
        "STORE_BUSY": "Try again",
    }.get(code, "Check that it is running and reachable, then try again")
    return StoreUnavailable(f"{text}{remedy} ({where}).", code=code)
