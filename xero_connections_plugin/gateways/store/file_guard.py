"""Are the files and folders that hold our data ours alone? Repairs what is too open, refuses what is not ours."""

from __future__ import annotations

import logging
import os
import stat
import sys
from typing import TYPE_CHECKING

from hostspec.errors import StoreUnavailable

if TYPE_CHECKING:
    from pathlib import Path

_log = logging.getLogger(__name__)


def guard_folder(folder: Path) -> None:
    """Make a folder for this user only, or check that it is one; too open a mode is repaired.

    Raises:
        StoreUnavailable: It is a link, is not a folder, belongs to somebody else, or cannot be made.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except FileExistsError:
        raise StoreUnavailable(
            f"The data directory {folder} is not a directory. Nothing was changed; choose another one.",
            code="STORE_READONLY",
        ) from None
    except OSError as trouble:
        raise StoreUnavailable(
            f"The data directory {folder} cannot be made ({trouble.strerror}). Nothing was changed; "
            "make it writable for this user or choose another one.",
            code="STORE_READONLY",
        ) from None
    _check(folder, mode=0o700)


def guard_file(file: Path, *, may_have_two_names: bool = False) -> bool:
    """Check a file that may hold our data; too open a mode is repaired.

    Args:
        file: The file.
        may_have_two_names: Whether hard links are part of how it is made.

    Returns:
        Whether it exists.

    Raises:
        StoreUnavailable: It is a link, has a second name, is not a regular file, or belongs to somebody else.
    """
    try:
        _check(file, mode=0o600, names=2 if may_have_two_names else 1)
    except FileNotFoundError:
        return False
    return True


def _check(path: Path, *, mode: int, names: int = 1) -> None:
    found = path.lstat()
    expected = stat.S_ISDIR if mode == 0o700 else stat.S_ISREG
    if stat.S_ISLNK(found.st_mode) or not expected(found.st_mode):
        raise _not_ours(path, "is a link or of another kind")
    if sys.platform == "win32":
        return  # the user's profile folder carries the access list
    if found.st_uid != os.geteuid():
        raise _not_ours(path, "belongs to another user")
    if expected is stat.S_ISREG and found.st_nlink > names:
        # What is written here would change the other file too, and SQLite keeps a journal for one name only.
        raise _not_ours(path, "has a second name elsewhere (a hard link)")
    if stat.S_IMODE(found.st_mode) & 0o077:
        try:
            path.chmod(mode)
        except FileNotFoundError:
            raise
        except OSError:
            raise _not_ours(path, "is open to other users") from None
        _log.warning("The permissions of %s were open to other users and have been closed", path)


def _not_ours(path: Path, why: str) -> StoreUnavailable:
    return StoreUnavailable(
        f"{path} {why}, so sign-ins are not kept there. Nothing was changed; put a directory or file of this user "
        "in its place.",
        code="STORE_READONLY",
    )
