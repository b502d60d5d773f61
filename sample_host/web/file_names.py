"""Files that a plugin hands to a person: with a name that is fit for every file system."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pydantic import JsonValue

    from hostspec.ui import Download

FALLBACK: Final = "download.txt"
LONGEST: Final = 120
"""Characters of a file name."""

_MEDIA_TYPE: Final = re.compile(r"[a-z0-9.+-]+/[a-z0-9.+-]+", re.ASCII)
_FORBIDDEN: Final = frozenset('<>:"|?*')
# Windows opens devices under these names, whatever ending they carry.
_DEVICE: Final = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)", re.IGNORECASE)


def handed_out(download: Download) -> JsonValue:
    """A download as the page needs it."""
    known = _MEDIA_TYPE.fullmatch(download.media_type) is not None
    return {
        "name": safe_name(download.file_name),
        "type": download.media_type if known else "application/octet-stream",
        "text": download.text,
    }


def safe_name(name: str) -> str:
    """The name without folders, and without what some file system, or a reader's eye, takes for something else."""
    last = name.replace("\\", "/").rpartition("/")[2]
    # Control and format characters, such as those that turn the reading direction and so hide an ending.
    plain = "".join("_" if c in _FORBIDDEN else c for c in last if unicodedata.category(c)[0] != "C")
    kept = plain.strip(" .")
    if len(kept) > LONGEST:
        stem, dot, ending = kept.rpartition(".")
        short = len(ending) < 10 and bool(dot)
        kept = f"{stem[: LONGEST - len(ending) - 1]}.{ending}" if short else kept[:LONGEST]
    return f"_{kept}" if _DEVICE.match(kept) else kept or FALLBACK
