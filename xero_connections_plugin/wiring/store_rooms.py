"""What keeps things: the database, the key, the list, and the grants with their keeper."""

from __future__ import annotations

import os
import random
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hostspec.providers import CONNECTIONS_TAB
from xero_connections_plugin.connections.clock_offset import ClockOffset
from xero_connections_plugin.connections.history import History
from xero_connections_plugin.gateways.keys.key_care import KeyCare
from xero_connections_plugin.gateways.keys.key_records import KeyRecords
from xero_connections_plugin.gateways.keys.key_register import KeyRegister
from xero_connections_plugin.gateways.keys.key_rotation import KeyRotation
from xero_connections_plugin.gateways.keys.key_sources import key_source
from xero_connections_plugin.gateways.keys.vault import Vault
from xero_connections_plugin.gateways.records.connection_store import ConnectionStore
from xero_connections_plugin.gateways.records.grant_store import SqlGrantStore
from xero_connections_plugin.gateways.records.history_store import SqlHistoryStore
from xero_connections_plugin.gateways.records.sign_ins_behind import SignInsBehind
from xero_connections_plugin.gateways.sign_in.token_endpoint import HttpTokenEndpoint
from xero_connections_plugin.gateways.store.database import Database
from xero_connections_plugin.gateways.store.machine_presence import MachinePresence
from xero_connections_plugin.oauth.token_keeper import TokenKeeper
from xero_connections_plugin.settings import data_dir_of, read_settings
from xero_connections_plugin.xero.endpoints import endpoints_from
from xero_connections_plugin.xero.renewal_records import RenewalRecords

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from hostspec.services import HostServices
    from xero_connections_plugin.gateways.keys.key_sources import KeySource
    from xero_connections_plugin.settings import Settings
    from xero_connections_plugin.xero.endpoints import Endpoints


@dataclass(frozen=True, kw_only=True)
class Means:
    """What is given to every room that needs it."""

    host: HostServices
    random_bytes: Callable[[int], bytes]
    checkpoint: Callable[[str], None]
    """Called with the name of each step that a kill may fall on."""


@dataclass(frozen=True, kw_only=True)
class StoreRooms:
    """The rooms that keep things."""

    settings: Settings
    endpoints: Endpoints
    data_dir: Path
    presence: MachinePresence
    database: Database
    vault: Vault
    keys: KeyCare
    entries: ConnectionStore
    grants: SqlGrantStore
    behind: SignInsBehind
    token_endpoint: HttpTokenEndpoint
    offset: ClockOffset
    keeper: TokenKeeper
    history: History


def build_stores(means: Means, keys: Callable[[Settings, Path], KeySource] | None) -> StoreRooms:
    """Put them together.

    Args:
        means: What every room needs.
        keys: Says where the data key lies, given the settings and the data directory; without it the settings do.

    Raises:
        SettingsRejected: A setting cannot be used.
    """
    host, random_bytes, checkpoint = means.host, means.random_bytes, means.checkpoint
    settings = read_settings(host.settings, os.environ)
    endpoints = endpoints_from(settings)
    data_dir = data_dir_of(host.data_dir, settings)
    presence = MachinePresence(data_dir, is_local=settings.database_url is None)
    database = Database(data_dir, host.clock, url=settings.database_url, checkpoint=checkpoint)
    register = KeyRegister(database, presence)
    source = (keys or key_source)(settings, data_dir)
    vault = Vault(source, register, host.clock, random_bytes=random_bytes, checkpoint=checkpoint)
    rotation = KeyRotation(vault, source, register, database, random_bytes=random_bytes, checkpoint=checkpoint)
    history = History(SqlHistoryStore(database), host.clock, host.tasks, host.host_name, new_id)

    def key_changed() -> None:
        host.hooks.tab_changed(CONNECTIONS_TAB, None)

    grants = SqlGrantStore(database, presence)
    behind = SignInsBehind(grants.records)
    entries = ConnectionStore(database, vault, behind)
    offset = ClockOffset()
    token_endpoint = HttpTokenEndpoint(endpoints.token_url, endpoints.revocation_url, host.clock, offset=offset)
    return StoreRooms(
        settings=settings,
        endpoints=endpoints,
        data_dir=data_dir,
        presence=presence,
        database=database,
        vault=vault,
        keys=KeyCare(
            vault,
            source,
            register,
            rotation,
            host.clock,
            random_bytes=random_bytes,
            changed=key_changed,
            records=KeyRecords(history),
        ),
        entries=entries,
        grants=grants,
        behind=behind,
        token_endpoint=token_endpoint,
        offset=offset,
        keeper=TokenKeeper(
            grants,
            vault,
            token_endpoint,
            host.clock,
            new_id=new_id,
            jitter=random.SystemRandom().random,
            checkpoint=checkpoint,
            heard=RenewalRecords(history, host.tasks, host.clock, entries.sharing, grants.records).hear,
        ),
        history=history,
    )


def new_id() -> str:
    """An id that nobody has."""
    return secrets.token_hex(16)
