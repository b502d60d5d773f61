"""How are codes and refresh tokens traded over the network, and what does each kind of failure mean?"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from hostspec.errors import ConnectionProblem, ProviderUnavailable, SignInNeeded, SignInRejected
from xero_connections_plugin.gateways.network.outbound_http import Limits, Reply, proxy_problem, send
from xero_connections_plugin.oauth.oauth_errors import OutcomeUnknown, RequestNotSent, Throttled, TokenRefused
from xero_connections_plugin.oauth.token_messages import (
    OAuthError,
    Unreadable,
    exchange_form,
    read_date,
    read_error,
    read_retry_after,
    read_token_answer,
    refresh_form,
    revocation_form,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import SecretStr

    from hostspec.services import Clock
    from xero_connections_plugin.connections.clock_offset import ClockOffset
    from xero_connections_plugin.oauth.grant import TokenAnswer

TOKEN_LIMITS: Final = Limits(read=30.0, total=30.0)
"""Clients that gave up after a few seconds lost sign-ins, because the server had rotated the token by then."""

_TRANSIENT: Final = frozenset({"server_error", "temporarily_unavailable"})


class HttpTokenEndpoint:
    """Satisfies ``oauth.token_ports.TokenEndpoint`` over HTTP.

    Args:
        token_url: Where codes and refresh tokens are traded.
        revocation_url: Where grants are ended.
        clock: Dates the requests; limits are those of sockets.
        limits: What one request may take.
        offset: Is told the dates of answers.
    """

    def __init__(
        self,
        token_url: str,
        revocation_url: str,
        clock: Clock,
        limits: Limits = TOKEN_LIMITS,
        offset: ClockOffset | None = None,
    ) -> None:
        self._token_url = token_url
        self._revocation_url = revocation_url
        self._clock = clock
        self._limits = limits
        self._offset = offset

    def exchange(self, *, client_id: str, code: SecretStr, redirect_uri: str, verifier: SecretStr) -> TokenAnswer:
        return self._trade(
            exchange_form(client_id=client_id, code=code, redirect_uri=redirect_uri, verifier=verifier),
            spent=SignInRejected("The sign-in took too long or was used twice. Please try again.", code="CODE_REFUSED"),
        )

    def refresh(self, *, client_id: str, refresh_token: SecretStr) -> TokenAnswer:
        return self._trade(
            refresh_form(client_id=client_id, refresh_token=refresh_token),
            spent=SignInNeeded(
                "Xero no longer accepts this sign-in. Nothing was deleted; please open Edit, then Authorize."
            ),
        )

    def revoke(self, *, client_id: str, refresh_token: SecretStr) -> None:
        reply = self._post(self._revocation_url, revocation_form(client_id=client_id, refresh_token=refresh_token))
        if reply.status != HTTPStatus.OK:
            self._fail(reply, spent=SignInNeeded("Xero no longer accepts this sign-in, so there is nothing to end."))

    def _trade(self, form: Mapping[str, str | SecretStr], *, spent: ConnectionProblem) -> TokenAnswer:
        asked_at = self._clock.now()
        reply = self._post(self._token_url, form)
        if reply.status != HTTPStatus.OK:
            self._fail(reply, spent=spent)
        server_date = read_date(reply.headers.get("Date"))
        answer = read_token_answer(reply.body, asked_at=asked_at, server_date=server_date)
        if isinstance(answer, Unreadable):
            raise OutcomeUnknown(_page_problem() if answer.looks_like_page else _down_problem(reply))
        if self._offset is not None:
            self._offset.heard(server_date, asked_at=asked_at, answered_at=self._clock.now())
        return answer

    def _post(self, url: str, form: Mapping[str, str | SecretStr]) -> Reply:
        return send("POST", url, limits=self._limits, headers={"Accept": "application/json"}, form=form)

    def _fail(self, reply: Reply, *, spent: ConnectionProblem) -> None:
        """Raise what an answer other than 200 comes to."""
        match reply.status:
            case HTTPStatus.TOO_MANY_REQUESTS:
                retry_after = read_retry_after(reply.headers)
                raise Throttled(_throttled_problem(retry_after), retry_after=retry_after)
            case HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
                raise RequestNotSent(proxy_problem())
            case status if 400 <= status < 500:
                said = read_error(reply.body)
                # Pages of gateways and firewalls are no word of the token endpoint and never end a grant.
                if isinstance(said, OAuthError) and said.error not in _TRANSIENT:
                    raise TokenRefused(_refusal(said.error, spent), error=said.error)
                page = isinstance(said, Unreadable) and said.looks_like_page
                raise OutcomeUnknown(_page_problem() if page else _down_problem(reply))
            case status if 300 <= status < 400:
                raise OutcomeUnknown(_page_problem())
            case _:
                raise OutcomeUnknown(_down_problem(reply))


def _refusal(error: str, spent: ConnectionProblem) -> ConnectionProblem:
    match error:
        case "invalid_grant":
            return spent
        case "invalid_client" | "unauthorized_client":
            return SignInRejected(
                "Xero does not know this client id for a sign-in without a secret. Check the client id, and that the "
                'app was registered as "Mobile or desktop app", not as "Web app". What is stored was left as it was.'
            )
        case "unsupported_token_type":
            return ConnectionProblem(
                "Xero does not end this kind of sign-in for a program (unsupported_token_type).",
                code="REVOCATION_REFUSED",
            )
        case "invalid_scope":
            return SignInRejected(
                "Xero does not give this app the scopes asked for. Check the scopes under Advanced; apps made since "
                "March 2026 need the granular ones. What is stored was left as it was.",
                code="SCOPES",
            )
        case _:
            return SignInRejected(
                f"Xero refused the request ({error}). What is stored was left as it was; check the definition of the "
                "connection and try again.",
                code="REFUSED",
            )


def _page_problem() -> ProviderUnavailable:
    return ProviderUnavailable(
        "A web page came back in place of Xero's answer; perhaps this network wants a log-in first, or a firewall "
        "stands in between. Nothing here was changed; open any page in the browser, then try again.",
        code="OFFLINE",
    )


def _down_problem(reply: Reply) -> ProviderUnavailable:
    return ProviderUnavailable(
        f"Xero has trouble at the moment (status {reply.status}). Nothing here was changed; please try again in a few "
        "minutes.",
        code="XERO_DOWN",
        retry_after=read_retry_after(reply.headers),
    )


def _throttled_problem(retry_after: float | None) -> ProviderUnavailable:
    when = f"in {max(1, round(retry_after))} seconds" if retry_after is not None else "in a minute"
    return ProviderUnavailable(
        f"Xero asks for patience: too many requests. Nothing was changed; please try again {when}.",
        code="RATE_LIMITED",
        retry_after=retry_after,
    )
