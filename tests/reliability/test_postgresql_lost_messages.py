"""Whichever message between a workstation and the database is lost, the outcome is as if none had been."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from hostspec.connections import ConnectionStatus
from hostspec.providers import Condition, Connection, SavedConnection
from hostspec.testing import FakeClock
from hostspec.usages import CONNECTION_KIND, Subject, Usage
from hostspec.value import ConnectionId, TypeId
from tests.network_relay import NetworkRelay
from tests.plugin.grant_builders import OpenBox
from tests.postgresql_server import PostgresqlServer
from xero_connections_plugin.connections.entries import NameTaken
from xero_connections_plugin.gateways.keys.key_register import KeyRegister
from xero_connections_plugin.gateways.records.connection_store import ConnectionStore
from xero_connections_plugin.gateways.records.grant_store import SqlGrantStore
from xero_connections_plugin.gateways.store.database import Database
from xero_connections_plugin.gateways.store.machine_presence import MachinePresence
from xero_connections_plugin.oauth.grant import GrantId, GrantRecord, GrantState, SignInCause
from xero_connections_plugin.oauth.grant_ports import Intent, KeptToken, Lease
from xero_connections_plugin.oauth.rotation_words import Place, Token

pytestmark = pytest.mark.postgresql

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)
CURRENT = Token(Place.CURRENT, 1)


@dataclass(frozen=True)
class Stores:
    """One workstation's view of the database."""

    database: Database
    entries: ConnectionStore
    grants: SqlGrantStore
    register: KeyRegister


@dataclass(frozen=True)
class Round:
    """One try: names that no other try uses, the store that is disturbed, and one that is not."""

    name: str
    calm: Stores
    disturbed: Stores

    @property
    def grant_id(self) -> GrantId:
        return GrantId(f"grant-{self.name}")

    @property
    def record(self) -> GrantRecord:
        return GrantRecord(
            grant_id=self.grant_id,
            client_id="c" * 32,
            user_id=self.name,
            account="Ada Keeper",
            scopes=("files",),
            state=GrantState.ACTIVE,
            cause=None,
            generation=1,
            key_id="key-1",
            created_at=NOW,
            authorized_at=NOW,
            refreshed_at=NOW,
            access_expires_at=LATER,
        )

    @property
    def candidate(self) -> KeptToken:
        return KeptToken(Token(Place.CANDIDATE, 2, f"new-{self.name}"), b"sealed-2", NOW, "key-1")

    @property
    def entry(self) -> Connection:
        return Connection(
            connection_id=ConnectionId(f"id-{self.name}"),
            type_id=TypeId("xero"),
            display_name=f"Head office {self.name}",
            saved=SavedConnection(settings={"ports": [8888], "note": None}, sign_in=self.grant_id),
            created_at=NOW,
            changed_at=NOW,
        )

    def lease(self) -> Lease:
        leased = self.calm.grants.take_lease(self.grant_id, choose=lambda _: Intent(CURRENT, NOW))
        assert leased is not None
        return leased.lease

    def shown(self) -> object:
        """What is stored under this round's names, without the names and without times that pass."""
        grant, entry = self.calm.grants.read(self.grant_id), self.calm.entries.get(self.entry.connection_id)
        return (
            grant
            and (
                replace(grant.record, grant_id=GrantId(""), user_id=""),
                grant.sealed,
                grant.predecessor,
                [(kept.sealed, kept.since) for kept in grant.candidates],
                grant.intent,
                self.calm.grants.is_held(self.grant_id),
            ),
            entry and (entry.display_name.removesuffix(self.name), entry.saved.settings, entry.condition),
            [one.connection_id for one in self.calm.entries.unfinished_removals()],
            [usage.profile for usage in self.calm.entries.published_usages(self.subject, except_host_id="")],
            [key.state for key in self.calm.register.facts().keys if key.key_id == self.name],
        )

    @property
    def subject(self) -> Subject:
        return Subject(kind=CONNECTION_KIND, subject_id=self.entry.connection_id, label="Head office")


def _prepared(one: Round) -> None:
    one.calm.grants.insert(one.record, b"sealed-1")
    one.calm.entries.add(one.entry, name_key=one.entry.display_name)


def _take_lease(one: Round) -> object:
    leased = one.disturbed.grants.take_lease(one.grant_id, choose=lambda _: Intent(CURRENT, NOW))
    assert leased is not None
    assert leased.stored.intent == Intent(CURRENT, NOW, leased.lease.fencing)
    # What was taken is ours: nobody else's number is on it.
    assert one.calm.grants.extend_lease(leased.lease)
    return leased.lease.fencing


def _commit(one: Round, lease: Lease) -> object:
    record = replace(one.record, generation=2, refreshed_at=LATER)
    return one.disturbed.grants.commit(lease, expected=1, record=record, token=one.candidate, spent=CURRENT)


def _replace(one: Round) -> None:
    one.disturbed.entries.replace(
        one.entry.connection_id,
        display_name=f"Main office {one.name}",
        name_key=f"Main office {one.name}",
        saved=SavedConnection(settings={"ports": [1]}, sign_in=one.grant_id),
        changed_at=LATER,
        seen_changed_at=NOW,
    )


def _begin_removal(one: Round) -> object:
    one.disturbed.entries.begin_removal(one.entry.connection_id)
    one.calm.entries.finish_removal(one.entry.connection_id)
    return one.disturbed.entries.get(one.entry.connection_id)


def _finish_removal(one: Round) -> None:
    one.calm.entries.begin_removal(one.entry.connection_id)
    one.disturbed.entries.finish_removal(one.entry.connection_id)


def _publish(one: Round) -> None:
    usage = Usage(usage_id="1", subject=one.subject, profile="Invoices", step="Xero", enabled=True)
    one.disturbed.entries.publish_usages(host_id=one.name, host_name="Desk", usages=[usage], seen_at=NOW)


OPERATIONS: dict[str, Callable[[Round], object]] = {
    "take_lease": _take_lease,
    "extend_lease": lambda one: one.disturbed.grants.extend_lease(one.lease()),
    "write_intent": lambda one: one.disturbed.grants.write_intent(one.lease(), Intent(CURRENT, LATER)),
    "let_go": lambda one: one.disturbed.grants.let_go(one.lease(), clear_intent=True),
    "append_candidate": lambda one: one.disturbed.grants.append_candidate(one.grant_id, one.candidate),
    "commit": lambda one: _commit(one, one.lease()),
    "mark_sign_in_needed": lambda one: one.disturbed.grants.mark_sign_in_needed(
        one.lease(), expected=1, cause=SignInCause.REVOKED
    ),
    "insert": lambda one: one.disturbed.grants.insert(
        replace(one.record, grant_id=GrantId(f"b-{one.name}"), user_id=f"b-{one.name}"), b"sealed-b"
    ),
    "supersede": lambda one: one.disturbed.grants.supersede(
        replace(one.record, generation=2), b"sealed-new", expected=1
    ),
    "mark_revoked": lambda one: one.disturbed.grants.mark_revoked(one.grant_id, expected=1),
    "forget": lambda one: one.disturbed.grants.forget(one.grant_id),
    "read": lambda one: one.disturbed.grants.read(one.grant_id) is not None,
    "records": lambda one: len(one.disturbed.grants.records([one.grant_id])),
    "add": lambda one: one.disturbed.entries.add(
        one.entry.model_copy(update={"connection_id": ConnectionId(f"b-{one.name}"), "display_name": f"B {one.name}"}),
        name_key=f"B {one.name}",
    ),
    "replace": _replace,
    "set_condition": lambda one: one.disturbed.entries.set_condition(
        one.entry.connection_id, Condition(status=ConnectionStatus.SCOPE_MISSING, cause="files", since=NOW)
    ),
    "begin_removal": _begin_removal,
    "finish_removal": _finish_removal,
    "publish_usages": _publish,
    "check_writable": lambda one: one.disturbed.database.check_writable(),
}


@pytest.mark.parametrize("loses_answer", [False, True], ids=["request lost", "answer lost"])
@pytest.mark.parametrize("operation", OPERATIONS)
def test_losing_any_one_message_changes_no_outcome(
    operation: str,
    loses_answer: bool,
    tmp_path: Path,
    postgresql: PostgresqlServer,
    postgresql_url: str,
    relay: NetworkRelay,
) -> None:
    clock = FakeClock(auto_advance=True)
    relayed = postgresql.url(postgresql_url.rpartition("/")[2], port=relay.port)
    databases = [Database(tmp_path, clock, url=SecretStr(url)) for url in (postgresql_url, relayed)]
    with closing(databases[0]), closing(databases[1]), closing(MachinePresence(tmp_path)) as presence:
        calm, disturbed = (
            Stores(
                database,
                ConnectionStore(database, OpenBox()),
                SqlGrantStore(database, presence),
                KeyRegister(database, presence),
            )
            for database in databases
        )

        def outcome(name: str, message: int) -> tuple[object, object]:
            one = Round(name, calm, disturbed)
            _prepared(one)
            disturbed.database.installation_id()
            relay.strike(message, loses_answer=loses_answer)
            answer = OPERATIONS[operation](one)
            struck = relay.has_struck
            relay.strike(0, loses_answer=False)
            messages.append(struck)
            return answer, one.shown()

        messages: list[bool] = []
        undisturbed = outcome("calm", 0)
        for message in itertools.count(1):
            assert outcome(f"m{message}", message) == undisturbed, f"message {message}"
            if not messages[-1]:
                break
        # Begin, the limits, at least one statement, commit; the way back into the pool.
        assert len(messages) > 4


def test_a_name_that_is_really_taken_stays_taken_when_messages_are_lost(
    tmp_path: Path, postgresql: PostgresqlServer, postgresql_url: str, relay: NetworkRelay
) -> None:
    clock = FakeClock(auto_advance=True)
    relayed = postgresql.url(postgresql_url.rpartition("/")[2], port=relay.port)
    with closing(Database(tmp_path, clock, url=SecretStr(relayed))) as database:
        store = ConnectionStore(database, OpenBox())

        def entry(name: str) -> Connection:
            return Connection(
                connection_id=ConnectionId(name),
                type_id=TypeId("xero"),
                display_name="Head office",
                saved=SavedConnection(settings={}),
                created_at=NOW,
                changed_at=NOW,
            )

        store.add(entry("first"), name_key="head office")
        for message in range(1, 12):
            relay.strike(message, loses_answer=True)
            with pytest.raises(NameTaken):
                store.add(entry(f"second-{message}"), name_key="head office")
