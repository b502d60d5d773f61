"""Sessions for tests: a token source that counts, and a builder with everything a session needs."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime

from pydantic import SecretStr

from hostspec.connections import ConnectionRef
from hostspec.errors import ConnectionProblem
from hostspec.providers import Condition
from hostspec.services import Clock
from hostspec.testing.fake_clock import FakeClock
from hostspec.value import ConnectionId, TypeId
from tests.canaries import canary
from tests.plugin.small_server import Call, Said
from xero_connections_plugin.gateways.xero_calls.authorized_session import XeroSession
from xero_connections_plugin.gateways.xero_calls.call_limiter import TenantCallLimiter
from xero_connections_plugin.oauth.grant import AccessToken
from xero_connections_plugin.oauth.token_ports import TokenSource
from xero_connections_plugin.xero.call_meter import TenantMeter
from xero_connections_plugin.xero.company_facts import CompanyCheck

TENANT = "5b5e1d57-4a3f-4c6c-8a0e-1f8c5b1b0001"


def bearer(generation: int) -> str:
    """The token of a generation; a canary, so that leaks are found."""
    return canary(f"access-token-{generation}")


class CountingTokens:
    """A token source as the keeper is one: of all who bring the same refused generation, the first one renews."""

    def __init__(self) -> None:
        self.generation = 1
        self.refreshes = 0
        self.asked = 0
        self._lock = threading.Lock()

    def __call__(self, *, refused: int | None = None) -> AccessToken:
        with self._lock:
            self.asked += 1
            if refused == self.generation:
                self.generation += 1
                self.refreshes += 1
            return AccessToken(
                SecretStr(bearer(self.generation)), self.generation, datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
            )


class WatchedCompany:
    """A ``xero.company_facts.CompanyCheck`` that asks the test, and keeps what it hears."""

    def __init__(self, verify: Callable[[], None] = lambda: None) -> None:
        self.verify = verify
        self.bodies: list[bytes] = []
        self.problem: ConnectionProblem | None = None
        """Raised by every answer heard while set."""

    def heard(self, body: bytes) -> None:
        self.bodies.append(body)
        if self.problem is not None:
            raise self.problem


class Reports:
    """Keeps what a session reports."""

    def __init__(self) -> None:
        self.conditions: list[Condition | None] = []

    def __call__(self, condition: Condition | None) -> None:
        self.conditions.append(condition)


def session_to(
    base_url: str,
    *,
    tokens: TokenSource | None = None,
    limiter: TenantCallLimiter | None = None,
    clock: Clock | None = None,
    report: Callable[[Condition | None], None] | None = None,
    condition: Condition | None = None,
    company: CompanyCheck | None = None,
    meter: TenantMeter | None = None,
    jitter: Callable[[], float] = lambda: 0.0,
    tenant_id: str = TENANT,
    tenant_name: str = "Bakehouse Ltd",
    total_seconds: float = 120.0,
) -> XeroSession:
    """A session whose clock never blocks, unless one is given."""
    return XeroSession(
        ConnectionRef(connection_id=ConnectionId("c1"), type_id=TypeId("xero"), display_name="Bakehouse"),
        tenant_id=tenant_id,
        tenant_name=tenant_name,
        base_url=base_url,
        tokens=tokens or CountingTokens(),
        limiter=limiter or TenantCallLimiter(patience=0.2),
        clock=clock or FakeClock(auto_advance=True),
        report=report or Reports(),
        condition=condition,
        company=company,
        meter=meter,
        jitter=jitter,
        total_seconds=total_seconds,
    )


def gateway_error(status: int, detail: str, *, lower: bool = False) -> Said:
    """A refusal as Xero's gateway words it, with its keys in either case."""
    keys = ("type", "title", "status", "detail") if lower else ("Type", "Title", "Status", "Detail")
    body = f'{{"{keys[0]}":null,"{keys[1]}":"Refused","{keys[2]}":{status},"{keys[3]}":"{detail}"}}'
    headers = {"Content-Type": "application/json", "Xero-Correlation-Id": "0e0b2ba5-77b3-4a5d-8ee2-0d8b8e4e7a11"}
    return Said(status, body.encode(), headers)


def accepting(generation: int) -> Callable[[Call], Said]:
    """A script entry: the token of this generation is accepted, every other one is old."""

    def answer(call: Call) -> Said:
        if call.headers.get("authorization") == f"Bearer {bearer(generation)}":
            return Said(body=b'{"Status":"OK"}')
        return gateway_error(401, "TokenExpired: token expired at 11/20/2026 08:00:00")

    return answer
