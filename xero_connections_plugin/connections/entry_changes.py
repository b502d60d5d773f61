"""Which entries are to be put into the list at once, and what became of each?"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hostspec.providers import Connection
    from hostspec.value import ConnectionId


class PutOutcome(StrEnum):
    """What became of one entry."""

    DONE = "done"
    NAME_TAKEN = "name_taken"
    """Another entry has the name."""
    ID_TAKEN = "id_taken"
    """An entry with this id is kept already, perhaps deleted and not wiped yet."""
    GONE = "gone"
    """The entry was removed meanwhile."""
    CHANGED = "changed"
    """Somebody saved or renamed the entry meanwhile."""


@dataclass(frozen=True, kw_only=True)
class EntryPut:
    """An entry as it is to be kept."""

    connection: Connection
    name_key: str
    seen: Connection | None = None
    """The entry as it was read, for one that is there; ``None`` for a new one."""


class ManyEntries(Protocol):
    """The list, where many entries change at once."""

    def many(self, connection_ids: Sequence[ConnectionId]) -> tuple[Connection, ...]:
        """See ``entries.EntryStore``."""

    def holders_of_names(self, name_keys: Sequence[str]) -> dict[str, ConnectionId]:
        """Who has which of these names."""

    def put(self, puts: Sequence[EntryPut]) -> tuple[PutOutcome, ...]:
        """Keep new entries, and new values for entries that are there, with their conditions cleared.

        All that can be kept is kept in one transaction; the rest is left as it is.

        Returns:
            What became of each, in the order given.
        """

    def configured(self) -> tuple[Connection, ...]:
        """The entries that are configured elsewhere, by id."""

    def release(self, source: str, connection_ids: Sequence[ConnectionId]) -> None:
        """These entries are configured here from now on, if they were configured in ``source``."""


class EntryNames(Protocol):
    """The list, where an entry gets another name and nothing else changes."""

    def holders_of_names(self, name_keys: Sequence[str]) -> dict[str, ConnectionId]:
        """Who has which of these names."""

    def rename(self, connection_id: ConnectionId, *, display_name: str, name_key: str, seen_name: str) -> None:
        """Give an entry another name; its condition, tests and sealed part stay.

        Raises:
            NameTaken, EntryGone: See ``entries``.
            EntryChanged: Its name is another one than ``seen_name`` by now.
        """
