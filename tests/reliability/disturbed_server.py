"""What tests of a server in trouble share: counting, the error that is told, and how long it took."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from hostspec.errors import StoreUnavailable
from xero_connections_plugin.gateways.store.database import Database
from xero_connections_plugin.gateways.store.tables import installation

PATIENCE = 2.5
"""Seconds; enough for the shortest attempt."""


def counted(database: Database) -> int:
    """How often the store was written for a test of writing."""
    query = sa.select(installation.c.write_tests)
    return database.reading(lambda connection: int(connection.execute(query).scalar_one()))


def trouble(act: Callable[[], object]) -> StoreUnavailable:
    with pytest.raises(StoreUnavailable) as caught:
        act()
    assert len(str(caught.value)) <= 300
    return caught.value


def within(seconds: float, act: Callable[[], object]) -> object:
    began = time.monotonic()
    try:
        return act()
    finally:
        assert time.monotonic() - began < seconds
