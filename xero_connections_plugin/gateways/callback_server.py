"""How is the browser awaited on this machine's own port, without letting anything else on it disturb the wait?"""

from __future__ import annotations

import errno
import os
import socket
import threading
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from socketserver import ThreadingMixIn
from typing import TYPE_CHECKING, Any, Final

from xero_connections_plugin.gateways.callback_pages import SECURITY_HEADERS, render_page
from xero_connections_plugin.oauth.callback_verdict import IncomingRequest, Page
from xero_connections_plugin.oauth.listening import PortTaken

if TYPE_CHECKING:
    from collections.abc import Callable

    from xero_connections_plugin.oauth.callback_verdict import Verdict

LOOPBACK: Final = ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"))
"""Browsers may try either first for ``localhost``."""

_POLL_SECONDS: Final = 0.05
_DRAIN_SECONDS: Final = 0.3
_CLOSING_SECONDS: Final = 2.0
_NO_SUCH_FAMILY: Final = frozenset({errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL, errno.EPROTONOSUPPORT})


@dataclass(frozen=True)
class ListenerLimits:
    """Seconds and counts within which a listener deals with its visitors."""

    connection_seconds: float = 10.0
    """From accept to the last byte, however they trickle."""
    linger_seconds: float = 1.0
    """How long the port outlives an accepted answer when the clean page is not asked for."""
    connections: int = 32
    """Open at once; beyond that the oldest goes, since browsers open connections that they never use."""


class LoopbackListeners:
    """Satisfies ``oauth.listening.Listeners`` with threads on ``127.0.0.1`` and ``::1``.

    Args:
        monotonic: Seconds that only go forward, for the limits of connections.
        limits: The limits.
        families: The addresses to hold; those that this machine does not have are left out.
    """

    def __init__(
        self,
        monotonic: Callable[[], float],
        limits: ListenerLimits | None = None,
        families: tuple[tuple[socket.AddressFamily, str], ...] = LOOPBACK,
    ) -> None:
        self._monotonic = monotonic
        self._limits = limits or ListenerLimits()
        self._families = families

    def open(
        self, port: int, *, answer: Callable[[IncomingRequest], Verdict], app_label: str, host_name: str
    ) -> LoopbackListener:
        render = _Renderer(app_label, host_name)
        return LoopbackListener(port, self._families, answer, render, self._monotonic, self._limits)


@dataclass(frozen=True)
class _Renderer:
    app_label: str
    host_name: str

    def __call__(self, page: Page) -> bytes:
        return render_page(page, app_label=self.app_label, host_name=self.host_name)


class LoopbackListener:
    """One held port; made by ``LoopbackListeners.open``."""

    def __init__(
        self,
        port: int,
        families: tuple[tuple[socket.AddressFamily, str], ...],
        answer: Callable[[IncomingRequest], Verdict],
        render: Callable[[Page], bytes],
        monotonic: Callable[[], float],
        limits: ListenerLimits,
    ) -> None:
        self._answer = answer
        self.render = render
        self.monotonic = monotonic
        self.limits = limits
        self._changed = threading.Condition()
        self._answering = 0
        self._closing = False
        self._closed = threading.Event()
        self._timer: threading.Timer | None = None
        self._servers = _bind_families(self, port, families)
        self._threads = [
            threading.Thread(target=server.serve_forever, args=(_POLL_SECONDS,), name="sign-in listener", daemon=True)
            for server in self._servers
        ]
        for thread in self._threads:
            thread.start()

    def serve(self, request: IncomingRequest, visitor: _CallbackHandler) -> None:
        """Answer one visitor: an accepted answer starts the end of this listener, its clean page is the end."""
        with self._changed:
            self._answering += 1
        try:
            verdict = self._answer(request)
            visitor.send_page(verdict.status, verdict.page, verdict.location)
        finally:
            with self._changed:
                self._answering -= 1
                self._changed.notify_all()
        if verdict.outcome is not None:
            with self._changed:
                if not self._closing and self._timer is None:
                    self._timer = threading.Timer(self.limits.linger_seconds, self.close)
                    self._timer.daemon = True
                    self._timer.start()
        elif verdict.status == 200 and verdict.refusal is None:
            self.close()

    def close(self) -> None:
        with self._changed:
            first, self._closing = not self._closing, True
            timer = self._timer
        if not first:
            self.wait_until_closed(_CLOSING_SECONDS)
            return
        if timer is not None:
            timer.cancel()
        for server in self._servers:
            server.shutdown()
            server.server_close()
        # The port is free by now; pages on their way may still arrive.
        with self._changed:
            self._changed.wait_for(lambda: self._answering == 0, _DRAIN_SECONDS)
        for server in self._servers:
            server.drop_connections()
        for thread in self._threads:
            thread.join()
        self._closed.set()

    def wait_until_closed(self, seconds: float) -> bool:
        """Wait at most that long for its end; whether it came."""
        return self._closed.wait(seconds)


def _bind_families(
    listener: LoopbackListener, port: int, families: tuple[tuple[socket.AddressFamily, str], ...]
) -> list[_LoopbackServer]:
    servers: list[_LoopbackServer] = []
    for family, host in families:
        try:
            servers.append(_LoopbackServer(listener, family, host, port))
        except OSError as refusal:
            # A machine without this family still works with the other; anything else could hand the code to whoever
            # holds the port there (RFC 8252 section 8.3).
            if refusal.errno in _NO_SUCH_FAMILY:
                continue
            for server in servers:
                server.server_close()
            raise PortTaken from None
    if not servers:
        raise PortTaken
    return servers


class _LoopbackServer(ThreadingMixIn, HTTPServer):
    daemon_threads = True
    request_queue_size = 64
    # On Windows this option would let another program take the port over.
    allow_reuse_address = os.name != "nt"
    allow_reuse_port = False

    def __init__(self, listener: LoopbackListener, family: socket.AddressFamily, host: str, port: int) -> None:
        self.listener = listener
        self.address_family = family
        self._connections: dict[socket.socket, float] = {}
        self._guard = threading.Lock()
        super().__init__((host, port), _CallbackHandler)

    def server_bind(self) -> None:
        # Not the standard server's own: it looks the host's name up, which can take seconds.
        if hasattr(socket, "SO_EXCLUSIVEADDRUSE"):
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        elif self.allow_reuse_address:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
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


class _CallbackHandler(BaseHTTPRequestHandler):
    server: _LoopbackServer

    def do_GET(self) -> None:
        # Not self.path, which the standard handler tidies: two slashes would pass for one.
        target = self.requestline.split()[1]
        self.server.listener.serve(
            IncomingRequest(self.command, target, tuple(self.headers.get_all("Host") or ())), self
        )

    do_HEAD = do_POST = do_PUT = do_DELETE = do_OPTIONS = do_PATCH = do_GET  # noqa: N815 -- http.server's names

    def send_error(self, code: int, *_: Any, **__: Any) -> None:
        self.send_page(code, Page.NEUTRAL, None)

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
