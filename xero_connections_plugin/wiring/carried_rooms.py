"""How entries come from files: those that a person chooses, and those that configure the installation."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from hostspec.providers import CONNECTIONS_TAB
from xero_connections_plugin.connections.carrying import Carrying
from xero_connections_plugin.connections.file_findings import FileLook
from xero_connections_plugin.connections.provisioning import Provisioning
from xero_connections_plugin.gateways.records.entry_batch_store import EntryBatchStore
from xero_connections_plugin.gateways.records.entry_sources import FileSource, SettingSource
from xero_connections_plugin.settings import ENVIRONMENT_PREFIX
from xero_connections_plugin.wiring.store_rooms import new_id

if TYPE_CHECKING:
    from xero_connections_plugin.connections.provisioning import EntrySource
    from xero_connections_plugin.settings import Settings
    from xero_connections_plugin.wiring.list_rooms import ListRooms
    from xero_connections_plugin.wiring.store_rooms import Means, StoreRooms


@dataclass(frozen=True, kw_only=True)
class CarriedRooms:
    """The rooms around files with entries."""

    batches: EntryBatchStore
    look: FileLook
    carrying: Carrying
    provisioning: Provisioning


def build_carried(means: Means, stores: StoreRooms, around: ListRooms) -> CarriedRooms:
    """Put them together."""
    host = means.host
    batches = EntryBatchStore(stores.database, stores.vault)
    return CarriedRooms(
        batches=batches,
        look=FileLook(batches, around.types),
        carrying=Carrying(batches, around.types, host.clock, around.announce, new_id),
        provisioning=Provisioning(
            _source(stores.settings),
            host.host_name,
            store=batches,
            types=around.types,
            clock=host.clock,
            announce=around.announce,
            changed=partial(host.hooks.tab_changed, CONNECTIONS_TAB, None),
            history=around.history,
            notices=around.notices,
        ),
    )


def _source(settings: Settings) -> EntrySource | None:
    if settings.entries_file is not None:
        return FileSource(Path(settings.entries_file).expanduser().absolute())
    if settings.entries is not None:
        return SettingSource(f"{ENVIRONMENT_PREFIX}ENTRIES", settings.entries)
    return None
