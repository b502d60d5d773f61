"""How is a session to Xero put together? With all that it needs to know and to tell about its entry."""

from __future__ import annotations

import random
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from hostspec.connections import ConnectionRef
from hostspec.errors import CaptureError, ConnectionProblem, ProviderUnavailable, SignInNeeded
from hostspec.messages import Notification
from hostspec.value import Tone
from xero_connections_plugin.connections.history import EventKind
from xero_connections_plugin.gateways.xero_calls.authorized_session import XeroSession
from xero_connections_plugin.xero.kept_settings import bound_grant
from xero_connections_plugin.xero.lasting_trouble import lasting
from xero_connections_plugin.xero.pinned_company import CompanyMeans, PinnedCompany
from xero_connections_plugin.xero.texts import company_texts

if TYPE_CHECKING:
    from hostspec.connections import Session
    from hostspec.errors import TenantMismatch
    from hostspec.providers import Connection
    from xero_connections_plugin.gateways.xero_calls.call_limiter import TenantCallLimiter
    from xero_connections_plugin.oauth.grant import AccessToken
    from xero_connections_plugin.wiring.list_rooms import ListRooms
    from xero_connections_plugin.wiring.store_rooms import Means, StoreRooms
    from xero_connections_plugin.xero.call_meter import CallMeter
    from xero_connections_plugin.xero.kept_settings import KeptSettings


@dataclass(frozen=True, kw_only=True)
class Sessions:
    """Opens sessions; each call is for one entry."""

    means: Means
    stores: StoreRooms
    around: ListRooms
    limiter: TenantCallLimiter
    meter: CallMeter
    companies: CompanyMeans

    def __call__(self, connection: Connection, kept: KeptSettings) -> Session:
        keeper, book = self.stores.keeper, self.around.book
        grant_id = bound_grant(connection, kept)

        def token(*, refused: int | None = None) -> AccessToken:
            try:
                return keeper.access_token(grant_id, refused=refused)
            except ConnectionProblem as problem:
                self._found(connection, problem)
                raise

        def tokens(*, refused: int | None = None) -> AccessToken:
            self.around.presence.require(connection)
            return token(refused=refused)

        # A sign-in that has ended is told now, not at the first request.
        token()
        return XeroSession(
            ConnectionRef(
                connection_id=connection.connection_id,
                type_id=connection.type_id,
                display_name=connection.display_name,
            ),
            tenant_id=kept.tenant_id,
            tenant_name=kept.tenant_name,
            base_url=self.stores.endpoints.api_url,
            tokens=tokens,
            limiter=self.limiter,
            clock=self.stores.database.store_clock,
            report=partial(book.note, connection.connection_id),
            condition=connection.condition,
            out_of_reach=partial(self.around.reach.failed, connection.connection_id),
            in_reach=partial(self.around.reach.worked, connection.connection_id),
            company=PinnedCompany(
                kept,
                grant_id,
                self.companies,
                learn=partial(self._learn, connection, kept),
                warn=partial(self._warn, connection),
            ),
            meter=self.meter.of(kept.client_id, kept.tenant_id, partial(book.changed, connection.connection_id)),
            jitter=random.SystemRandom().random,
        )

    def _found(self, connection: Connection, problem: ConnectionProblem) -> None:
        """Note why there is no token."""
        match problem:
            case SignInNeeded():
                self.around.book.changed(connection.connection_id)
            case ProviderUnavailable() if problem.code != "RATE_LIMITED":
                self.around.reach.failed(connection.connection_id, str(problem))
            case _:
                condition, known = lasting(problem, self.stores.database.store_clock.now()), connection.condition
                if condition is None or (known is not None and known.status is condition.status):
                    return
                # The caller is about to hear about the token; that this could not be noted must not hide it.
                with suppress(CaptureError):
                    self.around.book.note(connection.connection_id, condition)

    def _learn(self, connection: Connection, before: KeptSettings, after: KeptSettings) -> None:
        saved = connection.saved.model_copy(
            update={"settings": after.model_dump(mode="json"), "subtitle": after.tenant_name}
        )
        kept = self.stores.entries.learn(
            connection.connection_id,
            saved,
            seen_changed_at=connection.changed_at,
            learned_at=self.means.host.clock.now(),
        )
        if not kept:
            return
        if before.tenant_name != after.tenant_name:
            self.around.history.record(
                EventKind.CHANGED,
                connection=connection,
                text=company_texts.renamed(before.tenant_name, after.tenant_name),
            )
        self.around.book.changed(connection.connection_id)

    def _warn(self, connection: Connection, mismatch: TenantMismatch) -> None:
        self.around.history.record(EventKind.TENANT_MISMATCH, connection=connection, passed=False, text=str(mismatch))
        today = self.means.host.clock.now()
        notice = Notification(
            notification_id=f"tenant-mismatch-{connection.connection_id}-{today:%Y-%m-%d}",
            title=company_texts.mismatch_title(connection.display_name),
            text=str(mismatch),
            tone=Tone.BAD,
        )
        if self.around.notices.tell_once(notice):
            self.around.notices.stand_for(notice.notification_id, (connection.connection_id,))
