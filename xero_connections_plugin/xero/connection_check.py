"""Does an entry work? A look at its sign-in, its company and its scopes, and one cheap read. Nothing is written."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from hostspec.connections import ConnectionStatus
from hostspec.errors import (
    AccessWithdrawn,
    ConnectionProblem,
    NoTenant,
    ProviderUnavailable,
    ScopeMissing,
    SecretStoreUnavailable,
    SignInNeeded,
    StoreUnavailable,
)
from hostspec.providers import CheckedPoint, ConnectionTest
from xero_connections_plugin.oauth.grant import GrantId
from xero_connections_plugin.own_locks import ProcessLock
from xero_connections_plugin.xero.answer_problems import short_name, still_lacking
from xero_connections_plugin.xero.answer_verdicts import scope_needed
from xero_connections_plugin.xero.kept_settings import bound_grant, kept_settings
from xero_connections_plugin.xero.lasting_trouble import lasting
from xero_connections_plugin.xero.scopes import scopes_of
from xero_connections_plugin.xero.tenants import asked_with_token
from xero_connections_plugin.xero.texts import check_texts as texts

if TYPE_CHECKING:
    from collections.abc import Callable

    from hostspec.providers import Condition, Connection
    from hostspec.services import Clock
    from xero_connections_plugin.oauth.grant import AccessToken, GrantRecord
    from xero_connections_plugin.xero.kept_settings import KeptSettings
    from xero_connections_plugin.xero.tenants import TenantLink, TenantsApi

LINKS_SECONDS: Final = 20.0
"""Entries of one sign-in that are tested within this share one list of tenant links."""

MOST_A_MINUTE: Final = 20
"""Reads for tests of one tenant: Xero takes 60 calls a minute, and those who work with it need most of them."""

_READ_SCOPE: Final = scope_needed("GET", "Organisation")
_POINTS: Final = (texts.SIGN_IN, texts.COMPANY, texts.SCOPES, texts.READING)


@dataclass(frozen=True)
class CompanyRead:
    """What came of the cheap read."""

    name: str
    """As the company calls itself; empty where it does not say."""
    reference: str
    """What Xero's support asks for."""


class CompanyReader(Protocol):
    """Who reads the company of an entry: one call, as any step would make it."""

    def __call__(self, connection: Connection, kept: KeptSettings) -> CompanyRead:
        """What came of it.

        Raises:
            ConnectionProblem: It cannot be asked, or refuses.
        """


class Grants(Protocol):
    """Who keeps grants and hands out their tokens."""

    def access_token(self, grant_id: GrantId, *, refused: int | None = None) -> AccessToken: ...

    def record(self, grant_id: GrantId) -> GrantRecord | None: ...


class ConnectionCheck:
    """Tests entries. Any thread may call; several at once share what they can.

    Args:
        grants: See the class.
        tenants: Xero's list of tenant links.
        read_company: The cheap read.
        clock: Time; waits where a tenant was read often enough.
        clock_remark: How far this machine's clock is off, as a sentence; empty while it is right.
    """

    def __init__(
        self,
        grants: Grants,
        tenants: TenantsApi,
        read_company: CompanyReader,
        clock: Clock,
        clock_remark: Callable[[], str] = lambda: "",
    ) -> None:
        self._grants = grants
        self._tenants = tenants
        self._read_company = read_company
        self._clock = clock
        self._clock_remark = clock_remark
        self._links = _SharedLinks(clock)
        self._pace = _Pace(clock)

    def test(self, connection: Connection) -> ConnectionTest:
        """See ``hostspec.provider_skills.Testable``.

        Raises:
            SecretStoreUnavailable, StoreUnavailable: This machine cannot do it, which says nothing about the entry.
        """
        began = self._clock.monotonic()
        points: list[CheckedPoint] = []
        problem: ConnectionProblem | None = None
        reference, name = "", ""
        try:
            kept = kept_settings(connection)
            name = short_name(kept.tenant_name)
            reference = self._try_out(connection, kept, points)
        except (SecretStoreUnavailable, StoreUnavailable):
            raise
        except ConnectionProblem as trouble:
            problem, reference = trouble, trouble.reference
            if isinstance(trouble, SignInNeeded):
                # A token still good by this machine’s clock can be refused further on, and its sign-in with it.
                points.clear()
            points.append(CheckedPoint(label=_POINTS[len(points)], text=str(trouble), passed=False))
        points += [CheckedPoint(label=label, text=texts.NOT_TRIED, passed=None) for label in _POINTS[len(points) :]]
        remark = self._clock_remark()
        if remark:
            points.append(CheckedPoint(label=texts.CLOCK, text=remark, passed=None))
        now = self._clock.now()
        return ConnectionTest(
            tested_at=now,
            passed=problem is None,
            text=texts.passed(name) if problem is None else str(problem),
            milliseconds=max(0, round((self._clock.monotonic() - began) * 1000)),
            correlation_id=reference,
            transient=isinstance(problem, ProviderUnavailable),
            checks=tuple(points),
            condition=_standing(connection.condition) if problem is None else lasting(problem, now),
        )

    def _try_out(self, connection: Connection, kept: KeptSettings, points: list[CheckedPoint]) -> str:
        """Do what has to work, noting each point that does; Xero's reference for the last call."""

        def passed(text: str) -> None:
            points.append(CheckedPoint(label=_POINTS[len(points)], text=text, passed=True))

        grant_id = bound_grant(connection, kept)
        if not kept.tenant_id:
            raise NoTenant(texts.NO_COMPANY)
        name = short_name(kept.tenant_name)
        self._grants.access_token(grant_id)
        passed(texts.SIGN_IN_WORKS)
        if not self._is_linked(grant_id, kept.tenant_id):
            raise AccessWithdrawn(texts.not_linked(name))
        passed(texts.linked(name))
        missing = self._scopes_missing(grant_id, kept)
        if missing:
            raise ScopeMissing(texts.scopes_missing(missing), scope=missing[0])
        passed(texts.SCOPES_GRANTED)
        self._pace.take(kept.tenant_id)
        read = self._read_company(connection, kept)
        passed(texts.read_as(short_name(read.name or kept.tenant_name)))
        return read.reference

    def _is_linked(self, grant_id: GrantId, tenant_id: str) -> bool:
        def ask() -> tuple[TenantLink, ...]:
            return asked_with_token(self._grants, grant_id, self._tenants.links)

        return any(link.tenant_id == tenant_id for link in self._links.of(grant_id, tenant_id, ask))

    def _scopes_missing(self, grant_id: GrantId, kept: KeptSettings) -> tuple[str, ...]:
        record = self._grants.record(grant_id)
        granted = frozenset(record.scopes) if record is not None else frozenset()
        wanted = scopes_of(kept.scope_preset, kept.extra_scopes)
        return tuple(scope for scope in wanted if scope not in granted)


def _standing(condition: Condition | None) -> Condition | None:
    """What a test that passed does not disprove: it asks for less than a migration does."""
    if condition is None or condition.status is not ConnectionStatus.SCOPE_MISSING:
        return None
    return condition if still_lacking(condition.cause, _READ_SCOPE) else None


class _SharedLinks:
    """Lists of tenant links, shared by the tests of one sign-in for a short while."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = ProcessLock()
        self._asking: dict[GrantId, ProcessLock] = {}
        self._known: dict[GrantId, tuple[float, tuple[TenantLink, ...]]] = {}

    def of(
        self, grant_id: GrantId, tenant_id: str, ask: Callable[[], tuple[TenantLink, ...]]
    ) -> tuple[TenantLink, ...]:
        """The links of a sign-in; asked anew unless the last list is young and has the tenant."""
        with self._lock.own:
            asking = self._asking.setdefault(grant_id, ProcessLock())
        with asking.own:
            at, links = self._known.get(grant_id, (float("-inf"), ()))
            is_young = self._clock.monotonic() - at < LINKS_SECONDS
            if not (is_young and any(link.tenant_id == tenant_id for link in links)):
                links = ask()
                self._known[grant_id] = (self._clock.monotonic(), links)
            return links


class _Pace:
    """Keeps the reads of one tenant apart."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = ProcessLock()
        self._taken: dict[str, deque[float]] = {}

    def take(self, tenant_id: str) -> None:
        """Wait until a read of this tenant is within the pace."""
        with self._lock.own:
            now = self._clock.monotonic()
            taken = self._taken.setdefault(tenant_id, deque(maxlen=MOST_A_MINUTE))
            turn = now if len(taken) < MOST_A_MINUTE else max(now, taken[0] + 60.0)
            taken.append(turn)
        if turn > now:
            self._clock.wait(turn - now)
