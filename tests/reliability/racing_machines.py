"""Workstations with sessions of their own on a real server, and acts of theirs that begin at one moment."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from hostspec.providers import Connection, SavedConnection
from hostspec.value import ConnectionId, TypeId
from tests.plugin.grant_builders import OpenBox
from xero_connections_plugin.gateways.keys.key_register import KeyRegister
from xero_connections_plugin.gateways.records.connection_store import ConnectionStore
from xero_connections_plugin.gateways.records.grant_store import SqlGrantStore
from xero_connections_plugin.gateways.store.database import Database
from xero_connections_plugin.gateways.store.machine_presence import MachinePresence
from xero_connections_plugin.oauth.grant import GrantId, GrantRecord, GrantState

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
