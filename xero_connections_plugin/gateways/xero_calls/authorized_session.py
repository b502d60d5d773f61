"""How does a host reach the tenant of a connection? By a session that authorizes and renews itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from xero_connections_plugin.gateways.xero_calls.condition_reporter import ConditionReporter

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    import requests

    from hostspec.connections import ConnectionRef
    from hostspec.providers import Condition
    from hostspec.services import Clock
    from xero_connections_plugin.gateways.xero_calls.authorized_http import AuthorizedHttp
    from xero_connections_plugin.gateways.xero_calls.call_limiter import TenantCallLimiter
    from xero_connections_plugin.oauth.token_ports import TokenSource
    from xero_connections_plugin.xero.call_meter import TenantMeter
    from xero_connections_plugin.xero.company_facts import CompanyCheck


class XeroSession:
    """An open session of one connection, for one thread; a ``hostspec.connections.HttpSession``.

    Args:
        connection: The entry it was opened through.
        tenant_id: The tenant it is pinned to.
        tenant_name: As people call it.
        base_url: Of the accounting API; its origin is the only one that gets the token.
        tokens: See the class.
        limiter: Shared by all sessions of the process.
        clock: Waits for limits, and says since when something is wrong.
        report: Is told of lasting trouble, and with ``None`` that the trouble in ``condition`` is over.
        condition: What is known to be wrong with the entry.
        company: Made sure of before the first write, which is not sent where that fails.
        meter: Is told of calls left and limits reached.
        jitter: Between 0 and 1, anew each time: spreads what many processes repeat.
        out_of_reach: Is told why Xero could not be reached, or was out of order.
        in_reach: Is told that a call was answered.
        total_seconds: For one request and an answer that is not streamed; large bodies are given more.
    """

    def __init__(
        self,
        connection: ConnectionRef,
        *,
        tenant_id: str,
        tenant_name: str,
        base_url: str,
        tokens: TokenSource,
        limiter: TenantCallLimiter,
        clock: Clock,
        report: Callable[[Condition | None], None],
        condition: Condition | None = None,
        company: CompanyCheck | None = None,
        meter: TenantMeter | None = None,
        jitter: Callable[[], float] = lambda: 0.0,
        out_of_reach: Callable[[str], None] = lambda _text: None,
        in_reach: Callable[[], None] = lambda: None,
        total_seconds: float = 120.0,
    ) -> None:
        self._connection = connection
        self._tenant_name = tenant_name
        self._base_url = base_url if base_url.endswith("/") else f"{base_url}/"
        self._http: AuthorizedHttp | None = None

        def make_http() -> AuthorizedHttp:
            from xero_connections_plugin.gateways.xero_calls.api_adapter import ApiAdapter
            from xero_connections_plugin.gateways.xero_calls.authorized_http import AuthorizedHttp
            from xero_connections_plugin.gateways.xero_calls.tenant_auth import TenantAuth

            auth = TenantAuth(tokens, tenant_id=tenant_id, base_url=self._base_url)
            adapter = ApiAdapter(
                auth,
                tenant_name=tenant_name,
                limiter=limiter,
                clock=clock,
                reporter=ConditionReporter(
                    report, condition=condition, clock=clock, out_of_reach=out_of_reach, in_reach=in_reach
                ),
                company=company,
                meter=meter,
                jitter=jitter,
                total_seconds=total_seconds,
            )
            return AuthorizedHttp(self._base_url, auth=auth, adapter=adapter)

        # requests is imported for those who send something, not for those who look whether the sign-in works.
        self._make_http = make_http

    def __repr__(self) -> str:
        return f"XeroSession({self._connection.connection_id!r})"

    @property
    def connection(self) -> ConnectionRef:
        return self._connection

    @property
    def base_url(self) -> str:
        return self._base_url

    @property
    def tenant_name(self) -> str:
        return self._tenant_name

    @property
    def http(self) -> requests.Session:
        if self._http is None:
            self._http = self._make_http()
        return self._http

    def close(self) -> None:
        if self._http is not None:
            self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
