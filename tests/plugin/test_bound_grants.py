"""A grant that an entry of the list names is never wiped, whatever the caller believes."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hostspec.errors import SignInNeeded
from hostspec.providers import Connection, SavedConnection
from hostspec.testing import FakeClock
from hostspec.value import ConnectionId, TypeId
from tests.canaries import assert_no_leaks, canary
from tests.plugin.grant_builders import ADA, CLIENT, SCOPES, XeroInMemory, answer
from tests.plugin.keeper_process import keeping
from xero_connections_plugin.gateways.records.connection_store import ConnectionStore
from xero_connections_plugin.oauth.grant import GrantId
from xero_connections_plugin.oauth.token_keeper import TokenKeeper

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)


def entry_of(grant_id: GrantId, name: str) -> Connection:
    return Connection(
        connection_id=ConnectionId(name),
        type_id=TypeId("xero"),
        display_name=name,
        saved=SavedConnection(settings={}, sign_in=grant_id),
        created_at=NOW,
        changed_at=NOW,
    )


def test_a_grant_named_by_an_entry_survives_and_one_left_alone_is_gone(tmp_path: Path) -> None:
    clock = FakeClock(NOW)
    with keeping(tmp_path, "http://localhost:1", clock=clock) as kept:
        record = kept.keeper.adopt(answer("0", clock), client_id=CLIENT, identity=ADA, requested_scopes=SCOPES)
        entries = ConnectionStore(kept.database, kept.vault)
        entry = entry_of(record.grant_id, "head office")
        entries.add(entry, name_key="head office")
        clock.advance(2 * 86400)
        assert kept.keeper.wipe_unreferenced(frozenset) == 0
        entries.begin_removal(entry.connection_id)
        entries.finish_removal(entry.connection_id)
        assert kept.keeper.wipe_unreferenced(frozenset, timedelta(days=3)) == 0
        assert kept.keeper.wipe_unreferenced(frozenset) == 1
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


def test_the_last_entry_on_its_way_out_takes_its_grant_with_it(tmp_path: Path) -> None:
    clock = FakeClock(NOW)
    with keeping(tmp_path, "http://localhost:1", clock=clock) as kept:
        record = kept.keeper.adopt(answer("0", clock), client_id=CLIENT, identity=ADA, requested_scopes=SCOPES)
        entries = ConnectionStore(kept.database, kept.vault)
        for name in ("first", "second"):
            entries.add(entry_of(record.grant_id, name), name_key=name)
        entries.begin_removal(ConnectionId("first"))
        kept.keeper.forget(record.grant_id)
        assert kept.keeper.record(record.grant_id) is not None
        entries.begin_removal(ConnectionId("second"))
        kept.keeper.forget(record.grant_id)
        assert kept.keeper.record(record.grant_id) is None


def test_a_grant_forgotten_while_it_was_renewed_leaves_no_answer_behind(tmp_path: Path) -> None:
    clock = FakeClock(NOW)
    xero = XeroInMemory(clock)
    with keeping(tmp_path, "http://localhost:1", clock=clock) as kept:
        keeper = TokenKeeper(kept.store, kept.vault, xero, clock, new_id=lambda: "another-1", jitter=lambda: 0.5)
        given = xero.gave(answer("0", clock))
        record = keeper.adopt(given, client_id=CLIENT, identity=ADA, requested_scopes=SCOPES)
        xero.during = lambda: keeper.forget(record.grant_id)
        with pytest.raises(SignInNeeded):
            keeper.access_token(record.grant_id, refused=1)
        with closing(sqlite3.connect(tmp_path / "xero-connections.sqlite3")) as database:
            assert database.execute("SELECT count(*) FROM candidates").fetchone() == (0,)
