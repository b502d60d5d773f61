"""How is a file written for this user only, whole or not at all?"""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from xero_connections_plugin.gateways.store.sqlite_file import sync_folder

if TYPE_CHECKING:
    from collections.abc import Iterator


def write_whole(path: Path, content: bytes, *, replace: bool) -> None:
    """Make a file of mode 0600 under its name when all of it is on the disk.

    Args:
        path: Of the file; its folder exists.
        content: What is in it.
        replace: Overwrite a file that is there.

    Raises:
        FileExistsError: It is there, and was left as it is.
        OSError: It cannot be written; nothing was left behind.
    """
    with appearing_whole(path, replace=replace) as fresh, fresh.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def appearing_whole(path: Path, *, replace: bool, prefix: str = ".xero-connections-") -> Iterator[Path]:
    """An empty file of mode 0600 beside a path, which gets its name at the end of the block; on failure it is gone.

    Args:
        path: Where it appears; its folder exists.
        replace: Overwrite a file that is there.
        prefix: Of its name until then.

    Raises:
        FileExistsError: There is one, and was left as it is.
        OSError: It cannot be made or renamed; nothing was left behind.
    """
    handle, name = tempfile.mkstemp(prefix=prefix, dir=path.parent)  # mode 0600
    os.close(handle)
    fresh = Path(name)
    try:
        yield fresh
        if replace:
            fresh.replace(path)
        else:
            move_to_free_name(fresh, path)
    finally:
        with suppress(OSError):
            fresh.unlink(missing_ok=True)
    sync_folder(path.parent)


def move_to_free_name(fresh: Path, path: Path) -> None:
    """Give a file another name that is free.

    A link fails where the name exists, whoever made it a moment ago; some file systems know no links.

    Raises:
        FileExistsError: It is not free; both files are as they were.
        OSError: The file system cannot.
    """
    try:
        os.link(fresh, path)
    except FileExistsError:
        raise
    except OSError:
        if os.path.lexists(path):
            raise FileExistsError from None
        fresh.rename(path)
    else:
        fresh.unlink()
