"""The connection type Xero: its sign-ins, its sessions, and the end of both."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from hostspec.errors import CaptureError
from hostspec.providers import CONNECTIONS_TAB, AddAct, ConnectionType
from hostspec.ui import Action
from xero_connections_plugin.connections.entries import EntryChanged, EntryGone, NameTaken
from xero_connections_plugin.gateways.records.unlink_store import SqlUnlinkStore
from xero_connections_plugin.gateways.sign_in.signing_keys import SigningKeys
from xero_connections_plugin.gateways.xero_calls.call_limiter import TenantCallLimiter
from xero_connections_plugin.gateways.xero_calls.companies_api import XeroCompaniesApi
from xero_connections_plugin.gateways.xero_calls.company_reading import CompanyReading
from xero_connections_plugin.gateways.xero_calls.tenants_api import XeroTenantsApi
from xero_connections_plugin.oauth.grant_endings import GrantEndings
from xero_connections_plugin.oauth.sign_in import SignInDesk, SignInRequest, SignInSurroundings
from xero_connections_plugin.wiring.late_listeners import LateListeners
from xero_connections_plugin.wiring.session_rooms import Sessions
from xero_connections_plugin.wiring.store_rooms import new_id
from xero_connections_plugin.xero.call_meter import CallMeter
from xero_connections_plugin.xero.call_waiting import CallWaiting
from xero_connections_plugin.xero.company_facts import KnownCompanies
from xero_connections_plugin.xero.company_listing import CompanyListing
from xero_connections_plugin.xero.connection_check import ConnectionCheck
from xero_connections_plugin.xero.definition_form import GUIDE_ACT
from xero_connections_plugin.xero.disconnecting import Disconnecting
from xero_connections_plugin.xero.draft_reading import DraftReader
from xero_connections_plugin.xero.draft_sign_in import DraftSignIns, SignedIn
from xero_connections_plugin.xero.extending import Extending
from xero_connections_plugin.xero.kept_settings import kept_settings
from xero_connections_plugin.xero.late_unlinks import LateUnlinks
from xero_connections_plugin.xero.limits import LimitMeans, XeroLimits
from xero_connections_plugin.xero.pinned_company import CompanyMeans
from xero_connections_plugin.xero.portable_settings import as_saved
from xero_connections_plugin.xero.scope_findings import ScopeFindings
from xero_connections_plugin.xero.siblings import Siblings
from xero_connections_plugin.xero.sign_in_records import SignInRecords
from xero_connections_plugin.xero.signing_in import SigningIn
from xero_connections_plugin.xero.tenant_sightings import TenantSightings
from xero_connections_plugin.xero.texts import carrying_texts, clock_texts, xero_texts
from xero_connections_plugin.xero.xero_provider import XERO, XeroProvider

if TYPE_CHECKING:
    from collections.abc import Callable

    from hostspec.providers import Connection
    from xero_connections_plugin.oauth.grant import GrantId, GrantRecord
    from xero_connections_plugin.wiring.list_rooms import ListRooms
    from xero_connections_plugin.wiring.store_rooms import Means, StoreRooms


@dataclass(frozen=True, kw_only=True)
class XeroRooms:
    """The rooms that know Xero."""

    connection_type: ConnectionType
    desk: SignInDesk[SignedIn]
    sign_ins: DraftSignIns
    clock_remark: Callable[[], str]
    """How far this machine's clock is off, as a sentence; empty while it is right."""
    endings: GrantEndings
    unlinks: LateUnlinks
    disconnecting: Disconnecting


def build_xero(means: Means, stores: StoreRooms, around: ListRooms) -> XeroRooms:
    """Put them together."""
    host, endpoints, keeper = means.host, stores.endpoints, stores.keeper
    # Moments that others may have stored are judged by the store's time; limits and waits are the same by both.
    clock, store_clock = host.clock, stores.database.store_clock
    tenants = XeroTenantsApi(endpoints.connections_url, clock=clock)
    desk = _desk(means, stores)
    sign_ins = DraftSignIns()
    known = KnownCompanies()
    reader = DraftReader(sign_ins, keeper.record, stores.vault.key_problem, known)
    endings = GrantEndings(keeper, stores.grants, clock)
    unlinks = LateUnlinks(
        SqlUnlinkStore(stores.database),
        keeper,
        tenants,
        users=partial(_users, stores),
        drafted=sign_ins.grant_ids,
        clock=clock,
    )
    disconnecting = Disconnecting(
        keeper,
        endings,
        unlinks,
        stores.entries,
        drafted=sign_ins.grant_ids,
        changed=around.book.changed,
        history=around.history,
    )
    limiter, meter = TenantCallLimiter(), CallMeter(clock)
    companies = CompanyMeans(
        tokens=keeper,
        sightings=TenantSightings(keeper, tenants, clock),
        companies=XeroCompaniesApi(endpoints.api_url, limiter),
        known=known,
    )
    siblings = _siblings(stores, around)
    changed = partial(host.hooks.tab_changed, CONNECTIONS_TAB)
    sessions = Sessions(means=means, stores=stores, around=around, limiter=limiter, meter=meter, companies=companies)
    scopes = ScopeFindings(around.needs.of, keeper, store_clock)
    provider = XeroProvider(
        signing_in=SigningIn(
            desk=desk,
            grants=keeper,
            listing=CompanyListing(
                tokens=keeper,
                tenants=tenants,
                companies=companies.companies,
                known=known,
                siblings=siblings,
                reader=reader,
                sign_ins=sign_ins,
                clock=clock,
                tasks=host.tasks,
                changed=changed,
            ),
            reader=reader,
            sign_ins=sign_ins,
            siblings=siblings,
            clock=clock,
            tasks=host.tasks,
            changed=changed,
            new_id=new_id,
            authorize_url=endpoints.authorize_url,
        ),
        disconnecting=disconnecting,
        reader=reader,
        siblings=siblings,
        extending=Extending(sign_ins, keeper.record, siblings.works),
        limited=XeroLimits(
            LimitMeans(
                type_id=XERO,
                entries=stores.entries,
                deleted=lambda: (one.connection for one in around.deleted.all()),
                records=keeper.records,
                works=siblings.works,
                tokens=keeper,
                tenants=tenants,
                meter=meter,
                known=known,
                clock=clock,
                plan_links=stores.settings.plan_links,
            )
        ),
        known=known,
        grants=stores.behind,
        key=stores.vault,
        clock=store_clock,
        open_session=sessions,
        scopes=scopes,
        finders=(CallWaiting(meter), scopes),
        reach=around.reach,
        check=ConnectionCheck(
            keeper,
            tenants,
            CompanyReading(sessions),
            store_clock,
            clock_remark=partial(_clock_remark, stores),
        ),
    )
    return XeroRooms(
        connection_type=ConnectionType(
            type_id=XERO,
            label=xero_texts.TYPE_LABEL,
            order=100,
            provider=provider,
            add=AddAct.of(XERO),
            guide=Action(action_id=GUIDE_ACT, label=xero_texts.GUIDE_BUTTON),
            reaches=xero_texts.REACHES,
        ),
        desk=desk,
        sign_ins=sign_ins,
        clock_remark=partial(_clock_remark, stores),
        endings=endings,
        unlinks=unlinks,
        disconnecting=disconnecting,
    )


def _users(stores: StoreRooms, grant_id: GrantId, tenant_id: str) -> tuple[str, ...]:
    """The entries that reach a company through a sign-in."""
    sharing = stores.entries.sharing(grant_id)
    return tuple(one.display_name for one in sharing if one.saved.settings.get("tenant_id") == tenant_id)


def _siblings(stores: StoreRooms, around: ListRooms) -> Siblings:
    def standing(client_id: str, user_id: str) -> GrantRecord | None:
        found = stores.grants.find(client_id=client_id, user_id=user_id)
        return found.record if found is not None else None

    def bind(entry: Connection, record: GrantRecord) -> bool:
        try:
            kept = kept_settings(entry).model_copy(update={"grant_id": record.grant_id, "imported_at": None})
            text = carrying_texts.signed_in_with_others(record.account)
            around.book.replace(entry, entry.display_name, as_saved(kept), text=text)
        except (CaptureError, NameTaken, EntryGone, EntryChanged):
            # It can be signed in to by itself.
            return False
        return True

    return Siblings(
        XERO,
        stores.entries,
        standing=standing,
        mended=lambda connection_id: around.book.note(connection_id, None),
        changed=around.book.changed,
        clock=stores.database.store_clock,
        bind=bind,
    )


def _clock_remark(stores: StoreRooms) -> str:
    return clock_texts.remark(stores.offset.minutes_ahead())


def _desk(means: Means, stores: StoreRooms) -> SignInDesk[SignedIn]:
    host, clock = means.host, means.host.clock

    def check_store_and_key(_request: SignInRequest) -> None:
        stores.database.check_writable()
        stores.vault.check_usable()

    return SignInDesk(
        SignInSurroundings(
            tokens=stores.token_endpoint,
            signatures=SigningKeys(stores.endpoints.jwks_url, clock),
            listeners=LateListeners(clock.monotonic),
            browser=host.browser,
            clock=clock,
            tasks=host.tasks,
            random_bytes=means.random_bytes,
            issuer=stores.endpoints.issuer,
            host_name=host.host_name,
            timeout=stores.settings.sign_in_timeout,
            preflight=check_store_and_key,
            ended=SignInRecords(stores.history, stores.entries.get).ended,
        )
    )
