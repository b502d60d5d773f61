"""Is the company that a session writes to the one that was chosen? Made sure of before the first write."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hostspec.errors import AccessWithdrawn, CaptureError, NoTenant, ProviderUnavailable, TenantMismatch
from xero_connections_plugin.own_locks import ProcessLock
from xero_connections_plugin.xero.company_facts import ORGANISATION, Company, read_company
from xero_connections_plugin.xero.texts import company_texts as texts

if TYPE_CHECKING:
    from collections.abc import Callable

    from xero_connections_plugin.oauth.grant import GrantId
    from xero_connections_plugin.xero.company_facts import CompaniesApi, KnownCompanies
    from xero_connections_plugin.xero.kept_settings import KeptSettings
    from xero_connections_plugin.xero.tenant_sightings import TenantSightings
    from xero_connections_plugin.xero.tenants import AccessTokens, TenantLink

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class CompanyMeans:
    """What making sure of a company takes."""

    tokens: AccessTokens
    sightings: TenantSightings
    companies: CompaniesApi
    known: KnownCompanies


class PinnedCompany:
    """The company of one session.

    Args:
        kept: What the list keeps about it.
        grant_id: The sign-in that reaches it.
        means: See the class.
        learn: Keeps what was found out about it.
        warn: Is told of a mismatch.
    """

    def __init__(
        self,
        kept: KeptSettings,
        grant_id: GrantId,
        means: CompanyMeans,
        *,
        learn: Callable[[KeptSettings], None],
        warn: Callable[[TenantMismatch], None],
    ) -> None:
        self._kept = kept
        self._grant_id = grant_id
        self._means = means
        self._learn = learn
        self._warn = warn
        self._lock = ProcessLock()

    def verify(self) -> None:
        """Make sure that the sign-in still reaches the company, and that it is the same one.

        A new name is no mismatch: the id counts, and the name is kept.

        Raises:
            TenantMismatch: Another company has taken its place.
            AccessWithdrawn: It is not reached any more.
            NoTenant: No company is.
            ProviderUnavailable: Xero could not be asked.
            ConnectionProblem: The sign-in does not work.
        """
        kept = self._kept
        try:
            link, links = self._means.sightings.link(self._grant_id, kept.tenant_id)
        except ProviderUnavailable as problem:
            raise ProviderUnavailable(
                texts.not_verified(kept.tenant_name, problem), code=problem.code, retry_after=problem.retry_after
            ) from None
        if link is None:
            raise self._missing(links)
        if link.tenant_name and link.tenant_name != kept.tenant_name:
            self._keep(kept.model_copy(update={"tenant_name": link.tenant_name}))
        self._ask_once()

    def heard(self, body: bytes) -> None:
        """Take note of what the company said about itself, in an answer that anybody asked for.

        Raises:
            TenantMismatch: Another company answered than before.
        """
        company = read_company(body)
        if company is not None:
            self._compare(company)

    def _missing(self, links: tuple[TenantLink, ...]) -> NoTenant | AccessWithdrawn | TenantMismatch:
        kept = self._kept
        if not links:
            return NoTenant(texts.no_company_reached(kept.tenant_name))
        namesake = next((link for link in links if _same_name(link.tenant_name, kept.tenant_name)), None)
        if namesake is None:
            return AccessWithdrawn(texts.not_reached_any_more(kept.tenant_name, _names(links)))
        expected, found = _with_id(kept.tenant_name, kept.tenant_id), _with_id(kept.tenant_name, namesake.tenant_id)
        return self._mismatch(TenantMismatch(texts.namesake(expected, found), expected=expected, found=found))

    def _ask_once(self) -> None:
        kept = self._kept
        is_known = kept.is_demo is not None and bool(kept.organisation_id)
        if is_known or kept.tenant_type != ORGANISATION:
            return
        company = self._means.known.of(kept.tenant_id)
        if company is None and self._means.known.may_ask(kept.tenant_id):
            token = self._means.tokens.access_token(self._grant_id)
            company = self._means.companies.company(token.value, kept.tenant_id)
        if company is not None:
            self._compare(company)

    def _compare(self, company: Company) -> None:
        kept = self._kept
        if kept.organisation_id and company.organisation_id and company.organisation_id != kept.organisation_id:
            found = company.name or _with_id("", company.organisation_id)
            raise self._mismatch(
                TenantMismatch(texts.other_answered(kept.tenant_name, found), expected=kept.tenant_name, found=found)
            )
        self._means.known.note(kept.tenant_id, company)
        learned = {
            "is_demo": company.is_demo if company.is_demo is not None else kept.is_demo,
            "organisation_id": company.organisation_id or kept.organisation_id,
        }
        self._keep(kept.model_copy(update=learned))

    def _keep(self, kept: KeptSettings) -> None:
        with self._lock.own:
            if kept == self._kept:
                return
            self._kept = kept
        try:
            self._learn(kept)
        except CaptureError as problem:
            # The caller is about to hear about its call; the list is brought up to date the next time.
            _log.warning("What a company said could not be kept: %s", problem.code)

    def _mismatch(self, mismatch: TenantMismatch) -> TenantMismatch:
        self._warn(mismatch)
        return mismatch


def _same_name(one: str | None, other: str) -> bool:
    return one is not None and one.strip().casefold() == other.strip().casefold()


def _with_id(name: str, tenant_id: str) -> str:
    return f"{name} ({tenant_id[:8]})".strip()


def _names(links: tuple[TenantLink, ...]) -> tuple[str, ...]:
    return tuple(link.tenant_name or _with_id("", link.tenant_id) for link in links)
