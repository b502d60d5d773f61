"""Where is the text of entries that are configured outside? A file, or a setting."""

from __future__ import annotations

import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xero_connections_plugin.connections import file_texts as texts
from xero_connections_plugin.connections.definition import plain_text
from xero_connections_plugin.connections.entry_file import LONGEST, FileRefused, decoded

if TYPE_CHECKING:
    from pathlib import Path

_SHOWN = 100


@dataclass(frozen=True)
class FileSource:
    """A file with entries."""

    path: Path

    @property
    def place(self) -> str:
        return plain_text(str(self.path), _SHOWN)

    def text(self) -> str:
        try:
            # A pipe or a device would keep its reader waiting for ever.
            if not stat.S_ISREG(self.path.stat().st_mode):
                raise FileRefused(texts.FILE_MISSING)
            with self.path.open("rb") as file:
                content = file.read(4 * LONGEST + 1)
        except (OSError, ValueError):
            raise FileRefused(texts.FILE_MISSING) from None
        return decoded(content)


@dataclass(frozen=True)
class SettingSource:
    """Entries that stand in a setting."""

    place: str
    content: str

    def text(self) -> str:
        return self.content
