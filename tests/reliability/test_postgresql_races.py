"""Workstations that want a lease, a key or a database at the same moment."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import psycopg
import pytest
from pydantic import SecretStr

from tests.plugin.keeper_process import RealClock
from tests.postgresql_server import PostgresqlServer
from tests.reliability.racing_machines import GRANT, NOW, RECORD, Machine, MakeMachine, together
from xero_connections_plugin.gateways.store import leases
from xero_connections_plugin.gateways.store.database import Database
from xero_connections_plugin.oauth.grant_ports import Intent, KeptToken, StoredGrant
from xero_connections_plugin.oauth.rotation_words import Place, Token

pytestmark = pytest.mark.postgresql


def test_a_lease_that_nobody_ever_had_is_taken_by_one(machine: MakeMachine) -> None:
    machines = [machine() for _ in range(6)]
    for one in machines:
        one.database.installation_id()

    def take(one: Machine, name: str) -> int | None:
        with one.database.write() as connection:
            return leases.take(connection, name, one.presence, lambda: one.database.now(connection))

    for number in range(20):
        name = f"lease-{number}"
        answers = together(*(lambda one=one, name=name: take(one, name) for one in machines))
        assert sorted(map(str, answers)) == ["1", *["None"] * 5]


def test_the_time_of_a_lease_is_read_when_nobody_else_can_change_it(
    machine: MakeMachine, postgresql: PostgresqlServer, postgresql_url: str
) -> None:
    one = machine()
    refused: list[bool] = []
    with one.database.write() as connection:

        def now() -> datetime:
            with pytest.raises(psycopg.errors.LockNotAvailable):
                postgresql.rows(postgresql_url, "SELECT 1 FROM leases WHERE name = 'here' FOR UPDATE NOWAIT")
            refused.append(True)
            return one.database.now(connection)

        # Made beforehand, so that others can see it at all.
        postgresql.rows(postgresql_url, "INSERT INTO leases (name, fencing) VALUES ('here', 7)")
        assert leases.take(connection, "here", one.presence, now) == 8
    assert refused == [True]


def test_taking_and_giving_back_at_once_never_wait_for_each_other_for_ever(
    machine: MakeMachine, postgresql: PostgresqlServer, postgresql_url: str
) -> None:
    machines = [machine() for _ in range(3)]
    machines[0].grants.insert(RECORD, b"sealed-1")
    stores = [one.grants for one in machines]

    def presented(stored: StoredGrant) -> Intent:
        return Intent(Token(Place.CURRENT, stored.record.generation), NOW)

    def work(number: int) -> int:
        taken = 0
        for turn in range(25):
            store = stores[number]
            leased = store.take_lease(
                GRANT, choose=lambda stored: Intent(Token(Place.CURRENT, stored.record.generation), NOW)
            )
            if leased is None:
                continue
            taken += 1
            generation = leased.stored.record.generation
            new = KeptToken(
                Token(Place.CANDIDATE, generation + 1, f"{number}-{turn}"), secrets.token_bytes(8), NOW, "key-1"
            )
            store.append_candidate(GRANT, new)
            record = replace(RECORD, generation=generation + 1)
            assert store.commit(
                leased.lease, expected=generation, record=record, token=new, spent=Token(Place.CURRENT, generation)
            )
        return taken

    taken = together(*(lambda number=number: work(number) for number in range(3)))
    assert all(isinstance(count, int) for count in taken), taken
    stored = stores[0].read(GRANT)
    assert stored is not None
    assert stored.record.generation == 1 + sum(count for count in taken if isinstance(count, int))
    assert postgresql.rows(
        postgresql_url, "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    ) == [(0,)]


def test_of_two_first_keys_one_is_registered(machine: MakeMachine) -> None:
    machines = [machine() for _ in range(6)]
    answers = together(
        *(lambda n=n, one=one: one.register.register(f"key-{n}", "check") for n, one in enumerate(machines))
    )
    assert sorted(map(str, answers)) == [*["False"] * 5, "True"]
    assert [key.state.value for key in machines[0].register.facts().keys] == ["active"]


def test_d9_two_hundred_and_fifty_six_first_starts_make_one_installation(
    tmp_path: Path, postgresql_url: str, postgresql: PostgresqlServer
) -> None:
    databases = [Database(tmp_path, RealClock(), url=SecretStr(postgresql_url)) for _ in range(16)]
    try:
        found = together(*(database.installation_id for database in databases for _ in range(16)))
    finally:
        for database in databases:
            database.close()
    assert len(found) == 256
    assert {type(answer) for answer in found} == {str}, {str(answer) for answer in found if not isinstance(answer, str)}
    assert len(set(found)) == 1
    assert postgresql.rows(postgresql_url, "SELECT count(*) FROM installation") == [(1,)]
