"""Are the tables those of this program? Creates and upgrades them; imports SQLAlchemy, and Alembic only to upgrade."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from xero_connections_plugin.gateways.store import store_errors
from xero_connections_plugin.gateways.store.tables import installation
from xero_connections_plugin.own_locks import ProcessLock

if TYPE_CHECKING:
    from collections.abc import Callable

HEAD: Final = "0003"
"""The newest migration; a test compares it with the folder of migrations."""

_CREATION_LOCK: Final = 7_261_842_190_331_004
"""A number of our own for PostgreSQL's advisory locks."""

_ONE_UPGRADE: Final = ProcessLock()
"""Alembic keeps the running upgrade in its modules: two stores upgraded at once would write through one connection."""


def is_current(connection: sa.Connection) -> bool:
    """Whether the stored revision is this program's. A cheap read."""
    return stored_revision(connection) == HEAD


def stored_revision(connection: sa.Connection) -> str | None:
    """The revision of the stored tables; ``None`` when there are none."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    revision = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
    return None if revision is None else str(revision)


def bring_up_to_date(
    connection: sa.Connection,
    new_id: Callable[[], str],
    where: str,
    checkpoint: Callable[[str], None] = lambda _: None,
) -> None:
    """Create or upgrade the tables, once, however many processes begin at the same moment.

    Args:
        connection: To a file: without a transaction. To a server: inside one that reads what others commit.
            Has none afterwards.
        new_id: Makes the id of a new installation.
        where: The store, as a person finds it.
        checkpoint: Called when everything is done and not yet committed.

    Raises:
        StoreUnavailable: ``STORE_NEWER``; nothing was changed.
    """
    is_file = connection.dialect.name == "sqlite"
    if is_current(connection):
        connection.rollback()
        return
    if is_file:
        connection.rollback()
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        _wait_for_others(connection)
    if not is_current(connection):
        _upgrade(connection, where)
        if connection.execute(installation.select()).first() is None:
            connection.execute(installation.insert().values(installation_id=new_id(), write_tests=0))
        checkpoint("store: tables made")
    connection.commit()


def _wait_for_others(connection: sa.Connection) -> None:
    """Return when the tables are current, or with the lock of the one that makes them.

    Those who wait share a lock, so that all go on at once when the tables are there: hundreds that pass on an
    exclusive one take seconds for it. Locks of a transaction: behind a proxy nobody could give one of a session back.
    """
    while not connection.scalar(sa.select(sa.func.pg_try_advisory_xact_lock(_CREATION_LOCK))):
        # What is locked after a savepoint is let go with it, and nobody who waits keeps the next one from trying.
        with connection.begin_nested() as waiting:
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock_shared(_CREATION_LOCK)))
            waiting.rollback()
        if is_current(connection):
            return


def _upgrade(connection: sa.Connection, where: str) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", "xero_connections_plugin.gateways.store:migrations")
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    stored = stored_revision(connection)
    if stored is not None and stored not in known:
        connection.rollback()
        raise store_errors.newer(where)
    config.attributes["connection"] = connection
    with _ONE_UPGRADE.own:
        command.upgrade(config, "head")
