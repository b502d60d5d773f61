"""How many calls and links are left, and which companies are open to an app that no entry uses?"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from hostspec.errors import CaptureError, ConnectionProblem
from xero_connections_plugin.connections.entries import EntryQuery
from xero_connections_plugin.oauth.grant import GrantId
from xero_connections_plugin.own_locks import ProcessLock
from xero_connections_plugin.xero.limits_view import AppLinks, CompanyCalls, Found, StaleLink, limits_form
from xero_connections_plugin.xero.tenants import asked_with_token, tenant_options
from xero_connections_plugin.xero.texts import limit_texts as texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from hostspec.forms import Form
    from hostspec.providers import Connection
    from hostspec.services import Clock
    from hostspec.value import TypeId
    from xero_connections_plugin.oauth.grant import GrantRecord
    from xero_connections_plugin.xero.call_meter import CallMeter
    from xero_connections_plugin.xero.company_facts import KnownCompanies
    from xero_connections_plugin.xero.tenants import AccessTokens, TenantLink, TenantsApi

MOST_SIGN_INS: Final = 50
"""Sign-ins that are asked at a time; each is a request of its own."""

_MOST_REMEMBERED: Final = 5_000


class Entries(Protocol):
    """The list of connections."""

    def find(self, query: EntryQuery) -> tuple[Connection, ...]: ...


@dataclass(frozen=True)
class _Link:
    """A stale link, as it was shown."""

    grant_id: GrantId
    client_id: str
    tenant_id: str
    link_id: str
    company: str
    account: str
    since: datetime | None


@dataclass(frozen=True, kw_only=True)
class LimitMeans:
    """What looking at limits takes."""

    type_id: TypeId
    entries: Entries
    deleted: Callable[[], Iterable[Connection]]
    """Entries that were deleted and can still be taken back: their companies are not stale."""
    records: Callable[[Sequence[GrantId]], Mapping[GrantId, GrantRecord]]
    works: Callable[[GrantRecord | None], bool]
    """Whether sessions can be opened through a grant."""
    tokens: AccessTokens
    tenants: TenantsApi
    meter: CallMeter
    known: KnownCompanies
    clock: Clock
    plan_links: int | None
    """Links that the plan of the app allows, where it was set."""


class XeroLimits:
    """A provider's part: see ``hostspec.provider_skills.Limited``. Any thread may call."""

    def __init__(self, means: LimitMeans) -> None:
        self._means = means
        self._shown: dict[str, _Link] = {}
        self._lock = ProcessLock()

    def limits(self, selected: Connection | None, go_on: Callable[[], bool]) -> Form:
        """See ``Limited``."""
        entries = self._of_app(_text(selected, "client_id") if selected is not None else "")
        links, unasked = self._ask(entries, go_on)
        means = self._means
        apps = tuple(
            AppLinks(texts.app(app), len({link.tenant_id for link in of_app}), self._app_minute(entries, app))
            for app, of_app in sorted(links.items())
        )
        found = Found(self._calls(entries), apps, self._stale(links), unasked)
        return limits_form(found, means.clock.now(), means.plan_links)

    def end_question(self, row_id: str) -> str:
        """See ``Limited``."""
        link = self._known_link(row_id)
        return texts.unlink_question(link.company, link.account)

    def end(self, row_id: str) -> str:
        """See ``Limited``."""
        link = self._known_link(row_id)
        # Somebody may have added it since it was shown: what is in use is never unlinked.
        if (link.client_id, link.tenant_id) in self._used():
            raise ConnectionProblem(texts.LINK_IN_USE, code="LINK_IN_USE")
        means = self._means
        asked_with_token(means.tokens, link.grant_id, lambda token: means.tenants.unlink(token, link.link_id))
        with self._lock.own:
            self._shown.pop(row_id, None)
        return texts.unlinked(link.company)

    def _of_app(self, client_id: str) -> tuple[Connection, ...]:
        entries = self._means.entries.find(EntryQuery(type_ids=(self._means.type_id,)))
        return tuple(one for one in entries if not client_id or _text(one, "client_id") == client_id)

    def _used(self) -> frozenset[tuple[str, str]]:
        everything = (*self._of_app(""), *self._means.deleted())
        return frozenset((_text(one, "client_id"), _text(one, "tenant_id")) for one in everything)

    def _ask(
        self, entries: Sequence[Connection], go_on: Callable[[], bool]
    ) -> tuple[dict[str, list[_Link]], tuple[str, ...]]:
        means = self._means
        grant_ids = tuple(dict.fromkeys(GrantId(one.saved.sign_in) for one in entries if one.saved.sign_in))
        records = [one for one in means.records(grant_ids).values() if means.works(one)]
        links: dict[str, list[_Link]] = defaultdict(list)
        unasked: list[str] = []
        for record in records[:MOST_SIGN_INS]:
            if not go_on():
                break
            try:
                answered = asked_with_token(means.tokens, record.grant_id, means.tenants.links)
            except CaptureError as problem:
                unasked.append(texts.not_asked(record.account, str(problem)))
                continue
            links[record.client_id] += _shown_as(record, answered)
        if len(records) > MOST_SIGN_INS:
            unasked.append(texts.more_not_asked(len(records) - MOST_SIGN_INS))
        return links, tuple(unasked)

    def _stale(self, links: Mapping[str, Sequence[_Link]]) -> tuple[StaleLink, ...]:
        used = self._used()
        stale = [link for of_app in links.values() for link in of_app if (link.client_id, link.tenant_id) not in used]
        shown: list[StaleLink] = []
        with self._lock.own:
            if len(self._shown) > _MOST_REMEMBERED:
                self._shown.clear()
            for link in sorted(stale, key=lambda one: (one.company.casefold(), one.account, one.link_id)):
                self._shown[link.link_id] = link
                shown.append(StaleLink(link.link_id, link.company, link.account, link.since, texts.app(link.client_id)))
        return tuple(shown)

    def _calls(self, entries: Sequence[Connection]) -> tuple[CompanyCalls, ...]:
        names: dict[tuple[str, str], list[Connection]] = defaultdict(list)
        for one in entries:
            if _text(one, "tenant_id"):
                names[_text(one, "client_id"), _text(one, "tenant_id")].append(one)
        return tuple(
            CompanyCalls(
                company=users[0].saved.subtitle,
                is_demo=self._means.known.is_demo_entry(users[0]),
                connections=tuple(one.display_name for one in users),
                left=self._means.meter.left(*key),
            )
            for key, users in names.items()
        )

    def _app_minute(self, entries: Sequence[Connection], client_id: str) -> int | None:
        """As heard last, of all companies of the app, and not longer ago than a minute."""
        heard = [
            left
            for tenant_id in {_text(one, "tenant_id") for one in entries if _text(one, "client_id") == client_id}
            if (left := self._means.meter.left(client_id, tenant_id)) is not None and left.seen_at is not None
        ]
        latest = max(heard, key=lambda left: (left.seen_at is not None, left.seen_at), default=None)
        if latest is None or latest.seen_at is None:
            return None
        return latest.app_minute if (self._means.clock.now() - latest.seen_at).total_seconds() < 60 else None

    def _known_link(self, row_id: str) -> _Link:
        with self._lock.own:
            link = self._shown.get(row_id)
        if link is None:
            raise ConnectionProblem(texts.LINK_UNKNOWN, code="LINK_UNKNOWN")
        return link


def _shown_as(record: GrantRecord, links: Sequence[TenantLink]) -> list[_Link]:
    since = {link.link_id: link.created_at for link in links}
    return [
        _Link(
            grant_id=record.grant_id,
            client_id=record.client_id,
            tenant_id=option.tenant_id,
            link_id=option.link_id,
            company=option.label,
            account=record.account,
            since=since[option.link_id],
        )
        for option in tenant_options(links, "")
    ]


def _text(connection: Connection, name: str) -> str:
    value = connection.saved.settings.get(name)
    return value if isinstance(value, str) else ""
