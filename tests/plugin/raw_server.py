"""A server below HTTP: each connection is given to a function of the test, with TLS if wanted."""

import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Self


class RawServer:
    """Accepts on loopback and lets ``talk`` deal with each connection, one after the other.

    ``ended`` is set when the test is over, for talks that would go on for ever.
    """

    def __init__(self, talk: Callable[[socket.socket, threading.Event], None], tls: ssl.SSLContext | None = None):
        self.received = bytearray()
        """What ``read_request`` read, over all connections."""
        self.connections = 0
        self.ended = threading.Event()
        self._talk = talk
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve)

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.ended.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()

    def _serve(self) -> None:
        while not self.ended.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            with connection, suppress(OSError):
                connection.settimeout(10)
                if self._tls is None:
                    self._talk(connection, self.ended)
                else:
                    with self._tls.wrap_socket(connection, server_side=True) as secured:
                        self._talk(secured, self.ended)


def read_request(connection: socket.socket) -> bytes:
    """A request, to the end of its announced body."""
    found = b""
    while b"\r\n\r\n" not in found:
        found += connection.recv(65536)
    head, _, body = found.partition(b"\r\n\r\n")
    length = next((int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0)
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def reset(connection: socket.socket) -> None:
    """End a connection the rude way."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
    connection.close()


def drip(connection: socket.socket, ended: threading.Event, head: bytes = b"") -> None:
    """Send the head, then one byte every few milliseconds until nobody wants them any more."""
    connection.sendall(head)
    while not ended.wait(0.01):
        connection.sendall(b"x")


def closed_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
