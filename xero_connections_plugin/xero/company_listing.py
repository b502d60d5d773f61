"""How does an open definition learn which companies its sign-in reaches, and what they are?"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from hostspec.errors import CaptureError, ProviderUnavailable
from xero_connections_plugin.xero.company_facts import ORGANISATION
from xero_connections_plugin.xero.sign_in_windows import tenants_failure_message, tenants_wait
from xero_connections_plugin.xero.tenants import TenantOption, asked_with_token, tenant_options
from xero_connections_plugin.xero.texts import xero_texts as texts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pydantic import SecretStr

    from hostspec.providers import Draft
    from hostspec.services import Clock, Tasks
    from hostspec.ui import Step
    from hostspec.value import ConnectionId
    from xero_connections_plugin.oauth.grant import GrantId
    from xero_connections_plugin.xero.company_facts import CompaniesApi, KnownCompanies
    from xero_connections_plugin.xero.draft_reading import DraftReader
    from xero_connections_plugin.xero.draft_sign_in import DraftSignIns
    from xero_connections_plugin.xero.siblings import Siblings
    from xero_connections_plugin.xero.tenants import AccessTokens, TenantsApi

TENANTS_SECONDS: Final = 30.0
"""Budget for the list of companies."""

_MOST_HEARD: Final = 3
"""Companies asked about themselves before somebody is told that the sign-in is over."""


class CompanyListing:
    """Asks Xero in tasks of the host. Any thread may call.

    Args:
        tokens: Of the sign-ins.
        tenants: Xero's list.
        companies: Asks a company about itself.
        known: What companies said before.
        siblings: Who uses them already.
        reader: Reads open definitions.
        sign_ins: What open definitions know.
        clock: Limits the waits.
        tasks: Runs them.
        changed: Called with a draft id when its wait has news.
    """

    def __init__(
        self,
        *,
        tokens: AccessTokens,
        tenants: TenantsApi,
        companies: CompaniesApi,
        known: KnownCompanies,
        siblings: Siblings,
        reader: DraftReader,
        sign_ins: DraftSignIns,
        clock: Clock,
        tasks: Tasks,
        changed: Callable[[str], None],
    ) -> None:
        self._tokens = tokens
        self._tenants = tenants
        self._companies = companies
        self._known = known
        self._siblings = siblings
        self._reader = reader
        self._sign_ins = sign_ins
        self._clock = clock
        self._tasks = tasks
        self._changed = changed

    def after_sign_in(self, token: SecretStr, event_id: str) -> tuple[TenantOption, ...]:
        """The companies of a sign-in that was just made; in a task. Those just approved are asked about themselves,
        since one of them will be chosen.

        Raises:
            CaptureError: They could not be listed.
        """
        options = tenant_options(self._tenants.links(token), event_id)
        for option in options[:_MOST_HEARD]:
            if option.just_approved and option.tenant_type == ORGANISATION:
                self._hear(token, option.tenant_id)
        return options

    def ask(self, draft: Draft) -> Step | None:
        """Ask which companies the definition's sign-in reaches; ``None`` where it has none."""
        reading = self._reader.read(draft)
        grant_id = reading.grant_id
        if grant_id is None:
            return None
        client_id = reading.bound.client_id if reading.bound is not None else ""
        edited = draft.connection.connection_id if draft.connection else None
        until = self._clock.monotonic() + TENANTS_SECONDS
        self._sign_ins.change(
            draft.draft_id, lambda known: replace(known, asking=True, asked_until=until, ask_problem=None)
        )
        self._tasks.start("list tenants", lambda _cancel: self._list(draft.draft_id, grant_id, client_id, edited))
        return self.go_on(draft)

    def go_on(self, draft: Draft) -> Step | None:
        """How that stands."""
        known = self._sign_ins.get(draft.draft_id)
        if known.asking:
            return tenants_wait(draft, known.asked_until - self._clock.monotonic(), TENANTS_SECONDS)
        if known.ask_problem is not None:
            self._sign_ins.change(draft.draft_id, lambda now: replace(now, ask_problem=None))
            return tenants_failure_message(draft, str(known.ask_problem))
        return None

    def look_at_chosen(self, draft: Draft) -> None:
        """Somebody may have chosen a company: learn in the background what it is, before it is saved."""
        reading = self._reader.read(draft)
        tenant, grant_id = reading.tenant, reading.grant_id
        if tenant is None or grant_id is None or tenant.tenant_type != ORGANISATION:
            return
        if self._reader.is_demo(tenant.tenant_id, reading.kept) is None and self._known.may_ask(tenant.tenant_id):
            self._tasks.start("look at company", lambda _cancel: self._look_at(grant_id, tenant.tenant_id))

    def _list(self, draft_id: str, grant_id: GrantId, client_id: str, edited: ConnectionId | None) -> None:
        problem: CaptureError | None = None
        options: tuple[TenantOption, ...] | None = None
        users: Mapping[str, str] = {}
        try:
            options = tenant_options(asked_with_token(self._tokens, grant_id, self._tenants.links), "")
            users = self._siblings.users(client_id, edited=edited)
        except CaptureError as trouble:
            problem = trouble
        except Exception:
            problem = ProviderUnavailable(texts.TENANTS_FAILED)
            raise
        finally:
            self._sign_ins.listed(draft_id, grant_id, options, problem, users)
            self._changed(draft_id)

    def _look_at(self, grant_id: GrantId, tenant_id: str) -> None:
        with suppress(CaptureError):
            self._hear(self._tokens.access_token(grant_id).value, tenant_id)

    def _hear(self, token: SecretStr, tenant_id: str) -> None:
        if self._known.of(tenant_id) is None:
            company = self._companies.company(token, tenant_id)
            if company is not None:
                self._known.note(tenant_id, company)
