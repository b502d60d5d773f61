"""What looks after sign-ins and entries while nobody does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from hostspec.connections import ChangeKind, ConnectionsChange
from hostspec.providers import CONNECTIONS_TAB
from xero_connections_plugin.connections.history import EventKind
from xero_connections_plugin.gateways.records.keep_alive_store import SqlUsedGrants
from xero_connections_plugin.gateways.store.turns import Turns
from xero_connections_plugin.oauth.keep_alive import TURN_LENGTH, KeepAlive
from xero_connections_plugin.ui.entry_watch import EntryWatch
from xero_connections_plugin.ui.texts import watch_texts

if TYPE_CHECKING:
    from hostspec.errors import CaptureError
    from xero_connections_plugin.oauth.grant import GrantId
    from xero_connections_plugin.wiring.list_rooms import ListRooms
    from xero_connections_plugin.wiring.store_rooms import Means, StoreRooms

_TURN = "keep-alive"


@dataclass(frozen=True, kw_only=True)
class WatchRooms:
    """The rooms that watch."""

    keep_alive: KeepAlive
    entries: EntryWatch


def build_watch(means: Means, stores: StoreRooms, around: ListRooms) -> WatchRooms:
    """Put them together."""
    clock, days = means.host.clock, stores.settings.keep_alive_days
    turns = Turns(stores.database, stores.presence)
    return WatchRooms(
        keep_alive=KeepAlive(
            SqlUsedGrants(stores.database),
            stores.keeper.access_token,
            lambda: turns.take(_TURN, TURN_LENGTH),
            clock,
            after=timedelta(days=days) if days else None,
            report=partial(_report, means, stores, around),
        ),
        entries=EntryWatch(
            around.listing,
            around.notices,
            around.deletion_news.tell,
            around.reach.outage,
            around.reach.anything_works,
            stores.database.store_clock,
        ),
    )


def _report(
    means: Means, stores: StoreRooms, around: ListRooms, grant_id: GrantId, problem: CaptureError | None
) -> None:
    """Tell what became of a sign-in that nobody used: its entries say now when it ends, or that it has ended."""
    host = means.host
    entries = stores.entries.sharing(grant_id)
    if entries and problem is None:
        record = stores.keeper.record(grant_id)
        around.history.record(
            EventKind.KEPT_ALIVE,
            connection=entries[0],
            account=record.account if record is not None else "",
            passed=True,
            text=watch_texts.kept_alive(tuple(entry.display_name for entry in entries)),
            once=f"kept-alive:{grant_id}:{host.clock.now():%Y-%m-%d}",
        )
    ids = tuple(entry.connection_id for entry in entries)
    host.hooks.connections_changed(ConnectionsChange(kind=ChangeKind.CHANGED, connection_ids=ids))
    host.hooks.tab_changed(CONNECTIONS_TAB, None)
