"""Workstations that want the same thing at the same moment, each with a session of its own on a real server."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from hostspec.providers import Connection, SavedConnection
from hostspec.usages import CONNECTION_KIND, Subject, Usage
from hostspec.value import ConnectionId, TypeId
from tests.plugin.grant_builders import OpenBox
from tests.plugin.keeper_process import RealClock
from tests.postgresql_server import PostgresqlServer
from xero_connections_plugin.connections.entries import EntryChanged, EntryGone, EntryQuery, NameTaken
from xero_connections_plugin.gateways import leases
from xero_connections_plugin.gateways.connection_store import ConnectionStore
from xero_connections_plugin.gateways.database import Database
from xero_connections_plugin.gateways.grant_store import SqlGrantStore
from xero_connections_plugin.gateways.key_register import KeyRegister
from xero_connections_plugin.gateways.machine_presence import MachinePresence
from xero_connections_plugin.gateways.tables import connections
from xero_connections_plugin.oauth.grant import GrantId, GrantRecord, GrantState
from xero_connections_plugin.oauth.grant_ports import Intent, KeptToken, StoredGrant
from xero_connections_plugin.oauth.rotation_words import Place, Token

pytestmark = pytest.mark.postgresql

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
GRANT = GrantId("grant-1")
RECORD = GrantRecord(
    grant_id=GRANT,
    client_id="c" * 32,
    user_id="ada",
    account="Ada Keeper",
    scopes=("files",),
    state=GrantState.ACTIVE,
    cause=None,
    generation=1,
    key_id="key-1",
    created_at=NOW,
    authorized_at=NOW,
    refreshed_at=NOW,
    access_expires_at=NOW + timedelta(minutes=30),
)


@dataclass(frozen=True)
class Machine:
    """A workstation: a data directory, sessions and a presence of its own."""

    database: Database
    presence: MachinePresence

    @property
    def entries(self) -> ConnectionStore:
        return ConnectionStore(self.database, OpenBox())

    @property
    def grants(self) -> SqlGrantStore:
        return SqlGrantStore(self.database, self.presence)

    @property
    def register(self) -> KeyRegister:
        return KeyRegister(self.database, self.presence)


MakeMachine = Callable[..., Machine]


@pytest.fixture
def machine(tmp_path: Path, postgresql_url: str) -> Iterator[MakeMachine]:
    with ExitStack() as undo:
        made = 0

        def make(checkpoint: Callable[[str], None] = lambda _: None) -> Machine:
            nonlocal made
            made += 1
            folder = tmp_path / f"machine-{made}"
            folder.mkdir(mode=0o700)
            database = Database(folder, RealClock(), url=SecretStr(postgresql_url), checkpoint=checkpoint)
            undo.callback(database.close)
            presence = MachinePresence(folder)
            undo.callback(presence.close)
            return Machine(database, presence)

        yield make


def together(*acts: Callable[[], object]) -> list[object]:
    """What each comes to, begun at one moment: its answer, or the error that it raised."""
    start = threading.Barrier(len(acts))

    def run(act: Callable[[], object]) -> object:
        start.wait(30)
        try:
            return act()
        except Exception as trouble:
            return trouble

    with ThreadPoolExecutor(len(acts)) as pool:
        return [found.result(60) for found in [pool.submit(run, act) for act in acts]]


def entry(name: str, title: str, sign_in: str | None = None) -> Connection:
    return Connection(
        connection_id=ConnectionId(name),
        type_id=TypeId("xero"),
        display_name=title,
        saved=SavedConnection(settings={}, sign_in=sign_in),
        created_at=NOW,
        changed_at=NOW,
    )


def save(store: ConnectionStore, title: str, number: int) -> None:
    store.replace(
        ConnectionId("id"),
        display_name=title,
        name_key=title,
        saved=SavedConnection(settings={"by": number}),
        changed_at=NOW + timedelta(minutes=number + 1),
        seen_changed_at=NOW,
    )


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


def test_a_name_goes_to_one_of_those_who_save_it_at_once(machine: MakeMachine) -> None:
    stores = [machine().entries for _ in range(6)]
    answers = together(
        *(lambda n=n, s=s: s.add(entry(f"id-{n}", "Head office"), name_key="head office") for n, s in enumerate(stores))
    )
    assert sorted(type(answer).__name__ for answer in answers) == [*["NameTaken"] * 5, "NoneType"]
    assert NameTaken in {type(answer) for answer in answers}
    assert stores[0].count(EntryQuery()) == 1


def test_a_name_that_was_just_given_up_is_not_refused_nor_called_damage(machine: MakeMachine) -> None:
    one, two = machine().entries, machine().entries
    for number in range(15):
        one.add(entry(f"old-{number}", "Head office"), name_key="head office")
        gone, added = together(
            partial(one.begin_removal, ConnectionId(f"old-{number}")),
            partial(two.add, entry(f"new-{number}", "Head office"), name_key="head office"),
        )
        assert gone is None
        assert added is None or isinstance(added, NameTaken)
        two.begin_removal(ConnectionId(f"new-{number}"))


def test_of_edits_at_once_one_is_saved_and_the_others_are_told(machine: MakeMachine) -> None:
    stores = [machine().entries for _ in range(5)]
    stores[0].add(entry("id", "Head office"), name_key="Head office")
    answers = together(*(lambda n=n, s=s: save(s, f"By {n}", n) for n, s in enumerate(stores)))
    assert sum(answer is None for answer in answers) == 1
    assert sum(isinstance(answer, EntryChanged) for answer in answers) == 4
    winner = answers.index(None)
    found = stores[0].get(ConnectionId("id"))
    assert found is not None
    assert (found.display_name, found.saved.settings) == (f"By {winner}", {"by": winner})


def test_an_edit_that_is_being_saved_is_waited_for_and_then_respected(machine: MakeMachine) -> None:
    reached, go_on = threading.Event(), threading.Event()

    def hold(name: str) -> None:
        if name == "store:before-commit" and holds:
            reached.set()
            assert go_on.wait(30)

    holds = False
    slow, quick = machine(hold), machine().entries
    slow.entries.add(entry("id", "Head office"), name_key="Head office")
    holds = True
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(save, slow.entries, "First", 1)
        assert reached.wait(30)
        second = pool.submit(save, quick, "Second", 2)
        with pytest.raises(TimeoutError):
            second.result(0.3)
        go_on.set()
        first.result(30)
        with pytest.raises(EntryChanged):
            second.result(30)


def test_an_edit_never_brings_an_entry_back_that_is_being_removed(machine: MakeMachine) -> None:
    one, two = machine().entries, machine().entries
    for number in range(10):
        one.add(entry("id", "Head office"), name_key="Head office")
        removed, edited = together(
            lambda: one.begin_removal(ConnectionId("id")), partial(save, two, f"By {number}", number)
        )
        assert removed is None
        assert edited is None or isinstance(edited, EntryGone)
        assert two.get(ConnectionId("id")) is None
        one.finish_removal(ConnectionId("id"))


@pytest.mark.parametrize("first", ["the binding", "the wiping"])
def test_a_sign_in_is_never_wiped_while_an_entry_is_being_bound_to_it(machine: MakeMachine, first: str) -> None:
    reached, go_on = threading.Event(), threading.Event()

    def hold(name: str) -> None:
        if name == "store:before-commit" and holds:
            reached.set()
            assert go_on.wait(30)

    holds = False
    slow, quick = machine(hold), machine()
    slow.grants.insert(RECORD, b"sealed-1")
    slow.database.installation_id()
    holds = True
    binding, wiping = (slow, quick) if first == "the binding" else (quick, slow)

    def bind() -> None:
        binding.entries.add(entry("id", "Head office", sign_in=GRANT), name_key="head office")

    def wipe() -> int:
        return wiping.grants.forget_unbound([GRANT])

    earlier, later = (bind, wipe) if first == "the binding" else (wipe, bind)
    with ThreadPoolExecutor(2) as pool:
        held = pool.submit(earlier)
        assert reached.wait(30)
        waiting = pool.submit(later)
        with pytest.raises(TimeoutError):
            waiting.result(0.3)
        go_on.set()
        held.result(30)
        waiting.result(30)
    assert (quick.grants.read(GRANT) is not None) == (first == "the binding")


def test_what_a_host_says_twice_at_once_is_one_of_both_and_never_a_mixture(machine: MakeMachine) -> None:
    one, two = machine().entries, machine().entries
    subject = Subject(kind=CONNECTION_KIND, subject_id="id", label="Head office")

    def publish(store: ConnectionStore, names: str) -> None:
        usages = [Usage(usage_id=name, subject=subject, profile=name, step="Xero", enabled=True) for name in names]
        store.publish_usages(host_id="host", host_name="Desk", usages=usages, seen_at=NOW)

    for _ in range(15):
        assert together(lambda: publish(one, "abc"), lambda: publish(two, "cde")) == [None, None]
        heard = [usage.profile for usage in one.published_usages(subject, except_host_id="")]
        assert heard in (["a", "b", "c"], ["c", "d", "e"])


def test_a_profile_that_was_told_before_the_removal_is_seen_by_it(machine: MakeMachine) -> None:
    york, leeds = machine().entries, machine().entries
    subject = Subject(kind=CONNECTION_KIND, subject_id="id", label="Head office")
    usage = Usage(usage_id="1", subject=subject, profile="Invoices", step="Xero", enabled=True)
    york.publish_usages(host_id="york", host_name="York", usages=[usage], seen_at=NOW)
    assert [one.profile for one in leeds.published_usages(subject, except_host_id="leeds")] == ["Invoices"]


def test_a_read_is_one_view_whatever_others_commit_meanwhile(machine: MakeMachine) -> None:
    one, two = machine(), machine()
    two.entries.add(entry("id", "Head office"), name_key="Head office")
    query = sa.select(connections.c.display_name)
    with one.database.read() as connection:
        before = connection.execute(query).scalar_one()
        save(two.entries, "Changed", 1)
        assert connection.execute(query).scalar_one() == before == "Head office"
    with one.database.read() as connection:
        assert connection.execute(query).scalar_one() == "Changed"


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
