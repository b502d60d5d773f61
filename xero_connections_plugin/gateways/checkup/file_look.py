"""How is the file of a local store, and the folder that it lies in?"""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any, Final

from xero_connections_plugin.gateways.checkup import checkup_texts as texts
from xero_connections_plugin.gateways.checkup.checkup_findings import Finding, fine, of_error, problem, warning
from xero_connections_plugin.gateways.checkup.store_look import StoreLook, look_inside
from xero_connections_plugin.gateways.store import store_errors
from xero_connections_plugin.gateways.store.database import FILE_NAME
from xero_connections_plugin.gateways.store.fork_gate import GatedConnection
from xero_connections_plugin.gateways.store.left_journal import belongs_to_another
from xero_connections_plugin.gateways.store.sqlite_file import file_engine

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FOLDER: Final = "store.folder"
SPACE: Final = "store.space"
FILE: Final = "store.file"
WRITABLE: Final = "store.writable"
LEFTOVER: Final = "store.leftover"

LITTLE_SPACE: Final = 50 * 1024 * 1024
NO_SPACE: Final = 4 * 1024 * 1024
_BUSY_SECONDS: Final = 2.0
_STEPS: Final = 10_000
"""Of SQLite's machine between two looks at the time."""


def look_at_file_store(
    folder: Path, network_kind: Callable[[Path], str], *, seconds: float, thorough: bool = False
) -> StoreLook:
    """The folder, the room on its disk, the file, and what is in it.

    Args:
        folder: Where the file lies.
        network_kind: Which network file system a folder lies on, or nothing.
        seconds: For reading the whole file.
        thorough: Compare indexes with tables too.
    """
    path = folder / FILE_NAME
    found = [*_folder(folder, network_kind), *_left_by_a_restore(path)]
    if not os.path.lexists(path):
        kept = sorted(folder.glob(f"{FILE_NAME}.damaged-*")) if folder.is_dir() else []
        found.append(
            problem(FILE, texts.file_set_aside(kept[-1]), texts.RESTORE_REMEDY)
            if kept
            else fine(FILE, texts.file_to_come(path))
        )
        return StoreLook(tuple(found))
    refused = _refused(path)
    if refused is not None:
        return StoreLook((*found, refused))
    found.extend(_mode(path, 0o600, FILE))
    try:
        whole = _whole(path, seconds, thorough=thorough)
        if whole is not None:
            return StoreLook((*found, whole))
        inside = _inside(path)
        found.append(fine(FILE, texts.file_fine(path, path.stat().st_size)))
        found.append(_writable(path))
    except sqlite3.Error as trouble:
        return StoreLook((*found, _told(trouble, path)))
    return StoreLook((*found, *inside.findings), inside.facts, inside.revision)


def _folder(folder: Path, network_kind: Callable[[Path], str]) -> list[Finding]:
    if not os.path.lexists(folder):
        return [fine(FOLDER, texts.folder_to_come(folder))]
    seen = folder.lstat()
    if stat.S_ISLNK(seen.st_mode) or not stat.S_ISDIR(seen.st_mode):
        return [problem(FOLDER, texts.not_a_folder(folder), texts.OWN_FOLDER_REMEDY)]
    if sys.platform != "win32" and seen.st_uid != os.geteuid():
        return [problem(FOLDER, texts.of_another_user(folder), texts.OWN_FOLDER_REMEDY)]
    found = _mode(folder, 0o700, FOLDER)
    kind = network_kind(folder)
    if kind:
        found.append(warning(FOLDER, texts.on_network(folder, kind), texts.NETWORK_REMEDY))
    if not os.access(folder, os.W_OK | os.X_OK):
        found.append(problem(FOLDER, texts.not_writable(folder), texts.WRITABLE_REMEDY))
    free = shutil.disk_usage(folder).free
    if free < NO_SPACE:
        found.append(problem(SPACE, texts.space_left(free), texts.SPACE_REMEDY))
    elif free < LITTLE_SPACE:
        found.append(warning(SPACE, texts.space_left(free), texts.SPACE_REMEDY))
    else:
        found.append(fine(SPACE, texts.space_left(free)))
    return found or [fine(FOLDER, texts.folder_fine(folder))]


def _left_by_a_restore(path: Path) -> list[Finding]:
    if not os.path.lexists(path.with_name(f"{path.name}.restore")):
        return []
    return [warning(LEFTOVER, texts.RESTORE_UNFINISHED, texts.RESTORE_UNFINISHED_REMEDY)]


def _mode(path: Path, mode: int, check: str) -> list[Finding]:
    found = stat.S_IMODE(path.lstat().st_mode)
    if sys.platform == "win32" or not found & 0o077:
        return []
    return [warning(check, texts.mode_open(path, found), texts.mode_remedy(path, mode))]


def _refused(path: Path) -> Finding | None:
    seen = path.lstat()
    if not stat.S_ISREG(seen.st_mode):
        return problem(FILE, texts.not_a_file(path), texts.OWN_FILE_REMEDY)
    if sys.platform != "win32":
        if seen.st_uid != os.geteuid():
            return problem(FILE, texts.of_another_user(path), texts.OWN_FILE_REMEDY)
        if seen.st_nlink > 1:
            return problem(FILE, texts.two_names(path), texts.OWN_FILE_REMEDY)
    if belongs_to_another(path.with_name(f"{path.name}-journal"), path):
        return problem(FILE, texts.journal_of_another(path), texts.RESTORE_REMEDY)
    return None


def _whole(path: Path, seconds: float, *, thorough: bool) -> Finding | None:
    """What is wrong with the file as such; raises what SQLite raises."""
    end = time.monotonic() + seconds
    with closing(_opened(path, "ro")) as connection:
        connection.set_progress_handler(lambda: int(time.monotonic() > end), _STEPS)
        pragma = "integrity_check(1)" if thorough else "quick_check(1)"
        try:
            said = connection.execute(f"PRAGMA {pragma}").fetchone()
        except sqlite3.OperationalError as trouble:
            if trouble.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
                return warning(FILE, texts.check_slow(seconds), texts.CHECK_SLOW_REMEDY)
            raise
    return None if said == ("ok",) else problem(FILE, texts.file_damaged(path), texts.RESTORE_REMEDY)


def _inside(path: Path) -> StoreLook:
    from sqlalchemy import exc

    try:
        with file_engine(path, read_only=True).connect() as connection:
            connection.exec_driver_sql("BEGIN")
            return look_inside(connection)
    except exc.DBAPIError as trouble:
        if isinstance(trouble.orig, sqlite3.Error):
            raise trouble.orig from None
        raise


def _writable(path: Path) -> Finding:
    """Take the right to write and give it back: the file stays as it is."""
    if not os.access(path, os.W_OK) or not os.access(path.parent, os.W_OK | os.X_OK):
        return problem(WRITABLE, texts.not_writable(path), texts.WRITABLE_REMEDY)
    with closing(_opened(path, "rw")) as connection:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("ROLLBACK")
    return fine(WRITABLE, texts.WRITABLE)


def _opened(path: Path, mode: str) -> sqlite3.Connection:
    address = f"{path.absolute().as_uri()}?mode={mode}"
    return sqlite3.connect(address, uri=True, timeout=_BUSY_SECONDS, isolation_level=None, factory=GatedConnection)


def _told(trouble: sqlite3.Error, path: Path) -> Finding:
    code: Any = getattr(trouble, "sqlite_errorcode", None)
    if code == sqlite3.SQLITE_READONLY_ROLLBACK:
        return warning(FILE, texts.WRITE_INTERRUPTED, texts.WRITE_INTERRUPTED_REMEDY)
    if store_errors.is_damage(trouble):
        return problem(FILE, texts.file_damaged(path), texts.RESTORE_REMEDY)
    if isinstance(code, int) and code & 0xFF in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return warning(WRITABLE, texts.STORE_BUSY, texts.STORE_BUSY_REMEDY)
    return of_error(FILE, store_errors.translated(trouble, str(path)))
