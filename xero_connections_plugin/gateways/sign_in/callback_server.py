"""How is the browser awaited on this machine's own port, without letting anything else on it disturb the wait?"""

from __future__ import annotations

import errno
import socket
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from xero_connections_plugin.gateways.sign_in.callback_pages import render_page
from xero_connections_plugin.gateways.sign_in.callback_visitors import ListenerLimits, LoopbackServer
from xero_connections_plugin.gateways.sign_in.port_holders import programs_on
from xero_connections_plugin.oauth.listening import PortTaken

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from xero_connections_plugin.gateways.sign_in.callback_visitors import Visitor
    from xero_connections_plugin.oauth.callback_verdict import IncomingRequest, Page, Verdict

__all__ = ["LOOPBACK", "ListenerLimits", "LoopbackListener", "LoopbackListeners"]

LOOPBACK: Final = ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"))
"""Browsers may try either first for ``localhost``."""

_POLL_SECONDS: Final = 0.05
_LAST_PAGES_SECONDS: Final = 0.3
_CLOSING_SECONDS: Final = 2.0
NO_SUCH_FAMILY: Final = frozenset({errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL, errno.EPROTONOSUPPORT})


class LoopbackListeners:
    """Satisfies ``oauth.listening.Listeners`` with threads on ``127.0.0.1`` and ``::1``.

    Args:
        monotonic: Seconds that only go forward, for the limits of connections.
        limits: The limits.
        families: The addresses to hold; those that this machine does not have are left out.
        programs: Answers which programs listen on ports, as far as this machine tells.
    """

    def __init__(
        self,
        monotonic: Callable[[], float],
        limits: ListenerLimits | None = None,
        families: tuple[tuple[socket.AddressFamily, str], ...] = LOOPBACK,
        programs: Callable[[Collection[int]], tuple[str, ...]] = programs_on,
    ) -> None:
        self._monotonic = monotonic
        self._limits = limits or ListenerLimits()
        self._families = families
        self._programs = programs

    def open(
        self, port: int, *, answer: Callable[[IncomingRequest], Verdict], app_label: str, host_name: str
    ) -> LoopbackListener:
        render = _Renderer(app_label, host_name)
        return LoopbackListener(port, self._families, answer, render, self._monotonic, self._limits)

    def programs_on(self, ports: Collection[int]) -> tuple[str, ...]:
        return self._programs(ports)


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

    def serve(self, request: IncomingRequest, visitor: Visitor) -> None:
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
            self.close_soon()
        elif verdict.status == 200 and verdict.refusal is None:
            self.close()

    def close_soon(self) -> None:
        with self._changed:
            if not self._closing and self._timer is None:
                self._timer = threading.Timer(self.limits.linger_seconds, self.close)
                self._timer.daemon = True
                self._timer.start()

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
            self._changed.wait_for(lambda: self._answering == 0, _LAST_PAGES_SECONDS)
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
) -> list[LoopbackServer]:
    servers: list[LoopbackServer] = []
    for family, host in families:
        try:
            servers.append(LoopbackServer(listener, family, host, port))
        except OSError as refusal:
            # A machine without this family still works with the other; anything else could hand the code to whoever
            # holds the port there (RFC 8252 section 8.3).
            if refusal.errno in NO_SUCH_FAMILY:
                continue
            for server in servers:
                server.server_close()
            raise PortTaken from None
    if not servers:
        raise PortTaken
    return servers
