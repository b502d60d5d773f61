"""How is one visitor of the callback dealt with, whatever it sends and however slowly?"""

from __future__ import annotations

import io
import re
import socket
import threading
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, HTTPServer
from socketserver import ThreadingMixIn
from typing import Any, BinaryIO, Final, Protocol

from xero_connections_plugin.gateways.sign_in.callback_pages import SECURITY_HEADERS
from xero_connections_plugin.oauth.callback_verdict import IncomingRequest, Page

_DRAIN_SECONDS: Final = 0.3
_REQUEST_LINE: Final = re.compile(rb"[!-~]+ [!-~]+ HTTP/1\.[01]\r?\n")
"""RFC 9112 section 3. The standard handler takes more: any white space, no version at all, two slashes for one."""


@dataclass(frozen=True)
class ListenerLimits:
    """Seconds and counts within which a listener deals with its visitors."""

    connection_seconds: float = 10.0
    """From accept to the last byte, however they trickle."""
    linger_seconds: float = 1.0
    """How long the port outlives an accepted answer when the clean page is not asked for, or the end of the wait."""
    connections: int = 32
    """Open at once; beyond that the oldest goes, since browsers open connections that they never use."""


class Reception(Protocol):
    """Who visitors are dealt with for."""

    @property
    def limits(self) -> ListenerLimits: ...

    def monotonic(self) -> float:
        """Seconds that only go forward."""

    def render(self, page: Page) -> bytes:
        """A page as it is sent."""

    def serve(self, request: IncomingRequest, visitor: Visitor) -> None:
        """Answer this visitor."""


def sole_holder_option(platform: object) -> int:
    """The socket option that lets a port be held again at once, and by nobody else meanwhile (R8).

    Args:
        platform: Has the names of the platform's socket options: the module ``socket``.
    """
    # What SO_REUSEADDR does elsewhere, Windows does without it; there it would let another program take the port over.
    exclusive = getattr(platform, "SO_EXCLUSIVEADDRUSE", None)
    return int(socket.SO_REUSEADDR if exclusive is None else exclusive)


class LoopbackServer(ThreadingMixIn, HTTPServer):
    """One address of a held port."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, listener: Reception, family: socket.AddressFamily, host: str, port: int) -> None:
        self.listener = listener
        self.address_family = family
        self._connections: dict[socket.socket, float] = {}
        self._guard = threading.Lock()
        super().__init__((host, port), Visitor)

    def server_bind(self) -> None:
        # Not the standard server's own: it looks the host's name up, which can take seconds.
        self.socket.setsockopt(socket.SOL_SOCKET, sole_holder_option(socket), 1)
        if self.address_family == socket.AF_INET6:
            self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = "localhost", self.server_address[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._guard:
            self._connections[request] = self.listener.monotonic() + self.listener.limits.connection_seconds
            oldest = next(iter(self._connections)) if len(self._connections) > self._most else None
        if oldest is not None:
            self._end(oldest)
        super().process_request(request, client_address)

    def service_actions(self) -> None:
        now = self.listener.monotonic()
        with self._guard:
            late = [connection for connection, deadline in self._connections.items() if deadline <= now]
        for connection in late:
            self._end(connection)

    def shutdown_request(self, request: Any) -> None:
        # What is left unread would turn the end of the connection into a reset, which can swallow the answer.
        with suppress(OSError):
            request.shutdown(socket.SHUT_WR)
            request.settimeout(_DRAIN_SECONDS)
            for _ in range(self.listener.limits.connections):
                if not request.recv(64 * 1024):
                    break
        with self._guard:
            self._connections.pop(request, None)
        self.close_request(request)

    def handle_error(self, *_: Any) -> None:
        # The standard server prints a traceback here; visitors that hang up are no news.
        return

    def drop_connections(self) -> None:
        """End whatever is still open; its threads follow."""
        with self._guard:
            still_open = list(self._connections)
        for connection in still_open:
            self._end(connection)

    @property
    def _most(self) -> int:
        return self.listener.limits.connections

    def _end(self, connection: socket.socket) -> None:
        with self._guard:
            self._connections.pop(connection, None)
        with suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)


class _Lines(io.BufferedIOBase):
    """The lines of a visitor, of which the last one is remembered."""

    def __init__(self, source: BinaryIO | io.BufferedIOBase) -> None:
        self._source = source
        self.last = b""

    def readline(self, size: int | None = -1, /) -> bytes:
        self.last = self._source.readline(-1 if size is None else size)
        return self.last

    def close(self) -> None:
        self._source.close()
        super().close()


class Visitor(BaseHTTPRequestHandler):
    """One connection, which is answered once."""

    server: LoopbackServer
    raw_requestline: bytes

    def setup(self) -> None:
        super().setup()
        self.rfile = self._lines = _Lines(self.rfile)

    def parse_request(self) -> bool:
        if not _REQUEST_LINE.fullmatch(self.raw_requestline):
            self.command = self.requestline = ""
            self.request_version = self.protocol_version
            self.send_page(400, Page.NEUTRAL, None)
            return False
        if not super().parse_request():
            return False
        # A line among the headers that is none, after which the standard handler passes all others over (RFC 9112
        # section 5.1); or headers that end in the middle, which it takes for all of them.
        if self.headers.defects or self._lines.last not in (b"\r\n", b"\n"):
            self.send_page(400, Page.NEUTRAL, None)
            return False
        return True

    def do_GET(self) -> None:
        # Not self.path, which the standard handler tidies.
        target = self.requestline.split(" ")[1]
        self.server.listener.serve(
            IncomingRequest(self.command, target, tuple(self.headers.get_all("Host") or ())), self
        )

    do_HEAD = do_POST = do_PUT = do_DELETE = do_OPTIONS = do_PATCH = do_GET  # noqa: N815 -- http.server's names

    def send_error(self, code: int, *_: Any, **__: Any) -> None:
        # The standard handler calls an unknown method not implemented, which sounds like a fault of ours.
        self.send_page(405 if code == HTTPStatus.NOT_IMPLEMENTED else code, Page.NEUTRAL, None)

    def log_message(self, *_: Any, **__: Any) -> None:
        # The request line holds the code.
        return

    def send_page(self, status: int, page: Page, location: str | None) -> None:
        body = self.server.listener.render(page)
        self.close_connection = True
        self.send_response_only(status)
        for name, value in SECURITY_HEADERS:
            self.send_header(name, value)
        if location is not None:
            self.send_header("Location", location)
        if status == 405:
            self.send_header("Allow", "GET")
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
