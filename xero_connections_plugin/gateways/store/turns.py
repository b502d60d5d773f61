"""Whose turn is it to do what one process of the installation does for all?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import timedelta

    from sqlalchemy import Connection

    from xero_connections_plugin.gateways.store.database import Database
    from xero_connections_plugin.gateways.store.machine_presence import MachinePresence


@dataclass(frozen=True)
class Turn:
    """The right to do something, for a while. It passes by itself, and with the process that has it."""

    database: Database
    name: str
    fencing: int
    length: timedelta

    def extend(self) -> bool:
        """Begin its length anew; ``False`` when somebody else has taken it since.

        Raises:
            StoreUnavailable, StoredDataDamaged: It is not known.
        """
        from xero_connections_plugin.gateways.store import leases

        def extend(connection: Connection) -> bool:
            return leases.extend(connection, self.name, self.fencing, self.database.now(connection), self.length)

        return self.database.writing(extend)

    def give_back(self) -> None:
        """Let others have it at once.

        Raises:
            StoreUnavailable, StoredDataDamaged: It ends by itself.
        """
        from xero_connections_plugin.gateways.store import leases

        self.database.writing(lambda connection: leases.give_back(connection, self.name, self.fencing))


@dataclass(frozen=True)
class Turns:
    """Hands out turns, one at a time over all processes that share the database.

    Args:
        database: Where the leases are.
        presence: This process; when it ends, its turns are free.
    """

    database: Database
    presence: MachinePresence

    def take(self, name: str, length: timedelta) -> Turn | None:
        """A turn; ``None`` while somebody has it, this process included.

        Whoever lets it run out instead of giving it back makes sure that there is one turn in each length.

        Raises:
            StoreUnavailable, StoredDataDamaged: Nobody got it, or it ends by itself.
        """
        from xero_connections_plugin.gateways.store import leases

        self.presence.owner()

        def take(connection: Connection) -> int | None:
            return leases.take(connection, name, self.presence, lambda: self.database.now(connection), length)

        fencing = self.database.writing(take)
        return None if fencing is None else Turn(self.database, name, fencing, length)
