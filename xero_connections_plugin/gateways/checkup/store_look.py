"""Can the store of connections be used, and is it whole? Reads only: nothing is made, repaired or moved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from xero_connections_plugin.gateways.checkup import checkup_texts as texts
from xero_connections_plugin.gateways.checkup.checkup_findings import Finding, fine, problem, warning
from xero_connections_plugin.gateways.keys.key_register import key_facts

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from xero_connections_plugin.gateways.keys.key_register import KeyFacts

SCHEMA: Final = "store.schema"
CONTENT: Final = "store.content"


@dataclass(frozen=True)
class SeenEntry:
    """An entry of the list, as much of it as a look needs."""

    connection_id: str
    type_id: str
    display_name: str
    settings: dict[str, Any]


@dataclass(frozen=True)
class StoreFacts:
    """What a store holds."""

    installation_id: str
    keys: KeyFacts
    entries: tuple[SeenEntry, ...]


@dataclass(frozen=True)
class StoreLook:
    """What was found; ``facts`` where the store could be read."""

    findings: tuple[Finding, ...]
    facts: StoreFacts | None = None
    revision: str | None = None
    """Of the stored tables; ``None`` where there are none, or they could not be read."""


def look_inside(connection: Connection) -> StoreLook:
    """The schema and what the tables hold, in one transaction.

    Raises:
        sqlalchemy.exc.DBAPIError: They cannot be read.
    """
    import sqlalchemy as sa

    from xero_connections_plugin.gateways.store import schema
    from xero_connections_plugin.gateways.store.tables import connections, installation

    revision = schema.stored_revision(connection)
    if revision is None:
        return StoreLook((fine(SCHEMA, texts.NO_TABLES),))
    if revision > schema.HEAD:
        newer = problem(SCHEMA, texts.schema_newer(revision, schema.HEAD), texts.SCHEMA_NEWER_REMEDY)
        return StoreLook((newer,), None, revision)
    found = [
        fine(SCHEMA, texts.schema_fine(revision))
        if revision == schema.HEAD
        else warning(SCHEMA, texts.schema_older(revision, schema.HEAD), texts.SCHEMA_OLDER_REMEDY)
    ]
    known_as = connection.execute(sa.select(installation.c.installation_id)).scalar()
    if known_as is None:
        found.append(problem(CONTENT, texts.NO_INSTALLATION, texts.RESTORE_REMEDY))
        return StoreLook(tuple(found), None, revision)
    c = connections.c
    columns = (c.connection_id, c.type_id, c.display_name, c.settings)
    rows = connection.execute(sa.select(*columns).where(~c.removing).order_by(c.name_sort)).all()
    entries = tuple(
        SeenEntry(row.connection_id, row.type_id, row.display_name, row.settings)
        for row in rows
        if isinstance(row.settings, dict)
    )
    if len(entries) < len(rows):
        found.append(problem(CONTENT, texts.entries_unreadable(len(rows) - len(entries)), texts.ENTRIES_REMEDY))
    else:
        found.append(fine(CONTENT, texts.entries_fine(len(entries))))
    return StoreLook(tuple(found), StoreFacts(str(known_as), key_facts(connection), entries), revision)
