"""How is a file written that people carry to another machine, and how is one read that anybody may have made?"""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, Final

from xero_connections_plugin.gateways.keys.key_transfer import LARGEST_FILE, KeyTransferRefused
from xero_connections_plugin.gateways.store.whole_file import write_whole

if TYPE_CHECKING:
    from pathlib import Path

_BINARY: Final = getattr(os, "O_BINARY", 0)


def write(path: Path, content: bytes, *, replace: bool) -> None:
    """Make a file for this user only, whole or not at all.

    Args:
        path: Of the file; its folder exists.
        content: What is in it.
        replace: Overwrite a file that is there.

    Raises:
        KeyTransferRefused: It is there (``KEY_FILE_EXISTS``), or cannot be written; then nothing was left behind.
    """
    try:
        write_whole(path, content, replace=replace)
    except FileExistsError:
        raise KeyTransferRefused(
            f"The file {_short(path)} exists already and was left as it is. Choose another name, or add --replace.",
            code="KEY_FILE_EXISTS",
        ) from None
    except OSError as trouble:
        raise KeyTransferRefused(
            f"The file {_short(path)} cannot be written ({trouble.strerror}). No key was changed. Choose another place."
        ) from None


def read(path: Path) -> bytes:
    """The content of a file.

    Raises:
        KeyTransferRefused: It cannot be read, is no regular file, or is too large to be one of ours.
    """
    try:
        # Opening never waits: a named pipe without a writer would hold its caller for ever.
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | _BINARY)
        try:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise _unusable(path, "is not a regular file")
            content = os.read(handle, LARGEST_FILE + 1)
        finally:
            os.close(handle)
    except OSError as trouble:
        raise _unusable(path, f"cannot be read ({trouble.strerror})") from None
    if len(content) > LARGEST_FILE:
        raise _unusable(path, "is too large to be a file of keys")
    return content


def _unusable(path: Path, why: str) -> KeyTransferRefused:
    return KeyTransferRefused(f"The file {_short(path)} {why}. No key was changed. Choose the file of keys.")


def _short(path: Path) -> str:
    """The end of a long path: sentences have 300 characters."""
    text = str(path)
    return text if len(text) <= 120 else f"…{text[-119:]}"
