"""Which entry is an act about, and may this person do it?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hostspec.value import ConnectionId
from xero_connections_plugin.connections.access import connection_subject

if TYPE_CHECKING:
    from hostspec.permissions import Permission
    from hostspec.providers import Connection
    from hostspec.ui import Origin, UserAct
    from xero_connections_plugin.connections.access import Access
    from xero_connections_plugin.connections.book import Book


class RowChoice:
    """The entry of the chosen row, for those who may."""

    def __init__(self, book: Book, access: Access) -> None:
        self._book = book
        self._access = access

    def of(self, origin: Origin, act: UserAct, permission: Permission) -> Connection:
        """The entry that the act names by its row.

        Raises:
            ConnectionNotFound: It is gone, or no row is named.
            NotAllowed: The person may not.
        """
        return self.with_id(origin, ConnectionId(act.row_id or ""), permission)

    def with_id(self, origin: Origin, connection_id: ConnectionId, permission: Permission) -> Connection:
        """The same for an id."""
        connection = self._book.get(connection_id)
        self._access.require(origin.user_id, permission, connection_subject(connection_id, connection.display_name))
        return connection
