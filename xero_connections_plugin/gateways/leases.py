"""Who may work on something right now? Lease rows, taken and checked inside the caller's transaction."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from xero_connections_plugin.gateways.tables import leases
from xero_connections_plugin.oauth.grant_ports import LEASE_SECONDS

if TYPE_CHECKING:
    from datetime import datetime

    from xero_connections_plugin.gateways.machine_presence import MachinePresence

LENGTH: Final = timedelta(seconds=LEASE_SECONDS)


def take(
    connection: sa.Connection, name: str, presence: MachinePresence, now: datetime, length: timedelta = LENGTH
) -> int | None:
    """Take a lease that is free.

    Returns:
        Its fencing number; ``None`` while somebody, this process included, holds it.
    """
    # The row is locked first, so that of two servers' transactions the second sees what the first did.
    connection.execute(sa.select(leases.c.fencing).where(leases.c.name == name).with_for_update())
    if is_held(connection, name, presence, now, length):
        return None
    taken = {"owner": presence.owner(), "machine": presence.machine(), "until": now + length}
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    fencing = connection.execute(
        insert(leases)
        .values(name=name, fencing=1, **taken)
        .on_conflict_do_update(index_elements=[leases.c.name], set_={"fencing": leases.c.fencing + 1, **taken})
        .returning(leases.c.fencing)
    ).scalar_one()
    return int(fencing)


def is_held(
    connection: sa.Connection, name: str, presence: MachinePresence, now: datetime, length: timedelta = LENGTH
) -> bool:
    """Whether somebody, this process included, holds a lease and may still be alive.

    One that ends later than a whole length from now was written by a clock that has since been set back.
    """
    row = connection.execute(sa.select(leases).where(leases.c.name == name)).first()
    if row is None or row.owner is None or not now < row.until <= now + length:
        return False
    return not presence.is_dead(row.owner, row.machine)


def extend(connection: sa.Connection, name: str, fencing: int, now: datetime, length: timedelta = LENGTH) -> bool:
    """Begin the length of a lease anew; ``False`` when somebody has taken it since."""
    return _change(connection, name, fencing, until=now + length)


def give_back(connection: sa.Connection, name: str, fencing: int) -> bool:
    """End a lease; ``False`` when somebody has taken it since."""
    return _change(connection, name, fencing, owner=None, machine=None, until=None)


def is_ours(connection: sa.Connection, name: str, fencing: int) -> bool:
    """Whether nobody has taken a lease since; it may have run out."""
    query = sa.select(leases.c.fencing).where(leases.c.name == name).with_for_update()
    return connection.execute(query).scalar() == fencing


def _change(connection: sa.Connection, name: str, fencing: int, **values: object) -> bool:
    done = connection.execute(
        sa.update(leases).where(leases.c.name == name, leases.c.fencing == fencing).values(**values)
    )
    return done.rowcount == 1
