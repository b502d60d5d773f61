"""How is a row inserted that may be there already? Each database has its own words. Imported on first use only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy.dialects import sqlite

if TYPE_CHECKING:
    import sqlalchemy as sa
    from sqlalchemy.dialects import postgresql


def insert_into(connection: sa.Connection, table: sa.Table) -> sqlite.Insert | postgresql.Insert:
    """An insert that knows ``on_conflict_do_nothing``, in the words of the connection's database."""
    if connection.dialect.name != "postgresql":
        return sqlite.insert(table)
    # Takes a tenth of the time to a first token, and where the store is a file nobody needs it.
    from sqlalchemy.dialects import postgresql

    return postgresql.insert(table)
