"""Who may work on something right now? Lease rows, taken and checked inside the caller's transaction."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from xero_connections_plugin.gateways.store.row_inserts import insert_into
from xero_connections_plugin.gateways.store.tables import leases
from xero_connections_plugin.oauth.grant_ports import LEASE_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from xero_connections_plugin.gateways.store.machine_presence import MachinePresence

LENGTH: Final = timedelta(seconds=LEASE_SECONDS)


def take(
    connection: sa.Connection,
    name: str,
    presence: MachinePresence,
    now: Callable[[], datetime],
    length: timedelta = LENGTH,
    *,
    own_is_free: bool = False,
) -> int | None:
    """Take a lease that is free.

    Args:
        connection: Inside a transaction that may write.
        name: What is leased.
        presence: Who takes it.
        now: Tells the store's time. It is asked once nobody else can change the row: a time from before would make the
            lease of whoever was quicker look as if it came from a clock that was set back.
        length: How long it is taken for.
        own_is_free: Whether one that this process holds is a left-over: it was never told that it got it.

    Returns:
        Its fencing number; ``None`` while somebody holds it, this process included unless its own is free.
    """
    _lock(connection, name)
    moment = now()
    if is_held(connection, name, presence, moment, length) and not (
        own_is_free and _is_own(connection, name, presence)
    ):
        return None
    taken = {"owner": presence.owner(), "machine": presence.machine(), "until": moment + length}
    change = sa.update(leases).where(leases.c.name == name).values(fencing=leases.c.fencing + 1, **taken)
    fencing = connection.execute(change.returning(leases.c.fencing)).scalar_one()
    return int(fencing)


def was_taken(connection: sa.Connection, name: str, *, owner: str, fencing: int, until: datetime) -> bool:
    """Whether a lease is still exactly the one that was taken with these values."""
    row = connection.execute(sa.select(leases).where(leases.c.name == name)).first()
    return row is not None and (row.owner, row.fencing, row.until) == (owner, fencing, until)


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


def is_taken(
    connection: sa.Connection, name: str, presence: MachinePresence, now: datetime, length: timedelta = LENGTH
) -> bool:
    """Whether another process holds a lease and may still be alive."""
    return is_held(connection, name, presence, now, length) and not _is_own(connection, name, presence)


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


def _lock(connection: sa.Connection, name: str) -> None:
    """Lock the row of a lease, which is made when it is not there: what is not there cannot be locked."""
    query = sa.select(leases.c.fencing).where(leases.c.name == name).with_for_update()
    if connection.execute(query).first() is not None:
        return
    connection.execute(insert_into(connection, leases).values(name=name, fencing=0).on_conflict_do_nothing())
    connection.execute(query)


def _is_own(connection: sa.Connection, name: str, presence: MachinePresence) -> bool:
    return connection.execute(sa.select(leases.c.owner).where(leases.c.name == name)).scalar() == presence.owner()


def _change(connection: sa.Connection, name: str, fencing: int, **values: object) -> bool:
    done = connection.execute(
        sa.update(leases).where(leases.c.name == name, leases.c.fencing == fencing).values(**values)
    )
    return done.rowcount == 1
