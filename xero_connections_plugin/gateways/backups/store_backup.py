"""How is the local store copied while hosts use it? Through SQLite's own backup: a plain copy may be torn."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from xero_connections_plugin.gateways.backups import backup_texts as texts
from xero_connections_plugin.gateways.store import store_errors
from xero_connections_plugin.gateways.store.fork_gate import GatedConnection
from xero_connections_plugin.gateways.store.sqlite_file import BUSY_SECONDS
from xero_connections_plugin.gateways.store.whole_file import appearing_whole

if TYPE_CHECKING:
    from pydantic import SecretStr


@dataclass(frozen=True)
class BackedUp:
    """What a backup holds."""

    path: Path
    size: int
    """Bytes."""
    connections: int
    key_ids: tuple[str, ...]
    """The keys that open its sign-ins; they are not in it."""


_UNFINISHED: Final = ".xero-connections-backup-"

_ABANDONED_SECONDS: Final = 3600.0
"""A copy that nobody has written to for so long is that of a process that was killed."""

_SECRET_PARAMETERS: Final = frozenset(
    {"password", "sslpassword", "oauth_client_secret", "scram_client_key", "scram_server_key"}
)
"""What libpq takes in the query of an address too, and nobody may see."""

_COUNTS: Final = "SELECT count(*) FROM connections WHERE NOT removing"
_KEYS: Final = "SELECT DISTINCT key_id FROM grants ORDER BY key_id"


def back_up(live: Path, target: Path, *, replace: bool = False) -> BackedUp:
    """Copy the store as it is at one moment; hosts go on meanwhile. The copy is read back before it gets its name.

    Args:
        live: The file of the store.
        target: Of the copy, of mode 0600.
        replace: Overwrite a file that is there.

    Raises:
        BackupRefused: It exists, cannot be written, is the store itself, or there is nothing to copy.
        StoreUnavailable, StoredDataDamaged: The store cannot be read.
    """
    if not live.exists():
        raise texts.nothing_there(live)
    if not replace and os.path.lexists(target):
        raise texts.exists(target)
    if _is_same(live, target):
        # A copy in its place would take away what hosts write meanwhile.
        raise texts.is_the_list(target)
    try:
        with appearing_whole(target, replace=replace, prefix=_UNFINISHED) as fresh:
            _sweep(fresh)
            copy_store(live, fresh)
            counted = _counted(fresh)
    except FileExistsError:
        raise texts.exists(target) from None
    except OSError as trouble:
        raise texts.unwritable(target, trouble.strerror or type(trouble).__name__) from None
    return BackedUp(target, target.stat().st_size, *counted)


def copy_store(source: Path, target: Path, *, where: Path | None = None) -> None:
    """Copy one database into an empty file, and make sure that all of it came over and is on the disk.

    Args:
        source: Of the copy.
        target: Exists, and is empty.
        where: What errors name; the source, where nothing is given.

    Raises:
        StoreUnavailable, StoredDataDamaged: The source cannot be read.
        OSError: The target cannot be written.
    """
    try:
        with closing(_opened(source)) as whole, closing(_opened(target)) as copy:
            copy.execute("PRAGMA journal_mode = MEMORY")
            whole.backup(copy)
            said = copy.execute("PRAGMA integrity_check(1)").fetchone()
    except sqlite3.Error as trouble:
        # Nothing but the copy is written.
        if store_errors.is_unwritten(trouble):
            raise OSError(None, "the disk is full, a quota is used up, or the disk fails") from None
        if getattr(trouble, "sqlite_errorcode", None) == sqlite3.SQLITE_ERROR:
            # A file whose tables SQLite does not understand.
            raise store_errors.damaged(str(where or source)) from None
        raise store_errors.translated(trouble, str(where or source)) from None
    if said != ("ok",):
        raise store_errors.damaged(str(where or source))
    descriptor = os.open(target, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def dump_address(url: SecretStr) -> str:
    """The address of a shared store as PostgreSQL's own tools take it, without its passwords."""
    from sqlalchemy import make_url

    # ``set`` takes None for "as it is".
    address = make_url(url.get_secret_value()).set(drivername="postgresql")._replace(password=None)
    address = address.difference_update_query([name for name in address.query if name.lower() in _SECRET_PARAMETERS])
    return address.render_as_string(hide_password=True)


def _is_same(live: Path, target: Path) -> bool:
    try:
        return target.samefile(live)
    except OSError:
        return False


def _sweep(fresh: Path) -> None:
    """Remove what backups left here that were killed: nobody else would, and it holds sign-ins."""
    now = fresh.stat().st_mtime  # by the clock of the folder, which may lie on another machine
    for file in fresh.parent.glob(f"{_UNFINISHED}*"):
        with suppress(OSError):
            if now - file.stat().st_mtime > _ABANDONED_SECONDS:
                file.unlink()


def _counted(fresh: Path) -> tuple[int, tuple[str, ...]]:
    try:
        with closing(_opened(fresh)) as copy:
            count = copy.execute(_COUNTS).fetchone()[0]
            return int(count), tuple(str(row[0]) for row in copy.execute(_KEYS))
    except sqlite3.OperationalError:
        # Tables of another version: the copy is whole all the same.
        return 0, ()


def _opened(path: Path) -> sqlite3.Connection:
    # Never made here, and a change that a killed process left half done is undone first.
    address = f"{path.absolute().as_uri()}?mode=rw"
    return sqlite3.connect(address, uri=True, timeout=BUSY_SECONDS, isolation_level=None, factory=GatedConnection)
