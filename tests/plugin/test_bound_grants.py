"""A grant that an entry of the list names is never wiped, whatever the caller believes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from hostspec.providers import Connection, SavedConnection
from hostspec.testing import FakeClock
from hostspec.value import ConnectionId, TypeId
from tests.canaries import assert_no_leaks, canary
from tests.plugin.grant_builders import ADA, CLIENT, SCOPES, answer
from tests.plugin.keeper_process import keeping
from xero_connections_plugin.gateways.connection_store import ConnectionStore

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)


def test_a_grant_named_by_an_entry_survives_and_one_left_alone_is_gone(tmp_path: Path) -> None:
    clock = FakeClock(NOW)
    with keeping(tmp_path, "http://localhost:1", clock=clock) as kept:
        record = kept.keeper.adopt(answer("0", clock), client_id=CLIENT, identity=ADA, requested_scopes=SCOPES)
        entries = ConnectionStore(kept.database, kept.vault)
        entry = Connection(
            connection_id=ConnectionId("id-1"),
            type_id=TypeId("xero"),
            display_name="Head office",
            saved=SavedConnection(settings={}, sign_in=record.grant_id),
            created_at=NOW,
            changed_at=NOW,
        )
        entries.add(entry, name_key="head office")
        clock.advance(2 * 86400)
        assert kept.keeper.wipe_unreferenced(set()) == 0
        entries.begin_removal(entry.connection_id)
        entries.finish_removal(entry.connection_id)
        assert kept.keeper.wipe_unreferenced(set(), timedelta(days=3)) == 0
        assert kept.keeper.wipe_unreferenced(set()) == 1
        assert kept.keeper.records([record.grant_id]) == {}


def test_what_was_forgotten_is_overwritten_in_the_file(tmp_path: Path) -> None:
    clock = FakeClock(NOW)
    with keeping(tmp_path, "http://localhost:1", clock=clock) as kept:
        record = kept.keeper.adopt(answer("0", clock), client_id=CLIENT, identity=ADA, requested_scopes=SCOPES)
        stored = kept.store.read(record.grant_id)
        assert stored is not None
        file = tmp_path / "xero-connections.sqlite3"
        assert stored.sealed in file.read_bytes()
        kept.keeper.forget(record.grant_id)
        assert stored.sealed not in file.read_bytes()
    assert_no_leaks(tmp_path, {"access": canary("access 0"), "refresh": canary("refresh 0")})
