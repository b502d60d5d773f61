"""The rooms, put together for one host."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hostspec.providers import CONNECTIONS_TAB
from hostspec.ui import Tab
from xero_connections_plugin.connections.history_limits import HistoryLimits
from xero_connections_plugin.connections.scheduled_tests import ScheduledTests
from xero_connections_plugin.gateways.store.network_folders import network_kind, network_notice
from xero_connections_plugin.gateways.store.turns import Turns
from xero_connections_plugin.housekeeping import Housekeeping
from xero_connections_plugin.ui.texts import tab_texts
from xero_connections_plugin.wiring.list_rooms import build_list
from xero_connections_plugin.wiring.made_once import MadeOnce
from xero_connections_plugin.wiring.store_rooms import Means, build_stores
from xero_connections_plugin.wiring.watch_rooms import build_watch
from xero_connections_plugin.wiring.xero_rooms import build_xero
from xero_connections_plugin.xero.scope_watch import ScopeWatch
from xero_connections_plugin.xero.xero_provider import XERO

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from hostspec.services import HostServices
    from xero_connections_plugin.gateways.keys.key_sources import KeySource
    from xero_connections_plugin.settings import Settings
    from xero_connections_plugin.wiring.carried_rooms import CarriedRooms
    from xero_connections_plugin.wiring.list_rooms import ListRooms
    from xero_connections_plugin.wiring.store_rooms import StoreRooms
    from xero_connections_plugin.wiring.tab_rooms import TabRooms
    from xero_connections_plugin.wiring.xero_rooms import XeroRooms


@dataclass(frozen=True, kw_only=True)
class House:
    """All rooms of one host."""

    host: HostServices
    stores: StoreRooms
    around: ListRooms
    """The list of connections."""
    xero: XeroRooms
    tab_rooms: MadeOnce[TabRooms]
    """Put together when a host shows the tab."""
    housekeeping: Housekeeping

    def tab(self) -> Tab:
        """The Connections tab, as it is announced now."""
        count = self.around.attention.count()
        return Tab(
            tab_id=CONNECTIONS_TAB,
            title=tab_texts.TAB_TITLE,
            order=200,
            controller=self.tab_rooms().controller,
            badge=str(count) if count else "",
        )

    def look_for_key(self) -> None:
        """Find out silently whether what is sealed can be opened here; whoever looks at the list next sees it."""
        self.stores.vault.probe()
        # The list may have been counted a moment ago, when nobody knew.
        self.around.attention.invalidate()

    def begin(self) -> None:
        """See ``Housekeeping.begin``; not before the host finds the plugin's connection type."""
        self.housekeeping.begin()

    def maintain(self, budget_seconds: float) -> None:
        """See ``Housekeeping.maintain``."""
        self.housekeeping.maintain(budget_seconds)

    def close(self) -> None:
        """Cancel what runs and release files and sockets."""
        self.tab_rooms.if_made(lambda rooms: rooms.controller.close())
        self.xero.desk.shutdown()
        self.around.history.close()
        self.stores.keeper.close()
        self.stores.presence.close()
        self.stores.database.close()


def build(
    host: HostServices,
    keys: Callable[[Settings, Path], KeySource] | None = None,
    *,
    random_bytes: Callable[[int], bytes] = secrets.token_bytes,
    checkpoint: Callable[[str], None] = lambda _: None,
    network_kind: Callable[[Path], str] = network_kind,
) -> House:
    """Put the rooms together.

    Args:
        host: What it is for.
        keys: Says where the data key lies, given the settings and the data directory; without it the settings do.
        random_bytes: A cryptographic source.
        checkpoint: Called with the name of each step of a refresh, a commit or a removal.
        network_kind: Which network file system a folder lies on, or nothing.

    Raises:
        SettingsRejected: A setting cannot be used.
    """
    means = Means(host=host, random_bytes=random_bytes, checkpoint=checkpoint)
    stores = build_stores(means, keys)
    around = build_list(means, stores)
    xero = build_xero(means, stores, around)
    watch = build_watch(means, stores, around)
    is_shared, data_dir = stores.database.is_shared, stores.data_dir

    def make_carried() -> CarriedRooms:
        from xero_connections_plugin.wiring.carried_rooms import build_carried

        return build_carried(means, stores, around)

    def make_tab() -> TabRooms:
        from xero_connections_plugin.wiring.tab_rooms import build_tab

        return build_tab(means, stores, around, carried(), xero)

    carried = MadeOnce(make_carried)
    return House(
        host=host,
        stores=stores,
        around=around,
        xero=xero,
        tab_rooms=MadeOnce(make_tab),
        housekeeping=Housekeeping(
            host=host,
            publishing=around.publishing,
            removal=around.removal,
            keeper=stores.keeper,
            keep_alive=watch.keep_alive,
            watch=watch.entries,
            deleted=around.deleted,
            endings=xero.endings,
            unlinks=xero.unlinks,
            disconnecting=xero.disconnecting,
            vault=stores.vault,
            keys=stores.keys,
            drafted=xero.sign_ins.grant_ids,
            folder_notice=lambda: None if is_shared else network_notice(data_dir, network_kind(data_dir)),
            appear=stores.presence.owner,
            rest=stores.database.rest,
            provisioning=(lambda: carried().provisioning) if stores.settings.has_entries else None,
            scheduled=ScheduledTests(
                stores.entries,
                around.tests,
                Turns(stores.database, stores.presence),
                stores.database.store_clock,
                every_days=stores.settings.test_every_days,
                is_able=lambda: stores.vault.key_problem() is None,
            ),
            needs=around.needs,
            failed=around.failed,
            scopes=ScopeWatch(
                XERO,
                stores.entries.find,
                stores.grants.records,
                around.notices.tell_once,
                stores.database.store_clock,
            ),
            history=HistoryLimits(
                around.history,
                stores.database.store_clock,
                days=stores.settings.history_days,
                rows=stores.settings.history_rows,
            ),
        ),
    )
