"""How is it remembered what is still to be unlinked at Xero? One short transaction for each thing that is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xero_connections_plugin.oauth.grant import GrantId
from xero_connections_plugin.xero.late_unlinks import LateUnlink

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from xero_connections_plugin.gateways.store.database import Database


class SqlUnlinkStore:
    """An ``UnlinkStore``. Making one touches nothing.

    Args:
        database: Where the tables are.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def now(self) -> datetime:
        return self._database.reading(self._database.now)

    def note(self, unlink: LateUnlink) -> None:
        import sqlalchemy as sa

        from xero_connections_plugin.gateways.store.tables import late_unlinks

        def note(connection: Connection) -> None:
            known = sa.select(late_unlinks.c.unlink_id).where(late_unlinks.c.unlink_id == unlink.unlink_id)
            if connection.execute(known).first() is None:
                connection.execute(
                    sa.insert(late_unlinks).values(
                        unlink_id=unlink.unlink_id,
                        grant_id=unlink.grant_id,
                        tenant_id=unlink.tenant_id,
                        tenant_name=unlink.tenant_name,
                        asked_at=unlink.asked_at,
                        asked_by=unlink.asked_by,
                        problem=unlink.problem,
                    )
                )

        self._database.writing(note)

    def waiting(self) -> tuple[LateUnlink, ...]:
        import sqlalchemy as sa

        from xero_connections_plugin.gateways.store.tables import late_unlinks

        query = sa.select(late_unlinks).order_by(late_unlinks.c.asked_at, late_unlinks.c.unlink_id)

        def look(connection: Connection) -> tuple[LateUnlink, ...]:
            return tuple(
                LateUnlink(
                    unlink_id=row.unlink_id,
                    grant_id=GrantId(row.grant_id),
                    tenant_id=row.tenant_id,
                    tenant_name=row.tenant_name,
                    asked_by=row.asked_by,
                    asked_at=row.asked_at,
                    problem=row.problem,
                )
                for row in connection.execute(query)
            )

        return self._database.reading(look)

    def note_problem(self, unlink_id: str, problem: str) -> None:
        import sqlalchemy as sa

        from xero_connections_plugin.gateways.store.tables import late_unlinks

        change = sa.update(late_unlinks).where(late_unlinks.c.unlink_id == unlink_id).values(problem=problem)
        self._database.writing(lambda connection: connection.execute(change))

    def settle(self, unlink_id: str) -> bool:
        import sqlalchemy as sa

        from xero_connections_plugin.gateways.store.tables import late_unlinks

        change = sa.delete(late_unlinks).where(late_unlinks.c.unlink_id == unlink_id)
        return self._database.writing(lambda connection: connection.execute(change).rowcount == 1)
