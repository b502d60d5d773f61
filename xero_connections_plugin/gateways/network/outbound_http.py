"""How does a request leave this program, within which limits, and what may have happened when it fails?"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Final

from pydantic import SecretStr

from hostspec.errors import ProviderUnavailable
from xero_connections_plugin.oauth.oauth_errors import OutcomeUnknown, RequestNotSent

if TYPE_CHECKING:
    from collections.abc import Mapping

    import requests

    from xero_connections_plugin.gateways.network.transport_guard import TransportGuard

MEBIBYTE: Final = 1024 * 1024
_CHUNK: Final = 16 * 1024


@dataclass(frozen=True)
class Limits:
    """What one request may take: seconds, and bytes of its decoded body."""

    connect: float = 8.0
    """Seconds for each address of the server."""
    read: float = 30.0
    """Seconds between two bytes."""
    total: float = 30.0
    """Seconds from the lookup of the server's name to the last byte."""
    body: int = MEBIBYTE


@dataclass(frozen=True)
class Reply:
    """An answer, read to its end."""

    status: int
    headers: Mapping[str, str]
    """Names in any case."""
    body: bytes

    def __repr__(self) -> str:
        return f"Reply(status={self.status}, body={len(self.body)} bytes)"


class _BodyTooLarge(Exception):
    pass


@cache
def user_agent() -> str:
    """How this plugin names itself to servers; read from what is installed once, which takes longer than a request."""
    try:
        return f"xero-connections-plugin/{version('xero-connections-plugin')}"
    except PackageNotFoundError:
        return "xero-connections-plugin"


def send(
    method: str,
    url: str,
    *,
    limits: Limits,
    headers: Mapping[str, str] | None = None,
    form: Mapping[str, str | SecretStr] | None = None,
    bearer: SecretStr | None = None,
) -> Reply:
    """One request on a connection of its own: no cookies, no retries, no redirects, no netrc.

    Args:
        method: HTTP method.
        url: Where to; loopback is reached directly, everything else by the proxies of the environment.
        limits: What it may take.
        headers: Added to our own.
        form: Sent as ``application/x-www-form-urlencoded`` in UTF-8.
        bearer: Sent in the ``Authorization`` header.

    Raises:
        RequestNotSent: Nothing of the request left; its ``problem`` says why.
        OutcomeUnknown: Something left, and no whole answer came back.
    """
    import requests

    from xero_connections_plugin.gateways.network.bounded_transport import guarded_session
    from xero_connections_plugin.gateways.network.transport_guard import TransportGuard

    ours = {"User-Agent": user_agent(), "Accept-Encoding": "identity", **(headers or {})}

    def answered() -> Reply:
        with (
            guarded_session(guard, ours) as session,
            session.request(
                method,
                url,
                data=None if form is None else {name: _reveal(value) for name, value in form.items()},
                headers=None if bearer is None else {"Authorization": f"Bearer {bearer.get_secret_value()}"},
                timeout=(limits.connect, limits.read),
                stream=True,
            ) as response,
        ):
            return Reply(response.status_code, response.headers, _read(response, limits.body))

    with TransportGuard() as guard:
        try:
            reply = guard.run(answered, limits.total)
            if not guard.is_cut:
                return reply
            failure = _failure(TimeoutError(), guard, url)
        except (requests.RequestException, OSError, ValueError, _BodyTooLarge) as error:
            failure = _failure(error, guard, url)
    # Raised out here, so that no context leads to requests' own exception, which carries the body with its secrets.
    raise failure


def late_answer() -> ProviderUnavailable:
    """The server did not answer within the limit."""
    return ProviderUnavailable(
        "Xero did not answer in time. Nothing here was changed; please try again in a few minutes.", code="XERO_DOWN"
    )


def failure_problem(error: BaseException, guard: TransportGuard, url: str) -> ProviderUnavailable:
    """The problem to show for a request that failed; never quotes what was raised: it may hold proxy passwords."""
    from xero_connections_plugin.gateways.network.bounded_transport import is_proxied

    if guard.may_have_left:
        return late_answer() if guard.is_cut else broken_answer(error)
    problem = offline_problem() if guard.is_cut else _unsent_problem(error)
    # Certificates are checked through a proxy too; all else that fails before the request leaves is the proxy's.
    if is_proxied(url) and (problem.code != "TLS_UNTRUSTED" or _speaks_no_tls(error)):
        return proxy_problem()
    return problem


def broken_answer(error: BaseException) -> ProviderUnavailable:
    """The problem to show for what requests raised after the request may have left."""
    from requests import exceptions

    if isinstance(error, exceptions.Timeout | TimeoutError):
        return late_answer()
    if isinstance(error, _BodyTooLarge | exceptions.ChunkedEncodingError | exceptions.ContentDecodingError):
        return ProviderUnavailable(
            "Xero's answer could not be read. Nothing here was changed; please try again in a few minutes.",
            code="XERO_DOWN",
        )
    return _broken_off()


def _unsent_problem(error: BaseException) -> ProviderUnavailable:
    from requests import exceptions

    if isinstance(error, exceptions.ProxyError | exceptions.InvalidProxyURL):
        return proxy_problem()
    if isinstance(error, exceptions.SSLError) and _is_cut_handshake(error):
        return _broken_off()
    if isinstance(error, exceptions.SSLError) or _names_certificates(error):
        return ProviderUnavailable(
            "The secure connection to Xero could not be trusted, so nothing was sent. If your company inspects "
            "traffic, set REQUESTS_CA_BUNDLE to the file with its certificate authority; otherwise check this "
            "machine's clock and network.",
            code="TLS_UNTRUSTED",
        )
    return _broken_off() if _was_connected(error) else offline_problem()


def _broken_off() -> ProviderUnavailable:
    return ProviderUnavailable(
        "The connection to Xero broke off. Nothing here was changed; please try again.", code="XERO_DOWN"
    )


def offline_problem() -> ProviderUnavailable:
    """No way to the server."""
    return ProviderUnavailable(
        "Xero cannot be reached from this machine. Nothing was changed; check the network and try again.",
        code="OFFLINE",
    )


def proxy_problem() -> ProviderUnavailable:
    """The proxy stands in the way."""
    return ProviderUnavailable(
        "The proxy did not let the request through to Xero. Nothing was changed; check the proxy's address, user name "
        "and password in this machine's settings.",
        code="PROXY",
    )


def _failure(error: BaseException, guard: TransportGuard, url: str) -> RequestNotSent | OutcomeUnknown:
    problem = failure_problem(error, guard, url)
    return OutcomeUnknown(problem) if guard.may_have_left else RequestNotSent(problem)


def _reveal(value: str | SecretStr) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else value


def _read(response: requests.Response, limit: int) -> bytes:
    body = bytearray()
    for chunk in response.iter_content(_CHUNK):
        body += chunk
        if len(body) > limit:
            raise _BodyTooLarge
    return bytes(body)


def _names_certificates(error: BaseException) -> bool:
    # requests answers a CA bundle that does not exist with a bare OSError.
    return type(error) is OSError and "CA certificate bundle" in str(error)


def _is_cut_handshake(error: BaseException) -> bool:
    # Somebody hung up in the middle: weather, and no word about certificates.
    return any(name in str(error) for name in ("SSLEOFError", "SSLZeroReturnError"))


def _speaks_no_tls(error: BaseException) -> bool:
    return any(reason in str(error) for reason in ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE"))


def _was_connected(error: BaseException) -> bool:
    from urllib3.exceptions import ProtocolError

    return bool(error.args) and isinstance(error.args[0], ProtocolError)
