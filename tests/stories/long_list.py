"""A list of ten thousand connections, made quickly: one real one, and copies of it under other names."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Final

from hostspec.testing import FakeClock
from hostspec.value import ConnectionId
from xero_connections_plugin.connections.definition import name_key
from xero_connections_plugin.connections.entries import EntryQuery
from xero_connections_plugin.gateways.records.connection_rows import ConnectionRows
from xero_connections_plugin.gateways.store.database import Database

TOTAL: Final = 10_000
GRANTS: Final = 500
"""Sign-ins that the copies share: a bookkeeper has twenty clients, say."""


def lengthen(data_dir: Path, total: int = TOTAL) -> None:
    """Copy the one entry of a list until there are so many, named "Client 00001" and so on.

    Their sign-ins are copies too, of different days; nothing of them can be opened.
    """
    from xero_connections_plugin.gateways.store.tables import grants

    database = Database(data_dir, FakeClock())
    with database.write() as connection:
        rows = ConnectionRows(connection)
        (first,) = rows.find(EntryQuery())
        grant = connection.execute(grants.select()).mappings().one()
        copies = [
            {
                **grant,
                "grant_id": f"grant-{number}",
                "user_id": f"user-{number}",
                "account": f"Person {number:03}",
                "refreshed_at": grant["refreshed_at"] - timedelta(hours=number),
                "authorized_at": grant["authorized_at"] - timedelta(hours=number),
            }
            for number in range(GRANTS)
        ]
        connection.execute(grants.insert(), copies)
        for number in range(1, total):
            shown = number * 7919 % total
            grant_id = f"grant-{number % GRANTS}"
            settings = {**first.saved.settings, "grant_id": grant_id, "tenant_name": f"Company {number:05}"}
            saved = first.saved.model_copy(
                update={"settings": settings, "subtitle": f"Company {number:05}", "sign_in": grant_id}
            )
            copy = first.model_copy(
                update={
                    "connection_id": ConnectionId(f"copy-{number}"),
                    "display_name": f"Client {shown:05}",
                    "saved": saved,
                }
            )
            rows.add(copy, name_key(copy.display_name), None)
    database.close()
