"""Can each server of Xero's be reached, step by step: its name, the way to it, its certificate, an answer?"""

from __future__ import annotations

import json
import socket
from dataclasses import dataclass
from http.client import HTTPException
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from xero_connections_plugin.connections.clock_offset import ClockOffset
from xero_connections_plugin.gateways.checkup import network_texts as texts
from xero_connections_plugin.gateways.checkup.checkup_findings import Finding, fine, problem, warning
from xero_connections_plugin.gateways.checkup.proxy_look import authorities_file, proxy_of
from xero_connections_plugin.gateways.checkup.tls_look import look_at_certificate
from xero_connections_plugin.gateways.network.outbound_http import Limits, Reply, send
from xero_connections_plugin.oauth.oauth_errors import OutcomeUnknown, RequestNotSent
from xero_connections_plugin.oauth.token_messages import read_date

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hostspec.services import Clock
    from xero_connections_plugin.xero.endpoints import Endpoints

REACH: Final = "network.reach"
CERTIFICATE: Final = "network.certificate"
CLOCK: Final = "clock"

_STEP_SECONDS: Final = 3.0
_LIMITS: Final = Limits(connect=_STEP_SECONDS, read=_STEP_SECONDS, total=2 * _STEP_SECONDS)


def looks_at_servers(
    endpoints: Endpoints, clock: Clock, environment: Mapping[str, str]
) -> dict[str, Callable[[], tuple[Finding, ...]]]:
    """A look at each server, by its name; they may go on side by side.

    Args:
        endpoints: Where the servers are.
        clock: What is compared with the date of the identity server.
        environment: The variables that are set.
    """
    return {
        f"{REACH}:{urlsplit(url).netloc}": _Look(url, url == endpoints.jwks_url, clock, environment).findings
        for url in server_urls(endpoints)
    }


def server_urls(endpoints: Endpoints) -> tuple[str, ...]:
    """One address of each server. That of the keys is the only one that answers anybody with something to check."""
    by_origin: dict[str, str] = {}
    for url in (endpoints.jwks_url, endpoints.authorize_url, endpoints.token_url, endpoints.connections_url):
        by_origin.setdefault("{0.scheme}://{0.netloc}".format(urlsplit(url)), url)
    return tuple(by_origin.values())


@dataclass(frozen=True)
class _Look:
    url: str
    is_identity: bool
    clock: Clock
    environment: Mapping[str, str]

    @property
    def _host(self) -> str:
        return urlsplit(self.url).hostname or ""

    @property
    def _port(self) -> int:
        parts = urlsplit(self.url)
        return parts.port or (443 if parts.scheme == "https" else 80)

    def findings(self) -> tuple[Finding, ...]:
        proxy = proxy_of(self.url)
        found = []
        if not proxy and (blocked := self._way()) is not None:
            return (blocked,)
        if urlsplit(self.url).scheme == "https":
            certificate = self._certificate(proxy)
            found.append(certificate)
            if certificate.remedy:
                return tuple(found)
        return (*found, *self._answer())

    def _way(self) -> Finding | None:
        try:
            socket.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM)
        except OSError:
            return problem(REACH, texts.name_unknown(self._host), texts.NAME_REMEDY)
        try:
            socket.create_connection((self._host, self._port), _STEP_SECONDS).close()
        except OSError as trouble:
            return problem(REACH, texts.no_way(self._host, self._port, trouble.strerror or ""), texts.WAY_REMEDY)
        return None

    def _certificate(self, proxy: str) -> Finding:
        authorities = authorities_file(self.environment)
        try:
            seen = look_at_certificate(
                self._host, self._port, proxy=proxy, authorities=authorities, seconds=_STEP_SECONDS
            )
        except (OSError, HTTPException, ValueError):
            if proxy:
                return problem(REACH, texts.proxy_refuses(self._host), texts.PROXY_REMEDY)
            return problem(CERTIFICATE, texts.handshake_failed(self._host), texts.WAY_REMEDY)
        if not seen.trusted:
            told = texts.certificate_untrusted(self._host, seen.issuer, seen.reason)
            return problem(CERTIFICATE, told, texts.CERTIFICATE_REMEDY)
        return fine(CERTIFICATE, texts.certificate_fine(self._host, seen.issuer))

    def _answer(self) -> tuple[Finding, ...]:
        asked_at = self.clock.now()
        try:
            # The body of a page that nobody reads is not sent for.
            reply = send("GET" if self.is_identity else "HEAD", self.url, limits=_LIMITS)
        except (RequestNotSent, OutcomeUnknown) as failure:
            return (problem(REACH, texts.no_answer(self._host, failure.problem.code), texts.WAY_REMEDY),)
        if reply.status >= 500:
            return (warning(REACH, texts.server_in_trouble(self._host, reply.status), texts.LATER_REMEDY),)
        if self.is_identity and not _has_keys(reply):
            return (problem(REACH, texts.foreign_answer(self._host), texts.FOREIGN_REMEDY),)
        found = [fine(REACH, texts.answers(self._host, reply.status))]
        if self.is_identity:
            offset = ClockOffset()
            date = read_date(reply.headers.get("Date"))
            offset.heard(date, asked_at=asked_at, answered_at=self.clock.now())
            found.append(_clock(offset.minutes_ahead(), known=date is not None))
        return tuple(found)


def _has_keys(reply: Reply) -> bool:
    try:
        answer = json.loads(reply.body)
    except (ValueError, RecursionError):
        return False
    return isinstance(answer, dict) and isinstance(answer.get("keys"), list)


def _clock(minutes: int, *, known: bool) -> Finding:
    if not known:
        return fine(CLOCK, texts.CLOCK_UNKNOWN)
    if minutes:
        return problem(CLOCK, texts.clock_wrong(minutes), texts.CLOCK_REMEDY)
    return fine(CLOCK, texts.CLOCK_FINE)
