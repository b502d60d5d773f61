"""How the list of connections is kept: what the book needs from a store. ``gateways`` performs it.

Every write is one transaction; every read sees what any process of the installation committed.

Raises (from every method):
    StoreUnavailable: Disk full, read-only, busy beyond its limit, or made by a newer program.
    StoredDataDamaged: The file cannot be understood; it is set aside, never overwritten.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from hostspec.value import ConnectionId, TypeId, Value

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager

    from hostspec.providers import Condition, Connection, ConnectionTest, SavedConnection
    from hostspec.usages import Subject, Usage


class NameTaken(Exception):
    """Another entry has this name (after trimming, normalization and case folding)."""


class EntryGone(Exception):
    """The entry was removed meanwhile."""


class EntryChanged(Exception):
    """Somebody saved the entry after it was read for this edit."""


class EntryQuery(Value):
    """Which entries: all that match, sorted by ``name`` or ``subtitle``, then a part of them."""

    search: str = ""
    """Found in the display name or the subtitle, ignoring case and normalization."""
    type_ids: tuple[TypeId, ...] = ()
    sort: str = "name"
    descending: bool = False
    offset: int = 0
    limit: int | None = None
    only: tuple[ConnectionId, ...] | None = None
    """No other entries than these; some hundred at most."""
    without: tuple[ConnectionId, ...] = ()
    """Not these entries; some hundred at most."""
    idle_since: datetime | None = None
    """Only entries that were not used after this; those never used count from their last save."""
    untried_since: datetime | None = None
    """Only entries that were neither used nor tested after this, and those never used nor tested."""


class EntryStore(Protocol):
    """The list of connections of the whole installation."""

    def add(self, connection: Connection, *, name_key: str) -> None:
        """Keep a new entry.

        Raises:
            NameTaken: See the class.
        """

    def replace(
        self,
        connection_id: ConnectionId,
        *,
        display_name: str,
        name_key: str,
        saved: SavedConnection,
        changed_at: datetime,
        seen_changed_at: datetime,
        seen_name: str | None = None,
    ) -> None:
        """Keep new values for an entry and clear its condition.

        Raises:
            NameTaken, EntryGone: See the classes.
            EntryChanged: ``changed_at`` in the store differs from ``seen_changed_at``, or the entry was renamed since
                it had ``seen_name``, and this gives it a third name. A rename alone is kept.
        """

    def get(self, connection_id: ConnectionId) -> Connection | None:
        """An entry without its sealed part; ``None`` when there is none, or it is being removed."""

    def get_opened(self, connection_id: ConnectionId) -> Connection | None:
        """An entry with its sealed part opened.

        Raises:
            SecretStoreUnavailable: The key cannot be had on this machine.
        """

    def many(self, connection_ids: Sequence[ConnectionId]) -> tuple[Connection, ...]:
        """The entries with these ids, in this order; missing ones are left out."""

    def find(self, query: EntryQuery) -> tuple[Connection, ...]:
        """The part of the list that a query asks for."""

    def look(self) -> AbstractContextManager[None]:
        """One look at a list: within the block, what this thread finds comes with what lies behind it.

        For showing entries with their states. It is one picture, at the price of one read, and forgotten afterwards.
        """

    def count(self, query: EntryQuery) -> int:
        """How many match, whatever ``offset`` and ``limit`` say."""

    def holder_of_name(self, name_key: str) -> ConnectionId | None:
        """Who has a name."""

    def sharing(self, sign_in: str) -> tuple[Connection, ...]:
        """The entries that share a sign-in."""

    def set_condition(self, connection_id: ConnectionId, condition: Condition | None) -> None:
        """Note or clear what was found out about an entry; no error when it is gone."""

    def learn(
        self, connection_id: ConnectionId, saved: SavedConnection, *, seen_changed_at: datetime, learned_at: datetime
    ) -> bool:
        """Keep the settings and the subtitle with what was found out meanwhile about what an entry reaches.

        Its condition, its sealed part and the time of its last save stay as they are, so that nobody who edits it is
        disturbed.

        Returns:
            Whether it was kept: not when the entry was saved after ``seen_changed_at``, or is gone.
        """

    def note_use(self, connection_id: ConnectionId, used_at: datetime) -> None:
        """Note when an entry was used; no error when it is gone."""

    def set_test(self, connection_id: ConnectionId, test: ConnectionTest) -> None:
        """Keep what came of the last test; no error when the entry is gone."""

    def forget_tests(self, connection_id: ConnectionId) -> None:
        """Let an entry be as if it had never been used or tested; no error when it is gone."""

    def begin_removal(self, connection_id: ConnectionId) -> None:
        """Hide the entry from every list and read; it never comes back. No error when it is gone."""

    def unfinished_removals(self) -> tuple[Connection, ...]:
        """Entries whose removal began and did not end, for instance because the process was killed."""

    def finish_removal(self, connection_id: ConnectionId) -> None:
        """Wipe an entry whose removal has begun."""

    def publish_usages(self, *, host_id: str, host_name: str, usages: Sequence[Usage], seen_at: datetime) -> None:
        """Replace what a host said about who uses which connections."""

    def published_usages(self, subject: Subject, *, except_host_id: str) -> tuple[Usage, ...]:
        """What other hosts said about a subject, with ``host`` and ``seen_at`` filled in."""
