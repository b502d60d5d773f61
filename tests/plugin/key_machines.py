"""Machines with keys of their own on one store, and everything there that is sealed."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import SecretBytes, SecretStr

from hostspec.providers import Connection, SavedConnection
from hostspec.testing import FakeClock
from hostspec.value import ConnectionId, TypeId
from tests.canaries import canary, marked_bytes
from tests.plugin.grant_builders import CLIENT, SCOPES, XeroInMemory, answer
from tests.plugin.key_doubles import KeysInMemory
from xero_connections_plugin.connections.history_events import Actor, EventKind
from xero_connections_plugin.gateways.keys.key_care import KeyCare
from xero_connections_plugin.gateways.keys.key_records import KeyRecords
from xero_connections_plugin.gateways.keys.key_register import KeyFacts, KeyRegister
from xero_connections_plugin.gateways.keys.key_rotation import KeyRotation
from xero_connections_plugin.gateways.keys.key_sources import KeySource
from xero_connections_plugin.gateways.keys.key_transfer import ScryptCost
from xero_connections_plugin.gateways.keys.vault import Vault
from xero_connections_plugin.gateways.records.connection_store import ConnectionStore
from xero_connections_plugin.gateways.records.grant_store import SqlGrantStore
from xero_connections_plugin.gateways.records.sealed_rows import SealedKind, SealedRow, not_sealed_with
from xero_connections_plugin.gateways.store.database import Database
from xero_connections_plugin.gateways.store.machine_presence import MachinePresence
from xero_connections_plugin.oauth.grant import GrantId, Identity
from xero_connections_plugin.oauth.grant_ports import KeptToken
from xero_connections_plugin.oauth.rotation_words import Place, Token
from xero_connections_plugin.oauth.token_keeper import TokenKeeper

CHEAP = ScryptCost(n=2**10, r=8, p=1)


@dataclass(frozen=True)
class KeyMachine:
    """One machine, or one process of it."""

    source: KeySource
    database: Database
    register: KeyRegister
    vault: Vault
    rotation: KeyRotation
    care: KeyCare
    store: SqlGrantStore
    keeper: TokenKeeper
    entries: ConnectionStore
    clock: FakeClock

    def fill(self, count: int = 3) -> None:
        """Grants with a predecessor and a candidate, and entries with a sealed part: four ciphertexts for each."""
        for number in range(count):
            grant_id = self.sign_in(f"{number}")
            record = self.store.records([grant_id])[grant_id]
            self.keeper.access_token(grant_id, refused=record.generation)
            late = self.vault.seal(canary(f"late {number}").encode(), purpose="grant", owner_id=grant_id, generation=2)
            token = Token(Place.CANDIDATE, 2, f"late-{number}")
            self.store.append_candidate(grant_id, KeptToken(token, late.data, self.clock.now(), late.key_id, 1))
            self.add_entry(number)

    def sign_in(self, name: str) -> GrantId:
        xero = self.keeper._ports.endpoint
        assert isinstance(xero, XeroInMemory)
        given = xero.gave(answer(name, self.clock))
        record = self.keeper.adopt(
            given, client_id=CLIENT, identity=Identity(f"user-{name}", "Ada"), requested_scopes=SCOPES
        )
        return record.grant_id

    def add_entry(self, number: int) -> ConnectionId:
        entry = Connection(
            connection_id=ConnectionId(f"entry-{number}"),
            type_id=TypeId("other"),
            display_name=f"Entry {number}",
            saved=SavedConnection(settings={}, sealed=SecretBytes(canary(f"entry {number}").encode())),
            created_at=self.clock.now(),
            changed_at=self.clock.now(),
        )
        self.entries.add(entry, name_key=f"entry {number}")
        return entry.connection_id

    def sealed(self) -> list[SealedRow]:
        with self.database.read() as connection:
            return [row for kind in SealedKind for row in not_sealed_with(connection, kind, "", after="", most=1000)]

    def secrets(self) -> Counter[bytes]:
        """What everything sealed opens to."""
        return Counter(
            self.vault.open(row.data, purpose=row.purpose, owner_id=row.owner_id, generation=row.generation)
            for row in self.sealed()
        )

    @property
    def facts(self) -> KeyFacts:
        return self.register.facts()

    def states(self) -> dict[str, str]:
        return {key.key_id: key.state.value for key in self.facts.keys}


@dataclass
class KeptRecords:
    """Remembers what the history was told."""

    said: list[tuple[EventKind, str, str]] = field(default_factory=list)
    """What happened, who did it, and the sentence."""

    def record(self, kind: EventKind, *, actor: Actor, text: str) -> None:
        self.said.append((kind, actor.user_name, text))


@dataclass
class KeySite:
    """One store."""

    folder: Path
    url: str | None
    undo: ExitStack
    clock: FakeClock
    history: KeptRecords = field(default_factory=KeptRecords)
    _names: Iterator[int] = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        self.xero = XeroInMemory(self.clock)

    def machine(
        self,
        source: KeySource | None = None,
        *,
        batch: int = 50,
        checkpoint: Callable[[str], None] = lambda _: None,
        random_bytes: Callable[[int], bytes] = marked_bytes,
    ) -> KeyMachine:
        source = source if source is not None else KeysInMemory()
        folder = self.folder / "data"
        database = Database(folder, self.clock, url=SecretStr(self.url) if self.url is not None else None)
        self.undo.callback(database.close)
        presence = MachinePresence(folder, new_id=lambda: f"owner-{next(self._names)}")
        self.undo.callback(presence.close)
        register = KeyRegister(database, presence)
        vault = Vault(source, register, self.clock, random_bytes=random_bytes, checkpoint=checkpoint)
        rotation = KeyRotation(
            vault, source, register, database, random_bytes=random_bytes, checkpoint=checkpoint, batch=batch
        )
        records = KeyRecords(self.history)
        care = KeyCare(
            vault, source, register, rotation, self.clock, random_bytes=random_bytes, cost=CHEAP, records=records
        )
        store = SqlGrantStore(database, presence)
        keeper = TokenKeeper(
            store, vault, self.xero, self.clock, new_id=lambda: f"grant-{next(self._names)}", jitter=lambda: 0.5
        )
        self.undo.callback(keeper.close)
        entries = ConnectionStore(database, vault)
        return KeyMachine(source, database, register, vault, rotation, care, store, keeper, entries, self.clock)


@contextmanager
def key_site(folder: Path, url: str | None = None, clock: FakeClock | None = None) -> Iterator[KeySite]:
    with ExitStack() as undo:
        yield KeySite(folder, url, undo, clock or FakeClock(auto_advance=True))
