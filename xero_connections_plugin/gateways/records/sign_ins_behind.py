"""Which sign-ins lie behind the entries of a list? Read together with them while somebody looks at the list."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from xero_connections_plugin.oauth.grant import GrantId, GrantRecord


class SignInsBehind(threading.local):
    """What is known about sign-ins, for whoever shows entries. Any thread may use it.

    During a look, the sign-ins behind the entries that its thread finds come with them, in the same statement: the
    list is one picture, and the store is asked once. What is decided about a sign-in goes by the store alone.

    Args:
        stored: Reads what was not read along.
    """

    def __init__(self, stored: Callable[[Collection[GrantId]], Mapping[GrantId, GrantRecord]]) -> None:
        self._stored = stored
        self._read: dict[GrantId, GrantRecord | None] | None = None

    @contextmanager
    def look(self) -> Iterator[None]:
        """Within the block, what was read along is taken as it was then; afterwards it is forgotten."""
        before, self._read = self._read, {}
        try:
            yield
        finally:
            self._read = before

    @property
    def are_wanted(self) -> bool:
        """Whether this thread is looking at a list."""
        return self._read is not None

    def keep(self, read: Mapping[GrantId, GrantRecord | None]) -> None:
        """What was read along with entries; ``None`` for a sign-in that is not there. Nothing outside of a look."""
        if self._read is not None:
            self._read.update(read)

    def record(self, grant_id: GrantId) -> GrantRecord | None:
        """What is known about one."""
        return self.records([grant_id]).get(grant_id)

    def records(self, grant_ids: Collection[GrantId]) -> Mapping[GrantId, GrantRecord]:
        """What is known about these; missing ones are left out.

        Raises:
            StoreUnavailable, StoredDataDamaged: It cannot be read.
        """
        read = self._read or {}
        missing = [one for one in grant_ids if one not in read]
        found = dict(self._stored(missing)) if missing else {}
        found.update((one, record) for one in grant_ids if (record := read.get(one)) is not None)
        return found
