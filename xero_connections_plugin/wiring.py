"""Where do the rooms meet? The only place that knows them all; building touches no file and no network."""

from __future__ import annotations

import logging
import os
import random
import secrets
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from hostspec.connections import ConnectionRef
from hostspec.errors import SignInNeeded
from hostspec.providers import AddAct, ConnectionType
from hostspec.ui import Action, Tab, UserAct
from xero_connections_plugin.connections.access import Access
from xero_connections_plugin.connections.book import Book
from xero_connections_plugin.connections.choices import Choices
from xero_connections_plugin.connections.connection_types import ConnectionTypes
from xero_connections_plugin.connections.listing import Listing
from xero_connections_plugin.connections.publishing import Publishing
from xero_connections_plugin.connections.removal import Removal
from xero_connections_plugin.connections.switching import Switching
from xero_connections_plugin.gateways.authorized_session import XeroSession
from xero_connections_plugin.gateways.call_limiter import TenantCallLimiter
from xero_connections_plugin.gateways.callback_server import LoopbackListeners
from xero_connections_plugin.gateways.connection_store import ConnectionStore
from xero_connections_plugin.gateways.database import Database
from xero_connections_plugin.gateways.grant_store import SqlGrantStore
from xero_connections_plugin.gateways.key_care import KeyCare
from xero_connections_plugin.gateways.key_register import KeyRegister
from xero_connections_plugin.gateways.key_rotation import KeyRotation
from xero_connections_plugin.gateways.key_sources import key_source
from xero_connections_plugin.gateways.machine_presence import MachinePresence
from xero_connections_plugin.gateways.network_folders import network_kind, network_notice
from xero_connections_plugin.gateways.signing_keys import SigningKeys
from xero_connections_plugin.gateways.tenants_api import XeroTenantsApi
from xero_connections_plugin.gateways.token_endpoint import HttpTokenEndpoint
from xero_connections_plugin.gateways.vault import Vault
from xero_connections_plugin.housekeeping import Housekeeping
from xero_connections_plugin.oauth.grant_endings import GrantEndings
from xero_connections_plugin.oauth.sign_in import SignInDesk, SignInRequest, SignInSurroundings
from xero_connections_plugin.oauth.token_keeper import TokenKeeper
from xero_connections_plugin.settings import data_dir_of, read_settings
from xero_connections_plugin.ui import texts
from xero_connections_plugin.ui.connections_tab import TAB_ID, ConnectionsTab
from xero_connections_plugin.ui.deletions import Deletions
from xero_connections_plugin.xero import xero_texts
from xero_connections_plugin.xero.definition_form import GUIDE_ACT
from xero_connections_plugin.xero.disconnecting import Disconnecting
from xero_connections_plugin.xero.draft_reading import DraftReader
from xero_connections_plugin.xero.draft_sign_in import DraftSignIns, SignedIn
from xero_connections_plugin.xero.endpoints import endpoints_from
from xero_connections_plugin.xero.signing_in import SigningIn
from xero_connections_plugin.xero.xero_provider import XERO, XeroProvider

if TYPE_CHECKING:
    from collections.abc import Callable

    from hostspec.connections import ConnectionsChange, Session
    from hostspec.providers import Connection
    from hostspec.services import HostServices
    from xero_connections_plugin.gateways.key_sources import KeySource
    from xero_connections_plugin.oauth.grant import AccessToken
    from xero_connections_plugin.settings import Settings
    from xero_connections_plugin.xero.kept_settings import KeptSettings

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class House:
    """The rooms, put together for one host."""

    host: HostServices
    tab: Tab
    xero: ConnectionType
    controller: ConnectionsTab
    book: Book
    choices: Choices
    switching: Switching
    publishing: Publishing
    removal: Removal
    entries: ConnectionStore
    keeper: TokenKeeper
    vault: Vault
    keys: KeyCare
    desk: SignInDesk[SignedIn]
    database: Database
    presence: MachinePresence
    housekeeping: Housekeeping

    def begin(self) -> None:
        """See ``Housekeeping.begin``; not before the host finds the plugin's connection type."""
        self.housekeeping.begin()

    def maintain(self, _budget_seconds: float) -> None:
        """See ``Housekeeping.maintain``."""
        self.housekeeping.maintain()

    def close(self) -> None:
        """Cancel what runs and release files and sockets."""
        self.controller.close()
        self.desk.shutdown()
        self.keeper.close()
        self.presence.close()
        self.database.close()


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
    settings = read_settings(host.settings, os.environ)
    endpoints = endpoints_from(settings)
    clock, tasks, hooks = host.clock, host.tasks, host.hooks
    data_dir = data_dir_of(host.data_dir, settings)

    presence = MachinePresence(data_dir, is_local=settings.database_url is None)
    database = Database(data_dir, clock, url=settings.database_url, checkpoint=checkpoint)
    register = KeyRegister(database, presence)
    source = (keys or key_source)(settings, data_dir)
    vault = Vault(source, register, clock, random_bytes=random_bytes, checkpoint=checkpoint)
    rotation = KeyRotation(vault, source, register, database, random_bytes=random_bytes, checkpoint=checkpoint)
    key_changed = partial(hooks.tab_changed, TAB_ID, None)
    care = KeyCare(vault, source, register, rotation, clock, random_bytes=random_bytes, changed=key_changed)
    entries = ConnectionStore(database, vault)
    token_endpoint = HttpTokenEndpoint(endpoints.token_url, endpoints.revocation_url, clock)
    grants = SqlGrantStore(database, presence)
    keeper = TokenKeeper(
        grants,
        vault,
        token_endpoint,
        clock,
        new_id=_new_id,
        jitter=random.SystemRandom().random,
        checkpoint=checkpoint,
    )

    types = ConnectionTypes(hooks)
    access = Access(host)
    listing = Listing(entries, types)

    def announce(change: ConnectionsChange) -> None:
        hooks.connections_changed(change)
        hooks.tab_changed(TAB_ID, None)

    book = Book(store=entries, types=types, access=access, clock=clock, announce=announce, new_id=_new_id)
    publishing = Publishing(entries, host)
    removal = Removal(entries, types, hooks, announce, checkpoint)
    controller = ConnectionsTab(
        book=book,
        listing=listing,
        removal=removal,
        types=types,
        access=access,
        hooks=hooks,
        deletions=Deletions(removal, hooks, tasks, clock, changed=partial(hooks.tab_changed, TAB_ID)),
        new_id=_new_id,
    )

    tenants = XeroTenantsApi(endpoints.connections_url, clock=clock)

    def check_store_and_key(_request: SignInRequest) -> None:
        database.check_writable()
        vault.check_usable()

    desk: SignInDesk[SignedIn] = SignInDesk(
        SignInSurroundings(
            tokens=token_endpoint,
            signatures=SigningKeys(endpoints.jwks_url, clock),
            listeners=LoopbackListeners(clock.monotonic),
            browser=host.browser,
            clock=clock,
            tasks=tasks,
            random_bytes=random_bytes,
            issuer=endpoints.issuer,
            host_name=host.host_name,
            timeout=settings.sign_in_timeout,
            preflight=check_store_and_key,
        )
    )
    sign_ins = DraftSignIns()
    reader = DraftReader(sign_ins, keeper.record, vault.key_problem)
    limiter = TenantCallLimiter()

    def open_session(connection: Connection, kept: KeptSettings) -> Session:
        def tokens(*, refused: int | None = None) -> AccessToken:
            try:
                return keeper.access_token(kept.grant_id, refused=refused)
            except SignInNeeded:
                book.changed(connection.connection_id)
                raise

        # A sign-in that has ended is told now, not at the first request.
        tokens()
        return XeroSession(
            ConnectionRef(
                connection_id=connection.connection_id,
                type_id=connection.type_id,
                display_name=connection.display_name,
            ),
            tenant_id=kept.tenant_id,
            tenant_name=kept.tenant_name,
            base_url=endpoints.api_url,
            tokens=tokens,
            limiter=limiter,
            clock=clock,
            report=partial(book.note, connection.connection_id),
            condition=connection.condition,
        )

    endings = GrantEndings(keeper, grants, clock)
    provider = XeroProvider(
        signing_in=SigningIn(
            desk=desk,
            grants=keeper,
            tenants=tenants,
            reader=reader,
            sign_ins=sign_ins,
            clock=clock,
            tasks=tasks,
            changed=partial(hooks.tab_changed, TAB_ID),
            new_id=_new_id,
            authorize_url=endpoints.authorize_url,
        ),
        disconnecting=Disconnecting(keeper, endings, tenants, entries.sharing, sign_ins.grant_ids),
        reader=reader,
        grants=keeper,
        key=vault,
        clock=clock,
        open_session=open_session,
    )
    return House(
        host=host,
        tab=Tab(tab_id=TAB_ID, title=texts.TAB_TITLE, order=200, controller=controller),
        xero=ConnectionType(
            type_id=XERO,
            label=xero_texts.TYPE_LABEL,
            order=100,
            provider=provider,
            add=AddAct(tab_id=TAB_ID, act=UserAct(action_id="add", values={"type_id": XERO})),
            guide=Action(action_id=GUIDE_ACT, label=xero_texts.GUIDE_BUTTON),
        ),
        controller=controller,
        book=book,
        choices=Choices(entries, listing),
        switching=Switching(entries, listing, host.host_id),
        publishing=publishing,
        removal=removal,
        entries=entries,
        keeper=keeper,
        vault=vault,
        keys=care,
        desk=desk,
        database=database,
        presence=presence,
        housekeeping=Housekeeping(
            host=host,
            publishing=publishing,
            removal=removal,
            keeper=keeper,
            endings=endings,
            vault=vault,
            keys=care,
            drafted=sign_ins.grant_ids,
            folder_notice=lambda: None if database.is_shared else network_notice(data_dir, network_kind(data_dir)),
            rest=database.rest,
        ),
    )


def _new_id() -> str:
    return secrets.token_hex(16)
