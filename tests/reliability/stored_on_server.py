"""The store of an older program on a PostgreSQL server: its own migrations make the tables, its kept rows fill them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from tests.reliability.left_overs import STORE

if TYPE_CHECKING:
    from pathlib import Path


def move_to_server(folder: Path, url: str, revision: str) -> None:
    """Take the list out of a data directory and put it into an empty database, with the tables of its revision."""
    source, target = sa.create_engine(f"sqlite:///{folder / STORE}"), sa.create_engine(url)
    try:
        _make_tables(target, revision)
        kept, made = sa.MetaData(), sa.MetaData()
        kept.reflect(source)
        made.reflect(target)
        with source.connect() as read, target.begin() as write:
            for table in made.sorted_tables:
                rows = read.execute(sa.select(kept.tables[table.name])).mappings().all()
                if rows and table.name != "alembic_version":
                    # The server numbers rows itself, and goes on numbering.
                    write.execute(
                        table.insert(),
                        [{name: row[name] for name in row if name != "history_id"} for row in rows],
                    )
    finally:
        source.dispose()
        target.dispose()
    (folder / STORE).unlink()


def _make_tables(engine: sa.Engine, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", "xero_connections_plugin.gateways.store:migrations")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
