"""Between the plugin and the simulated Xero: passes requests on, under another name and with TLS if wanted."""

from __future__ import annotations

from collections.abc import Callable
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Final, Self
from urllib.parse import urlsplit

from tests.plugin.small_server import Call, Said, SmallServer

if TYPE_CHECKING:
    import ssl
    from types import TracebackType

    from sample_host.xero_simulator.addresses import SimulatorAddresses

RELAYED: Final = ("token_url", "revocation_url", "jwks_url", "connections_url", "api_url")
"""All but the sign-in page, which is the browser's affair."""
_KEPT: Final = ("content-type", "location", "retry-after", "xero-correlation-id", "date")
_DROPPED: Final = frozenset({"host", "connection", "content-length", "transfer-encoding"})


class Relay:
    """Stands before a simulated Xero.

    Args:
        xero: Where it is.
        tls: What the relay shows to those who connect; without it the relay speaks plain HTTP.
        name: Under which the plugin reaches it; another one than localhost stands without a port, as Xero's do.
    """

    def __init__(self, xero: SimulatorAddresses, *, tls: ssl.SSLContext | None = None, name: str = "localhost") -> None:
        self._xero = urlsplit(xero.issuer)
        self._addresses = xero
        self._server = SmallServer(self._answer, tls=tls)
        self._scheme = "http" if tls is None else "https"
        self._name = name
        self.instead: Callable[[Call], Said | None] = lambda _: None
        """Called with each request: an answer that is given instead of Xero's, or ``None``."""
        self.edit: Callable[[Call, Said], Said] = lambda _, said: said
        """Called with each answer of Xero's: what is passed on."""

    def __enter__(self) -> Self:
        self._server.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.__exit__(kind, error, trace)

    @property
    def port(self) -> int:
        return self._server.port

    @property
    def calls(self) -> list[Call]:
        return self._server.calls

    def settings(self, *names: str) -> dict[str, str]:
        """The plugin's addresses by way of this relay: these, or all."""
        origin = f"{self._scheme}://{self._name}" + (f":{self.port}" if self._name == "localhost" else "")
        return {name: origin + urlsplit(getattr(self._addresses, name)).path for name in names or RELAYED}

    def _answer(self, call: Call) -> Said:
        return self.instead(call) or self.edit(call, self._pass_on(call))

    def _pass_on(self, call: Call) -> Said:
        connection = HTTPConnection(self._xero.hostname or "", self._xero.port, timeout=30)
        try:
            headers = {name: value for name, value in call.headers.items() if name not in _DROPPED}
            connection.request(call.method, call.path, call.body or None, headers)
            answer = connection.getresponse()
            said = {name: str(answer.headers[name]) for name in _KEPT if name in answer.headers}
            return Said(answer.status, answer.read(), said)
        finally:
            connection.close()
