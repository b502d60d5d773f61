"""What tests of a server in trouble share: counting, the error that is told, and how long it took."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, TypeVar

import pytest
import sqlalchemy as sa

from hostspec.errors import StoreUnavailable
from xero_connections_plugin.gateways.store.database import Database
from xero_connections_plugin.gateways.store.tables import installation

T = TypeVar("T")

PATIENCE = 2.5
"""Seconds; enough for the shortest attempt."""

_NAP: Final = 0.05
"""Seconds."""

_ATTEMPTS: Final = 30


def counted(database: Database) -> int:
    """How often the store was written for a test of writing."""
    query = sa.select(installation.c.write_tests)
    return database.reading(lambda connection: int(connection.execute(query).scalar_one()))


def trouble(act: Callable[[], object]) -> StoreUnavailable:
    with pytest.raises(StoreUnavailable) as caught:
        act()
    assert len(str(caught.value)) <= 300
    return caught.value


def in_peace(act: Callable[[], T]) -> T:
    """What comes of something that nothing disturbs; a busy machine may need longer for it than a short patience."""
    for _ in range(_ATTEMPTS - 1):
        try:
            return act()
        except StoreUnavailable:
            continue
    return act()


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Fails when the block takes longer, counted in naps: a machine that is busy prolongs them as it does the block."""
    is_over = threading.Event()
    naps = 0

    def nap() -> None:
        nonlocal naps
        while not is_over.wait(_NAP):
            naps += 1

    napping = threading.Thread(target=nap)
    napping.start()
    try:
        yield
    finally:
        is_over.set()
        napping.join()
    assert naps * _NAP < seconds
