"""What is said about backups of the store."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from hostspec.errors import ConnectionProblem
from hostspec.value import Remedy

_NOTHING: Final = "Nothing was changed."
DAMAGED: Final = "is damaged, or no list of connections"


class BackupRefused(ConnectionProblem):
    """A backup cannot be made or restored; the store is as it was.

    Codes: ``BACKUP_EXISTS``, ``BACKUP_UNUSABLE``, ``BACKUP_FOREIGN``, ``BACKUP_NEWER``, ``HOSTS_RUNNING``,
    ``STORE_CHANGED``, ``STORE_SHARED``, ``DISK_FAILS``.
    """

    default_code = "BACKUP_UNUSABLE"
    remedy = Remedy.FIX_SETTINGS


def exists(path: Path) -> BackupRefused:
    return BackupRefused(
        f"The file {_short(path)} exists already and was left as it is. Choose another name, or add --replace.",
        code="BACKUP_EXISTS",
    )


def is_the_list(path: Path) -> BackupRefused:
    return BackupRefused(
        f"The file {_short(path)} is the list of connections itself, so it was left as it is. Choose another name for "
        "the backup.",
        code="BACKUP_EXISTS",
    )


def unwritable(path: Path, why: str) -> BackupRefused:
    return BackupRefused(
        f"The backup {_short(path)} cannot be written ({why}). {_NOTHING} Choose another place, or make room."
    )


def nothing_there(path: Path) -> BackupRefused:
    return BackupRefused(f"There is no list of connections at {_short(path)} yet. {_NOTHING}")


def unusable(path: Path, why: str) -> BackupRefused:
    return BackupRefused(f"The file {_short(path)} {why}. {_NOTHING} Choose a file that `db backup` has made.")


def unreadable(path: Path, why: str) -> BackupRefused:
    return BackupRefused(
        f"The backup {_short(path)} cannot be read ({why}). {_NOTHING} Check the disk that it lies on and the rights "
        "of the file, or choose another backup.",
        code="DISK_FAILS",
    )


def present_list_unread(path: Path) -> BackupRefused:
    return BackupRefused(
        f"The disk reports an error for the present list, {_short(path)}. {_NOTHING} Check the disk and try again. If "
        "the error stays, move that file away and restore then; sign-ins renewed since the backup are lost.",
        code="DISK_FAILS",
    )


def newer(path: Path) -> BackupRefused:
    return BackupRefused(
        f"The backup {_short(path)} was made by a newer version of this program. {_NOTHING} Update this program.",
        code="BACKUP_NEWER",
    )


def foreign(theirs: str, ours: str) -> BackupRefused:
    return BackupRefused(
        f"The backup is of installation {theirs[:32]}, but the list here is of installation {ours[:32]}. {_NOTHING} "
        "To take over the other one, move the list here away first.",
        code="BACKUP_FOREIGN",
    )


def hosts_running(count: int) -> BackupRefused:
    return BackupRefused(
        f"{count} program{' is' if count == 1 else 's are'} using the list of connections. {_NOTHING} "
        "End all hosts of this machine that use it, then try again.",
        code="HOSTS_RUNNING",
    )


def changed_meanwhile() -> BackupRefused:
    return BackupRefused(
        f"The list of connections was changed while the restore was being prepared. {_NOTHING} End all hosts of this "
        "machine that use it, then try again.",
        code="STORE_CHANGED",
    )


def shared(tool: str) -> BackupRefused:
    return BackupRefused(
        f"The list lies on a PostgreSQL server, so its own tool does this. {_NOTHING} Run: {tool}",
        code="STORE_SHARED",
    )


def dump_line(address: str) -> str:
    """What to type for a backup; ``address`` holds no password."""
    return f"pg_dump --format=custom --file=connections.dump '{address}'"


def restore_line(address: str) -> str:
    """What to type for a restore; ``address`` holds no password."""
    return f"pg_restore --clean --if-exists --single-transaction --dbname='{address}' connections.dump"


def _short(path: Path) -> str:
    """The end of a long path: sentences have 300 characters."""
    text = str(path)
    return text if len(text) <= 90 else f"…{text[-89:]}"
