"""A proxy of the company: tunnels to a server of the test, or gets in the way."""

from __future__ import annotations

import select
import socket
import threading
from enum import Enum
from typing import TYPE_CHECKING, Final, Self

from tests.plugin.raw_server import read_request

if TYPE_CHECKING:
    from types import TracebackType

_REFUSES: Final = (
    b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n"
)
_PAGE: Final = b"<html><body>Please accept the terms of use.</body></html>"


class Manner(Enum):
    """What the proxy answers to CONNECT."""

    TUNNEL = b"HTTP/1.1 200 Connection established\r\n\r\n"
    WANTS_PASSWORD = _REFUSES
    FORBIDS_WITH_A_PAGE = b"HTTP/1.1 403 Forbidden\r\nContent-Type: text/html\r\n\r\n" + _PAGE
    SENDS_A_PAGE = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 57\r\n\r\n" + _PAGE
    NO_HTTP = _PAGE
    CUTS = b""


class ConnectProxy:
    """Tunnels every CONNECT, whatever its name, to one port of this machine; or does what its manner says."""

    def __init__(self, target_port: int) -> None:
        self.manner = Manner.TUNNEL
        self.heads: list[bytes] = []
        """Every CONNECT that came."""
        self._target_port = target_port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._ended = threading.Event()
        self._threads = [threading.Thread(target=self._serve)]

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        self._listener.close()

    def _serve(self) -> None:
        while not self._ended.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            tunnel = threading.Thread(target=self._talk, args=(connection,))
            self._threads.append(tunnel)
            tunnel.start()

    def _talk(self, connection: socket.socket) -> None:
        with connection:
            connection.settimeout(10)
            try:
                self.heads.append(read_request(connection))
                connection.sendall(self.manner.value)
                if self.manner is Manner.TUNNEL:
                    with socket.create_connection(("127.0.0.1", self._target_port), timeout=10) as onward:
                        self._pump(connection, onward)
            except OSError:
                return

    def _pump(self, left: socket.socket, right: socket.socket) -> None:
        other = {left: right, right: left}
        while not self._ended.is_set():
            for ready in select.select([left, right], [], [], 0.05)[0]:
                piece = ready.recv(65536)
                if not piece:
                    return
                other[ready].sendall(piece)
