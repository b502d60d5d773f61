"""A person in the middle: passes on what plugin and simulated Xero say to each other, and learns every secret."""

from __future__ import annotations

import re
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Final, Self
from urllib.parse import parse_qs, urlsplit

from tests.plugin.small_server import Call, Said, SmallServer

if TYPE_CHECKING:
    from types import TracebackType

    from sample_host.xero_simulator.addresses import SimulatorAddresses

_TOKENS: Final = re.compile(rb'"(access_token|refresh_token|id_token)"\s*:\s*"([^"]+)')
_FORM_SECRETS: Final = ("code", "code_verifier", "refresh_token", "token")
_KEPT: Final = ("content-type", "location", "retry-after", "xero-correlation-id")
_DROPPED: Final = frozenset({"host", "connection", "content-length", "transfer-encoding"})


class WireRecorder:
    """Stands between a plugin and the simulated Xero; knows all that only those two may know."""

    def __init__(self, xero: SimulatorAddresses) -> None:
        self._xero = xero
        self._server = SmallServer(self._pass_on)
        self.secrets: dict[str, str] = {}
        """By a name that says what it is."""

    def __enter__(self) -> Self:
        self._server.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.__exit__(kind, error, trace)

    def settings(self) -> dict[str, str]:
        """The plugin's addresses, by way of this recorder; the sign-in page is the browser's affair."""
        return {
            name: self._server.origin + urlsplit(getattr(self._xero, name)).path
            for name in ("token_url", "revocation_url", "jwks_url", "connections_url", "api_url")
        }

    def learn_address(self, address: str) -> None:
        """Learn what a sign-in address holds."""
        query = parse_qs(urlsplit(address).query)
        for name in ("state", "nonce"):
            for value in query.get(name, []):
                self._learn(name, value)

    def _learn(self, kind: str, value: str) -> None:
        if value not in self.secrets.values():
            self.secrets[f"{kind} {len(self.secrets)}"] = value

    def _pass_on(self, call: Call) -> Said:
        for kind, values in parse_qs(call.body.decode("latin-1")).items():
            for value in values if kind in _FORM_SECRETS else ():
                self._learn(kind, value)
        xero = urlsplit(self._xero.issuer)
        connection = HTTPConnection(xero.hostname or "", xero.port, timeout=30)
        try:
            headers = {name: value for name, value in call.headers.items() if name not in _DROPPED}
            connection.request(call.method, call.path, call.body or None, headers)
            answer = connection.getresponse()
            body = answer.read()
        finally:
            connection.close()
        for kind, token in _TOKENS.findall(body):
            self._learn(kind.decode(), token.decode())
        said = {name: str(answer.headers[name]) for name in _KEPT if name in answer.headers}
        return Said(answer.status, body, said)
