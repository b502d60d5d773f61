"""What the list of connections is and may do, for entries of any type."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from hostspec.providers import CONNECTIONS_TAB
from xero_connections_plugin.connections.access import Access
from xero_connections_plugin.connections.attention import Attention
from xero_connections_plugin.connections.book import Book
from xero_connections_plugin.connections.choices import Choices
from xero_connections_plugin.connections.connection_types import ConnectionTypes
from xero_connections_plugin.connections.deleted_entries import DeletedEntries
from xero_connections_plugin.connections.entry_presence import EntryPresence
from xero_connections_plugin.connections.entry_tests import EntryTests
from xero_connections_plugin.connections.entry_uses import EntryUses
from xero_connections_plugin.connections.failed_batches import FailedBatches
from xero_connections_plugin.connections.listing import Listing
from xero_connections_plugin.connections.needs import Needs
from xero_connections_plugin.connections.notices import Notices
from xero_connections_plugin.connections.publishing import Publishing
from xero_connections_plugin.connections.reachability import Reachability
from xero_connections_plugin.connections.removal import Removal
from xero_connections_plugin.connections.switching import Switching
from xero_connections_plugin.gateways.records.bin_store import SqlBinStore
from xero_connections_plugin.gateways.records.notice_store import SqlNoticeStore
from xero_connections_plugin.gateways.records.published_needs import SqlPublishedNeeds
from xero_connections_plugin.ui.deletion_news import DeletionNews
from xero_connections_plugin.wiring.store_rooms import new_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from hostspec.connections import ConnectionsChange
    from xero_connections_plugin.connections.history import History
    from xero_connections_plugin.wiring.store_rooms import Means, StoreRooms


@dataclass(frozen=True, kw_only=True)
class ListRooms:
    """The rooms around the list."""

    types: ConnectionTypes
    access: Access
    listing: Listing
    attention: Attention
    reach: Reachability
    tests: EntryTests
    book: Book
    presence: EntryPresence
    choices: Choices
    switching: Switching
    failed: FailedBatches
    publishing: Publishing
    removal: Removal
    deleted: DeletedEntries
    history: History
    needs: Needs
    notices: Notices
    deletion_news: DeletionNews
    announce: Callable[[ConnectionsChange], None]
    """Tells everyone about entries."""


def build_list(means: Means, stores: StoreRooms) -> ListRooms:
    """Put them together."""
    host, entries = means.host, stores.entries
    types = ConnectionTypes(host.hooks)
    access = Access(host)
    listing = Listing(entries, types)
    history = stores.history

    tab_changed = partial(host.hooks.tab_changed, CONNECTIONS_TAB, None)
    attention = Attention(listing, host.tasks, host.clock, tab_changed)
    reach = Reachability(host.clock, tab_changed)

    failed = FailedBatches(host, entries, listing, history, tab_changed)

    kept = SqlBinStore(stores.database)
    notices = Notices(
        SqlNoticeStore(stores.database),
        host_id=host.host_id,
        notify=host.hooks.notify,
        clock=stores.database.store_clock,
    )
    deletion_news = DeletionNews(entries.many, kept.get, notices, stores.database.store_clock)

    def announce(change: ConnectionsChange) -> None:
        attention.invalidate()
        host.hooks.connections_changed(change)
        tab_changed()
        failed.look_soon()
        deletion_news.hear(change)

    def needs_changed() -> None:
        attention.invalidate()
        tab_changed()

    keep = timedelta(days=stores.settings.keep_deleted_days)
    removal = Removal(
        entries,
        kept,
        types,
        host.hooks,
        keeps=bool(keep),
        announce=announce,
        history=history,
        checkpoint=means.checkpoint,
    )
    deleted = DeletedEntries(
        kept,
        types,
        keep,
        announce=announce,
        history=history,
        hand_on=removal.hand_on,
        finish=removal.finish_interrupted,
        checkpoint=means.checkpoint,
    )
    book = Book(
        store=entries,
        types=types,
        access=access,
        clock=host.clock,
        announce=announce,
        new_id=new_id,
        history=history,
        why_gone=deleted.why_gone,
        used=EntryUses(entries, stores.database.store_clock, host.tasks).note,
    )
    return ListRooms(
        presence=EntryPresence(entries.get, deleted.why_gone, host.clock),
        types=types,
        access=access,
        listing=listing,
        attention=attention,
        reach=reach,
        tests=EntryTests(entries, book, types, history, reach),
        book=book,
        choices=Choices(entries, listing),
        failed=failed,
        switching=Switching(entries, listing, types, host, history),
        publishing=Publishing(entries, host),
        removal=removal,
        deleted=deleted,
        history=history,
        needs=Needs(host, SqlPublishedNeeds(stores.database), needs_changed),
        notices=notices,
        deletion_news=deletion_news,
        announce=announce,
    )
