"""Which tenants may a sign-in use, and how is one unlinked? Xero's ``/connections``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, assert_never
from urllib.parse import quote, urlsplit

from hostspec.errors import ConnectionProblem, ProviderUnavailable, SignInNeeded
from xero_connections_plugin.gateways.network.outbound_http import MEBIBYTE, Limits, send
from xero_connections_plugin.oauth.oauth_errors import TokenRequestFailed
from xero_connections_plugin.xero.answer_problems import problem_of
from xero_connections_plugin.xero.answer_verdicts import (
    LimitReached,
    Ordinary,
    Outage,
    ScopeLacking,
    TenantRefused,
    TokenRejected,
    classify,
)
from xero_connections_plugin.xero.link_answers import LinksUnreadable, read_links

if TYPE_CHECKING:
    from pydantic import SecretStr

    from hostspec.services import Clock
    from xero_connections_plugin.gateways.network.outbound_http import Reply
    from xero_connections_plugin.xero.answer_verdicts import Verdict
    from xero_connections_plugin.xero.tenants import TenantLink

# 5,000 links with long names are about 3 MiB.
_LONGEST_LIST: Final = 16 * MEBIBYTE
_REPEATS: Final = 2


class XeroTenantsApi:
    """Xero's list of tenant links; a ``xero.tenants.TenantsApi``. Any thread may call.

    Args:
        connections_url: Where the list lies.
        clock: Waits before repeats.
        budget: Seconds for one list or unlinking, repeats included.
    """

    def __init__(self, connections_url: str, *, clock: Clock, budget: float = 30.0) -> None:
        self._url = connections_url.rstrip("/")
        self._clock = clock
        self._budget = budget

    def links(self, token: SecretStr) -> tuple[TenantLink, ...]:
        """Every link of the sign-in; an empty one is a normal answer.

        Raises:
            ProviderUnavailable: Network, outage, limits, or an answer that is no list.
            SignInNeeded: Xero refuses the token.
        """
        reply = self._request("GET", self._url, token)
        if reply.status != 200:
            raise _no_list()
        try:
            return read_links(reply.body)
        except LinksUnreadable:
            raise _no_list() from None

    def unlink(self, token: SecretStr, link_id: str) -> None:
        """Remove one link; one that is gone already counts as removed.

        Raises:
            ProviderUnavailable, SignInNeeded: As for ``links``.
            ConnectionProblem: Xero refuses to remove it (code ``UNLINK_REFUSED``).
        """
        reply = self._request("DELETE", f"{self._url}/{quote(link_id, safe='')}", token)
        if reply.status not in {200, 204, 404}:
            raise _not_unlinked()

    def _request(self, method: str, url: str, token: SecretStr) -> Reply:
        """The reply to a request, which may be repeated: listing changes nothing, and unlinking twice is unlinking."""
        deadline = self._clock.monotonic() + self._budget
        repeats = 0
        while True:
            outcome = _exchange(method, url, token, seconds=deadline - self._clock.monotonic())
            if not isinstance(outcome, ProviderUnavailable):
                return outcome
            wait = max(0.5 * 2.0**repeats, outcome.retry_after or 0.0)
            if repeats == _REPEATS or not _may_pass(outcome) or self._clock.monotonic() + wait >= deadline:
                raise outcome
            repeats += 1
            self._clock.wait(wait)


def _exchange(method: str, url: str, token: SecretStr, *, seconds: float) -> Reply | ProviderUnavailable:
    """One request: its reply, or what may be different the next time.

    Raises:
        SignInNeeded: Xero refuses the token.
        ConnectionProblem: Xero refuses to unlink.
    """
    limits = Limits(total=seconds, read=seconds, body=_LONGEST_LIST)
    try:
        reply = send(method, url, limits=limits, headers={"Accept": "application/json"}, bearer=token)
    except TokenRequestFailed as failure:
        problem = failure.problem
        if isinstance(problem, ProviderUnavailable):
            return problem
        raise problem from None
    verdict = classify(
        method=method, path=urlsplit(url).path, status=reply.status, headers=reply.headers, body=reply.body
    )
    refused = _refusal(method, verdict)
    if refused is None:
        return reply
    if isinstance(refused, ProviderUnavailable):
        return refused
    raise refused


def _refusal(method: str, verdict: Verdict) -> ConnectionProblem | None:
    match verdict:
        case Ordinary():
            return None
        case LimitReached() | Outage():
            return problem_of(verdict, tenant="this sign-in", writing=False)
        case TokenRejected() | ScopeLacking():
            return _sign_in_refused()
        case TenantRefused():
            # The list needs no tenant, so this is about the sign-in; unlinking gets it for an id that is no link's.
            return _sign_in_refused() if method == "GET" else _not_unlinked()
        case _:
            assert_never(verdict)


def _may_pass(problem: ProviderUnavailable) -> bool:
    return problem.code not in {"TLS_UNTRUSTED", "PROXY"}


def _sign_in_refused() -> SignInNeeded:
    return SignInNeeded(
        "Xero does not accept this sign-in for its list of companies. Nothing was changed. Choose Edit, then Authorize."
    )


def _no_list() -> ProviderUnavailable:
    return ProviderUnavailable(
        "Something else than Xero's list of companies came back, perhaps a sign-in page of this network. Nothing was "
        "changed; check the network and try again.",
        code="XERO_DOWN",
    )


def _not_unlinked() -> ConnectionProblem:
    return ConnectionProblem(
        "Xero did not let this sign-in unlink the company. Everything else is as it was. To unlink it, open the "
        "company in Xero and disconnect the app there under Settings, Connected apps.",
        code="UNLINK_REFUSED",
    )
