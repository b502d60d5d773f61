"""Does the journal that a killed process left belong to the database beside it?

SQLite takes whatever lies there for its own and copies it over the database. So a backup that is restored next to the
journal of a process that was killed would be overwritten with pages of the file it replaced.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

# https://www.sqlite.org/fileformat2.html#the_rollback_journal
_MAGIC: Final = bytes.fromhex("d9d505f920a163d7")
_HEADER: Final = 28
_COUNTER: Final = slice(24, 28)
"""Where page 1 counts the transactions that changed the file."""


def belongs_to_another(journal: Path, database: Path) -> bool:
    """Whether a journal would undo something else than the last change of a database.

    Every transaction writes page 1, so the journal holds it as it was before: its count is the database's own, or one
    less once the new page was written.

    Raises:
        OSError: They cannot be read.
    """
    while True:
        kept = _count_before(journal)
        if kept is None:
            return False
        try:
            with database.open("rb") as file:
                found = int.from_bytes(file.read(100)[_COUNTER], "big")
        except FileNotFoundError:
            return False
        if _count_before(journal) == kept:  # else a living process goes on meanwhile, and its journal is its own
            return (found - kept) % 2**32 not in (0, 1)


def _count_before(journal: Path) -> int | None:
    """The count in a journal that SQLite would play back; ``None`` when there is nothing to play back."""
    try:
        with journal.open("rb") as file:
            header = file.read(_HEADER)
            if len(header) < _HEADER or not header.startswith(_MAGIC):
                return None
            records, sector, page = (int.from_bytes(header[at : at + 4], "big") for at in (8, 20, 24))
            # What a header says that is no header of SQLite's is not followed.
            if not (512 <= page <= 65536 and 32 <= sector <= 65536):
                return None
            file.seek(sector)
            for _ in range(records):
                record = file.read(4 + page + 4)
                if len(record) < 4 + page + 4:
                    return None
                if int.from_bytes(record[:4], "big") == 1:
                    return int.from_bytes(record[4 : 4 + page][_COUNTER], "big")
    except FileNotFoundError:
        pass
    return None
