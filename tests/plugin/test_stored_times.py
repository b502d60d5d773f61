"""What a local file holds of a time: read as UTC, and as long ago where it is none."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from xero_connections_plugin.gateways.store.tables import LONG_AGO, UtcTime


def as_read(stored: object) -> object:
    """A column of times, given something that lies in the file."""
    with sa.create_engine("sqlite://").connect() as connection:
        query = sa.text("SELECT :stored AS moment").columns(moment=UtcTime())
        return connection.execute(query, {"stored": stored}).scalar()


@pytest.mark.parametrize(
    ("stored", "read"),
    [
        (None, None),
        ("2026-03-02 08:00:00.000001", datetime(2026, 3, 2, 8, 0, 0, 1, UTC)),
        ("2026-03-02 08:00:00", datetime(2026, 3, 2, 8, tzinfo=UTC)),
        ("2026-03-02", datetime(2026, 3, 2, tzinfo=UTC)),
        ("20260302", datetime(2026, 3, 2, tzinfo=UTC)),
        ("2026-03-02 08:00:00+02:00", datetime(2026, 3, 2, 6, tzinfo=UTC)),
        ("", LONG_AGO),
        ("not a time", LONG_AGO),
        ("2026-13-02 08:00:00", LONG_AGO),
        (5, LONG_AGO),
        (1.5, LONG_AGO),
        (b"2026-03-02 08:00:00", LONG_AGO),
    ],
)
def test_a_stored_time_is_read_in_utc(stored: object, read: datetime | None) -> None:
    found = as_read(stored)
    assert found == read
    assert not isinstance(found, datetime) or found.tzinfo is UTC
